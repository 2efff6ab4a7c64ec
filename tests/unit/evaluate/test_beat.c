// SPDX-License-Identifier: Apache-2.0
#include <math.h>

#include "evaluate/beat_private.h"

#include "check.h"

static bool is_near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

static void the_commonest_interval_has_its_share(void **unused)
{
    (void)unused;
    static const struct mode_rule exact = { 11, 0, 4, 0.8 };
    static const struct mode_rule near = { 2, 2, 4, 0.05 };
    /* Of those above 10: 11, 60, 60, 60, 62, 90. */
    double sorted[] = { 1, 2, 10, 11, 60, 60, 60, 62, 90 };
    check(is_near(beat_mode_share(sorted, 9, &exact), 3.0 / 6));
    check(is_near(beat_mode_share(sorted, 9, &near), 4.0 / 8));
    check(is_near(beat_mode_share(sorted, 6, &exact), 0)); /* three are too few */
    check(is_near(beat_mode_share(sorted, 0, &exact), 0));
}

static struct beat_minutes minutes;

static void forget(void)
{
    minutes = (struct beat_minutes){ .connections = { 0 } };
}

static void three_calls_a_minute_are_even_and_alike(void **unused)
{
    (void)unused;
    forget();
    for (size_t i = 10; i < 200; i++) {
        minutes.connections[i] = 3;
        minutes.sent[i] = 500;
        minutes.received[i] = i % 2 == 0 ? 1000 : 1120; /* 1060 +- 60: 5.66 % */
    }
    struct beat_minutes_score score = beat_score_minutes(&minutes);
    check(score.is_even && score.sends_alike && !score.receives_alike);
    check_equal(beat_points(&score), 2);
    for (size_t i = 10; i < 200; i += 2)
        minutes.received[i] = 1020; /* 1070 +- 50: 4.67 % */
    score = beat_score_minutes(&minutes);
    check(score.receives_alike);
    check_equal(beat_points(&score), 3);
}

static void a_call_in_every_tenth_minute_is_periodic_but_not_even(void **unused)
{
    (void)unused;
    forget();
    for (size_t i = 3; i < BEAT_MINUTES; i += 10)
        minutes.connections[i] = 1;
    struct beat_minutes_score score = beat_score_minutes(&minutes);
    check(score.is_periodic && !score.is_even && score.correlation > 0.9);
    check_equal(beat_points(&score), 1);
}

static void calls_at_random_are_not_periodic(void **unused)
{
    (void)unused;
    forget();
    uint64_t word = 3;
    for (size_t i = 0; i < BEAT_MINUTES; i++) {
        word = word * 6364136223846793005U + 1442695040888963407U;
        minutes.connections[i] = (word >> 60) < 2;
        minutes.sent[i] = (double)(word >> 50) * minutes.connections[i];
    }
    struct beat_minutes_score score = beat_score_minutes(&minutes);
    check(!score.is_periodic && !score.is_even && !score.sends_alike);
    check(score.correlation < 0.5);
}

static void seven_minutes_of_twelve_are_asked_for(void **unused)
{
    (void)unused;
    forget();
    for (size_t i = 0; i < 6; i++)
        minutes.connections[2 * i] = 1;
    minutes.connections[11] = 0;
    struct beat_minutes_score score = beat_score_minutes(&minutes);
    check_equal(beat_points(&score), 0); /* six, over eleven */
    minutes.connections[11] = 1;
    score = beat_score_minutes(&minutes);
    check(score.is_even); /* seven of twelve, all 1 */
    forget();
    score = beat_score_minutes(&minutes);
    check_equal(beat_points(&score), 0);
}

TESTS(TEST(the_commonest_interval_has_its_share), TEST(three_calls_a_minute_are_even_and_alike),
      TEST(a_call_in_every_tenth_minute_is_periodic_but_not_even),
      TEST(calls_at_random_are_not_periodic), TEST(seven_minutes_of_twelve_are_asked_for))
