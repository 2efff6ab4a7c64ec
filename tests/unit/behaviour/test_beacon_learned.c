// SPDX-License-Identifier: Apache-2.0
/* What the beacon behaviour learned of a network on earlier days, in what it says today. */
#include "behaviour/learned.h"

#include "flows.h"

enum { MEBIBYTE = 1 << 20, SERVER = 0x4b000000, LINE = 0x0a000100, DAY_S = 86400 };

/* Servers in networks of their own, each called by a line every ten minutes or so. */
static void poll_for_a_day(struct bench *bench, uint32_t day, uint32_t servers)
{
    struct random random = { day };
    for (double at_s = day * DAY_S + 30; at_s < (day + 1) * DAY_S - 700; at_s += 600)
        for (uint32_t i = 0; i < servers; i++)
            bench_observe(bench, make_flow(LINE + i, SERVER + (day << 16) + (i << 8), 443,
                                           at_s + i + 60 * random_part(&random)));
    bench_finish(bench);
}

/* What is told last of the server of a day: its weight, and how many it was held against. */
static const struct sighting *told_of(const struct bench *bench, uint32_t day)
{
    const struct sighting *found = NULL;
    for (size_t i = 0; i < bench->caught.count; i++)
        if (ip_to_v4(&bench->caught.sightings[i].server) == SERVER + (day << 16))
            found = &bench->caught.sightings[i];
    check(found != NULL);
    return found;
}

static double weight_of(const struct sighting *sighting)
{
    return measure_find(sighting->measures, sighting->measure_count, MEASURE_INTERVAL_SPREAD)
        ->weight;
}

static void two_days_of_pollers_raise_the_bar_by_a_bounded_factor(void **state)
{
    (void)state;
    struct bench *naive = bench_open(BEHAVIOUR_BEACON, 48 * MEBIBYTE);
    struct bench *learned = bench_open(BEHAVIOUR_BEACON, 48 * MEBIBYTE);
    poll_for_a_day(learned, 1, 8);
    check(measure_of(told_of(learned, 1), MEASURE_NULL_SAMPLES) < 0.5);
    poll_for_a_day(learned, 2, 8);
    poll_for_a_day(learned, 3, 1);
    poll_for_a_day(naive, 3, 1);
    check(measure_of(told_of(naive, 3), MEASURE_NULL_SAMPLES) < 0.5);
    check(measure_of(told_of(learned, 3), MEASURE_NULL_SAMPLES) >= 8);
    double lost = weight_of(told_of(naive, 3)) - weight_of(told_of(learned, 3));
    check(lost > 0.5 && lost <= 1 + 1e-9); /* LEARNED_FACTOR */
    bench_close(naive);
    bench_close(learned);
}

static void nothing_learned_is_used_on_its_own_day(void **state)
{
    (void)state;
    struct bench *alone = bench_open(BEHAVIOUR_BEACON, 48 * MEBIBYTE);
    struct bench *many = bench_open(BEHAVIOUR_BEACON, 48 * MEBIBYTE);
    poll_for_a_day(alone, 1, 8);
    poll_for_a_day(many, 1, 8);
    bench_finish(many); /* live, it is judged again and again */
    bench_finish(many);
    double difference = weight_of(told_of(alone, 1)) - weight_of(told_of(many, 1));
    check(fabs(difference) < 1e-9);
    bench_close(alone);
    bench_close(many);
}

TESTS(TEST(two_days_of_pollers_raise_the_bar_by_a_bounded_factor),
      TEST(nothing_learned_is_used_on_its_own_day))
