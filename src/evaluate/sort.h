// SPDX-License-Identifier: Apache-2.0
/* Sorting in place, without memory of its own (the C library's takes some): a heap sort.  What
 * compares equal comes in any order, so a comparison is to leave nothing equal that is not. */
#pragma once

#include <stddef.h>

/* count things of size octets each, at most SORT_OCTETS_MAX. */
enum { SORT_OCTETS_MAX = 512 };

void sort_run(void *things, size_t count, size_t size,
              int (*compare)(const void *, const void *));
