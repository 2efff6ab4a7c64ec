// SPDX-License-Identifier: Apache-2.0
#include "warrant/payload.h"

#include "check.h"
#include "fixture.h"

static struct error err;
static struct warrant warrant, again;
static char room[FIXTURE_ROOM];

static int begin(void **state)
{
    (void)state;
    fixture_warrant(&warrant);
    struct text out = text_over(room, sizeof room);
    check(warrant_write(&warrant, &out, &err));
    return 0;
}

/* The payload with one text for another in it. */
static bool read_changed(const char *from, const char *to)
{
    static char changed[FIXTURE_ROOM];
    struct text out = text_over(changed, sizeof changed);
    const char *at = strstr(room, from);
    check(at != NULL);
    text_put(&out, (struct bytes){ (const uint8_t *)room, (size_t)(at - room) });
    text_put_string(&out, to);
    text_put_string(&out, at + strlen(from));
    return warrant_read_payload(text_bytes(&out), &again, &err);
}

static void check_refused(const char *from, const char *to, const char *words)
{
    check(!read_changed(from, to));
    check(strstr(err.text, words) != NULL);
    check(strstr(err.text, "warrant, at octet ") == err.text);
}

static void a_payload_is_read_as_it_was_written(void **state)
{
    (void)state;
    static char twice[FIXTURE_ROOM];
    struct text out = text_over(twice, sizeof twice);
    check(warrant_read_payload(bytes_of_string(room), &again, &err));
    check(warrant_write(&again, &out, &err));
    assert_string_equal(twice, room);
    check(strstr(room, "{\"basis\":\"m\",\"capacity_bits_per_second\":100000000000,") == room);
    check(strstr(room, "\"issued\":\"2028-01-10T09:00:00Z\"") != NULL);
    check_equal(again.directions, warrant.directions);
    memset(again.digest, 0, sizeof again.digest);
    check(memcmp(&again, &warrant, sizeof again) == 0);
}

static void every_shorter_payload_is_refused(void **state)
{
    (void)state;
    for (size_t len = 0; len < strlen(room); len++)
        check(
            !warrant_read_payload((struct bytes){ (const uint8_t *)room, len }, &again, &err));
}

static void what_is_not_in_canonical_form_is_refused(void **state)
{
    (void)state;
    check_refused("\"basis\":", "\"basis\": ", "canonical");
    check_refused("{\"basis\":\"m\",", "{", "basis: missing");
    check_refused("cable-7", "\\u0063able-7", "canonical");
    check_refused("100000000000", "1e11", "canonical");
}

static void members_unknown_or_twice_are_refused(void **state)
{
    (void)state;
    check_refused("\"format\":1", "\"format\":1,\"formaz\":1", "formaz: not a known member");
    check_refused("\"format\":1", "\"format\":1,\"format\":1", "duplicate");
    check_refused("\"name\":", "\"mane\":1,\"name\":", "mane: not a known member");
}

static void numbers_out_of_range_are_refused(void **state)
{
    (void)state;
    check_refused("\"format\":1", "\"format\":2", "of a version that is not known");
    check_refused("\"share_permille\":300", "\"share_permille\":1001", "in its range");
    check_refused("\"share_permille\":300", "\"share_permille\":0", "in its range");
    check_refused("\"share_permille\":300", "\"share_permille\":-1", "in its range");
    check_refused("100000000000", "9007199254740993", "in its range");
    check_refused("100000000000", "100000000000.5", "in its range");
}

static void times_have_one_form(void **state)
{
    (void)state;
    check_refused("2028-01-10T09:00:00Z", "2028-01-10T18:00:00+09:00", "issued: not a time");
    check_refused("2028-01-10T09:00:00Z", "2028-01-10T09:00:00.5Z", "issued: not a time");
    check_refused("2028-01-10T09:00:00Z", "2028-02-30T09:00:00Z", "issued: not a time");
    check_refused("2028-01-10T09:00:00Z", "2028-01-10", "issued: not a time");
    check_refused("2028-01-10T09:00:00Z", "1969-12-31T23:59:59Z", "issued: not a time");
    check_refused("2028-01-10T09:00:00Z", "2200-01-01T00:00:00Z", "issued: not a time");
    check(read_changed("2028-01-10T09:00:00Z", "2199-12-31T23:59:59Z"));
}

static void directions_are_known_and_in_their_order(void **state)
{
    (void)state;
    check(read_changed("[\"FF\"]", "[\"FF\",\"FD\"]"));
    check_refused("[\"FF\"]", "[\"FD\",\"FF\"]", "directions");
    check_refused("[\"FF\"]", "[\"FF\",\"FF\"]", "directions");
    check_refused("[\"FF\"]", "[\"XX\"]", "directions");
    check_refused("[\"FF\"]", "[1]", "directions");
    check_refused("[\"FF\"]", "[]", "directions: none");
}

static void words_hold_no_more_than_words(void **state)
{
    (void)state;
    check_refused("NO-2028-0001", "../../etc", "serial: only letters");
    check_refused("NO-2028-0001", "", "serial: not a text");
    check_refused("NO-2028-0001", "NO-2028-000000000000000000000000000000000000000001",
                  "serial: too long");
    check_refused("cable-7", "cable\\u001B[2J", "equipment: a control character");
    check_refused("Weekly", "\xe2\x80\xaeWeekly", "conditions: a control character");
    check_refused("Weekly", "\xff", "decode");
}

static void a_warrant_without_selectors_is_none(void **state)
{
    (void)state;
    fixture_warrant(&warrant);
    warrant.selector_count = 0;
    struct text out = text_over(room, sizeof room);
    check(warrant_write(&warrant, &out, &err));
    check(!warrant_read_payload(text_bytes(&out), &again, &err));
    check(strstr(err.text, "selectors: none") != NULL);
}

static void a_revocation_is_read_as_it_was_written(void **state)
{
    (void)state;
    struct revocation revocation = { .serial = "NO-2028-0001",
                                     .issued_ns = fixture_time("2028-03-01T10:00:00Z"),
                                     .at_ns = fixture_time("2028-03-01T12:00:00Z"),
                                     .reason = "The need is over." },
                      read;
    struct text out = text_over(room, sizeof room);
    check(revocation_write(&revocation, &out, &err));
    assert_string_equal(room, "{\"at\":\"2028-03-01T12:00:00Z\",\"format\":1,"
                              "\"issued\":\"2028-03-01T10:00:00Z\","
                              "\"reason\":\"The need is over.\",\"serial\":\"NO-2028-0001\"}");
    check(revocation_read_payload(text_bytes(&out), &read, &err));
    check(memcmp(&revocation, &read, sizeof read) == 0);
    for (size_t len = 0; len < out.len; len++)
        check(!revocation_read_payload((struct bytes){ (const uint8_t *)room, len }, &read,
                                       &err));
}

#define CASE(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_payload_is_read_as_it_was_written),
        CASE(every_shorter_payload_is_refused),
        CASE(what_is_not_in_canonical_form_is_refused),
        CASE(members_unknown_or_twice_are_refused),
        CASE(numbers_out_of_range_are_refused),
        CASE(times_have_one_form),
        CASE(directions_are_known_and_in_their_order),
        CASE(words_hold_no_more_than_words),
        CASE(a_warrant_without_selectors_is_none),
        CASE(a_revocation_is_read_as_it_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
