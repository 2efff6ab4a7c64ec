// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include "check.h"

static void times_are_written_and_read_back(void **state)
{
    (void)state;
    static const char *const times[] = {
        "1969-12-31T23:59:59.999999999Z",
        "1970-01-01T00:00:00.000000000Z",
        "2000-02-29T12:34:56.000000001Z",
        "2026-11-21T08:33:00.123456789Z",
    };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        int64_t time_ns;
        char room[TIME_TEXT_MAX];
        struct text out = text_over(room, sizeof room);
        check(time_read(bytes_of_string(times[i]), &time_ns));
        time_write(time_ns, 9, &out);
        check_text(text_bytes(&out), times[i]);
    }
}

static void offsets_move_the_time(void **state)
{
    (void)state;
    int64_t tokyo, utc;
    check(time_read(BYTES("2026-11-21T09:00:00+09:00"), &tokyo));
    check(time_read(BYTES("2026-11-21T00:00:00Z"), &utc));
    check(tokyo == utc);
}

static void impossible_dates_are_refused(void **state)
{
    (void)state;
    int64_t time_ns;
    check(!time_read(BYTES("2026-02-29"), &time_ns));
    check(!time_read(BYTES("2026-13-01"), &time_ns));
    check(!time_read(BYTES("2026-1-01"), &time_ns));
    check(!time_read(BYTES("2026-01-01T24:00:00Z"), &time_ns));
    check(!time_read(BYTES("2026-01-01T00:00:00"), &time_ns));
    check(!time_read(BYTES("2026-01-01x"), &time_ns));
}

static void far_times_stay_at_the_ends_of_the_range(void **state)
{
    (void)state;
    check(time_from_parts(INT64_MAX, 0) == INT64_MAX);
    check(time_from_parts(INT64_MIN, 0) == INT64_MIN);
    check(time_from_parts(1, 1) == 1000000001);
}

static void spans_are_written_for_people_and_read_with_units(void **state)
{
    (void)state;
    int64_t span;
    check(time_read_span(BYTES("90"), &span) && span == 90 * TIME_SECOND_NS);
    check(time_read_span(BYTES("15m"), &span) && span == 900 * TIME_SECOND_NS);
    check(time_read_span(BYTES("30d"), &span) && span == 30 * TIME_DAY_NS);
    check(!time_read_span(BYTES("m"), &span));
    check(!time_read_span(BYTES("99999999999999d"), &span));
    char room[32];
    struct text out = text_over(room, sizeof room);
    time_write_span(31 * TIME_SECOND_NS + TIME_SECOND_NS / 5, &out);
    check_text(text_bytes(&out), "31 s");
    out = text_over(room, sizeof room);
    time_write_span(9 * 3600 * TIME_SECOND_NS, &out);
    check_text(text_bytes(&out), "9.0 h");
}

TESTS(TEST(times_are_written_and_read_back), TEST(offsets_move_the_time),
      TEST(impossible_dates_are_refused), TEST(far_times_stay_at_the_ends_of_the_range),
      TEST(spans_are_written_for_people_and_read_with_units))
