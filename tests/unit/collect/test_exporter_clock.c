// SPDX-License-Identifier: Apache-2.0
#include "collect/exporter_clock_private.h"

#include "base/time.h"
#include "check.h"

#define NOW_NS (INT64_C(1790000000) * TIME_SECOND_NS)
#define HOUR_NS (3600 * TIME_SECOND_NS)

/* A message of a v9 exporter whose clock is off by error_ns. */
static bool begin(struct exporter_clock *clock, int64_t received_ns, int64_t error_ns,
                  uint32_t uptime_ms)
{
    const struct export_message message = { .received_ns = received_ns };
    int64_t second = (received_ns + error_ns) / TIME_SECOND_NS;
    const struct message_head head = { .protocol = EXPORT_NETFLOW9,
                                       .export_ns = second * TIME_SECOND_NS,
                                       .has_uptime = true,
                                       .uptime_ms = uptime_ms };
    return clock_begin(clock, &message, &head);
}

static void a_time_in_uptime_is_told_by_the_clock_at_export(void **state)
{
    (void)state;
    struct exporter_clock clock = { 0 };
    enum time_quality quality;
    check(!begin(&clock, NOW_NS, 0, 100000));
    check_equal(clock_uptime_ns(&clock, 90000, &quality), NOW_NS - 10 * TIME_SECOND_NS);
    check_equal(quality, TIME_UPTIME);
    /* A little past the uptime at export: two tasks of a router. */
    check_equal(clock_uptime_ns(&clock, 100500, &quality), NOW_NS + 500 * TIME_MILLISECOND_NS);
    check_equal(quality, TIME_UPTIME);
}

static void seconds_cut_from_the_clock_do_not_move_the_boot(void **state)
{
    (void)state;
    struct exporter_clock clock = { 0 };
    enum time_quality quality;
    (void)begin(&clock, NOW_NS, 0, 100000);
    (void)begin(&clock, NOW_NS + 700 * TIME_MILLISECOND_NS, 0, 100700);
    check_equal(clock_uptime_ns(&clock, 100700, &quality), NOW_NS + 700 * TIME_MILLISECOND_NS);
    /* Further off than a second, the clock was set. */
    (void)begin(&clock, NOW_NS + HOUR_NS, -5 * TIME_SECOND_NS, 3700000);
    check_equal(clock_uptime_ns(&clock, 3700000, &quality),
                NOW_NS + HOUR_NS - 5 * TIME_SECOND_NS);
}

static void uptime_passes_its_end(void **state)
{
    (void)state;
    struct exporter_clock clock = { 0 };
    enum time_quality quality;
    check(!begin(&clock, NOW_NS, 0, UINT32_MAX - 999));
    check(!begin(&clock, NOW_NS + 10 * TIME_SECOND_NS, 0, 9000));
    check_equal(clock.wraps, 1);
    check_equal(clock.boots, 0);
    int64_t now_ns = NOW_NS + 10 * TIME_SECOND_NS;
    check_equal(clock_uptime_ns(&clock, 8000, &quality), now_ns - TIME_SECOND_NS);
    /* Begun before, ended after. */
    check_equal(clock_uptime_ns(&clock, UINT32_MAX - 999, &quality),
                now_ns - 10 * TIME_SECOND_NS);
    check_equal(quality, TIME_UPTIME);
    check_equal(clock.impossible, 0);
}

static void uptime_that_begins_anew_is_a_boot(void **state)
{
    (void)state;
    struct exporter_clock clock = { 0 };
    (void)begin(&clock, NOW_NS, 0, 50000000);
    check(begin(&clock, NOW_NS + 120 * TIME_SECOND_NS, 0, 60000));
    check_equal(clock.boots, 1);
    check_equal(clock.wraps, 0);
}

