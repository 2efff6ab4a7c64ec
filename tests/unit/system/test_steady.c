// SPDX-License-Identifier: Apache-2.0
#include "system/steady.h"

#include "check.h"

#define SECOND INT64_C(1000000000)
#define START (INT64_C(1800000000) * SECOND)

static void a_clock_that_nobody_sets_is_certain(void **state)
{
    (void)state;
    struct steady steady;
    steady_init(&steady, 0);
    for (int64_t i = 0; i < 100; i++) { /* slewed by 500 parts in a million */
        int64_t wall_ns = START + i * SECOND + i * 500000;
        struct steady_look look = steady_look(&steady, wall_ns, i * SECOND);
        check(!look.has_stepped && look.low_ns == wall_ns && look.high_ns == wall_ns);
    }
}

static void a_step_back_revives_nothing(void **state)
{
    (void)state;
    struct steady steady;
    steady_init(&steady, 0);
    (void)steady_look(&steady, START, 0);
    struct steady_look look = steady_look(&steady, START - 3600 * SECOND, SECOND);
    check(look.has_stepped && look.from_ns == START + SECOND);
    check(look.high_ns == START + SECOND && look.low_ns == START - 3600 * SECOND);
    look = steady_look(&steady, START - 3590 * SECOND, 11 * SECOND);
    check(!look.has_stepped && look.high_ns == START + 11 * SECOND);
}

static void a_step_forward_ends_and_begins_nothing_early(void **state)
{
    (void)state;
    struct steady steady;
    steady_init(&steady, 0);
    (void)steady_look(&steady, START, 0);
    struct steady_look look = steady_look(&steady, START + 3600 * SECOND, SECOND);
    check(look.has_stepped && look.high_ns == START + 3600 * SECOND);
    check(look.low_ns == START + SECOND);
    look = steady_look(&steady, START + 2 * SECOND, 2 * SECOND); /* and back */
    check(look.has_stepped && look.high_ns == START + 3601 * SECOND);
    check(look.low_ns == START + 2 * SECOND);
}

static void a_step_while_nobody_looked_is_seen_by_the_highest_time_kept(void **state)
{
    (void)state;
    struct steady steady;
    steady_init(&steady, START);
    struct steady_look look = steady_look(&steady, START - 60 * SECOND, 5 * SECOND);
    check(look.has_stepped && look.high_ns == START && look.low_ns == START - 60 * SECOND);
    steady_init(&steady, START);
    look = steady_look(&steady, START + 60 * SECOND, 5 * SECOND); /* we were away */
    check(!look.has_stepped && look.high_ns == look.low_ns);
}

static void a_machine_that_slept_did_not_step(void **state)
{
    (void)state;
    struct steady steady;
    steady_init(&steady, 0);
    (void)steady_look(&steady, START, 0);
    check(!steady_look(&steady, START + 7200 * SECOND, 7200 * SECOND).has_stepped);
}

TESTS(TEST(a_clock_that_nobody_sets_is_certain), TEST(a_step_back_revives_nothing),
      TEST(a_step_forward_ends_and_begins_nothing_early),
      TEST(a_step_while_nobody_looked_is_seen_by_the_highest_time_kept),
      TEST(a_machine_that_slept_did_not_step))
