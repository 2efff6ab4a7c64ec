// SPDX-License-Identifier: Apache-2.0
#include "behaviour/series.h"

#include <math.h>

#include "base/must.h"

static const double burst_s = 1.0;
static const double burst_share = 0.125; /* of the upper quartile of intervals */

void series_sort(double *values, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        double value = values[i];
        size_t at = i;
        for (; at > 0 && values[at - 1] > value; at--)
            values[at] = values[at - 1];
        values[at] = value;
    }
}

static void merge_within(struct series *series, double limit_s)
{
    size_t kept = 0;
    for (size_t i = 1; i < series->count; i++)
        if (series->at_s[i] - series->at_s[kept] >= limit_s)
            series->at_s[++kept] = series->at_s[i];
    if (series->count > 0)
        series->count = kept + 1;
}

void series_merge_parallel(struct series *series)
{
    merge_within(series, burst_s);
}

void series_merge_bursts(struct series *series)
{
    series_merge_parallel(series);
    double intervals[SERIES_MAX] = { 0 };
    size_t count = series_intervals(series, intervals);
    if (count == 0)
        return;
    series_sort(intervals, count);
    merge_within(series, burst_share * series_quantile(intervals, count, 0.75));
}

size_t series_intervals(const struct series *series, double *out)
{
    MUST(series->count <= SERIES_MAX);
    for (size_t i = 1; i < series->count; i++)
        out[i - 1] = series->at_s[i] - series->at_s[i - 1];
    return series->count > 0 ? series->count - 1 : 0;
}

double series_quantile(const double *sorted, size_t count, double part)
{
    MUST(count > 0);
    double at = part * (double)(count - 1);
    size_t below = (size_t)at;
    size_t above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (at - (double)below) * (sorted[above] - sorted[below]);
}

double series_spread(const double *values, size_t count)
{
    double sum = 0;
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        if (values[i] > 0) {
            sum += log2(values[i]);
            used++;
        }
    if (used < 3)
        return -1;
    double mean = sum / (double)used;
    double deviation = 0;
    for (size_t i = 0; i < count; i++)
        if (values[i] > 0)
            deviation += fabs(log2(values[i]) - mean);
    return deviation / (double)used;
}

static double median(const double *sorted, size_t count)
{
    return series_quantile(sorted, count, 0.5);
}

/* Bowley's skewness; nothing to say (0) where the quartiles lie close together. */
static double skew_of(const double *sorted, size_t count)
{
    double low = median(sorted, count / 2 > 0 ? count / 2 : 1);
    double middle = median(sorted, count);
    double high = median(sorted + (count + 1) / 2, count / 2 > 0 ? count / 2 : 1);
    if (high - low < 10 || middle <= low || middle >= high)
        return 0;
    return (low + high - 2 * middle) / (high - low);
}

double series_rita_score(double *intervals, size_t count)
{
    MUST(count < SERIES_MAX);
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        if (floor(intervals[i]) > 0)
            intervals[used++] = floor(intervals[i]);
    if (used < 3)
        return -1;
    series_sort(intervals, used);
    double skew = skew_of(intervals, used);
    double middle = median(intervals, used);
    double deviation[SERIES_MAX];
    for (size_t i = 0; i < used; i++)
        deviation[i] = fabs(intervals[i] - middle);
    series_sort(deviation, used);
    double steady = (middle - median(deviation, used)) / middle;
    return (1 - fabs(skew) + (steady > 0 ? steady : 0)) / 2;
}
