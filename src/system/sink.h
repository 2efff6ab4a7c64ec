// SPDX-License-Identifier: Apache-2.0
/* Writing a file so that it is there whole or not at all: it grows under a temporary name
 * beside its own and takes its place at the end.  "-" is standard output, and what exists but
 * is no regular file (a pipe, /dev/null) is written to as it is. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

enum { SINK_PATH_MAX = 4096, SINK_BUFFER = 1 << 18 };

struct sink {
    const char *path; /* the caller's */
    int fd;
    bool is_replacing; /* the temporary file is to be renamed or removed */
    size_t held;
    char temporary[SINK_PATH_MAX];
    uint8_t buffer[SINK_BUFFER];
};

MUST_CHECK bool sink_open(struct sink *sink, const char *path, struct error *err);
MUST_CHECK bool sink_write(struct sink *sink, struct bytes bytes, struct error *err);
/* Writes what is held back and puts the file in its place.  When this or sink_write fails,
 * the caller calls sink_discard. */
MUST_CHECK bool sink_commit(struct sink *sink, struct error *err);
/* Leaves nothing behind; does nothing after sink_commit. */
void sink_discard(struct sink *sink);
