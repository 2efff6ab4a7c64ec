// SPDX-License-Identifier: Apache-2.0
#include "http/fields.h"

#include "base/time.h"
#include "check.h"

static const char trace[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

static void a_trace_is_read_strictly(void **state)
{
    (void)state;
    char out[33];
    check(http_trace_read(trace, out));
    assert_string_equal(out, "0af7651916cd43dd8448eb211c80319c");
    for (size_t i = 0; i < sizeof trace - 1; i++) {
        char wrong[sizeof trace];
        memcpy(wrong, trace, sizeof trace);
        wrong[i] = 'A';
        check(!http_trace_read(wrong, out));
        wrong[i] = '\0';
        check(!http_trace_read(wrong, out));
    }
    check(!http_trace_read("00-00000000000000000000000000000000-b7ad6b7169203331-01", out));
    check(!http_trace_read("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", out));
}

static void tags_are_found_in_lists(void **state)
{
    (void)state;
    check(http_tags_hold("\"a\"", "\"a\""));
    check(http_tags_hold("\"b\" , W/\"a\"", "\"a\""));
    check(http_tags_hold("\"a\"", "W/\"a\""));
    check(http_tags_hold(" * ", "\"a\""));
    check(!http_tags_hold("\"b\", *", "\"a\""));
    check(!http_tags_hold("a", "\"a\""));
    check(!http_tags_hold("\"ab\"", "\"a\""));
    check(!http_tags_hold("", "\"a\""));
}

static void dates_are_written_as_mail_writes_them(void **state)
{
    (void)state;
    char room[HTTP_DATE_MAX];
    struct text text = text_over(room, sizeof room);
    http_date_write(INT64_C(784111777) * TIME_SECOND_NS, &text);
    assert_string_equal(room, "Sun, 06 Nov 1994 08:49:37 GMT"); /* RFC 9110 5.6.7 */
    text = text_over(room, sizeof room);
    http_date_write(0, &text);
    assert_string_equal(room, "Thu, 01 Jan 1970 00:00:00 GMT");
}

static void the_last_forwarded_address_counts(void **state)
{
    (void)state;
    check_text(http_forwarded_last("192.0.2.1, 2001:db8::1"), "2001:db8::1");
    check_text(http_forwarded_last(" 192.0.2.1 "), "192.0.2.1");
    check_equal(http_forwarded_last("").len, 0);
}

static void types_of_json_are_known(void **state)
{
    (void)state;
    check(http_type_is_json("application/json"));
    check(http_type_is_json("Application/JSON ; charset=utf-8"));
    check(http_type_is_json("application/merge-patch+json"));
    check(!http_type_is_json("application/jsonp"));
    check(!http_type_is_json("application/+json"));
    check(!http_type_is_json("text/json"));
    check(!http_type_is_json("text/plain; application/json"));
    check(!http_type_is_json(""));
}

static void a_coding_is_taken_unless_it_is_worth_nothing(void **state)
{
    (void)state;
    check(http_coding_is_taken("gzip", "gzip"));
    check(http_coding_is_taken("br, GZIP;q=0.5", "gzip"));
    check(http_coding_is_taken("gzip ; q=1", "gzip"));
    check(!http_coding_is_taken("gzip;q=0", "gzip"));
    check(!http_coding_is_taken("gzip;q=x", "gzip"));
    check(!http_coding_is_taken("br, x-gzip", "gzip"));
    check(!http_coding_is_taken("", "gzip"));
}

static void depth_is_counted_outside_of_texts(void **state)
{
    (void)state;
    check_equal(http_json_depth(BYTES("1")), 0);
    check_equal(http_json_depth(BYTES("{\"a\":[{}],\"b\":[]}")), 3);
    check_equal(http_json_depth(BYTES("[\"[[[\\\"[[\"]")), 1);
    check_equal(http_json_depth(BYTES("]]]][[")), 2);
    check_equal(http_json_depth(BYTES("\"\\")), 0);
}

TESTS(TEST(a_trace_is_read_strictly), TEST(tags_are_found_in_lists),
      TEST(dates_are_written_as_mail_writes_them), TEST(the_last_forwarded_address_counts),
      TEST(types_of_json_are_known), TEST(a_coding_is_taken_unless_it_is_worth_nothing),
      TEST(depth_is_counted_outside_of_texts))
