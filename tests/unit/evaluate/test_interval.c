// SPDX-License-Identifier: Apache-2.0
/* Against published tables: Clopper-Pearson limits as in Newcombe (Statistics in Medicine 17,
 * 1998), Poisson limits as in Garwood (1936). */
#include "evaluate/interval.h"

#include <math.h>

#include "check.h"

static bool is_about(double value, double expected)
{
    return fabs(value - expected) < 0.0005 * (1 + fabs(expected));
}

static void shares_have_the_limits_of_the_tables(void **state)
{
    (void)state;
    static const struct row {
        uint64_t hits, trials;
        double low, high;
    } rows[] = {
        { 0, 10, 0, 0.3085 },        { 1, 10, 0.0025, 0.4450 },   { 5, 10, 0.1871, 0.8129 },
        { 10, 10, 0.6915, 1 },       { 95, 100, 0.8872, 0.9836 }, { 81, 263, 0.2527, 0.3676 },
        { 15, 148, 0.0578, 0.1617 }, { 0, 20, 0, 0.1684 },        { 1, 29, 0.0009, 0.1776 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct interval share = interval_of_share(rows[i].hits, rows[i].trials);
        check(is_about(share.low, rows[i].low));
        check(is_about(share.high, rows[i].high));
    }
}

static void a_share_of_nothing_can_be_all(void **state)
{
    (void)state;
    struct interval share = interval_of_share(0, 0);
    check(share.low <= 0 && share.high >= 1);
}

static void rates_have_the_limits_of_garwood(void **state)
{
    (void)state;
    static const struct row {
        uint64_t events;
        double low, high;
    } rows[] = { { 0, 0, 3.689 },
                 { 1, 0.0253, 5.572 },
                 { 5, 1.623, 11.668 },
                 { 10, 4.795, 18.390 },
                 { 100, 81.36, 121.63 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct interval rate = interval_of_rate(rows[i].events, 1);
        check(is_about(rate.low, rows[i].low));
        check(is_about(rate.high, rows[i].high));
        struct interval scaled = interval_of_rate(rows[i].events, 4);
        check(is_about(scaled.high, rows[i].high / 4));
    }
}

static void a_rate_without_exposure_is_not_known(void **state)
{
    (void)state;
    check(isinf(interval_of_rate(0, 0).high));
}

static void large_counts_stay_finite(void **state)
{
    (void)state;
    struct interval share = interval_of_share(500000, 1000000);
    check(share.low > 0.498 && share.low < 0.5 && share.high > 0.5 && share.high < 0.502);
    struct interval rate = interval_of_rate(1000000, 1);
    check(rate.low > 998000 && rate.low < 998100);
    check(rate.high > 1001900 && rate.high < 1002100);
}

TESTS(TEST(shares_have_the_limits_of_the_tables), TEST(a_share_of_nothing_can_be_all),
      TEST(rates_have_the_limits_of_garwood), TEST(a_rate_without_exposure_is_not_known),
      TEST(large_counts_stay_finite))
