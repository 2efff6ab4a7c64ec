// SPDX-License-Identifier: Apache-2.0
/* A line of a log as a source hands it over, without its end.  The text belongs to the source
 * and lives until its next read. */
#pragma once

#include "base/bytes.h"

enum { LINE_BATCH_MAX = 1024, LINE_OCTETS_MAX = 1 << 18, LOG_FILES_MAX = 1024 };

struct log_line {
    struct bytes text;
    uint64_t number; /* in its file, from 1 */
    uint16_t file;   /* below LOG_FILES_MAX */
    bool starts;     /* the first of its file: new, rotated or replaced */
};

struct line_batch {
    struct log_line lines[LINE_BATCH_MAX];
    size_t count;
};