static void a_message_overtaken_is_no_boot(void **state)
{
    (void)state;
    struct exporter_clock clock = { 0 };
    (void)begin(&clock, NOW_NS, 0, 50000);
    check(!begin(&clock, NOW_NS, 0, 49900));
    check_equal(clock.boots, 0);
    check(!begin(&clock, NOW_NS + TIME_SECOND_NS, 0, 51000));
}

static void impossible_times_are_replaced(void **state)
{
    (void)state;
    struct exporter_clock clock = { 0 };
    enum time_quality quality;
    (void)begin(&clock, NOW_NS, 0, 1000000);
    check_equal(clock_uptime_ns(&clock, 0, &quality), NOW_NS);
    check_equal(quality, TIME_RECEIVED);
    /* Before it booted. */
    check_equal(clock_uptime_ns(&clock, 2000000000, &quality), NOW_NS);
    check_equal(quality, TIME_RECEIVED);
    const int64_t wrong[] = { 0,
                              -1,
                              INT64_MIN,
                              INT64_MAX, /* the year 457400, held at the end of the range */
                              NOW_NS + HOUR_NS,
                              NOW_NS - 400 * TIME_DAY_NS };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        check_equal(clock_time_ns(&clock, wrong[i], &quality), NOW_NS);
        check_equal(quality, TIME_RECEIVED);
    }
    check_equal(clock.impossible, 8);
    check_equal(clock_time_ns(&clock, NOW_NS - HOUR_NS, &quality), NOW_NS - HOUR_NS);
    check_equal(quality, TIME_EXPORTER);
}

static void an_exporter_without_a_clock_is_given_ours(void **state)
{
    (void)state;
    struct exporter_clock clock = { 0 };
    enum time_quality quality;
    const struct export_message message = { .received_ns = NOW_NS };
    const struct message_head head = { .protocol = EXPORT_NETFLOW5,
                                       .has_uptime = true,
                                       .uptime_ms = 5000 };
    (void)clock_begin(&clock, &message, &head);
    check_equal(clock_uptime_ns(&clock, 4000, &quality), NOW_NS);
    check_equal(quality, TIME_RECEIVED);
}

static void a_file_without_receipt_gives_no_error(void **state)
{
    (void)state;
    struct exporter_clock clock = { 0 };
    enum time_quality quality;
    const struct export_message message = { 0 };
    const struct message_head head = { .protocol = EXPORT_IPFIX, .export_ns = NOW_NS };
    (void)clock_begin(&clock, &message, &head);
    struct exporter_view view = { 0 };
    clock_view(&clock, &view);
    check(!view.has_clock);
    check_equal(clock_time_ns(&clock, NOW_NS - 1, &quality), NOW_NS - 1);
    check_equal(clock_time_ns(&clock, 5, &quality), NOW_NS); /* 1970 */
}

static void a_clock_steadily_off_is_corrected(void **state)
{
    (void)state;
    struct exporter_clock clock = { 0 };
    enum time_quality quality;
    int64_t error_ns = -3 * HOUR_NS;
    for (int i = 0; i <= 31; i++)
        (void)begin(&clock, NOW_NS + i * TIME_SECOND_NS, error_ns, 100000 + 1000 * (uint32_t)i);
    check_equal(clock.correction_ns, error_ns);
    int64_t now_ns = NOW_NS + 31 * TIME_SECOND_NS;
    check_equal(clock_time_ns(&clock, now_ns + error_ns - 5, &quality), now_ns - 5);
    check_equal(quality, TIME_CORRECTED);
    check_equal(clock_uptime_ns(&clock, 131000, &quality), now_ns);
    check_equal(quality, TIME_CORRECTED);
    struct exporter_view view = { 0 };
    clock_view(&clock, &view);
    check(view.has_clock && view.is_clock_corrected);
    check_equal(view.clock_error_ns, error_ns);
}

static void a_clock_a_little_off_is_left_alone(void **state)
{
    (void)state;
    struct exporter_clock clock = { 0 };
    for (int i = 0; i <= 60; i++)
        (void)begin(&clock, NOW_NS + i * TIME_SECOND_NS, 4 * TIME_SECOND_NS,
                    100000 + 1000 * (uint32_t)i);
    check_equal(clock.correction_ns, 0);
    struct exporter_view view = { 0 };
    clock_view(&clock, &view);
    check_equal(view.clock_error_ns, 4 * TIME_SECOND_NS);
}

