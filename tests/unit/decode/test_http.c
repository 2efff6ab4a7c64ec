// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "decode/parsers.h"

#include "check.h"

#define GOOD                            \
    "GET /private?token=1 HTTP/1.1\r\n" \
    "Accept: */*\r\n"                   \
    "hOsT:  WWW.Example.org:8080 \r\n"  \
    "Cookie: secret\r\n"                \
    "User-Agent: curl/8.5.0\r\n"        \
    "Host: second.example.org\r\n"      \
    "\r\n"

static enum fault read_text(struct bytes text, struct http_fact *out, size_t *taken)
{
    struct fact fact;
    enum fault fault = http_read(text, taken, &fact);
    if (!fault) {
        check_equal(fact.kind, FACT_HTTP);
        *out = fact.http;
    }
    return fault;
}

#define READ(literal, out) read_text(BYTES(literal), out, &(size_t){ 0 })

static struct bytes agent_of(const struct http_fact *http)
{
    return (struct bytes){ (const uint8_t *)http->agent, http->agent_len };
}

static void a_request_tells_method_host_and_agent(void **state)
{
    (void)state;
    struct http_fact http;
    size_t taken = 0;
    check_equal(read_text(BYTES(GOOD "body"), &http, &taken), FAULT_NONE);
    check_equal(taken, sizeof GOOD - 1);
    check_equal(http.method, SEEN_HTTP_GET);
    check_equal(http.status, 0);
    check_text(fact_name_bytes(&http.host), "www.example.org");
    check_text(agent_of(&http), "curl/8.5.0");
}

static void every_shorter_head_is_truncated(void **state)
{
    (void)state;
    struct fact fact, before;
    memset(&fact, 0x5a, sizeof fact);
    before = fact;
    size_t taken = 7;
    for (size_t len = 0; len < sizeof GOOD - 1; len++)
        check_equal(http_read(bytes_slice(BYTES(GOOD), 0, len), &taken, &fact),
                    FAULT_TRUNCATED);
    check_equal(memcmp(&fact, &before, sizeof fact), 0);
    check_equal(taken, 7);
}

static void a_response_tells_status_and_server(void **state)
{
    (void)state;
    struct http_fact http;
    check_equal(
        READ("HTTP/1.0 404 Not Found\nServer: nginx\nHost: x\nUser-Agent: y\n\n", &http),
        FAULT_NONE);
    check_equal(http.method, SEEN_HTTP_RESPONSE);
    check_equal(http.status, 404);
    check_equal(http.host.len, 0);
    check_text(agent_of(&http), "nginx");
    check_equal(READ("HTTP/1.1 200\r\n\r\n", &http), FAULT_NONE);
    check_equal(http.status, 200);
    check_equal(http.agent_len, 0);
}

static void methods_fall_into_classes(void **state)
{
    (void)state;
    struct http_fact http;
    check_equal(READ("POST / HTTP/1.1\r\n\r\n", &http), FAULT_NONE);
    check_equal(http.method, SEEN_HTTP_POST);
    check_equal(READ("HEAD / HTTP/1.1\r\n\r\n", &http), FAULT_NONE);
    check_equal(http.method, SEEN_HTTP_HEAD);
    check_equal(READ("PUT / HTTP/1.1\r\n\r\n", &http), FAULT_NONE);
    check_equal(http.method, SEEN_HTTP_PUT);
    check_equal(READ("OPTIONS * HTTP/1.1\r\n\r\n", &http), FAULT_NONE);
    check_equal(http.method, SEEN_HTTP_OPTIONS);
    check_equal(READ("M-SEARCH * HTTP/1.1\r\n\r\n", &http), FAULT_NONE);
    check_equal(http.method, SEEN_HTTP_OTHER);
    check_equal(READ("get / HTTP/1.1\r\n\r\n", &http), FAULT_NONE);
    check_equal(http.method, SEEN_HTTP_OTHER);
}

static void check_host(struct bytes text, const char *expected)
{
    struct http_fact http;
    check_equal(read_text(text, &http, &(size_t){ 0 }), FAULT_NONE);
    check_text(fact_name_bytes(&http.host), expected);
}

#define CHECK_HOST(host, expected) \
    check_host(BYTES("GET / HTTP/1.1\r\nHost: " host "\r\n\r\n"), expected)
#define CHECK_TARGET(target, expected) check_host(BYTES(target " HTTP/1.1\r\n\r\n"), expected)

