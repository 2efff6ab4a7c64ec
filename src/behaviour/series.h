// SPDX-License-Identifier: Apache-2.0
/* Statistics of a short series of times: what tells a machine's calls from a person's.
 * Nothing here knows of packets or lines. */
#pragma once

#include <stddef.h>

enum { SERIES_MAX = 128 };

struct series {
    size_t count;
    double at_s[SERIES_MAX];
};

/* Smallest first; made for series that are nearly in order. */
void series_sort(double *values, size_t count);

/* Calls that come together are one sighting: within a second of the first of them, or within
 * an eighth of the upper quartile of the intervals.  Sorted in, sorted out. */
void series_merge_bursts(struct series *series);

/* Only within a second: where sampling hid most calls, a short interval is a short one. */
void series_merge_parallel(struct series *series);

/* The count - 1 intervals between neighbours into out; gives their number. */
size_t series_intervals(const struct series *series, double *out);

/* The part-th fraction of sorted values, 0.5 for the median, between neighbours. */
double series_quantile(const double *sorted, size_t count, double part);

/* Mean |log2 v - mean log2 v| of values above 0; others are left out.  Negative when fewer
 * than three are left. */
double series_spread(const double *values, size_t count);

/* The interval term of RITA v5 (skew and median absolute deviation of whole seconds), 0 to 1;
 * only to compare with users of RITA.  Negative with fewer than three intervals above 0.
 * Intervals are sorted in place. */
double series_rita_score(double *intervals, size_t count);
