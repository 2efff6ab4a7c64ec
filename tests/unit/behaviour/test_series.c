// SPDX-License-Identifier: Apache-2.0
#include <math.h>

#include "behaviour/null.h"
#include "behaviour/series.h"

#include "check.h"

static void close_to(double actual, double expected)
{
    check(fabs(actual - expected) < 1e-6);
}

static void values_are_sorted_and_cut_at_quantiles(void **state)
{
    (void)state;
    double values[] = { 5, 1, 4, 2, 3 };
    series_sort(values, 5);
    for (size_t i = 0; i < 5; i++)
        close_to(values[i], (double)i + 1);
    close_to(series_quantile(values, 5, 0.5), 3);
    close_to(series_quantile(values, 4, 0.5), 2.5);
    close_to(series_quantile(values, 5, 1), 5);
    close_to(series_quantile(values, 1, 0.75), 1);
}

static void calls_within_a_second_are_one(void **state)
{
    (void)state;
    struct series series = { 7, { 0, 0.2, 0.9, 60, 60.5, 120, 180 } };
    series_merge_bursts(&series);
    check_equal(series.count, 4);
    close_to(series.at_s[1], 60);
}

static void calls_within_an_eighth_of_the_interval_are_one(void **state)
{
    (void)state;
    struct series series = { 8, { 0, 5, 60, 65, 120, 125, 180, 185 } };
    series_merge_bursts(&series);
    check_equal(series.count, 4);
    struct series empty = { 0, { 0 } };
    series_merge_bursts(&empty);
    check_equal(empty.count, 0);
}

static void spread_counts_doublings(void **state)
{
    (void)state;
    const double even[] = { 60, 60, 60, 60 };
    const double doubled[] = { 30, 120, 30, 120 };
    const double few[] = { 0, 60, 60 };
    close_to(series_spread(even, 4), 0);
    close_to(series_spread(doubled, 4), 1);
    check(series_spread(few, 3) < 0);
}

/* Neither skew nor deviation; then quartiles 15, 30, 80 and a median deviation of 20 of 30. */
static void rita_gives_its_published_interval_score(void **state)
{
    (void)state;
    double even[] = { 60, 60, 60, 60 };
    close_to(series_rita_score(even, 4), 1);
    double skewed[] = { 10, 20, 30, 60, 100 };
    close_to(series_rita_score(skewed, 5), (1 - 35.0 / 65 + 1.0 / 3) / 2);
    double none[] = { 0.2, 0.4, 0.6 };
    check(series_rita_score(none, 3) < 0);
}

static void weights_grow_as_values_fall_and_as_sightings_grow(void **state)
{
    (void)state;
    const struct null_table *table = &null_pair_spread;
    check(null_weight(table, 5, 0) <= 0);
    close_to(null_weight(table, 6, 0), 4);
    close_to(null_weight(table, 128, 2), 0);
    double before = 4;
    for (double spread = 0; spread < 1; spread += 0.01) {
        double weight = null_weight(table, 20, spread);
        check(weight <= before && weight >= 0);
        before = weight;
    }
    for (size_t row = 0; row < table->count; row++)
        for (size_t level = 1; level < NULL_LEVELS; level++) {
            check(table->rows[row].edge[level] < table->rows[row].edge[level - 1]);
            check(row == 0 || table->rows[row].edge[level] > table->rows[row - 1].edge[level]);
        }
}

TESTS(TEST(values_are_sorted_and_cut_at_quantiles), TEST(calls_within_a_second_are_one),
      TEST(calls_within_an_eighth_of_the_interval_are_one), TEST(spread_counts_doublings),
      TEST(rita_gives_its_published_interval_score),
      TEST(weights_grow_as_values_fall_and_as_sightings_grow))
