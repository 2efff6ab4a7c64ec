// SPDX-License-Identifier: Apache-2.0
#include "pipeline/feed.h"

#include "base/time.h"
#include "check.h"

enum { OCTETS = 1000 };

static struct rule_set rules;
static struct feed feed;

static void add_rule(int64_t from_ns, int64_t to_ns, bool by_event_time)
{
    rules.rules[rules.rule_count++] =
        (struct rule){ .from_ns = from_ns, .to_ns = to_ns, .by_event_time = by_event_time };
}

static void begin(void)
{
    memset(&rules, 0, sizeof rules);
    memset(&feed, 0, sizeof feed);
}

static enum feed_verdict one_frame(int64_t time_ns)
{
    struct frame frame = { .wire_len = OCTETS, .time_ns = time_ns };
    size_t run = 9;
    enum feed_verdict verdict = feed_judge(&feed, &frame, 1, &run);
    check_equal(run, verdict == FEED_CUT ? 0 : 1);
    return verdict;
}

static void without_a_live_rule_nothing_goes_through(void **state)
{
    (void)state;
    begin();
    feed_set_rules(&feed, &rules);
    check_equal(one_frame(5), FEED_NO_WARRANT);
    add_rule(0, 10, false);
    feed_set_rules(&feed, &rules);
    check_equal(one_frame(50), FEED_OPEN); /* a file's time is not the warrant's */
    rules.rule_count = 0;
    feed_set_rules(&feed, &rules);
    check_equal(one_frame(60), FEED_NO_WARRANT);
    check_equal(feed.refused[FEED_NO_WARRANT], 2);
}

static void the_input_is_cut_at_each_boundary(void **state)
{
    (void)state;
    begin();
    add_rule(10, 20, true);
    add_rule(20, 30, true);
    feed_set_rules(&feed, &rules);
    check_equal(one_frame(9), FEED_NO_WARRANT);
    check_equal(one_frame(10), FEED_CUT);
    check_equal(one_frame(10), FEED_OPEN);
    check_equal(one_frame(19), FEED_OPEN);
    check_equal(one_frame(20), FEED_CUT);
    check_equal(one_frame(20), FEED_OPEN);
    check_equal(one_frame(30), FEED_CUT);
    check_equal(one_frame(30), FEED_NO_WARRANT);
}

static void a_batch_is_parted_where_the_verdict_changes(void **state)
{
    (void)state;
    begin();
    add_rule(0, 20, true);
    feed_set_rules(&feed, &rules);
    struct frame frames[4] = { { .time_ns = 18 }, { .time_ns = 19 }, { .time_ns = 20 } };
    frames[3].time_ns = 21;
    size_t run = 0;
    check_equal(feed_judge(&feed, frames, 4, &run), FEED_OPEN);
    check_equal(run, 2);
    check_equal(feed_judge(&feed, frames + 2, 2, &run), FEED_CUT);
    check_equal(run, 0);
    check_equal(feed_judge(&feed, frames + 2, 2, &run), FEED_NO_WARRANT);
    check_equal(run, 1);
}

static void a_clock_put_back_opens_nothing_again(void **state)
{
    (void)state;
    begin();
    add_rule(0, 20, true);
    feed_set_rules(&feed, &rules);
    check_equal(one_frame(19), FEED_OPEN);
    check_equal(one_frame(25), FEED_CUT);
    check_equal(one_frame(25), FEED_NO_WARRANT);
    check_equal(one_frame(15), FEED_LATE);
    feed_set_rules(&feed, &rules);
    check_equal(one_frame(15), FEED_LATE);
    check_equal(feed.refused[FEED_LATE], 2);
}

static void no_time_is_past_the_last_boundary_twice(void **state)
{
    (void)state;
    static const int64_t times[] = { INT64_MIN, -1, 0, INT64_MAX - 1, INT64_MAX };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        begin();
        add_rule(0, 20, true);
        feed_set_rules(&feed, &rules);
        check_equal(one_frame(-5), FEED_NO_WARRANT);
        enum feed_verdict verdict = one_frame(times[i]);
        check(verdict != FEED_CUT || one_frame(times[i]) != FEED_CUT);
    }
}

static void a_warrant_revoked_closes_at_once(void **state)
{
    (void)state;
    begin();
    add_rule(0, 100, true);
    feed_set_rules(&feed, &rules);
    check_equal(one_frame(50), FEED_OPEN);
    static struct rule_set none;
    feed_set_rules(&feed, &none);
    check_equal(one_frame(51), FEED_NO_WARRANT);
}

static void no_second_takes_more_than_the_cap(void **state)
{
    (void)state;
    begin();
    add_rule(0, 1, false);
    rules.octets_per_second_max = 3 * OCTETS + 1;
    feed_set_rules(&feed, &rules);
    unsigned open = 0;
    for (unsigned i = 0; i < 10; i++)
        open += one_frame(i) == FEED_OPEN;
    check_equal(open, 3);
    check_equal(one_frame(TIME_SECOND_NS), FEED_OPEN);
    check_equal(one_frame(TIME_SECOND_NS / 2), FEED_OPEN); /* charged to the later second */
    check_equal(feed.octets, 2 * OCTETS);
    check_equal(feed.octets_copied, 5 * OCTETS);
    check_equal(feed.refused[FEED_OVER_CAP], 7);
}

static void a_flow_belongs_to_the_moment_it_ended(void **state)
{
    (void)state;
    begin();
    add_rule(10, 20, true);
    feed_set_rules(&feed, &rules);
    struct flow flow = { .forward = { .packets = 2, .first_ns = 5, .last_ns = 19 } };
    check_equal(feed_judge_flow(&feed, &flow), FEED_OPEN);
    flow.forward.last_ns = 20;
    check_equal(feed_judge_flow(&feed, &flow), FEED_NO_WARRANT);
    flow.forward.last_ns = 10; /* in any order */
    check_equal(feed_judge_flow(&feed, &flow), FEED_OPEN);
    check_equal(feed.refused[FEED_NO_WARRANT], 1);
}

TESTS(TEST(without_a_live_rule_nothing_goes_through), TEST(the_input_is_cut_at_each_boundary),
      TEST(a_batch_is_parted_where_the_verdict_changes),
      TEST(a_clock_put_back_opens_nothing_again), TEST(no_time_is_past_the_last_boundary_twice),
      TEST(a_warrant_revoked_closes_at_once), TEST(no_second_takes_more_than_the_cap),
      TEST(a_flow_belongs_to_the_moment_it_ended))
