// SPDX-License-Identifier: Apache-2.0
#include "behaviour/pool.h"

#include <math.h>

#include "base/time.h"
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

size_t pool_size_bin(uint64_t octets)
{
    size_t bin = (size_t)(5 * log2(1.0 + (double)octets));
    return bin < POOL_SIZE_BINS ? bin : POOL_SIZE_BINS - 1;
}

static void add_sizes(struct pool *pool, const struct concern *concern)
{
    for (size_t i = 0; i < concern_sizes(concern); i++)
        pool->sizes[pool_size_bin(concern->sizes[i])]++;
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

/* The best of periods from an eighth of the median interval to twice it. */
static double best_comb(const struct pool *pool)
{
    struct comb comb = { .count = pool->interval_count };
    if (comb.count < POOL_INTERVALS_OF_LINE)
        return 0;
    memcpy(comb.gap_s, pool->intervals, comb.count * sizeof *comb.gap_s);
    series_sort(comb.gap_s, comb.count);
    for (size_t i = 0; i < comb.count; i++)
        comb.times[i] = 1;
    double middle_s = series_quantile(comb.gap_s, comb.count, 0.5);
    return comb_best(&comb, (struct comb_range){ middle_s / 8, middle_s * 2, PERIODS });
}

double pool_entropy(const uint32_t *parts, size_t count)
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

double pool_share_of_two(const uint32_t *parts, size_t count)
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

void pool_sum(struct pool_view *view)
{
    view->sum = 0.35 * view->comb - log2(fmax(dispersion_least, view->dispersion)) +
                (view->is_long ? view->entropy : 0);
}

bool pool_look(const struct pool *pool, double others, struct pool_view *out)
{
    if (pool->lines < POOL_LINES_LEAST || pool->sightings < POOL_SIGHTINGS_LEAST)
        return false;
    out->sightings = pool->sightings;
    out->is_long = pool->last_ns - pool->first_ns >= long_ns;
    out->dispersion = dispersion_of(pool, others);
    out->entropy = pool_entropy(pool->hours, 24);
    out->comb = best_comb(pool);
    out->modes = pool_share_of_two(pool->sizes, POOL_SIZE_BINS);
    out->form = out->is_long ? POOL_TIMED_LONG : POOL_TIMED_SHORT;
    pool_sum(out);
    return true;
}

const struct null_table *pool_null(enum pool_form form)
{
    static const struct null_table *const tables[POOL_FORMS] = {
        [POOL_TIMED_LONG] = &null_pool_long,       [POOL_TIMED_SHORT] = &null_pool_short,
        [POOL_WHOLE_FEW] = &null_server_whole_few, [POOL_WHOLE] = &null_server_whole,
        [POOL_THIN_FEW] = &null_server_thin_few,   [POOL_THIN] = &null_server_thin,
    };
    return tables[form];
}

double pool_weight(const struct pool_view *view)
{
    return null_weight(pool_null(view->form), (size_t)view->sightings, -view->sum);
}

double pool_threshold(const struct pool_view *view)
{
    return -null_edge(pool_null(view->form), (size_t)view->sightings, LEVEL_FIRING);
}
