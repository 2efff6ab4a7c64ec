// SPDX-License-Identifier: Apache-2.0
#include "collect/sequence_private.h"

#include "base/time.h"
#include "check.h"

/* A message of records without options, one a second. */
static void take(struct sequence *s, enum sequence_way way, uint32_t number, uint32_t records,
                 int64_t second)
{
    const struct sequence_step step = { .number = number,
                                        .records = records,
                                        .flows = records,
                                        .are_units_known = true,
                                        .way = (uint8_t)way,
                                        .time_ns = second * TIME_SECOND_NS };
    sequence_take(s, &step);
}

static void take_records(struct sequence *s, uint32_t number, uint32_t units, int64_t second)
{
    take(s, SEQUENCE_RECORDS, number, units, second);
}

static void take_message(struct sequence *s, uint32_t number, uint32_t records, int64_t second)
{
    take(s, SEQUENCE_MESSAGES, number, records, second);
}

static void the_first_message_loses_nothing(void **state)
{
    (void)state;
    struct sequence s = { 0 };
    take_records(&s, 4000000, 30, 100);
    take_records(&s, 4000030, 30, 101);
    check_equal(s.lost, 0);
    check_equal(s.gaps + s.resets + s.repeated + s.late, 0);
}

static void a_gap_loses_what_it_skips(void **state)
{
    (void)state;
    struct sequence s = { 0 };
    take_records(&s, 100, 30, 100);
    take_records(&s, 190, 30, 101);
    check_equal(s.lost, 60);
    check_equal(s.gaps, 1);
    take_records(&s, 220, 30, 102);
    check_equal(s.lost, 60);
}

static void numbers_pass_their_end_without_loss(void **state)
{
    (void)state;
    struct sequence s = { 0 };
    take_records(&s, UINT32_MAX - 9, 30, 100);
    take_records(&s, 20, 30, 101);
    check_equal(s.lost, 0);
    check_equal(s.resets, 0);
    take_records(&s, 60, 30, 102);
    check_equal(s.lost, 10);
}

static void a_late_message_gives_back(void **state)
{
    (void)state;
    struct sequence s = { 0 };
    take_records(&s, 0, 30, 100);
    take_records(&s, 90, 30, 100); /* 30 and 60 are on their way */
    check_equal(s.lost, 60);
    take_records(&s, 60, 30, 100);
    check_equal(s.lost, 30);
    take_records(&s, 30, 30, 100);
    check_equal(s.lost, 0);
    check_equal(s.late, 2);
    check_equal(s.repeated, 0);
    take_records(&s, 120, 30, 101);
    check_equal(s.lost, 0);
}

static void a_hole_is_filled_from_its_middle(void **state)
{
    (void)state;
    struct sequence s = { 0 };
    take_records(&s, 0, 10, 100);
    take_records(&s, 40, 10, 100);
    take_records(&s, 20, 10, 100);
    check_equal(s.lost, 20);
    take_records(&s, 30, 10, 100);
    take_records(&s, 10, 10, 100);
    check_equal(s.lost, 0);
    check_equal(s.late, 3);
}

static void a_repeated_message_is_no_loss(void **state)
{
    (void)state;
    struct sequence s = { 0 };
    take_records(&s, 0, 30, 100);
    take_records(&s, 30, 30, 100);
    take_records(&s, 30, 30, 100);
    take_records(&s, 0, 30, 100);
    take_records(&s, 60, 30, 100);
    check_equal(s.lost, 0);
    check_equal(s.repeated, 2);
    check_equal(s.resets, 0);
}

static void an_exporter_that_begins_anew_loses_nothing(void **state)
{
    (void)state;
    struct sequence s = { 0 };
    take_records(&s, 500000, 30, 100);
    take_records(&s, 0, 30, 200);
    take_records(&s, 30, 30, 201);
    check_equal(s.resets, 1);
    check_equal(s.lost, 0);
    /* Soon after: the numbers alone do not tell it from a late message, but the time does. */
    take_records(&s, 0, 30, 300);
    check_equal(s.resets, 2);
    check_equal(s.repeated, 0);
    /* And with an uptime that says so. */
    const struct sequence_step boot = { .number = 70,
                                        .records = 10,
                                        .are_units_known = true,
                                        .is_boot = true,
                                        .way = SEQUENCE_RECORDS,
                                        .time_ns = 300 * TIME_SECOND_NS };
    sequence_take(&s, &boot);
    check_equal(s.resets, 3);
    check_equal(s.lost, 0);
}

static void a_leap_too_far_is_a_new_beginning(void **state)
{
    (void)state;
    struct sequence s = { 0 };
    take_message(&s, 10, 20, 100);
    take_message(&s, 10 + (1 << 30), 20, 101);
    check_equal(s.lost, 0);
    check_equal(s.resets, 1);
}

static void what_could_not_be_read_is_no_loss(void **state)
{
    (void)state;
    struct sequence s = { 0 };
    take_records(&s, 0, 30, 100);
    const struct sequence_step unread = { .number = 30,
                                          .way = SEQUENCE_RECORDS,
                                          .time_ns = 100 * TIME_SECOND_NS };
    sequence_take(&s, &unread);
    take_records(&s, 77, 30, 101);
    check_equal(s.lost, 0);
    check_equal(s.gaps, 0);
}

