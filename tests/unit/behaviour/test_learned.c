// SPDX-License-Identifier: Apache-2.0
#include "behaviour/learned.h"

#include <math.h>

#include "base/time.h"
#include "model/flow.h"

#include "check.h"

static const struct hash_key test_key = { { 1, 2, 3, 4 } };
static struct learned learned, other;

static bool is_near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

static struct learned_case case_of(uint32_t network, int64_t day, double weight)
{
    return (struct learned_case){ .statistic = LEARNED_PAIR,
                                  .sightings = 40,
                                  .protocol = PROTOCOL_TCP,
                                  .port = 443,
                                  .at_ns = day * TIME_DAY_NS + 5,
                                  .server = ip_from_v4(network << 8 | 7),
                                  .prior_weight = weight };
}

static void note(struct learned *into, uint32_t from, uint32_t count, double weight)
{
    for (uint32_t i = from; i < from + count; i++) {
        struct learned_case of = case_of(i, 10, weight);
        learned_note(into, &test_key, &of);
    }
}

static double weight_on(const struct learned *of, int64_t day, double weight)
{
    struct learned_case strange = case_of(0x4b0071, day, weight);
    return learned_weigh(of, &strange).weight;
}

static void empty(void)
{
    memset(&learned, 0, sizeof learned);
    memset(&other, 0, sizeof other);
}

static void without_learning_the_table_speaks(void **state)
{
    (void)state;
    empty();
    for (double weight = 0; weight <= 4; weight += 0.25) {
        check(is_near(weight_on(NULL, 11, weight), weight));
        check(is_near(weight_on(&learned, 11, weight), weight));
    }
}

/* 2,000 networks of which 200 poll: what polls is no longer one in 10,000. */
static void what_is_common_here_is_not_strange(void **state)
{
    (void)state;
    empty();
    note(&learned, 0, 1800, 0);
    note(&learned, 5000, 200, 4);
    learned_begin(&learned);
    double p = (1000 * 1e-4 + 200 - 20) / (1000 + 1980);
    check(fabs(weight_on(&learned, 11, 4) + log10(p)) < 0.05); /* the filter loses a few */
    struct learned_case of = case_of(1, 11, 4);
    check(learned_weigh(&learned, &of).samples > 1950);
    of.port = 22; /* of another service nothing was learned */
    check(is_near(learned_weigh(&learned, &of).weight, 4));
    check_equal(learned_weigh(&learned, &of).samples, 0);
    of = case_of(1, 11, 4);
    of.sightings = 10;
    check(is_near(learned_weigh(&learned, &of).weight, 4));
}

static void nothing_is_used_on_its_own_day_nor_in_its_own_run(void **state)
{
    (void)state;
    empty();
    note(&learned, 0, 2000, 4);
    check(is_near(weight_on(&learned, 11, 4), 4));
    learned_begin(&learned);
    check(is_near(weight_on(&learned, 10, 4), 4));
    check(weight_on(&learned, 11, 4) < 1);
    learned_begin(&learned); /* begun again, with nothing new */
    check(weight_on(&learned, 11, 4) < 1 && is_near(weight_on(&learned, 10, 4), 4));
}

static void a_network_counts_once_a_day(void **state)
{
    (void)state;
    empty();
    for (uint32_t host = 0; host < 200; host++) {
        struct learned_case of = case_of(7, 10, 4);
        of.server = ip_from_v4(7 << 8 | host);
        learned_note(&learned, &test_key, &of);
    }
    check_equal(learned.again, 199);
    struct learned_case of = case_of(7, 11, 4);
    learned_note(&learned, &test_key, &of); /* the next day */
    check_equal(learned.again, 199);
    learned_begin(&learned);
    of = case_of(9, 12, 4);
    check_equal(learned_weigh(&learned, &of).samples, 2);
}

/* Learning never makes anything stranger than the table says. */
static void alerts_only_become_rarer(void **state)
{
    (void)state;
    empty();
    note(&learned, 0, 20000, 0);
    learned_begin(&learned);
    for (double weight = 0; weight <= 4; weight += 0.125)
        check(weight_on(&learned, 11, weight) <= weight + 1e-9);
}

/* The bound of the header, for attackers of every share. */
static void who_poisons_moves_the_threshold_no_further_than_stated(void **state)
{
    (void)state;
    static const uint32_t shares[] = { 0, 5, 10, 15, 20, 21, 50, 200, 1000 };
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        empty();
        uint32_t owned = shares[i];
        note(&learned, 0, 1000, 0);
        note(&learned, 50000, owned, 4);
        learned_begin(&learned);
        double share = (double)owned / (1000 + owned);
        double p = pow(10, -weight_on(&learned, 11, 4));
        if (share <= 0.01)
            check(is_near(p, 1e-4));
        if (owned <= LEARNED_SERVERS_LEAST)
            check(p <= LEARNED_FACTOR * 1e-4 + 1e-12);
        check(p <= 1e-4 + fmax(0, share - 0.01) / 0.99 + 1e-4);
        if (owned == 1000)
            check(p > 0.1); /* the check can fail: beyond the bound it does move */
    }
}

static void three_that_learned_apart_are_one(void **state)
{
    (void)state;
    static struct learned parts[3];
    empty();
    memset(parts, 0, sizeof parts);
    for (uint32_t i = 0; i < 300; i++) {
        note(&learned, i, 1, i % 5);
        note(&parts[i % 3], i, 1, i % 5);
    }
    for (size_t i = 3; i-- > 0;)
        learned_merge(&other, &parts[i]);
    learned_begin(&learned);
    learned_begin(&other);
    for (double weight = 0; weight <= 4; weight += 0.25)
        check(fabs(weight_on(&learned, 11, weight) - weight_on(&other, 11, weight)) < 0.02);
}

/* Networks without end fill the filter: then nothing more is learned, and nothing overflows. */
static void a_flood_of_networks_stops_the_learning(void **state)
{
    (void)state;
    empty();
    note(&learned, 0, 2000000, 4);
    check(learned.again > 1000000);
    struct learned_case of = case_of(1, INT64_MAX / TIME_DAY_NS - 1, 4);
    of.at_ns = INT64_MIN;
    learned_note(&learned, &test_key, &of);
    of.at_ns = INT64_MAX;
    of.sightings = 1e300;
    of.prior_weight = -5;
    learned_note(&learned, &test_key, &of);
    learned_begin(&learned);
    (void)learned_weigh(&learned, &of);
}

TESTS(TEST(without_learning_the_table_speaks), TEST(what_is_common_here_is_not_strange),
      TEST(nothing_is_used_on_its_own_day_nor_in_its_own_run),
      TEST(a_network_counts_once_a_day), TEST(alerts_only_become_rarer),
      TEST(who_poisons_moves_the_threshold_no_further_than_stated),
      TEST(three_that_learned_apart_are_one), TEST(a_flood_of_networks_stops_the_learning))
