// SPDX-License-Identifier: Apache-2.0
/* The lines of a text file, plain or compressed with gzip or zstd (told by its first bytes). */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

enum { LISTING_OCTETS_MAX = 65536 };

enum listing_status {
    LISTING_LINE,
    LISTING_TOO_LONG, /* past LISTING_OCTETS_MAX; it was skipped */
    LISTING_END,
    LISTING_FAILED, /* err says why */
};

struct listing {
    const char *path; /* of the caller */
    struct listing_source *source;
    uint8_t *data;
    size_t from, to; /* what of data is read and not yet given */
    bool is_ended;
    bool has_quotes;      /* RFC 4180: a line end within quotes is part of the line */
    uint64_t next_number; /* of the line that comes next, from 1 */
    uint64_t number;      /* of the line given last */
};

MUST_CHECK bool listing_open(struct listing *out, const char *path, struct error *err);
/* line stands until the next call; it has no line end. */
enum listing_status listing_next(struct listing *lines, struct bytes *line, struct error *err);
/* What comes next, whatever its line ends, until the next call: for what is not lines. */
enum listing_status listing_chunk(struct listing *lines, struct bytes *chunk,
                                  struct error *err);
void listing_close(struct listing *lines);
