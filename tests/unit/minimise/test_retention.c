// SPDX-License-Identifier: Apache-2.0
#include "minimise/retention.h"

#include "base/time.h"
#include "check.h"

static int64_t at(const char *words)
{
    int64_t time_ns = 0;
    check(time_read(bytes_of_string(words), &time_ns));
    return time_ns;
}

static void the_last_day_is_a_31_march_by_the_fiscal_year(void **state)
{
    (void)state;
    static const struct {
        const char *ended;
        const char *last_moment;
    } rows[] = {
        { "2027-12-10T12:00:00+09:00", "2030-03-31T23:59:59+09:00" },
        { "2028-03-31T12:00:00+09:00", "2030-03-31T23:59:59+09:00" },
        { "2028-04-01T12:00:00+09:00", "2031-03-31T23:59:59+09:00" },
        { "2028-02-29T12:00:00+09:00", "2030-03-31T23:59:59+09:00" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_equal(minimise_statutory_retention(at(rows[i].ended)),
                    at(rows[i].last_moment) + TIME_SECOND_NS);
}

static void the_day_is_told_by_the_clock_of_japan(void **state)
{
    (void)state;
    /* 15:00 UTC of 31 March is midnight of 1 April in Japan. */
    check_equal(minimise_statutory_retention(at("2028-03-31T14:59:59Z")),
                at("2030-03-31T15:00:00Z"));
    check_equal(minimise_statutory_retention(at("2028-03-31T15:00:00Z")),
                at("2031-03-31T15:00:00Z"));
}

TESTS(TEST(the_last_day_is_a_31_march_by_the_fiscal_year),
      TEST(the_day_is_told_by_the_clock_of_japan))
