// SPDX-License-Identifier: Apache-2.0
#include "evaluate/leak.h"

#include <math.h>
#include <stdlib.h>

#include "base/time.h"
#include "check.h"
#include "units.h"

static struct flow flows[400];

/* 40 servers with 10 flows each; of all but the last the sizes say nothing. */
static void make_flows(uint64_t octets_of_last)
{
    for (uint32_t i = 0; i < 400; i++) {
        bool is_last = i % 40 == 39;
        flows[i] = (struct flow){ .initiator = ip_from_v4(0x0a000001 + i / 40),
                                  .responder = ip_from_v4(0xc6336400 + i % 40),
                                  .responder_port = 443,
                                  .protocol = 6 };
        flows[i].forward = (struct flow_half){
            .packets = 1,
            .octets = is_last ? octets_of_last : 1000 + i * 7919 % 500,
            .first_ns = i * TIME_SECOND_NS,
            .last_ns = i * TIME_SECOND_NS,
        };
    }
}

struct fixture {
    struct truth_unit unit;
    struct truth truth;
    struct leaks *leaks;
    void *memory;
};

static void open_fixture(struct fixture *fixture)
{
    fixture->unit = unit_at(TRUTH_COMMAND_SERVER, "198.51.100.39", 443);
    fixture->truth = (struct truth){ &fixture->unit, 1, TRUTH_REST_BENIGN };
    fixture->memory = calloc(1, leaks_size());
    check(fixture->memory != NULL);
    struct arena arena = arena_over(fixture->memory, leaks_size());
    fixture->leaks = leaks_init(&arena);
    for (size_t i = 0; i < sizeof flows / sizeof *flows; i++)
        leaks_observe(fixture->leaks, &flows[i]);
    leaks_mark(fixture->leaks, &fixture->truth);
}

static void one_number_that_tells_is_found(void **state)
{
    (void)state;
    struct fixture fixture;
    make_flows(50000);
    open_fixture(&fixture);
    struct leak_rule rule = leaks_one_rule(fixture.leaks, LEAK_SERVICES);
    check_equal(rule.candidates, 40);
    check_equal(rule.right, 1);
    check(rule.f1 > 0.999);
    check(rule.is_above);
    free(fixture.memory);
}

static void where_no_number_tells_no_rule_is_good(void **state)
{
    (void)state;
    struct fixture fixture;
    make_flows(1240);
    open_fixture(&fixture);
    check(leaks_one_rule(fixture.leaks, LEAK_SERVICES).f1 < 0.5);
    check_equal(leaks_one_rule(fixture.leaks, LEAK_HOSTS).right, 0);
    free(fixture.memory);
}

/* Alerts about every second server: dealt out at random, half of the units are detected. */
static void dealt_out_at_random_no_more_is_found_than_is_told(void **state)
{
    (void)state;
    static struct told told[20];
    struct fixture fixture;
    int64_t visible_ns = 0;
    make_flows(1240);
    open_fixture(&fixture);
    for (uint32_t i = 0; i < 20; i++) {
        told[i] = told_at(FINDING_COMMAND_SERVER, "192.0.2.1", 443);
        told[i].ranked.unit = ip_from_v4(0xc6336400 + 2 * i);
    }
    struct score_order order = {
        .truth = &fixture.truth, .told = told, .told_count = 20, .visible_ns = &visible_ns
    };
    struct leak_shuffle shuffle = leaks_shuffle(fixture.leaks, &order, 1);
    check(fabs(shuffle.alert_rate - 0.5) < 1e-9);
    check(fabs(shuffle.recall - 0.5) < 0.12);
    check(!shuffle.is_failed);
    free(fixture.memory);
}

static void our_measure_counts_what_is_false(void **state)
{
    (void)state;
    static struct score score;
    struct fixture fixture;
    int64_t visible_ns = 0;
    make_flows(1240);
    open_fixture(&fixture);
    struct told told[2] = { told_at(FINDING_COMMAND_SERVER, "198.51.100.39", 443),
                            told_at(FINDING_COMMAND_SERVER, "198.51.100.1", 443) };
    struct score_order order = {
        .truth = &fixture.truth, .told = told, .told_count = 2, .visible_ns = &visible_ns
    };
    score_run(&order, &score);
    /* One found, none missed, one false: 2 / (2 + 1). */
    check(fabs(leaks_our_f1(&order, &score, LEAK_SERVICES) - 2.0 / 3) < 1e-9);
    free(fixture.memory);
}

TESTS(TEST(one_number_that_tells_is_found), TEST(where_no_number_tells_no_rule_is_good),
      TEST(dealt_out_at_random_no_more_is_found_than_is_told),
      TEST(our_measure_counts_what_is_false))
