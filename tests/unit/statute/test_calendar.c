// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "statute/statute.h"

#define ALWAYS               \
    {                        \
        INT64_MIN, INT64_MAX \
    }

/* Japan's, around two new years; days since 1970. */
static const struct law_rest rests[] = {
    { .id = "saturday", .force = ALWAYS, .weekday = 6, .day = INT64_MIN },
    { .id = "sunday", .force = ALWAYS, .weekday = 7, .day = INT64_MIN },
    { .id = "turn", .force = ALWAYS, .yearly_from = 1229, .yearly_to = 103, .day = INT64_MIN },
    { .id = "2028-01-10", .force = ALWAYS, .day = 21193 },
};
static const struct law law = { .ahead_ns = 9 * 3600 * TIME_SECOND_NS,
                                .rests = rests,
                                .rest_count = sizeof rests / sizeof *rests };

static int64_t at(const char *moment)
{
    int64_t time_ns;
    check(time_read(bytes_of_string(moment), &time_ns));
    return time_ns;
}

static bool is_working(const char *moment)
{
    return law_is_working_day(&law, law_day_of(&law, at(moment)));
}

static void weekends_holidays_and_the_turn_of_the_year_are_free(void **state)
{
    (void)state;
    check(is_working("2028-01-07T09:00:00+09:00")); /* Friday */
    check(!is_working("2028-01-08T09:00:00+09:00") && !is_working("2028-01-09T09:00:00+09:00"));
    check(!is_working("2028-01-10T09:00:00+09:00")); /* Coming of Age Day */
    check(is_working("2028-01-11T09:00:00+09:00"));
    check(is_working("2027-12-28T23:59:59+09:00") && !is_working("2027-12-29T00:00:00+09:00"));
    check(!is_working("2028-01-03T23:59:59+09:00") && is_working("2028-01-04T00:00:00+09:00"));
    check(is_working("1970-01-05T09:00:00+09:00") && !is_working("1969-12-27T09:00:00+09:00"));
}

static void a_day_is_the_laws_own(void **state)
{
    (void)state;
    check_equal(law_day_of(&law, at("2028-01-07T14:59:59Z")),
                law_day_of(&law, at("2028-01-07T00:00:00+09:00")));
    check(!is_working("2028-01-07T15:00:00Z")); /* Saturday there */
    check_equal(law_day_of(&law, at("1969-12-31T14:00:00Z")), -1);
}

static void working_days_are_counted_from_the_next(void **state)
{
    (void)state;
    static const struct {
        unsigned days;
        const char *from, *due;
    } rows[] = {
        { 1, "2028-01-04T00:00:00+09:00", "2028-01-05T23:59:59+09:00" },
        { 1, "2028-01-04T23:59:59+09:00", "2028-01-05T23:59:59+09:00" },
        { 1, "2028-01-07T10:00:00+09:00", "2028-01-11T23:59:59+09:00" },
        { 3, "2028-01-06T10:00:00+09:00", "2028-01-12T23:59:59+09:00" },
        { 1, "2027-12-28T10:00:00+09:00", "2028-01-04T23:59:59+09:00" },
        { 5, "2027-12-31T10:00:00+09:00", "2028-01-11T23:59:59+09:00" },
        { 1, "2028-01-08T10:00:00+09:00", "2028-01-11T23:59:59+09:00" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct law_time_word word = { .working_days = rows[i].days };
        check_equal(law_due(&law, &word, at(rows[i].from)), at(rows[i].due));
    }
    const struct law_time_word hours = { .within_ns = TIME_DAY_NS / 2 };
    check_equal(law_due(&law, &hours, 0), TIME_DAY_NS / 2);
    check_equal(law_due(&law, &hours, INT64_MAX - 1), INT64_MAX);
}

static void a_due_date_is_told_in_both_languages(void **state)
{
    (void)state;
    char rooms[2][LAW_DUE_TEXT_MAX];
    struct text en = text_over(rooms[0], sizeof rooms[0]);
    struct text ja = text_over(rooms[1], sizeof rooms[1]);
    law_write_due(&law, at("2028-01-12T23:59:59+09:00"), &en, &ja);
    check_text(text_bytes(&en), "2028-01-12 (Wed) 23:59");
    check_text(text_bytes(&ja), "2028年1月12日（水）23時59分");
}

static void a_calendar_without_working_days_ends(void **state)
{
    (void)state;
    static const struct law_rest all[] = {
        { .id = "always", .force = ALWAYS, .yearly_from = 101, .yearly_to = 1231 },
    };
    const struct law none = { .rests = all, .rest_count = 1 };
    const struct law_time_word word = { .working_days = 1 };
    check(law_due(&none, &word, 0) > 0);
}

TESTS(TEST(weekends_holidays_and_the_turn_of_the_year_are_free), TEST(a_day_is_the_laws_own),
      TEST(working_days_are_counted_from_the_next), TEST(a_due_date_is_told_in_both_languages),
      TEST(a_calendar_without_working_days_ends))
