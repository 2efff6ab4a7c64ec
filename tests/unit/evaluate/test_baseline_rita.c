// SPDX-License-Identifier: Apache-2.0
#include "baselines.h"

enum { DAY_S = 86400, LINES = 100 };

/* Zero when the server has no row. */
static struct ranked row_of(const struct trial *trial, size_t count, uint32_t server)
{
    for (size_t i = 0; i < count; i++)
        if (ip_to_v4(&trial->rows[i].unit) == server)
            return trial->rows[i];
    return (struct ranked){ .score = 0 };
}

/* Lines that each call a server of their own now and then, so that the network has a size. */
static void add_crowd(struct trial *trial, double from_s)
{
    for (uint32_t i = 0; i < LINES; i++)
        trial_observe(trial, make_flow(LINE + 1 + i, SERVER + 1000 + i, from_s + i, 1));
}

static void a_beacon_to_a_rare_server_is_high_and_told_at_the_end_of_the_day(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_RITA);
    add_crowd(trial, 0);
    for (uint32_t i = 1; i < 288; i++)
        trial_observe(trial, make_flow(LINE, SERVER, i * 300.0, 1));
    size_t count = trial_rank(trial);
    struct ranked row = row_of(trial, count, SERVER);
    /* .8 for a beacon of 100 %, .15 for one of 101 lines, .15 for a server that is new; its
     * hours but the first hold 12 calls each, the first 11. */
    check(count == 1 && row.has_line && row.port == 443);
    check(row.score > 1.05 && row.score <= 1.1 && row.is_alert);
    check(row.first_alert_ns == EPOCH_NS + (287 * 300 + 1) * TIME_SECOND_NS);
    trial_close(trial);
}

static void a_server_of_half_the_lines_loses_as_much(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_RITA);
    for (uint32_t i = 0; i < 288; i++)
        trial_observe(trial, make_flow(LINE, SERVER, i * 300.0, 1));
    size_t count = trial_rank(trial);
    check(count == 1 && trial->rows[0].score > 0.75 && trial->rows[0].score <= 0.8 + 1e-9);
    trial_close(trial);
}

static void three_calls_are_no_beacon_and_four_are(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_RITA);
    add_crowd(trial, 0);
    for (uint32_t i = 0; i < 4; i++) {
        if (i < 3)
            trial_observe(trial, make_flow(LINE, SERVER, 200 + i * 28000.0, 1));
        trial_observe(trial, make_flow(LINE, SERVER + 1, 200 + i * 28000.0, 1));
    }
    size_t count = trial_rank(trial);
    /* Of the four: times 1, sizes 1, duration 0 (4 hours), histogram 0: .5, the first level. */
    check(is_near(row_of(trial, count, SERVER).score, 0));
    check(is_near(row_of(trial, count, SERVER + 1).score, 0.2 + 0.15 + 0.15));
    trial_close(trial);
}

static void a_call_a_second_is_a_strobe(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_RITA);
    add_crowd(trial, 0);
    for (uint32_t i = 0; i < DAY_S; i++)
        trial_observe(trial, make_flow(LINE, SERVER, 100 + i * 0.99, 0));
    size_t count = trial_rank(trial);
    check(count == 1 && is_near(trial->rows[0].score, 0.8 + 0.15 + 0.15));
    trial_close(trial);
}

static void each_day_is_judged_by_itself_and_the_best_is_kept(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_RITA);
    for (uint32_t day = 0; day < 3; day++) {
        add_crowd(trial, day * (double)DAY_S);
        for (uint32_t i = 1; day == 1 && i < 288; i++)
            trial_observe(trial, make_flow(LINE, SERVER, DAY_S + i * 300.0, 1));
    }
    size_t count = trial_rank(trial);
    struct ranked row = row_of(trial, count, SERVER);
    check(count == 1 && row.is_alert);
    /* Known when the first flow of the third day came. */
    check(row.first_alert_ns == EPOCH_NS + (2 * DAY_S + 1) * TIME_SECOND_NS);
    trial_close(trial);
}

static void eight_hours_open_are_high_without_any_beat(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_RITA);
    add_crowd(trial, 0);
    trial_observe(trial, make_flow(LINE, SERVER, 0, 8 * 3600));
    size_t count = trial_rank(trial);
    check(count == 1 && is_near(trial->rows[0].score, 0.6 + 0.15 + 0.15));
    trial_close(trial);
}

static void slices_add_time_but_no_call(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_RITA);
    add_crowd(trial, 0);
    for (uint32_t i = 0; i < 16; i++) {
        struct admitted_flow flow = make_flow(LINE, SERVER, 1 + i * 1800.0, 1800);
        flow.flow.slice = i;
        trial_observe(trial, flow);
    }
    size_t count = trial_rank(trial);
    check(count == 1 && is_near(trial->rows[0].score, 0.6 + 0.15 + 0.15));
    trial_close(trial);
}

TESTS(TEST(a_beacon_to_a_rare_server_is_high_and_told_at_the_end_of_the_day),
      TEST(a_server_of_half_the_lines_loses_as_much),
      TEST(three_calls_are_no_beacon_and_four_are), TEST(a_call_a_second_is_a_strobe),
      TEST(each_day_is_judged_by_itself_and_the_best_is_kept),
      TEST(eight_hours_open_are_high_without_any_beat), TEST(slices_add_time_but_no_call))
