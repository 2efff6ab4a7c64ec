// SPDX-License-Identifier: Apache-2.0
#include "snapshot/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

enum {
    BLOCK = 1 << 20,
    KIND_ZEROS = 0,
    KIND_PACKED = 1,
    LEVEL = 1,
    LENGTH = 4,
    SEAL = crypto_secretstream_xchacha20poly1305_ABYTES,
    HEADER = crypto_secretstream_xchacha20poly1305_HEADERBYTES,
};
static const char magic[] = "SKSNAP1\n";
enum { MAGIC = sizeof magic - 1 };
static const uint8_t zeros[BLOCK];

struct stream {
    FILE *file;
    const char *path;
    crypto_secretstream_xchacha20poly1305_state state;
    size_t room;    /* of each of these */
    uint8_t *plain; /* a kind and a block, packed */
    uint8_t *sealed;
};

static bool stream_open(struct stream *stream, const char *path, struct error *err)
{
    *stream = (struct stream){ .path = path };
    _Static_assert((int)SNAPSHOT_KEY_OCTETS == crypto_secretstream_xchacha20poly1305_KEYBYTES,
                   "the key of a secret stream");
    size_t packed = 1 + ZSTD_compressBound(BLOCK);
    stream->room = packed > SNAPSHOT_HEAD_MAX ? packed : SNAPSHOT_HEAD_MAX;
    stream->plain = malloc(stream->room);
    stream->sealed = malloc(stream->room + SEAL);
    return (stream->plain && stream->sealed && sodium_init() >= 0) ||
           error_set(err, ENOMEM, "%s", path);
}

static void stream_close(struct stream *stream)
{
    if (stream->plain)
        sodium_memzero(stream->plain, stream->room);
    sodium_memzero(&stream->state, sizeof stream->state);
    free(stream->plain);
    free(stream->sealed);
    if (stream->file)
        (void)fclose(stream->file);
}

static bool put(struct stream *stream, const void *at, size_t len, struct error *err)
{
    return fwrite(at, 1, len, stream->file) == len || error_set(err, errno, "%s", stream->path);
}

static bool put_message(struct stream *stream, struct bytes plain, bool is_last,
                        struct error *err)
{
    unsigned long long len = 0;
    unsigned char tag = is_last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
                                : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
    (void)crypto_secretstream_xchacha20poly1305_push(&stream->state, stream->sealed, &len,
                                                     plain.at, plain.len, NULL, 0, tag);
    const uint8_t length[LENGTH] = { (uint8_t)(len >> 24), (uint8_t)(len >> 16),
                                     (uint8_t)(len >> 8), (uint8_t)len };
    return put(stream, length, sizeof length, err) && put(stream, stream->sealed, len, err);
}

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool put_part(struct stream *stream, const struct snapshot_part *part, struct error *err)
{
    for (size_t at = 0; at < part->octets; at += BLOCK) {
        const uint8_t *block = (const uint8_t *)part->at + at;
        size_t len = lesser(BLOCK, part->octets - at);
        size_t packed = 0;
        stream->plain[0] = memcmp(block, zeros, len) == 0 ? KIND_ZEROS : KIND_PACKED;
        if (stream->plain[0] == KIND_PACKED)
            packed = ZSTD_compress(stream->plain + 1, stream->room - 1, block, len, LEVEL);
        if (ZSTD_isError(packed))
            return error_set(err, 0, "%s: %s", stream->path, ZSTD_getErrorName(packed));
        if (!put_message(stream, (struct bytes){ stream->plain, 1 + packed }, false, err))
            return false;
    }
    return true;
}

static bool write_stream(struct stream *stream, const struct snapshot *snapshot,
                         struct error *err)
{
    uint8_t header[HEADER];
    (void)crypto_secretstream_xchacha20poly1305_init_push(&stream->state, header,
                                                          snapshot->key);
    bool good = put(stream, magic, MAGIC, err) && put(stream, header, sizeof header, err) &&
                put_message(stream, snapshot->head, false, err);
    for (size_t i = 0; good && i < snapshot->part_count; i++)
        good = put_part(stream, &snapshot->parts[i], err);
    return good && put_message(stream, (struct bytes){ zeros, 0 }, true, err);
}

