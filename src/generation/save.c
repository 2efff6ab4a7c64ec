// SPDX-License-Identifier: Apache-2.0
/* A generation is written beside where it will be, and takes the name in one step: whoever
 * reads the name has the old one or the new one, and a run cut short leaves the old one. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "generation/file_private.h"

enum { WRITE_OCTETS_MAX = 1 << 30 };

struct output {
    int fd;
    const char *path;
    uint64_t len;
};

static bool put(struct output *out, struct bytes octets, struct error *err)
{
    while (octets.len > 0) {
        size_t most = octets.len < WRITE_OCTETS_MAX ? octets.len : WRITE_OCTETS_MAX;
        ssize_t written = write(out->fd, octets.at, most);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return error_set(err, errno, "cannot write %s", out->path);
        out->len += (uint64_t)written;
        octets = bytes_slice(octets, (size_t)written, octets.len);
    }
    return true;
}

static bool put_zeros(struct output *out, uint64_t until, struct error *err)
{
    static const uint8_t zeros[GENERATION_ALIGN];
    while (out->len < until) {
        uint64_t left = until - out->len;
        struct bytes some = { zeros, left < sizeof zeros ? (size_t)left : sizeof zeros };
        if (!put(out, some, err))
            return false;
    }
    return true;
}

static bool put_note(struct output *out, const struct generation *header,
                     const struct generation_signers *signers, struct error *err)
{
    char text_room[GENERATION_NOTE_TEXT_MAX], room[4 * GENERATION_NOTE_TEXT_MAX];
    struct text text = text_over(text_room, sizeof text_room);
    struct text note = text_over(room, sizeof room);
    generation_put_note(header, &text);
    text_put(&note, text_bytes(&text));
    text_put_string(&note, "\n");
    for (size_t i = 0; i < signers->count; i++) {
        uint8_t signature[NOTE_SIGNATURE_OCTETS];
        if (!key_sign(signers->keys[i], text_bytes(&text), signature, err))
            return false;
        note_put_signature(key_public(signers->keys[i]), signature, &note);
    }
    if (note.cut)
        return error_set(err, 0, "%s: the signatures are too long", out->path);
    return put(out, text_bytes(&note), err);
}

static bool put_all(struct output *out, const struct indicators *set,
                    const struct generation *header, const struct generation_signers *signers,
                    struct error *err)
{
    uint8_t start[GENERATION_HEADER_OCTETS];
    generation_write(header, start);
    if (!put(out, (struct bytes){ start, sizeof start }, err))
        return false;
    for (enum generation_section i = 0; i < GENERATION_SECTIONS; i++) {
        if (!put_zeros(out, generation_span(header, i).at, err) ||
            !put(out, indicators_section(set, i), err))
            return false;
    }
    return put_note(out, header, signers, err);
}

/* So that the name, too, outlives a loss of power. */
static bool sync_folder(const char *path, struct error *err)
{
    char room[PATH_MAX];
    struct text folder = text_over(room, sizeof room);
    text_put_string(&folder, path);
    int fd = open(dirname(room), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_synced = fd >= 0 && fsync(fd) == 0;
    int code = errno;
    if (fd >= 0)
        (void)close(fd);
    return is_synced || error_set(err, code, "cannot sync the folder of %s", path);
}

bool generation_save(const char *path, struct indicators *set, struct generation *header,
                     const struct generation_signers *signers, struct error *err)
{
    char room[PATH_MAX];
    struct text part = text_over(room, sizeof room);
    text_put_string(&part, path);
    text_put_string(&part, ".part");
    if (part.cut)
        return error_set(err, ENAMETOOLONG, "%s", path);
    if (!indicators_seal(set, header))
        return error_set(err, 0, "%s: too many values stand in each other's way", path);
    for (enum generation_section i = 0; i < GENERATION_SECTIONS; i++)
        generation_hash(indicators_section(set, i), header->digests[i]);
    struct output out = { .path = room };
    /* What an interrupted run left is begun anew. */
    out.fd = open(room, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (out.fd < 0)
        return error_set(err, errno, "cannot write %s", room);
    bool is_written = put_all(&out, set, header, signers, err);
    if (is_written && fsync(out.fd) != 0)
        is_written = error_set(err, errno, "cannot write %s", room);
    if (close(out.fd) != 0 && is_written)
        is_written = error_set(err, errno, "cannot write %s", room);
    if (is_written && rename(room, path) != 0)
        is_written = error_set(err, errno, "cannot write %s", path);
    if (!is_written)
        (void)unlink(room);
    return is_written && sync_folder(path, err);
}