static void a_host_loses_all_but_the_name(void **state)
{
    (void)state;
    CHECK_HOST("A.example:80", "a.example");
    CHECK_HOST("a.example.", "a.example");
    CHECK_HOST("[2001:DB8::1]:443", "2001:db8::1");
    CHECK_HOST("[2001:DB8::1", "2001:db8::1");
    CHECK_HOST("2001:db8::1", "2001:db8::1");
    CHECK_HOST("user:pass@a.example:80", "a.example");
    CHECK_HOST("a.example/path?query", "a.example");
    CHECK_HOST("a.example?query", "a.example");
    CHECK_HOST("a b", "a");
    CHECK_HOST("\xe3\x81\x82.example", "\\227\\129\\130.example");
    CHECK_HOST("a\\b", "a\\\\b");
    CHECK_HOST("", "");
    CHECK_HOST("[", "");
    CHECK_HOST(":80", "");
}

static void without_a_host_the_target_tells_it(void **state)
{
    (void)state;
    CHECK_TARGET("GET http://A.example:80/path", "a.example");
    CHECK_TARGET("GET http://user:pass@a.example/path@b", "a.example");
    CHECK_TARGET("GET ftp://a.example", "a.example");
    CHECK_TARGET("GET http://[::1]/", "::1");
    CHECK_TARGET("CONNECT a.example:443", "a.example");
    CHECK_TARGET("GET /?to=http://a.example/", "");
    CHECK_TARGET("GET *", "");
    CHECK_TARGET("GET ://a.example", "");
    check_host(BYTES("GET http://a.example/ HTTP/1.1\r\nHost: b.example\r\n\r\n"), "b.example");
}

static void what_is_odd_in_an_agent_is_masked(void **state)
{
    (void)state;
    struct http_fact http;
    check_equal(READ("GET / HTTP/1.1\r\nUser-Agent: a\tb\xff\0c\r\n\r\n", &http), FAULT_NONE);
    check_text(agent_of(&http), "a?b??c");
}

static void long_values_are_cut_to_their_room(void **state)
{
    (void)state;
    char text[1024];
    struct text out = text_over(text, sizeof text);
    text_put_string(&out, "GET / HTTP/1.1\r\nHost: ");
    for (size_t i = 0; i < 300; i++)
        text_put_char(&out, 'h');
    text_put_string(&out, ".example.org");
    text_put_string(&out, "\r\nUser-Agent: ");
    for (size_t i = 0; i < 300; i++)
        text_put_char(&out, 'u');
    text_put_string(&out, "\r\n\r\n");
    struct http_fact http;
    check_equal(read_text(text_bytes(&out), &http, &(size_t){ 0 }), FAULT_NONE);
    check(http.host.cut);
    check(http.host.len <= FACT_NAME_MAX);
    check(memcmp(http.host.at + http.host.len - 12, ".example.org", 12) == 0);
    check_equal(http.agent_len, FACT_AGENT_MAX);
}

static void folded_and_odd_lines_are_passed_over(void **state)
{
    (void)state;
    struct http_fact http;
    check_equal(READ("\r\n\r\nGET / HTTP/1.1\r\nX: y\r\n Host: folded\r\n\tHost: folded\r\n"
                     "no colon\r\n:\r\nHost : a.example\r\n\r\n",
                     &http),
                FAULT_NONE);
    check_text(fact_name_bytes(&http.host), "a.example");
}

static void what_is_not_http_is_refused_at_once(void **state)
{
    (void)state;
    struct http_fact http;
    check_equal(READ("\x16\x03\x01", &http), FAULT_VALUE);
    check_equal(READ(" GET", &http), FAULT_VALUE);
    check_equal(READ("GET\t/", &http), FAULT_VALUE);
    check_equal(READ("\r\n\r\n\r\n", &http), FAULT_VALUE);
    check_equal(READ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &http), FAULT_VALUE);
    check_equal(READ("220 mail.example ESMTP\r\n", &http), FAULT_VALUE);
    check_equal(READ("GET /\r\n", &http), FAULT_VALUE);
    check_equal(READ("GET /aaaaaaaaaaaaHTTP/1.1\r\n", &http), FAULT_VALUE);
    check_equal(READ("INVITE sip:a@a.example SIP/2.0\r\n", &http), FAULT_VALUE);
}

