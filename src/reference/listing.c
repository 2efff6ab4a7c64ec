// SPDX-License-Identifier: Apache-2.0
#include "reference/listing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

enum { COMPRESSED_OCTETS = 65536, DATA_OCTETS = 2 * LISTING_OCTETS_MAX };

/* One of the two is open: zlib reads plain files too. */
struct listing_source {
    gzFile gzip;
    FILE *file;
    ZSTD_DStream *zstd;
    ZSTD_inBuffer in;
    bool is_mid_frame;
    uint8_t compressed[COMPRESSED_OCTETS];
};

static bool open_zstd(struct listing *lines, FILE *file, struct error *err)
{
    lines->source->file = file;
    lines->source->zstd = ZSTD_createDStream();
    lines->source->in.src = lines->source->compressed;
    if (!lines->source->zstd)
        return error_set(err, ENOMEM, "%s", lines->path);
    rewind(file);
    return true;
}

static bool open_source(struct listing *lines, struct error *err)
{
    static const uint8_t zstd_magic[4] = { 0x28, 0xb5, 0x2f, 0xfd }; /* RFC 8878 3.1.1 */
    static const uint8_t xz_magic[4] = { 0xfd, '7', 'z', 'X' };
    uint8_t magic[sizeof zstd_magic];
    FILE *file = fopen(lines->path, "rb");
    if (!file)
        return error_set(err, errno, "%s", lines->path);
    errno = 0;
    size_t len = fread(magic, 1, sizeof magic, file);
    if (ferror(file)) {
        (void)error_set(err, errno, "%s", lines->path);
        (void)fclose(file);
        return false;
    }
    if (len == sizeof magic && memcmp(magic, zstd_magic, sizeof magic) == 0)
        return open_zstd(lines, file, err);
    (void)fclose(file);
    if (len == sizeof magic && memcmp(magic, xz_magic, sizeof magic) == 0)
        return error_set(err, 0, "%s: xz is not read here; unpack it first", lines->path);
    lines->source->gzip = gzopen(lines->path, "rb");
    return lines->source->gzip || error_set(err, errno, "%s", lines->path);
}

bool listing_open(struct listing *out, const char *path, struct error *err)
{
    *out = (struct listing){ .path = path, .next_number = 1 };
    out->source = calloc(1, sizeof *out->source);
    out->data = malloc(DATA_OCTETS);
    if (!out->source || !out->data)
        (void)error_set(err, ENOMEM, "%s", path);
    else if (open_source(out, err))
        return true;
    listing_close(out);
    return false;
}

void listing_close(struct listing *lines)
{
    if (lines->source) {
        if (lines->source->gzip)
            (void)gzclose_r(lines->source->gzip);
        if (lines->source->file)
            (void)fclose(lines->source->file);
        (void)ZSTD_freeDStream(lines->source->zstd);
    }
    free(lines->source);
    free(lines->data);
    *lines = (struct listing){ .path = lines->path, .is_ended = true };
}

static bool read_gzip(struct listing *lines, size_t *len, struct error *err)
{
    gzFile gzip = lines->source->gzip;
    int got = gzread(gzip, lines->data + lines->to, (unsigned)(DATA_OCTETS - lines->to));
    int code = Z_OK;
    const char *words = gzerror(gzip, &code);
    if (got < 0 || (got == 0 && code == Z_BUF_ERROR))
        return error_set(err, code == Z_ERRNO ? errno : 0, "%s: %s", lines->path,
                         code == Z_BUF_ERROR ? "the compressed file ends early" : words);
    *len = (size_t)got;
    return true;
}

static bool refill_compressed(struct listing *lines, bool *is_end, struct error *err)
{
    struct listing_source *source = lines->source;
    source->in.pos = 0;
    source->in.size = fread(source->compressed, 1, COMPRESSED_OCTETS, source->file);
    *is_end = source->in.size == 0;
    if (ferror(source->file))
        return error_set(err, errno, "%s", lines->path);
    if (*is_end && source->is_mid_frame)
        return error_set(err, 0, "%s: the compressed file ends early", lines->path);
    return true;
}

