// SPDX-License-Identifier: Apache-2.0
/* What went wrong in the world (a file, a disk, a library), in words, filled once where it
 * happened.  Only commands print it. */
#pragma once

#include <stdbool.h>

#include "base/attr.h"

enum { ERROR_TEXT_MAX = 512 };

struct error {
    int code; /* errno, or 0 where there is none */
    char text[ERROR_TEXT_MAX];
};

/* Always returns false, so that a failing function ends `return error_set(err, ...)`.  When
 * code is not 0 its meaning is appended. */
PRINTF(3, 4) bool error_set(struct error *err, int code, const char *format, ...);
