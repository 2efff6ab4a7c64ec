// SPDX-License-Identifier: Apache-2.0
/* The wide tier: what is kept of a pair, how two records of it join, and what a flood of new
 * pairs can push out; and that keys of yesterday are followed. */
#include "behaviour/concern.h"
#include "behaviour/pair.h"

#include "flows.h"

enum { MEBIBYTE = 1 << 20, SERVER = 0x4b007105, LINE = 0x0a000005 };

static void sixteen_bits_hold_a_number_to_one_in_2048(void **state)
{
    (void)state;
    for (uint64_t value = 0; value < 4096; value++)
        check_equal(pair_float_value(pair_float(value)), value);
    for (uint64_t value = 4096; value < UINT64_C(1) << 41; value = value * 17 / 16 + 1) {
        uint64_t kept = pair_float_value(pair_float(value));
        check(kept <= value && (double)(value - kept) <= (double)value / 2048);
    }
    check_equal(pair_float(UINT64_MAX), UINT16_MAX);
}

static void add(struct pair *pair, double at_s)
{
    uint32_t start = 1000000U + (uint32_t)(at_s * CONCERN_TICKS_A_SECOND);
    pair_add(pair, &(struct pair_call){ .start = start, .octets_out = 100, .is_new = true });
}

static void the_latest_three_calls_come_back_in_order(void **state)
{
    (void)state;
    static const double orders[][4] = {
        { 0, 60, 120, 180 }, { 60, 0, 180, 120 }, { 0, 180, 120, 60 }, { 180, 120, 60, 0 }
    };
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct pair pair = { .sightings = 0 };
        for (size_t j = 0; j < 4; j++)
            add(&pair, orders[i][j]);
        uint32_t starts[PAIR_EARLY];
        check_equal(pair_starts(&pair, starts), PAIR_EARLY);
        for (uint32_t j = 0; j < PAIR_EARLY; j++)
            check_equal(starts[j], 1000000U + (180 - 60 * j) * CONCERN_TICKS_A_SECOND);
        check_equal(pair.sightings, 4);
        check_equal(pair_float_value(pair.octets_out), 400);
    }
}

static void two_records_of_a_pair_join_to_that_of_all_calls(void **state)
{
    (void)state;
    for (unsigned split = 1; split < 7; split++) {
        struct pair whole = { .sightings = 0 }, first = whole, second = whole;
        for (unsigned i = 0; i < 8; i++) {
            double at_s = i * 2000.0;
            add(&whole, at_s);
            add(i % 7 < split ? &first : &second, at_s);
        }
        pair_merge(&second, &first);
        uint32_t one[PAIR_EARLY], joined[PAIR_EARLY];
        check_equal(pair_starts(&second, joined), pair_starts(&whole, one));
        check_equal(memcmp(one, joined, sizeof one), 0);
        check_equal(second.slots, whole.slots);
        check_equal(second.sightings, whole.sightings);
        check_equal(second.octets_out, whole.octets_out);
    }
}

static void steady_pairs_are_told_from_uneven_ones(void **state)
{
    (void)state;
    unsigned steady = 0, uneven = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct random random = { seed };
        struct pair beacon = { .sightings = 0 }, person = beacon;
        double beacon_s = 0, person_s = 0;
        for (unsigned i = 0; i < 8; i++) {
            add(&beacon, beacon_s += 600 * (0.5 + random_part(&random)));
            add(&person, person_s += random_exponential(&random, 600));
        }
        steady += pair_is_steady(&beacon, beacon.latest + 600 * CONCERN_TICKS_A_SECOND);
        uneven += !pair_is_steady(&person, person.latest + 600 * CONCERN_TICKS_A_SECOND);
    }
    check(steady >= 195);
    check(uneven >= 160);
}

/* Twenty slow beacons, and between any two of their calls more forged pairs than there are
 * places. */
static void a_flood_of_forged_pairs_pushes_nobody_out_who_called_twice(void **state)
{
    (void)state;
    struct random random = { 5 };
    struct bench *bench = bench_open(BEHAVIOUR_BEACON, MEBIBYTE);
    for (unsigned call = 0; call < 12; call++) {
        double at_s = call * 7200.0;
        for (uint32_t i = 0; i < 20; i++)
            bench_observe(bench, make_flow(LINE + i, SERVER + i, 443, at_s + i));
        for (unsigned i = 0; call >= 1 && i < 60000; i++) {
            uint32_t line = (uint32_t)random_next(&random);
            bench_observe(bench,
                          make_attempt(line, SERVER + 1000 + line % 5, 80, at_s + 60, false));
        }
    }
    bench_finish(bench);
    check_equal(bench_counter(bench, "beacon: pairs that fired"), 20);
    check(bench_counter(bench, "beacon: pairs turned away once") > 500000);
    bench_close(bench);
}

static void a_pair_is_one_pair_across_midnight(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_BEACON, MEBIBYTE);
    for (unsigned i = 0; i < 2; i++) /* two calls: known in the wide tier only */
        for (uint32_t line = 0; line < 50; line++)
            bench_observe(bench, make_flow(LINE + line, SERVER, 443, i * 43200.0 + line));
    for (uint32_t line = 0; line < 50; line++)
        bench_observe(bench, make_flow(LINE + line, SERVER, 443, 86400.0 + line));
    check_equal(bench_counter(bench, "beacon: pairs held"), 50);
    bench_close(bench);
    bench = bench_open(BEHAVIOUR_BEACON, MEBIBYTE);
    for (unsigned i = 0; i < 12; i++)
        bench_observe(bench, make_flow(LINE, SERVER, 443, i * 86000.0));
    for (unsigned i = 0; i < 10; i++) /* two days apart: a concern is followed by its address */
        bench_observe(bench, make_flow(LINE, SERVER, 443, 12 * 86000.0 + i * 172800.0));
    bench_finish(bench);
    check_equal(bench_counter(bench, "beacon: pairs held"), 1);
    check_equal(last_caught(&bench->caught)->connections, 22);
    bench_close(bench);
}

TESTS(TEST(sixteen_bits_hold_a_number_to_one_in_2048),
      TEST(the_latest_three_calls_come_back_in_order),
      TEST(two_records_of_a_pair_join_to_that_of_all_calls),
      TEST(steady_pairs_are_told_from_uneven_ones),
      TEST(a_flood_of_forged_pairs_pushes_nobody_out_who_called_twice),
      TEST(a_pair_is_one_pair_across_midnight))
