// SPDX-License-Identifier: Apache-2.0
/* Where lines of logs come from: files plain, gzip or zstd, standard input, folders of logs,
 * and files that grow and are rotated (by rename, or cut and written anew). */
#pragma once

#include "base/error.h"
#include "model/line.h"
#include "model/summary.h"
#include "source/source.h"

struct lines;

struct lines_options {
    const char *const *paths;
    size_t path_count; /* at most LOG_FILES_MAX */
    bool follow;
    const volatile int *stopping;
};

MUST_CHECK struct lines *lines_open(const struct lines_options *options, struct error *err);
void lines_close(struct lines *lines);
/* A line longer than LINE_OCTETS_MAX is passed over and counted.  The last line of a file need
 * not end in a newline, unless the file is followed. */
MUST_CHECK enum source_state lines_read(struct lines *lines, struct line_batch *out,
                                        struct error *err);
struct source_progress lines_progress(const struct lines *lines);
void lines_count(const struct lines *lines, struct summary *summary);
const char *lines_trouble(const struct lines *lines, size_t i);
/* The path of file number `file`. */
const char *lines_path(const struct lines *lines, uint16_t file);