/* The name in its folder is on the disk, too. */
static bool sync_folder(const char *path, struct error *err)
{
    char room[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int len = slash ? (int)(slash - path) : 1;
    (void)snprintf(room, sizeof room, "%.*s", len == 0 ? 1 : len, slash ? path : ".");
    int folder = open(room, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = folder >= 0 && fsync(folder) == 0;
    int code = errno;
    if (folder >= 0)
        (void)close(folder);
    return good || error_set(err, code, "%s", room);
}

static bool write_beside(const struct snapshot *snapshot, const char *beside, struct error *err)
{
    struct stream stream;
    bool good = stream_open(&stream, snapshot->path, err);
    if (good) {
        int file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        stream.file = file >= 0 ? fdopen(file, "wb") : NULL;
        good = stream.file || error_set(err, errno, "%s", beside);
    }
    good = good && write_stream(&stream, snapshot, err) &&
           ((fflush(stream.file) == 0 && fsync(fileno(stream.file)) == 0) ||
            error_set(err, errno, "%s", beside));
    stream_close(&stream);
    return good;
}

bool snapshot_write(const struct snapshot *snapshot, struct error *err)
{
    char beside[PATH_MAX];
    int len = snprintf(beside, sizeof beside, "%s.new", snapshot->path);
    if (len < 0 || (size_t)len >= sizeof beside)
        return error_set(err, ENAMETOOLONG, "%s", snapshot->path);
    bool good =
        write_beside(snapshot, beside, err) &&
        (rename(beside, snapshot->path) == 0 || error_set(err, errno, "%s", snapshot->path));
    if (!good)
        (void)unlink(beside);
    return good && sync_folder(snapshot->path, err);
}

static bool refuse(const struct stream *stream, const char *why, struct error *err)
{
    return error_set(err, 0, "%s: at octet %ld: %s", stream->path, ftell(stream->file), why);
}

static bool take(struct stream *stream, void *at, size_t len, struct error *err)
{
    if (fread(at, 1, len, stream->file) == len)
        return true;
    if (ferror(stream->file))
        return error_set(err, errno, "%s", stream->path);
    return refuse(stream, "the file ends early; it is of no use, delete it", err);
}

/* Into plain; *out is empty at the last. */
static bool take_message(struct stream *stream, struct bytes *out, bool *is_last,
                         struct error *err)
{
    uint8_t length[LENGTH];
    if (!take(stream, length, sizeof length, err))
        return false;
    size_t len =
        (size_t)length[0] << 24 | (size_t)length[1] << 16 | (size_t)length[2] << 8 | length[3];
    if (len < SEAL || len > stream->room + SEAL)
        return refuse(stream, "not a length that was written; the file is damaged", err);
    unsigned long long plain = 0;
    unsigned char tag = 0;
    if (!take(stream, stream->sealed, len, err))
        return false;
    if (crypto_secretstream_xchacha20poly1305_pull(&stream->state, stream->plain, &plain, &tag,
                                                   stream->sealed, len, NULL, 0) != 0)
        return refuse(stream, "damaged, or sealed by another installation's secret", err);
    *is_last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    *out = (struct bytes){ stream->plain, (size_t)plain };
    return true;
}

/* Zeros are there already, and memory nobody needs is not touched. */
static bool take_block(struct stream *stream, uint8_t *block, size_t len, struct error *err)
{
    struct bytes plain;
    bool is_last = false;
    if (!take_message(stream, &plain, &is_last, err))
        return false;
    if (is_last || plain.len == 0)
        return refuse(stream, "holds less than it should; delete it", err);
    if (plain.at[0] == KIND_ZEROS)
        return true;
    size_t done = ZSTD_decompress(block, len, plain.at + 1, plain.len - 1);
    return (!ZSTD_isError(done) && done == len) ||
           refuse(stream, "a block that does not unpack", err);
}

static bool take_part(struct stream *stream, const struct snapshot_part *part,
                      struct error *err)
{
    for (size_t at = 0; at < part->octets; at += BLOCK)
        if (!take_block(stream, (uint8_t *)part->at + at, lesser(BLOCK, part->octets - at),
                        err))
            return false;
    return true;
}

static bool take_head(struct stream *stream, struct bytes expected, struct error *err)
{
    struct bytes head;
    bool is_last = false;
    if (!take_message(stream, &head, &is_last, err))
        return false;
    return (!is_last && bytes_equal(head, expected)) ||
           refuse(stream,
                  "made by another version, or with other --memory or --workers: begin again "
                  "with those, or delete it",
                  err);
}

static bool take_end(struct stream *stream, struct error *err)
{
    struct bytes plain;
    bool is_last = false;
    if (!take_message(stream, &plain, &is_last, err))
        return false;
    return (is_last && fgetc(stream->file) == EOF) ||
           refuse(stream, "holds more than it should; delete it", err);
}

static bool read_stream(struct stream *stream, const struct snapshot *snapshot,
                        struct error *err)
{
    uint8_t start[MAGIC + HEADER];
    if (!take(stream, start, sizeof start, err))
        return false;
    if (memcmp(start, magic, MAGIC) != 0)
        return refuse(stream, "no kept state of this program", err);
    if (crypto_secretstream_xchacha20poly1305_init_pull(&stream->state, start + MAGIC,
                                                        snapshot->key) != 0 ||
        !take_head(stream, snapshot->head, err))
        return false;
    for (size_t i = 0; i < snapshot->part_count; i++)
        if (!take_part(stream, &snapshot->parts[i], err))
            return false;
    return take_end(stream, err);
}

enum snapshot_outcome snapshot_read(const struct snapshot *snapshot, struct error *err)
{
    FILE *file = fopen(snapshot->path, "rbe");
    if (!file && errno == ENOENT)
        return SNAPSHOT_ABSENT;
    struct stream stream = { .file = NULL };
    bool good = file || error_set(err, errno, "%s", snapshot->path);
    good = good && stream_open(&stream, snapshot->path, err);
    stream.file = file;
    good = good && read_stream(&stream, snapshot, err);
    stream_close(&stream);
    return good ? SNAPSHOT_READ : SNAPSHOT_FAILED;
}
