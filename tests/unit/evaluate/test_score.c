// SPDX-License-Identifier: Apache-2.0
/* Every number is counted by hand beside its check. */
#include "evaluate/score.h"

#include <math.h>

#include "base/time.h"
#include "check.h"
#include "units.h"

static struct score score;

static bool is_about(double value, double expected)
{
    return fabs(value - expected) < 1e-6 * (1 + fabs(expected));
}

/* One day, 2 million flows, 500 lines: 3 units of 2 families, 5 alerts. */
static struct truth_unit units[3];
static struct told told[5];
static int64_t visible_ns[3];

static struct score_order order_of(struct truth *truth)
{
    units[0] = unit_at(TRUTH_COMMAND_SERVER, "192.0.2.1", 443);
    units[1] = unit_at(TRUTH_SCAN, "10.0.0.7", 0);
    units[2] = unit_at(TRUTH_COMMAND_SERVER, "192.0.2.9", 80);
    memcpy(units[2].family, "other", 6);
    told[0] = with_line(told_at(FINDING_COMMAND_SERVER, "198.51.100.1", 443), "10.0.0.1");
    told[1] = with_line(told_at(FINDING_COMMAND_SERVER, "192.0.2.1", 443), "10.0.0.2");
    told[2] = told_at(FINDING_SCANNER, "10.0.0.7", 0);
    told[3] = with_line(told_at(FINDING_LASTING, "192.0.2.9", 80), "10.0.0.2");
    told[4] = told_at(FINDING_SCANNER, "10.0.0.8", 0);
    told[1].ranked.first_alert_ns = 1100 * TIME_SECOND_NS;
    told[2].ranked.first_alert_ns = 500 * TIME_SECOND_NS;
    for (size_t i = 0; i < 3; i++)
        visible_ns[i] = 100 * TIME_SECOND_NS;
    *truth = (struct truth){ units, 3, TRUTH_REST_BENIGN };
    return (struct score_order){
        .truth = truth,
        .told = told,
        .told_count = 5,
        .visible_ns = visible_ns,
        .exposure = { 2000000, 500, 0, TIME_DAY_NS, 86400 },
    };
}

static void units_are_counted_by_kind_and_family(void **state)
{
    (void)state;
    struct truth truth;
    struct score_order order = order_of(&truth);
    score_run(&order, &score);
    check_equal(score.all.units, 3);
    check_equal(score.all.detected, 2);
    check_equal(score.near, 1); /* 192.0.2.9, told as a lasting connection */
    check_equal(score.kinds[TRUTH_COMMAND_SERVER].detected, 1);
    check_equal(score.family_count, 2);
    check(is_about(score.macro_recall, (1.0 + 0.0) / 2));
}

static void alerts_fall_into_their_classes(void **state)
{
    (void)state;
    struct truth truth;
    struct score_order order = order_of(&truth);
    score_run(&order, &score);
    check_equal(score.alerts[TOLD_TRUE], 2);
    check_equal(score.alerts[TOLD_NEAR], 1);
    check_equal(score.alerts[TOLD_FALSE], 2);
    check_equal(score.precision[0].right, 2);
    check_equal(score.precision[0].known, 5);
    check(is_about(score.false_per_million.value, 1)); /* 2 of 2 M flows */
    check(is_about(score.false_per_day.value, 400));   /* 2 of 1 day of 500 lines */
    check_equal(score.lines_revealed, 2);
}

static void what_nobody_knows_is_neither_true_nor_false(void **state)
{
    (void)state;
    struct truth truth;
    struct score_order order = order_of(&truth);
    truth.rest = TRUTH_REST_UNKNOWN;
    score_run(&order, &score);
    check_equal(score.alerts[TOLD_FALSE], 0);
    check_equal(score.alerts[TOLD_UNKNOWN], 2);
    check_equal(score.precision[0].known, 3);
}

static void ranks_are_counted_over_all_and_within_the_kind(void **state)
{
    (void)state;
    struct truth truth;
    struct score_order order = order_of(&truth);
    score_run(&order, &score);
    check_equal(score.units[0].rank, 2);
    check_equal(score.units[0].rank_in_kind, 2);
    check_equal(score.units[1].rank, 3);
    check_equal(score.units[1].rank_in_kind, 1);
    check_equal(score.units[2].rank, 0);
}

/* 1000 s, 400 s, and never within the day. */
static void times_count_those_never_detected(void **state)
{
    (void)state;
    struct truth truth;
    struct score_order order = order_of(&truth);
    score_run(&order, &score);
    check(score.time.has_median && is_about(score.time.median_s, 1000));
    check(!score.time.has_p90);
    check(is_about(score.time.never_share, 1.0 / 3));
}

static void what_is_not_visible_is_missed_but_not_timed(void **state)
{
    (void)state;
    struct truth truth;
    struct score_order order = order_of(&truth);
    visible_ns[2] = INT64_MAX;
    score_run(&order, &score);
    check_equal(score.all.units, 3);
    check_equal(score.invisible, 1);
    check_equal(score.time.spells, 2);
}

TESTS(TEST(units_are_counted_by_kind_and_family), TEST(alerts_fall_into_their_classes),
      TEST(what_nobody_knows_is_neither_true_nor_false),
      TEST(ranks_are_counted_over_all_and_within_the_kind),
      TEST(times_count_those_never_detected), TEST(what_is_not_visible_is_missed_but_not_timed))
