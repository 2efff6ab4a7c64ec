// SPDX-License-Identifier: Apache-2.0
#include "http/head.h"

#include "base/text.h"
#include "check.h"

static const char good[] = "POST /a%20b?c=d HTTP/1.1\r\n"
                           "Host: sekisho.example:8443\r\n"
                           "X-Empty:\r\n"
                           "content-LENGTH: 12\r\n"
                           "Connection: keep-alive, Close\r\n"
                           "\r\n";

/* The head of text, which ends where it does. */
static enum http_fault read_head(const char *text, struct http_head *out)
{
    static char room[HTTP_HEAD_MAX + 1];
    size_t looked = 0;
    enum http_fault fault = HTTP_FAULT_NONE;
    size_t end = http_head_end(bytes_of_string(text), &looked, &fault);
    if (fault != HTTP_FAULT_NONE)
        return fault;
    check(end > 0);
    memcpy(room, text, end);
    return http_head_read(room, end, out);
}

static void a_head_is_read_with_its_fields(void **state)
{
    (void)state;
    struct http_head head;
    check_equal(read_head(good, &head), HTTP_FAULT_NONE);
    assert_string_equal(head.method, "POST");
    assert_string_equal(head.path, "/a%20b");
    assert_string_equal(head.query, "c=d");
    check_equal(head.field_count, 4);
    check_equal(head.length, 12);
    check(head.is_last && !head.is_chunked && !head.is_old && !head.expects_continue);
    assert_string_equal(http_head_field(&head, "host"), "sekisho.example:8443");
    assert_string_equal(http_head_field(&head, "x-empty"), "");
    check(http_head_field(&head, "X-None") == NULL);
}

static void a_shorter_head_has_no_end_yet(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof good - 1; len++) {
        size_t looked = 0;
        enum http_fault fault = HTTP_FAULT_NONE;
        struct bytes octets = { (const uint8_t *)good, len };
        check_equal(http_head_end(octets, &looked, &fault), 0);
        check_equal(fault, HTTP_FAULT_NONE);
    }
}

static void the_end_is_found_however_octets_come(void **state)
{
    (void)state;
    size_t looked = 0, end = 0;
    enum http_fault fault = HTTP_FAULT_NONE;
    for (size_t len = 1; len < sizeof good; len++)
        end = http_head_end((struct bytes){ (const uint8_t *)good, len }, &looked, &fault);
    check_equal(end, sizeof good - 1);
    check_equal(fault, HTTP_FAULT_NONE);
}

static void each_fault_has_its_name(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum http_fault fault;
    } cases[] = {
        { "GET / HTTP/1.1\nHost: a\r\n\r\n", HTTP_FAULT_LINE },
        { "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", HTTP_FAULT_LINE },
        { "GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n", HTTP_FAULT_LINE },
        { "GET /\r\nHost: a\r\n\r\n", HTTP_FAULT_LINE },
        { "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_FAULT_LINE },
        { "GET / HTTP/11.\r\nHost: a\r\n\r\n", HTTP_FAULT_LINE },
        { "GET a HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_FAULT_TARGET },
        { "GET / HTTP/2.0\r\nHost: a\r\n\r\n", HTTP_FAULT_VERSION },
        { "GET / HTTP/1.1\r\nHost: a\r\n b: c\r\n\r\n", HTTP_FAULT_FIELD },
        { "GET / HTTP/1.1\r\nHost : a\r\n\r\n", HTTP_FAULT_FIELD },
        { "GET / HTTP/1.1\r\nHost: a\r\n:\r\n\r\n", HTTP_FAULT_FIELD },
        { "GET / HTTP/1.1\r\nHost: a\r\nCookie: a\r\nCookie: a\r\n\r\n", HTTP_FAULT_FIELD },
        { "GET / HTTP/1.1\r\n\r\n", HTTP_FAULT_HOST },
        { "GET / HTTP/1.1\r\nHost: a/\r\n\r\n", HTTP_FAULT_HOST },
        { "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", HTTP_FAULT_HOST },
        { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1,1\r\n\r\n", HTTP_FAULT_FRAMING },
        { "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: a\r\n\r\n", HTTP_FAULT_FRAMING },
        { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: "
          "chunked\r\n\r\n",
          HTTP_FAULT_FRAMING },
        { "GET / HTTP/1.1\r\nHost: a\r\nExpect: b\r\n\r\n", HTTP_FAULT_EXPECTATION },
        { "GET / HTTP/1.0\r\n\r\n", HTTP_FAULT_NONE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_head head;
        check_equal(read_head(cases[i].text, &head), cases[i].fault);
    }
}

static void too_many_fields_and_long_targets_are_told_apart(void **state)
{
    (void)state;
    static char text[HTTP_HEAD_MAX];
    struct http_head head;
    struct text many = { text, 0, sizeof text, false };
    text_put_string(&many, "GET / HTTP/1.1\r\nHost: a\r\n");
    for (size_t i = 0; i < HTTP_FIELDS_MAX - 1; i++)
        text_put_string(&many, "a: b\r\n");
    size_t fits = many.len;
    text_put_string(&many, "\r\n");
    check_equal(read_head(text, &head), HTTP_FAULT_NONE);
    many.len = fits;
    text_put_string(&many, "a: b\r\n\r\n");
    check_equal(read_head(text, &head), HTTP_FAULT_FIELDS_MANY);
    many.len = 0;
    text_put_string(&many, "GET /");
    for (size_t i = 0; i < HTTP_TARGET_MAX; i++)
        text_put_char(&many, 'a');
    text_put_string(&many, " HTTP/1.1\r\nHost: a\r\n\r\n");
    check_equal(read_head(text, &head), HTTP_FAULT_TARGET_LONG);
}

TESTS(TEST(a_head_is_read_with_its_fields), TEST(a_shorter_head_has_no_end_yet),
      TEST(the_end_is_found_however_octets_come), TEST(each_fault_has_its_name),
      TEST(too_many_fields_and_long_targets_are_told_apart))
