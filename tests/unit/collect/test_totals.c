// SPDX-License-Identifier: Apache-2.0
#include "exports.h"

#define ENDS "\xc0\0\2\1\xc6\x33\x64\2"

static struct built built;

/* An event of a firewall: two counters of octets, as an ASA tells them. */
static void put_event(struct taken *taken, unsigned event, unsigned octets, unsigned back)
{
    start9(&built, 0);
    open_set(&built, 0);
    PUT_TEMPLATE(&built, 256, 8, 4, 12, 4, 233, 1, 231, 4, 232, 4);
    close_set(&built);
    open_set(&built, 256);
    put_octets(&built, ENDS, 8);
    put(&built, event, 1);
    put(&built, octets, 4);
    put(&built, back, 4);
    close_set(&built);
    receive(taken, &built);
}

static void put_total(struct taken *taken, unsigned start, unsigned octets, unsigned packets)
{
    start10(&built, 0);
    open_set(&built, 2);
    PUT_TEMPLATE(&built, 257, 8, 4, 12, 4, 85, 4, 86, 4, 150, 4);
    close_set(&built);
    open_set(&built, 257);
    put_octets(&built, ENDS, 8);
    put(&built, octets, 4);
    put(&built, packets, 4);
    put(&built, EXPORT_S - start, 4);
    close_set(&built);
    finish10(&built);
    receive(taken, &built);
}

static uint64_t octets_of(const struct taken *taken)
{
    uint64_t octets = 0;
    for (size_t i = 0; i < taken->flow_count; i++)
        octets += taken->flows[i].forward.octets + taken->flows[i].reverse.octets;
    return octets;
}

static void updates_and_the_end_of_a_flow_count_once(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    put_event(taken, 1, 0, 0);
    put_event(taken, 5, 2557, 1117);
    put_event(taken, 5, 31, 0);
    put_event(taken, 2, 2588, 1117); /* the whole, once more */
    check_equal(taken->flow_count, 2);
    check_equal(octets_of(taken), 2557 + 1117 + 31);
    check_equal(counted(taken, "told before"), 1);
    /* What came after the last update is left. */
    put_event(taken, 5, 100, 0);
    put_event(taken, 2, 150, 20);
    check_equal(taken->flow_count, 4);
    check_equal(taken->flows[3].forward.octets, 50);
    check_equal(taken->flows[3].reverse.octets, 20);
    stop_collecting(taken);
}

static void a_short_flow_is_told_by_its_end_alone(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    put_event(taken, 2, 300, 400);
    put_event(taken, 2, 300, 400); /* the port again, or another of its kind */
    check_equal(taken->flow_count, 2);
    check_equal(octets_of(taken), 1400);
    stop_collecting(taken);
}

static void totals_become_what_is_new(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    put_total(taken, 100, 1000, 10);
    put_total(taken, 100, 1500, 14);
    check_equal(taken->flow_count, 2);
    check_equal(taken->flows[1].forward.octets, 500);
    check_equal(taken->flows[1].forward.packets, 4);
    put_total(taken, 100, 1500, 14);
    check_equal(taken->flow_count, 2);
    check_equal(counted(taken, "told before"), 1);
    put_total(taken, 50, 1500, 14); /* another start is another flow */
    check_equal(taken->flow_count, 3);
    check_equal(taken->flows[2].forward.octets, 1500);
    put_total(taken, 50, 20, 1); /* wrapped, or lying: not counted, but followed */
    put_total(taken, 50, 60, 2);
    check_equal(taken->flow_count, 4);
    check_equal(taken->flows[3].forward.octets, 40);
    stop_collecting(taken);
}

static void totals_beyond_the_table_are_whole_and_counted(void **state)
{
    (void)state;
    struct taken *taken = start_collecting();
    for (unsigned start = 1; start <= 2000; start++)
        put_total(taken, start, 1000, 10);
    check_equal(taken->flow_count, 2000);
    check(counted(taken, "totals evicted") > 0);
    stop_collecting(taken);
}

TESTS(TEST(updates_and_the_end_of_a_flow_count_once),
      TEST(a_short_flow_is_told_by_its_end_alone), TEST(totals_become_what_is_new),
      TEST(totals_beyond_the_table_are_whole_and_counted))
