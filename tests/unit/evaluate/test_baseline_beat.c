// SPDX-License-Identifier: Apache-2.0
#include "baselines.h"

enum { HOUR_S = 3600 };

/* EPOCH_NS is 800 s into an hour. */
static const double next_hour_s = HOUR_S - 800;

static void add_calls(struct trial *trial, double from_s, size_t count, double every_s)
{
    for (size_t i = 0; i < count; i++)
        trial_observe(trial, make_flow(LINE, SERVER, from_s + (double)i * every_s, 0));
}

static void sentinel_asks_for_sixteen_intervals_of_which_eighty_percent_are_one(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_SENTINEL);
    add_calls(trial, next_hour_s, 16, 60); /* 15 intervals */
    check_equal(trial_rank(trial), 0);
    trial_close(trial);
    trial = trial_open(BASELINE_SENTINEL);
    add_calls(trial, next_hour_s, 17, 60);
    trial_observe(trial, make_flow(LINE, SERVER, next_hour_s + 16 * 60 + 75, 0));
    check_equal(trial_rank(trial), 1);
    check(is_near(trial->rows[0].score, 16.0 / 17) && trial->rows[0].is_alert);
    check(trial->rows[0].has_line && trial->rows[0].port == 443);
    trial_close(trial);
}

static void sentinel_is_blind_to_intervals_of_ten_seconds(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_SENTINEL);
    add_calls(trial, next_hour_s, 300, 10);
    check_equal(trial_rank(trial), 0);
    trial_close(trial);
}

static void hours_are_told_apart_and_the_first_alert_is_at_the_next(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_SENTINEL);
    add_calls(trial, next_hour_s, 30, 120); /* 29 intervals of one hour */
    add_calls(trial, next_hour_s + HOUR_S, 30, 77);
    check_equal(trial_rank(trial), 1);
    check(is_near(trial->rows[0].score, 1));
    check(trial->rows[0].first_alert_ns ==
          EPOCH_NS + (int64_t)(next_hour_s + HOUR_S) * TIME_SECOND_NS);
    trial_close(trial);
}

static void flare_finds_a_beat_among_much_else(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_FLARE);
    double at_s = 0;
    for (uint32_t i = 0; i < 40; i++) {
        at_s += i % 10 == 0 ? 300 : 30.0 * i;
        trial_observe(trial, make_flow(LINE, SERVER, at_s, 0));
        if (i < 10) /* nine intervals */
            trial_observe(trial, make_flow(LINE, SERVER + 1, at_s, 0));
    }
    check_equal(trial_rank(trial), 1);
    /* Four of 300 of the 39: the first had none before it, and 30 * 10 fell on a tenth. */
    check(trial->rows[0].is_alert && is_near(trial->rows[0].score, 3.0 / 39));
    trial_close(trial);
}

static void elastic_gives_three_points_to_equal_calls_and_alerts_at_the_hour(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_ELASTIC);
    add_calls(trial, 0, 12 * 8, 300);
    check_equal(trial_rank(trial), 1);
    const struct ranked *row = &trial->rows[0];
    check(row->is_alert && row->score >= 3 && row->score <= 3.5 + 1e-9);
    /* The rest of the first hour has ten calls over 46 minutes: more than six, and long
     * enough for six periods of five minutes. */
    int64_t first_ns = EPOCH_NS + (int64_t)(next_hour_s - 1) * TIME_SECOND_NS;
    check(row->first_alert_ns == first_ns);
    trial_close(trial);
}

static void elastic_forgets_what_is_older_than_six_hours(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_ELASTIC);
    /* Seven minutes, each of another seventh hour. */
    for (size_t i = 0; i < 20; i++)
        add_calls(trial, (double)i * 7 * HOUR_S, 1, 0);
    check_equal(trial_rank(trial), 0);
    trial_close(trial);
}

TESTS(TEST(sentinel_asks_for_sixteen_intervals_of_which_eighty_percent_are_one),
      TEST(sentinel_is_blind_to_intervals_of_ten_seconds),
      TEST(hours_are_told_apart_and_the_first_alert_is_at_the_next),
      TEST(flare_finds_a_beat_among_much_else),
      TEST(elastic_gives_three_points_to_equal_calls_and_alerts_at_the_hour),
      TEST(elastic_forgets_what_is_older_than_six_hours))
