// SPDX-License-Identifier: Apache-2.0
/* A claim about our own code, checked in every build.  It is never used on input: a failed
 * claim is our bug, says so on standard error and aborts. */
#pragma once

#include "base/attr.h"

#define MUST(claim)                                \
    do {                                           \
        if (UNLIKELY(!(claim)))                    \
            must_fail(#claim, __FILE__, __LINE__); \
    } while (0)

NORETURN COLD void must_fail(const char *claim, const char *file, int line);
