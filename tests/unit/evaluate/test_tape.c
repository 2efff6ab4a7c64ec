// SPDX-License-Identifier: Apache-2.0
#include "evaluate/tape.h"

#include "base/time.h"
#include "check.h"
#include "units.h"

static uint64_t memory[1 << 14];

static struct tape begin(size_t flows, size_t facts_octets)
{
    struct tape tape;
    struct arena arena = arena_over(memory, sizeof memory);
    check(tape_size(flows, facts_octets) <= sizeof memory);
    tape_init(&tape, flows, facts_octets, &arena);
    return tape;
}

static struct flow flow_at(int64_t end_ns)
{
    return (struct flow){ .forward = { .packets = 1, .first_ns = 0, .last_ns = end_ns } };
}

static void facts_are_kept_with_their_flow(void **state)
{
    (void)state;
    struct fact second = { .kind = FACT_HTTP, .time_ns = 2 };
    struct fact first = { .kind = FACT_ALERT, .time_ns = 1, .next = &second };
    struct tape tape = begin(8, 8192);
    struct flow flow = flow_at(5);
    flow.facts = &first;
    tape_put(&tape, &flow);
    first.time_ns = second.time_ns = 99; /* the caller's are gone */
    check_equal(tape.flows[0].facts->time_ns, 1);
    check_equal(tape.flows[0].facts->next->kind, FACT_HTTP);
    check(!tape.flows[0].facts->next->next);
}

static void what_does_not_fit_is_counted(void **state)
{
    (void)state;
    struct tape tape = begin(2, 64);
    struct fact fact = { .kind = FACT_DNS };
    for (int i = 0; i < 3; i++) {
        struct flow flow = flow_at(i);
        flow.facts = &fact;
        tape_put(&tape, &flow);
    }
    check_equal(tape.count, 2);
    check_equal(tape.lost, 1);
    check_equal(tape.facts_lost, 2);
}

static void sorting_is_by_end(void **state)
{
    (void)state;
    struct tape tape = begin(8, 64);
    static const int64_t ends[] = { 5, INT64_MIN, 3, INT64_MAX };
    for (size_t i = 0; i < 4; i++) {
        struct flow flow = flow_at(ends[i]);
        tape_put(&tape, &flow);
    }
    tape_sort(&tape);
    check_equal(flow_end_ns(&tape.flows[0]), INT64_MIN);
    check_equal(flow_end_ns(&tape.flows[2]), 5);
    check_equal(flow_end_ns(&tape.flows[3]), INT64_MAX);
}

TESTS(TEST(facts_are_kept_with_their_flow), TEST(what_does_not_fit_is_counted),
      TEST(sorting_is_by_end))
