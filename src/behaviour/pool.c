// SPDX-License-Identifier: Apache-2.0
#include "behaviour/pool.h"

#include <math.h>

#include "base/time.h"
#include "behaviour/null.h"
#include "behaviour/series.h"

enum { LEVEL_FIRING = 3, PERIODS = 96 };
static const int64_t long_ns = 12 * 3600 * TIME_SECOND_NS;
static const double dispersion_least = 0.3; /* below, evenness is chance */
static const double seldom_sightings = 2;   /* what a line too seldom to be timed called */

static void add_intervals(struct pool *pool, const struct concern *concern)
{
    struct series series;
    concern_series(concern, &series);
    double intervals[SERIES_MAX];
    size_t count = series_intervals(&series, intervals);
    size_t from = count > POOL_INTERVALS_OF_LINE ? count - POOL_INTERVALS_OF_LINE : 0;
    for (size_t i = from; i < count && pool->interval_count < POOL_INTERVALS_MAX; i++)
        pool->intervals[pool->interval_count++] = intervals[i];
}

static void add_sizes(struct pool *pool, const struct concern *concern)
{
    size_t count = concern->sightings < CONCERN_SIZES ? concern->sightings : CONCERN_SIZES;
    for (size_t i = 0; i < count; i++) {
        size_t bin = (size_t)(5 * log2(1.0 + concern->sizes[i]));
        pool->sizes[bin < POOL_SIZE_BINS ? bin : POOL_SIZE_BINS - 1]++;
    }
}

void pool_add(struct pool *pool, const struct concern *concern)
{
    if (pool->lines == 0 || concern->first_ns < pool->first_ns)
        pool->first_ns = concern->first_ns;
    if (pool->lines == 0 || concern->last_ns > pool->last_ns)
        pool->last_ns = concern->last_ns;
    pool->lines++;
    pool->sightings += concern->sightings;
    pool->square_sum += (double)concern->sightings * concern->sightings;
    pool->connections += concern->connections;
    pool->octets_out += concern->octets_out;
    pool->octets_in += concern->octets_in;
    for (size_t i = 0; i < 24; i++)
        pool->hours[i] += concern->hours[i];
    add_intervals(pool, concern);
    add_sizes(pool, concern);
}

/* How well intervals fall on multiples of a period; long ones tell less, and those under half
 * a period speak against it (detectors.md 1.2). */
static double comb_at(const struct pool *pool, double period_s)
{
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < pool->interval_count; i++) {
        double periods = pool->intervals[i] / period_s;
        double weight = periods < 0.5 ? -0.3 : 1 / sqrt(1 + 0.15 * periods);
        sum += periods < 0.5 ? weight : weight * cos(6.283185307179586 * periods);
        squares += weight * weight;
    }
    return squares > 0 ? sum / sqrt(squares / 2) : 0;
}

/* The best of periods from an eighth of the median interval to twice it. */
static double best_comb(const struct pool *pool)
{
    double sorted[POOL_INTERVALS_MAX];
    size_t count = pool->interval_count;
    if (count < POOL_INTERVALS_OF_LINE)
        return 0;
    memcpy(sorted, pool->intervals, count * sizeof *sorted);
    series_sort(sorted, count);
    double middle_s = series_quantile(sorted, count, 0.5);
    double best = 0;
    for (size_t i = 0; i < PERIODS; i++)
        best = fmax(best, comb_at(pool, middle_s / 8 * exp2(4.0 * (double)i / (PERIODS - 1))));
    return best;
}

static double entropy_of(const double *parts, size_t count)
{
    double whole = 0;
    double entropy = 0;
    for (size_t i = 0; i < count; i++)
        whole += parts[i];
    for (size_t i = 0; i < count; i++)
        if (parts[i] > 0)
            entropy -= parts[i] / whole * log2(parts[i] / whole);
    return entropy;
}

static double share_of_two(const double *parts, size_t count)
{
    double first = 0;
    double second = 0;
    double whole = 0;
    for (size_t i = 0; i < count; i++) {
        whole += parts[i];
        second = fmax(second, fmin(first, parts[i]));
        first = fmax(first, parts[i]);
    }
    return whole > 0 ? (first + second) / whole : 0;
}

static double dispersion_of(const struct pool *pool, double others)
{
    double lines = (double)pool->lines + others;
    double sum = pool->sightings + others * seldom_sightings;
    double squares = pool->square_sum + others * seldom_sightings * seldom_sightings;
    double mean = sum / lines;
    return (squares - lines * mean * mean) / (lines - 1) / mean;
}

bool pool_look(const struct pool *pool, double others, struct pool_view *out)
{
    if (pool->lines < POOL_LINES_LEAST || pool->sightings < POOL_SIGHTINGS_LEAST)
        return false;
    out->sightings = pool->sightings;
    out->is_long = pool->last_ns - pool->first_ns >= long_ns;
    out->dispersion = dispersion_of(pool, others);
    out->entropy = entropy_of(pool->hours, 24);
    out->comb = best_comb(pool);
    out->modes = share_of_two(pool->sizes, POOL_SIZE_BINS);
    out->sum = 0.35 * out->comb - log2(fmax(dispersion_least, out->dispersion)) +
               (out->is_long ? out->entropy : 0);
    return true;
}

static const struct null_table *table_of(const struct pool_view *view)
{
    return view->is_long ? &null_pool_long : &null_pool_short;
}

double pool_weight(const struct pool_view *view)
{
    return null_weight(table_of(view), (size_t)view->sightings, -view->sum);
}

double pool_threshold(const struct pool_view *view)
{
    return -null_edge(table_of(view), (size_t)view->sightings, LEVEL_FIRING);
}
