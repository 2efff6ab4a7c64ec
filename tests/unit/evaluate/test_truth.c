// SPDX-License-Identifier: Apache-2.0
#include "evaluate/truth.h"

#include "check.h"
#include "units.h"

static void a_server_is_detected_at_its_address_and_port(void **state)
{
    (void)state;
    struct truth_unit unit = unit_at(TRUTH_COMMAND_SERVER, "192.0.2.1", 443);
    struct told told = told_at(FINDING_COMMAND_SERVER, "192.0.2.1", 443);
    check_equal(truth_match(&unit, &told), MATCH_RIGHT);
    told.ranked.port = 80;
    check_equal(truth_match(&unit, &told), MATCH_NEAR);
    told = told_at(FINDING_COMMAND_SERVER, "192.0.2.2", 443);
    check_equal(truth_match(&unit, &told), MATCH_NONE);
}

static void another_kind_of_alert_on_a_true_unit_is_only_near(void **state)
{
    (void)state;
    struct truth_unit unit = unit_at(TRUTH_COMMAND_SERVER, "192.0.2.1", 443);
    struct told told = told_at(FINDING_LASTING, "192.0.2.1", 443);
    check_equal(truth_match(&unit, &told), MATCH_NEAR);
}

static void a_beacon_needs_its_line_too(void **state)
{
    (void)state;
    struct truth_unit unit = unit_at(TRUTH_BEACON, "192.0.2.1", 443);
    unit.has_line = true;
    unit.line = address("10.0.0.5");
    struct told told = told_at(FINDING_COMMAND_SERVER, "192.0.2.1", 443);
    check_equal(truth_match(&unit, &told), MATCH_NEAR);
    told = with_line(told, "10.0.0.5");
    check_equal(truth_match(&unit, &told), MATCH_RIGHT);
}

static void a_line_that_only_takes_part_is_told_apart(void **state)
{
    (void)state;
    struct truth_unit unit = unit_at(TRUTH_INFECTED_LINE, "10.0.0.5", 0);
    struct told told = with_line(told_at(FINDING_COMMAND_SERVER, "192.0.2.1", 443), "10.0.0.5");
    check_equal(truth_match(&unit, &told), MATCH_LINE);
    told = told_at(FINDING_SCANNER, "10.0.0.5", 445);
    check_equal(truth_match(&unit, &told), MATCH_RIGHT);
}

static void a_name_is_matched_below_and_above(void **state)
{
    (void)state;
    struct truth_unit unit = { .kind = TRUTH_TUNNEL,
                               .name = name_of("t.example.com"),
                               .from_ns = INT64_MIN,
                               .to_ns = INT64_MAX };
    struct told told = { .ranked = { .kind = FINDING_TUNNEL }, .name = name_of("example.com") };
    check_equal(truth_match(&unit, &told), MATCH_RIGHT);
    told.name = name_of("notexample.com");
    check_equal(truth_match(&unit, &told), MATCH_NONE);
}

static void a_flood_is_matched_in_its_time_and_next_to_its_prefix(void **state)
{
    (void)state;
    struct truth_unit unit = unit_at(TRUTH_FLOOD, "192.0.2.0", 0);
    unit.unit.len = 96 + 24;
    unit.from_ns = 1000;
    unit.to_ns = 2000;
    struct told told = told_at(FINDING_FLOOD, "192.0.3.9", 0);
    told.first_ns = 1500;
    told.last_ns = 1600;
    check_equal(truth_match(&unit, &told), MATCH_RIGHT);
    told.first_ns = 2500;
    told.last_ns = 2600;
    check(truth_match(&unit, &told) != MATCH_RIGHT);
}

static void kinds_are_read_as_they_are_written(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < TRUTH_KINDS; kind++) {
        enum truth_kind read = TRUTH_KINDS;
        const char *name = truth_kind_name((enum truth_kind)kind);
        check(truth_kind_read(bytes_of_string(name), &read));
        check_equal(read, kind);
    }
    enum truth_kind read;
    check(!truth_kind_read(BYTES("nonsense"), &read));
}

TESTS(TEST(a_server_is_detected_at_its_address_and_port),
      TEST(another_kind_of_alert_on_a_true_unit_is_only_near),
      TEST(a_beacon_needs_its_line_too), TEST(a_line_that_only_takes_part_is_told_apart),
      TEST(a_name_is_matched_below_and_above),
      TEST(a_flood_is_matched_in_its_time_and_next_to_its_prefix),
      TEST(kinds_are_read_as_they_are_written))