static void status_lines_have_three_digits(void **state)
{
    (void)state;
    struct http_fact http;
    check_equal(READ("HTTP/1.1 99 x\r\n\r\n", &http), FAULT_VALUE);
    check_equal(READ("HTTP/1.1 099 x\r\n\r\n", &http), FAULT_VALUE);
    check_equal(READ("HTTP/1.1 2000\r\n\r\n", &http), FAULT_VALUE);
    check_equal(READ("HTTP/1.1 abc\r\n\r\n", &http), FAULT_VALUE);
    check_equal(READ("HTTP/1.1\r\n\r\n", &http), FAULT_VALUE);
}

static void what_servers_forgive_in_a_first_line_is_forgiven(void **state)
{
    (void)state;
    struct http_fact http;
    check_equal(READ("GET / HTTP/1.\r\n\r\n", &http), FAULT_NONE);
    check_equal(READ("GET  /a b  HTTP/1.1 \r\n\r\n", &http), FAULT_NONE);
    check_equal(http.method, SEEN_HTTP_GET);
    check_equal(READ("GET HTTP/1.1\r\n\r\n", &http), FAULT_VALUE);
    check_equal(READ("GET  HTTP/1.1\r\n\r\n", &http), FAULT_VALUE);
}

static void other_versions_are_told_apart(void **state)
{
    (void)state;
    struct http_fact http;
    check_equal(READ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &http), FAULT_VERSION);
    check_equal(READ("GET / HTTP/1.x\r\n\r\n", &http), FAULT_VERSION);
    check_equal(READ("HTTP/2 200\r\n\r\n", &http), FAULT_VERSION);
    check_equal(READ("HTTP/1.12 200\r\n\r\n", &http), FAULT_VERSION);
}

static void a_head_over_16_kib_is_refused(void **state)
{
    (void)state;
    static uint8_t huge[16384];
    memset(huge, 'x', sizeof huge);
    struct bytes start = BYTES("GET / HTTP/1.1\r\nHost: a.example\r\nX: ");
    memcpy(huge, start.at, start.len);
    struct http_fact http;
    size_t taken;
    struct bytes stream = { huge, sizeof huge };
    check_equal(read_text(bytes_slice(stream, 0, sizeof huge - 1), &http, &taken),
                FAULT_TRUNCATED);
    check_equal(read_text(stream, &http, &taken), FAULT_LIMIT);
    struct fact fact;
    check_equal(http_partial_read(stream, &fact), FAULT_NONE);
    check_text(fact_name_bytes(&fact.http.host), "a.example");
    memset(huge, 'x', sizeof huge);
    memcpy(huge, "GET ", 4);
    check_equal(read_text(stream, &http, &taken), FAULT_LIMIT);
    check_equal(http_partial_read(stream, &fact), FAULT_LIMIT);
}

static void a_cut_head_tells_its_whole_lines(void **state)
{
    (void)state;
    struct bytes good = BYTES(GOOD);
    size_t start_len = sizeof "GET /private?token=1 HTTP/1.1\r\n" - 1;
    size_t host_len = start_len + sizeof "Accept: */*\r\nhOsT:  WWW.Example.org:8080 \r\n" - 1;
    size_t agent_len = host_len + sizeof "Cookie: secret\r\nUser-Agent: curl/8.5.0\r\n" - 1;
    for (size_t len = 0; len <= good.len; len++) {
        struct fact fact;
        enum fault fault = http_partial_read(bytes_slice(good, 0, len), &fact);
        check_equal(fault, len < start_len ? FAULT_TRUNCATED : FAULT_NONE);
        if (fault)
            continue;
        check_equal(fact.http.method, SEEN_HTTP_GET);
        check_equal(fact.http.host.len, len < host_len ? 0 : 15);
        check_equal(fact.http.agent_len, len < agent_len ? 0 : 10);
    }
    struct fact fact;
    check_equal(http_partial_read(BYTES("not http\r\n"), &fact), FAULT_VALUE);
}

TESTS(TEST(a_request_tells_method_host_and_agent), TEST(every_shorter_head_is_truncated),
      TEST(a_response_tells_status_and_server), TEST(methods_fall_into_classes),
      TEST(a_host_loses_all_but_the_name), TEST(without_a_host_the_target_tells_it),
      TEST(what_is_odd_in_an_agent_is_masked), TEST(long_values_are_cut_to_their_room),
      TEST(folded_and_odd_lines_are_passed_over), TEST(what_is_not_http_is_refused_at_once),
      TEST(status_lines_have_three_digits),
      TEST(what_servers_forgive_in_a_first_line_is_forgiven),
      TEST(other_versions_are_told_apart), TEST(a_head_over_16_kib_is_refused),
      TEST(a_cut_head_tells_its_whole_lines))