static void an_exporter_that_counts_records_in_v9_is_learnt(void **state)
{
    (void)state;
    struct sequence s = { 0 };
    uint32_t number = 1000;
    for (uint32_t i = 0; i < 20; i++) {
        uint32_t records = 10 + i % 3;
        take_message(&s, number, records, 100 + i);
        number += records;
    }
    check_equal(s.way, SEQUENCE_RECORDS);
    check_equal(s.lost, 0);
    check_equal(s.gaps + s.resets, 0);
    take_message(&s, number + 33, 10, 130);
    check_equal(s.lost, 33);
}

static void an_exporter_that_counts_messages_in_ipfix_is_learnt(void **state)
{
    (void)state;
    struct sequence s = { 0 };
    for (uint32_t i = 0; i < 20; i++)
        take_records(&s, 1000 + i, 10, 100 + i);
    check_equal(s.way, SEQUENCE_MESSAGES);
    check_equal(s.lost, 0);
    check_equal(s.resets, 0);
    take_records(&s, 1023, 10, 130);
    check_equal(s.lost, 3);
}

static void losses_that_look_like_another_count_are_told_in_the_end(void **state)
{
    (void)state;
    struct sequence s = { 0 };
    take_message(&s, 0, 5, 100);
    take_message(&s, 5, 5, 101); /* four lost, or records counted? */
    take_message(&s, 6, 5, 102); /* four lost */
    check_equal(s.lost, 4);
    check_equal(s.gaps, 1);
    check_equal(s.way, SEQUENCE_MESSAGES);
}

/* softflowd 1.1.0: a number has the message's own flows in it, and no options. */
static uint32_t take_own(struct sequence *s, uint32_t number, uint32_t i)
{
    uint32_t flows = 20 + i * 7 % 13, options = i % 4 == 0;
    const struct sequence_step step = { .number = number + flows,
                                        .records = flows + options,
                                        .flows = flows,
                                        .are_units_known = true,
                                        .way = SEQUENCE_RECORDS,
                                        .time_ns = (100 + i) * TIME_SECOND_NS };
    sequence_take(s, &step);
    return number + flows;
}

static void numbers_that_count_their_own_flows_are_learnt(void **state)
{
    (void)state;
    struct sequence s = { 0 };
    uint32_t number = UINT32_MAX - 300;
    for (uint32_t i = 0; i < 40; i++)
        number = take_own(&s, number, i);
    check_equal(s.way, SEQUENCE_FLOWS_OWN);
    check_equal(s.lost + s.gaps + s.resets + s.late + s.repeated, 0);
    number = take_own(&s, number + 25, 41);
    check_equal(s.lost, 25);
    check_equal(s.gaps, 1);
    number = take_own(&s, number, 42);
    check_equal(s.lost, 25);
}

/* Messages that never come do not keep a habit from being seen. */
static void a_habit_is_learnt_among_losses(void **state)
{
    (void)state;
    struct sequence s = { 0 };
    uint32_t number = 5;
    for (uint32_t i = 0; i < 60; i++)
        number = take_own(&s, i % 5 == 4 ? number + 31 : number, i);
    check_equal(s.way, SEQUENCE_FLOWS_OWN);
    check_equal(s.resets, 0);
    uint64_t lost = s.lost;
    number = take_own(&s, number + 31, 61);
    check_equal(s.lost, lost + 31);
}

static void what_comes_late_is_found_where_own_flows_count(void **state)
{
    (void)state;
    struct sequence s = { 0 };
    uint32_t number = 1000;
    for (uint32_t i = 0; i < 40; i++)
        number = take_own(&s, number, i);
    const struct sequence_step late = { .number = number + 10,
                                        .records = 10,
                                        .flows = 10,
                                        .are_units_known = true,
                                        .way = SEQUENCE_RECORDS,
                                        .time_ns = 141 * TIME_SECOND_NS };
    number = take_own(&s, number + 10, 41);
    check_equal(s.lost, 10);
    sequence_take(&s, &late);
    check_equal(s.lost, 0);
    check_equal(s.late, 1);
}

static void a_number_nearby_continues(void **state)
{
    (void)state;
    struct sequence s = { 0 };
    check(!sequence_continues(&s, 0));
    take_message(&s, UINT32_MAX, 1, 100);
    check(sequence_continues(&s, 0));
    check(sequence_continues(&s, 30));
    check(!sequence_continues(&s, 1 << 20));
}

TESTS(TEST(the_first_message_loses_nothing), TEST(a_gap_loses_what_it_skips),
      TEST(numbers_pass_their_end_without_loss), TEST(a_late_message_gives_back),
      TEST(a_hole_is_filled_from_its_middle), TEST(a_repeated_message_is_no_loss),
      TEST(an_exporter_that_begins_anew_loses_nothing), TEST(a_leap_too_far_is_a_new_beginning),
      TEST(what_could_not_be_read_is_no_loss),
      TEST(an_exporter_that_counts_records_in_v9_is_learnt),
      TEST(an_exporter_that_counts_messages_in_ipfix_is_learnt),
      TEST(losses_that_look_like_another_count_are_told_in_the_end),
      TEST(numbers_that_count_their_own_flows_are_learnt), TEST(a_habit_is_learnt_among_losses),
      TEST(what_comes_late_is_found_where_own_flows_count), TEST(a_number_nearby_continues))
