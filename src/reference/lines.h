// SPDX-License-Identifier: Apache-2.0
/* The lines of a text file, plain or compressed with gzip or zstd (told by its first bytes). */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

enum { LINES_OCTETS_MAX = 65536 };

enum lines_status {
    LINES_LINE,
    LINES_TOO_LONG, /* past LINES_OCTETS_MAX; it was skipped */
    LINES_END,
    LINES_FAILED, /* err says why */
};

struct lines {
    const char *path; /* of the caller */
    struct lines_source *source;
    uint8_t *data;
    size_t from, to; /* what of data is read and not yet given */
    bool is_ended;
    bool has_quotes;      /* RFC 4180: a line end within quotes is part of the line */
    uint64_t next_number; /* of the line that comes next, from 1 */
    uint64_t number;      /* of the line given last */
};

MUST_CHECK bool lines_open(struct lines *out, const char *path, struct error *err);
/* line stands until the next call; it has no line end. */
enum lines_status lines_next(struct lines *lines, struct bytes *line, struct error *err);
void lines_close(struct lines *lines);
