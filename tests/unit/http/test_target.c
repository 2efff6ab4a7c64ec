// SPDX-License-Identifier: Apache-2.0
#include "http/target.h"

#include "check.h"

static bool is_taken(const char *target)
{
    char room[256];
    char *path, *query;
    memcpy(room, target, strlen(target) + 1);
    return http_target_read(room, &path, &query);
}

static void plain_targets_are_taken(void **state)
{
    (void)state;
    static const char *const plain[] = {
        "/",   "/a/b",         "/a/",         "/a.b/...c",     "/%E6%97%A5",
        "/a?", "/a?b=c&d[]=e", "/a?b=%0A%09", "/%f0%9f%8f%af", "/a%20b;c=d,e",
        "/.a", "/a?%E6%97%A5"
    };
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        check(is_taken(plain[i]));
}

static void what_hides_its_meaning_is_refused(void **state)
{
    (void)state;
    static const char *const hidden[] = {
        "",
        "a",
        "*",
        "//",
        "/a//b",
        "/.",
        "/..",
        "/a/../b",
        "/%2e",
        "/a/%2E./b",
        "/a%2fb",
        "/a%5cb",
        "/a\\b",
        "/a%00",
        "/a%0a",
        "/a%7f",
        "/a%",
        "/a%4",
        "/a%4g",
        "/a b",
        "/a#b",
        "/a\"b",
        "/a|b",
        "/%c0%af",
        "/%e6%97",
        "/%e6a",
        "/%ed%a0%80",
        "/a?%00",
        "/a?b<c",
        "/a?%1b",
        "/\xe6\x97\xa5",
        "/%80",
        "/%f4%90%80%80",
        "http://a/",
    };
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        check(!is_taken(hidden[i]));
}

static void what_was_encoded_is_decoded_in_place(void **state)
{
    (void)state;
    char path[] = "a%20b+c%E6%97%A5", query[] = "a%2Bb+c%26";
    http_percent_decode(path, false);
    http_percent_decode(query, true);
    assert_string_equal(path, "a b+c日");
    assert_string_equal(query, "a+b c&");
}

static void a_pattern_gives_its_variables(void **state)
{
    (void)state;
    struct http_variables found;
    check(http_pattern_meets("/a/{id}/b/{rest*}", "/a/1/b/c/d", &found));
    check_equal(found.count, 2);
    check_text(found.names[0], "id");
    check_text(found.values[0], "1");
    check_text(found.names[1], "rest");
    check_text(found.values[1], "c/d");
    check(http_pattern_meets("/", "/", &found));
    static const struct {
        const char *pattern, *path;
    } others[] = {
        { "/a/{id}", "/a" }, { "/a/{id}", "/a/" }, { "/a/{id}", "/a/b/c" }, { "/a", "/a/" },
        { "/a", "/b" },      { "/a", "/ab" },      { "/a/{r*}", "/a/" },    { "/a/b", "/a" },
        { "/a/{r*}", "/a" }, { "/", "/a" },
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        check(!http_pattern_meets(others[i].pattern, others[i].path, &found));
}

static void literals_are_asked_first(void **state)
{
    (void)state;
    check(http_pattern_order("/a/b", "/a/{id}") < 0);
    check(http_pattern_order("/a/{id}", "/a/{rest*}") < 0);
    check(http_pattern_order("/a/{id}/c", "/a/b/{id}") > 0);
    check(http_pattern_order("/a/{id}", "/a/{id}") == 0);
    check(http_pattern_order("/a", "/b") < 0);
}

static void hosts_are_names_or_addresses_with_a_port(void **state)
{
    (void)state;
    static const char *const good[] = { "a", "a.b-c:1", "192.0.2.1:65535", "[2001:db8::1]",
                                        "[::ffff:192.0.2.1]:80" };
    static const char *const bad[] = { "",    ":80",   "a:",  "a:65536", "a:b",
                                       "a/b", "a@b",   "a b", "[::1",    "[::1]a",
                                       "[g]", "a:1:2", "a,b" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        check(http_host_is_plain(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check(!http_host_is_plain(bad[i]));
}

TESTS(TEST(plain_targets_are_taken), TEST(what_hides_its_meaning_is_refused),
      TEST(what_was_encoded_is_decoded_in_place), TEST(a_pattern_gives_its_variables),
      TEST(literals_are_asked_first), TEST(hosts_are_names_or_addresses_with_a_port))
