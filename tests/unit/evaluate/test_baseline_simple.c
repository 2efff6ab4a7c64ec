// SPDX-License-Identifier: Apache-2.0
#include "baselines.h"

static bool is_server(const struct ranked *row, uint32_t server)
{
    return ip_is_v4(&row->unit) && ip_to_v4(&row->unit) == server;
}

static void every_baseline_has_a_name_and_runs_on_nothing(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < BASELINES; i++) {
        check(baseline_kinds[i]->name != NULL && baseline_kinds[i]->source != NULL);
        struct trial *trial = trial_open((enum baseline)i);
        check_equal(trial_rank(trial), 0);
        trial_close(trial);
    }
}

static void random_gives_the_same_order_for_the_same_seed(void **unused)
{
    (void)unused;
    struct trial *one = trial_open(BASELINE_RANDOM);
    struct trial *other = trial_open(BASELINE_RANDOM);
    for (uint32_t i = 0; i < 50; i++) {
        trial_observe(one, make_flow(LINE, SERVER + i, i, 1));
        trial_observe(other, make_flow(LINE, SERVER + 49 - i, i, 1));
    }
    check_equal(trial_rank(one), 50);
    check_equal(trial_rank(other), 50);
    size_t in_place = 0;
    for (uint32_t i = 0; i < 50; i++) {
        check(ip_equal(&one->rows[i].unit, &other->rows[i].unit));
        check(i == 0 || one->rows[i].score <= one->rows[i - 1].score);
        in_place += is_server(&one->rows[i], SERVER + i);
    }
    check(in_place < 10);
    trial_close(one);
    trial_close(other);
}

static void no_more_rows_are_given_than_there_is_room_for(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_RANDOM);
    for (uint32_t i = 0; i < 1000; i++)
        trial_observe(trial, make_flow(LINE, SERVER + i, i, 1));
    check_equal(trial_rank(trial), ROWS_MAX);
    struct ranked three[3];
    check_equal(trial->kind->rank(trial->state, three, 3), 3);
    check(memcmp(three, trial->rows, sizeof three) == 0);
    check_equal(trial->kind->rank(trial->state, three, 0), 0);
    trial_close(trial);
}

static void the_rarest_server_comes_first(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_POPULARITY);
    for (uint32_t line = 0; line < 9; line++)
        for (uint32_t server = 0; server <= line % 3; server++)
            trial_observe(trial, make_flow(LINE + line, SERVER + server, line, 1));
    check_equal(trial_rank(trial), 3);
    check(is_server(&trial->rows[0], SERVER + 2));
    check(is_server(&trial->rows[1], SERVER + 1));
    check(is_near(trial->rows[0].score, 1 / (3 + 1.0 / 4)));
    check(is_near(trial->rows[2].score, 1 / (9 + 1.0 / 10)));
    check(!trial->rows[0].is_alert);
    trial_close(trial);
}

static void open_time_of_a_pair_adds_up_to_an_alert_at_eight_hours(void **unused)
{
    (void)unused;
    struct trial *trial = trial_open(BASELINE_LONG);
    trial_observe(trial, make_flow(LINE, SERVER, 0, 5 * 3600));
    trial_observe(trial, make_flow(LINE, SERVER + 1, 0, 8 * 3600 - 1));
    trial_observe(trial, make_flow(LINE, SERVER, 5 * 3600, 3 * 3600));
    check_equal(trial_rank(trial), 2);
    check(is_server(&trial->rows[0], SERVER) && trial->rows[0].has_line);
    check(is_near(trial->rows[0].score, 8 * 3600));
    check(trial->rows[0].is_alert && !trial->rows[1].is_alert);
    check(trial->rows[0].first_alert_ns == EPOCH_NS + 8 * 3600 * TIME_SECOND_NS);
    trial_close(trial);
}

static void what_does_not_go_out_is_no_command_server(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < BASELINES; i++) {
        struct trial *trial = trial_open((enum baseline)i);
        struct admitted_flow flow = make_flow(LINE, SERVER, 0, 9 * 3600);
        flow.responder_place = PLACE_OWN;
        for (size_t times = 0; times < 3; times++)
            trial_observe(trial, flow);
        check_equal(trial_rank(trial), 0);
        trial_close(trial);
    }
}

static void impossible_times_are_left_out(void **unused)
{
    (void)unused;
    static const int64_t times_ns[] = { INT64_MIN, -1, INT64_MAX };
    for (size_t i = 0; i < BASELINES; i++) {
        struct trial *trial = trial_open((enum baseline)i);
        for (size_t at = 0; at < sizeof times_ns / sizeof *times_ns; at++) {
            struct admitted_flow flow = make_flow(LINE, SERVER, 0, 1);
            flow.flow.forward.first_ns = times_ns[at];
            flow.flow.reverse.last_ns = times_ns[at];
            flow.flow.reverse.first_ns = INT64_MAX;
            trial_observe(trial, flow);
        }
        trial_rank(trial);
        trial_close(trial);
    }
}

TESTS(TEST(every_baseline_has_a_name_and_runs_on_nothing),
      TEST(random_gives_the_same_order_for_the_same_seed),
      TEST(no_more_rows_are_given_than_there_is_room_for), TEST(the_rarest_server_comes_first),
      TEST(open_time_of_a_pair_adds_up_to_an_alert_at_eight_hours),
      TEST(what_does_not_go_out_is_no_command_server), TEST(impossible_times_are_left_out))
