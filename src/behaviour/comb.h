// SPDX-License-Identifier: Apache-2.0
/* The interval comb: how well intervals fall on multiples of one period, which still shows
 * where sampling hid most calls between two that were seen (detectors.md 1.2). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { COMB_GAPS_MAX = 512 };

/* Different intervals, each so many times. */
struct comb {
    size_t count;
    double gap_s[COMB_GAPS_MAX];
    double times[COMB_GAPS_MAX];
};

/* Periods tried, evenly in their logarithm. */
struct comb_range {
    double from_s;
    double to_s;
    size_t periods;
};

/* sum of w cos(2 pi d/T) over the root of half the sum of w squared, w = (1 + 0.15 d/T)^-1/2;
 * intervals under half a period speak against it, with 0.3. */
double comb_at(const struct comb *comb, double period_s);
/* The highest of a range of periods, 0 when none is above. */
double comb_best(const struct comb *comb, struct comb_range range);