static bool read_zstd(struct listing *lines, size_t *len, struct error *err)
{
    struct listing_source *source = lines->source;
    ZSTD_outBuffer out = { lines->data + lines->to, DATA_OCTETS - lines->to, 0 };
    while (out.pos == 0) {
        bool is_end = false;
        if (source->in.pos == source->in.size && !refill_compressed(lines, &is_end, err))
            return false;
        if (is_end)
            break;
        size_t left = ZSTD_decompressStream(source->zstd, &out, &source->in);
        if (ZSTD_isError(left))
            return error_set(err, 0, "%s: %s", lines->path, ZSTD_getErrorName(left));
        source->is_mid_frame = left != 0;
    }
    *len = out.pos;
    return true;
}

/* Moves what is left to the front and reads on behind it. */
static bool refill(struct listing *lines, struct error *err)
{
    memmove(lines->data, lines->data + lines->from, lines->to - lines->from);
    lines->to -= lines->from;
    lines->from = 0;
    size_t len = 0;
    bool is_read =
        lines->source->gzip ? read_gzip(lines, &len, err) : read_zstd(lines, &len, err);
    lines->to += len;
    lines->is_ended = len == 0;
    return is_read;
}

static bool is_delimiter(uint8_t c)
{
    return c == ',' || c == ';' || c == '\t';
}

/* The length of the line without its end, or all there is.  Quotes count where a field starts,
 * and again right behind a closing one, as RFC 4180 2.7 writes a quote within quotes. */
static size_t find_end(struct bytes rest, bool has_quotes)
{
    if (!has_quotes) {
        const uint8_t *end = rest.len > 0 ? memchr(rest.at, '\n', rest.len) : NULL;
        return end ? (size_t)(end - rest.at) : rest.len;
    }
    bool is_quoted = false, may_open = true;
    for (size_t i = 0; i < rest.len; i++) {
        uint8_t c = rest.at[i];
        if (c == '\n' && !is_quoted)
            return i;
        if (c == '"' && (is_quoted || may_open)) {
            is_quoted = !is_quoted;
            may_open = true;
        } else {
            may_open = is_delimiter(c) || (may_open && (c == ' ' || c == '#'));
        }
    }
    return rest.len;
}

static void take(struct listing *lines, size_t len)
{
    for (size_t i = 0; i < len; i++)
        lines->next_number += lines->data[lines->from + i] == '\n';
    lines->from += len;
}

/* Goes past the next line end, wherever it is. */
static bool skip_line(struct listing *lines, struct error *err)
{
    for (;;) {
        struct bytes rest = { lines->data + lines->from, lines->to - lines->from };
        size_t end = find_end(rest, false);
        take(lines, end < rest.len ? end + 1 : end);
        if (end < rest.len || lines->is_ended)
            return true;
        if (!refill(lines, err))
            return false;
    }
}

enum listing_status listing_next(struct listing *lines, struct bytes *line, struct error *err)
{
    for (;;) {
        struct bytes rest = { lines->data + lines->from, lines->to - lines->from };
        size_t end = find_end(rest, lines->has_quotes);
        lines->number = lines->next_number;
        if (end > LISTING_OCTETS_MAX)
            return skip_line(lines, err) ? LISTING_TOO_LONG : LISTING_FAILED;
        if (end < rest.len || (lines->is_ended && rest.len > 0)) {
            *line = bytes_slice(rest, 0, end);
            take(lines, end < rest.len ? end + 1 : end);
            return LISTING_LINE;
        }
        if (lines->is_ended)
            return LISTING_END;
        if (!refill(lines, err))
            return LISTING_FAILED;
    }
}

enum listing_status listing_chunk(struct listing *lines, struct bytes *chunk, struct error *err)
{
    if (lines->from == lines->to && !lines->is_ended && !refill(lines, err))
        return LISTING_FAILED;
    *chunk = (struct bytes){ lines->data + lines->from, lines->to - lines->from };
    lines->from = lines->to;
    return chunk->len > 0 ? LISTING_LINE : LISTING_END;
}