static void delay_on_the_way_is_not_the_clocks(void **state)
{
    (void)state;
    struct exporter_clock clock = { 0 };
    for (int i = 0; i <= 100; i++) {
        /* Nine of ten messages wait for 4 s. */
        int64_t delay_ns = i % 10 == 3 ? 0 : 4 * TIME_SECOND_NS;
        (void)begin(&clock, NOW_NS + i * TIME_SECOND_NS, -delay_ns, 0);
    }
    struct exporter_view view = { 0 };
    clock_view(&clock, &view);
    check_equal(view.clock_error_ns, 0);
}

static void a_clock_set_anew_is_a_step(void **state)
{
    (void)state;
    struct exporter_clock clock = { 0 };
    for (int i = 0; i <= 60; i++)
        (void)begin(&clock, NOW_NS + i * TIME_SECOND_NS, HOUR_NS, 0);
    check(clock.correction_ns == HOUR_NS);
    for (int i = 61; i <= 85; i++)
        (void)begin(&clock, NOW_NS + i * TIME_SECOND_NS, 0, 0);
    check_equal(clock.steps, 1);
    check_equal(clock.correction_ns, 0);
}

static void drift_is_told_after_ten_minutes(void **state)
{
    (void)state;
    struct exporter_clock clock = { 0 };
    const int64_t ppm = 500;
    for (int64_t i = 0; i <= 2000; i++) {
        const struct export_message message = { .received_ns = NOW_NS + i * TIME_SECOND_NS };
        const struct message_head head = { .protocol = EXPORT_NETFLOW5,
                                           .export_ns = message.received_ns + i * 1000 * ppm };
        (void)clock_begin(&clock, &message, &head);
    }
    struct exporter_view view = { 0 };
    clock_view(&clock, &view);
    check(view.clock_drift_ppm > 490 && view.clock_drift_ppm < 510);
}

static void times_at_the_ends_of_the_range_do_not_overflow(void **state)
{
    (void)state;
    const int64_t ends[] = { INT64_MIN, -1, 0, 1, INT64_MAX / 2, INT64_MAX };
    enum time_quality quality;
    for (size_t i = 0; i < 6; i++) {
        for (size_t j = 0; j < 6; j++) {
            struct exporter_clock clock = { 0 };
            for (uint32_t uptime_ms = 5; uptime_ms > 0; uptime_ms--) {
                const struct export_message message = { .received_ns = ends[i] };
                const struct message_head head = { .protocol = EXPORT_NETFLOW9,
                                                   .export_ns = ends[j],
                                                   .has_uptime = true,
                                                   .uptime_ms = uptime_ms };
                (void)clock_begin(&clock, &message, &head);
                (void)clock_uptime_ns(&clock, UINT32_MAX, &quality);
                (void)clock_time_ns(&clock, ends[j], &quality);
            }
        }
    }
}

TESTS(TEST(a_time_in_uptime_is_told_by_the_clock_at_export),
      TEST(seconds_cut_from_the_clock_do_not_move_the_boot), TEST(uptime_passes_its_end),
      TEST(uptime_that_begins_anew_is_a_boot), TEST(a_message_overtaken_is_no_boot),
      TEST(impossible_times_are_replaced), TEST(an_exporter_without_a_clock_is_given_ours),
      TEST(a_file_without_receipt_gives_no_error), TEST(a_clock_steadily_off_is_corrected),
      TEST(a_clock_a_little_off_is_left_alone), TEST(delay_on_the_way_is_not_the_clocks),
      TEST(a_clock_set_anew_is_a_step), TEST(drift_is_told_after_ten_minutes),
      TEST(times_at_the_ends_of_the_range_do_not_overflow))
