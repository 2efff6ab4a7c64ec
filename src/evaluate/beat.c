// SPDX-License-Identifier: Apache-2.0
#include "evaluate/beat_private.h"

#include <math.h>

#include "evaluate/rita_private.h"

double beat_mode_share(const double *intervals, size_t count, const struct mode_rule *rule)
{
    size_t first = 0;
    while (first < count && intervals[first] < rule->least_s)
        first++;
    if (count - first < rule->events_least)
        return 0;
    size_t commonest = 0;
    for (size_t from = first, to = first; to < count; to++) {
        while (intervals[to] - intervals[from] > rule->window_s)
            from++;
        commonest = to - from + 1 > commonest ? to - from + 1 : commonest;
    }
    return (double)commonest / (double)(count - first);
}

/* Elastic's shipped parameters. */
static const double count_variation_max = 0.1;
static const double octets_variation_max = 0.05;
static const double correlation_least = 0.7;
enum { PERIODS_LEAST = 6 };

struct span {
    size_t from;
    size_t to;
    size_t filled;
};

static struct span span_of(const double *values)
{
    struct span span = { BEAT_MINUTES, 0, 0 };
    for (size_t i = 0; i < BEAT_MINUTES; i++) {
        if (values[i] <= 0)
            continue;
        span.from = i < span.from ? i : span.from;
        span.to = i + 1;
        span.filled++;
    }
    return span;
}

static double quantile(const double *sorted, size_t count, double part)
{
    size_t at = (size_t)(part * (double)count + 0.5);
    return sorted[at < count ? at : count - 1];
}

/* Standard deviation over mean of the minutes that are not empty and lie within the 10th and
 * 80th percentile of these. */
static double trimmed_variation(const double *values)
{
    double sorted[BEAT_MINUTES];
    size_t count = 0;
    for (size_t i = 0; i < BEAT_MINUTES; i++)
        if (values[i] > 0)
            sorted[count++] = values[i];
    rita_sort(sorted, count);
    double low = quantile(sorted, count, 0.1);
    double high = quantile(sorted, count, 0.8);
    double sum = 0;
    double squares = 0;
    double within = 0;
    for (size_t i = 0; i < count; i++)
        if (sorted[i] >= low && sorted[i] <= high) {
            sum += sorted[i];
            within++;
        }
    double mean = sum / within;
    for (size_t i = 0; i < count; i++)
        if (sorted[i] >= low && sorted[i] <= high)
            squares += (sorted[i] - mean) * (sorted[i] - mean);
    return sqrt(squares / within) / mean;
}

static double mean_of(const double *values, size_t from, size_t to)
{
    double sum = 0;
    for (size_t i = from; i < to; i++)
        sum += values[i];
    return to > from ? sum / (double)(to - from) : 0;
}

/* Of each whole period with the one before; 1 where nothing varies. */
static double correlation_at(const double *values, size_t count, size_t period)
{
    size_t room = count - 2 * period;
    double mean = mean_of(values, period, period * ((room + 1) / period));
    double ours = 0;
    double theirs = 0;
    double both = 0;
    for (size_t i = period; i < period + period * (room / period + 1); i++) {
        double here = values[i] - mean;
        double before = values[i - period] - mean;
        ours += here * here;
        theirs += before * before;
        both += here * before;
    }
    double scale = sqrt(ours * theirs);
    return scale > 0 ? both / scale : 1;
}

/* The best period, each with those of its multiples from the third on: a slow wave is alike
 * only over small shifts. */
static double best_correlation(const double *values, size_t count)
{
    double at[BEAT_MINUTES / PERIODS_LEAST + 1];
    size_t longest = count / PERIODS_LEAST;
    for (size_t period = 2; period <= longest; period++)
        at[period] = correlation_at(values, count, period);
    double best = -1;
    for (size_t period = 2; period <= longest; period++) {
        double sum = at[period];
        double terms = 1;
        for (size_t multiple = 3 * period; multiple <= longest; multiple += period) {
            sum += at[multiple];
            terms++;
        }
        best = fmax(best, sum / terms);
    }
    return best;
}

struct beat_minutes_score beat_score_minutes(const struct beat_minutes *minutes)
{
    struct beat_minutes_score score = { .is_even = false };
    struct span span = span_of(minutes->connections);
    if (span.filled <= PERIODS_LEAST || span.to - span.from < (size_t)2 * PERIODS_LEAST)
        return score;
    score.is_even = span.filled > (span.to - span.from) / 2 &&
                    trimmed_variation(minutes->connections) <= count_variation_max;
    score.sends_alike = span_of(minutes->sent).filled > PERIODS_LEAST &&
                        trimmed_variation(minutes->sent) <= octets_variation_max;
    score.receives_alike = span_of(minutes->received).filled > PERIODS_LEAST &&
                           trimmed_variation(minutes->received) <= octets_variation_max;
    score.correlation = best_correlation(minutes->connections + span.from, span.to - span.from);
    score.is_periodic = score.correlation >= correlation_least;
    return score;
}
