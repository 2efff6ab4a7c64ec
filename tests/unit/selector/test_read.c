// SPDX-License-Identifier: Apache-2.0
#include "example.h"

static bool refuses(const char *condition, const char *words)
{
    return !read_condition(condition) && strstr(fault.words, words) != NULL &&
           fault.words_ja[0] != '\0' && fault.line >= 7;
}

static bool refuses_text(const char *text, const char *words)
{
    return !read_text(text) && strstr(fault.words, words) != NULL && fault.words_ja[0] != '\0';
}

static void a_selector_is_read(void **state)
{
    (void)state;
    const struct selector *selector = read_condition(GOOD);
    check(selector);
    assert_string_equal(selector_name(selector), "x");
}

static void every_shorter_text_is_refused(void **state)
{
    (void)state;
    static const char text[] = HEAD SCOPE "when " GOOD "\n" TAIL;
    check(read_text(text));
    for (size_t len = 0; len + 2 < sizeof text; len++) {
        char room[sizeof text];
        memcpy(room, text, len);
        room[len] = '\0';
        check(!read_text(room));
        check(fault.line >= 1 && fault.column >= 1 && fault.words[0] != '\0');
    }
}

static void content_has_no_word(void **state)
{
    (void)state;
    static const char *const words[] = { "payload",  "subject",      "url",
                                         "password", "attachment",   "本文",
                                         "件名",     "添付ファイル", "通話" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char room[128];
        struct text text = text_over(room, sizeof room);
        text_format(&text, "%s in list \"a\"", words[i]);
        check(refuses(room, "no word for content"));
        assert_string_equal(fault.article, "2(8)");
        check_equal(fault.line, 7);
        check_equal(fault.column, 6);
    }
}

static void patterns_are_refused(void **state)
{
    (void)state;
    check(refuses("domain matches \"x\"", "is a pattern"));
    check(refuses("*.example in list \"a\"", "is a pattern"));
    check(refuses("domain in list \"*\"", "is a pattern"));
    check(refuses("/evil.*/", "is a pattern"));
    check(refuses("any in list \"a\"", "is a pattern"));
    check(refuses("正規表現 \"a\"", "is a pattern"));
}

static void what_is_written_out_is_refused(void **state)
{
    (void)state;
    static const char *const conditions[] = {
        "server is 192.0.2.1",        "server = 192.0.2.1",         "server in 192.0.2.0/24",
        "server in 0.0.0.0/0",        "server in (192.0.2.1)",      "server is 2001:db8::1",
        "domain is evil.example",     "domain = \"evil.example\"",  "192.0.2.1",
        "domain in \"evil.example\"", "evil.example in list \"a\"", "\"evil\"",
    };
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        check(refuses(conditions[i], "is written out"));
    check(strstr(fault.words, "0.0.0.0/0"));
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    check(refuses_text("", "its name"));
    check(refuses_text("selector \"x\" version 1 purpose \"p\" owner \"o\" " SCOPE "when " GOOD
                       " " TAIL,
                       "until when it holds"));
    check(refuses_text(HEAD SCOPE "when " GOOD " then record keep 3 days", "its limit"));
    check(refuses_text(HEAD "reveals server when " GOOD " " TAIL, "its scope"));
    check(refuses_text(HEAD SCOPE TAIL, "its condition"));
    check(
        refuses_text(HEAD SCOPE "when " GOOD " limit 5 servers per day", "how long it keeps"));
}

static void a_scope_of_everything_is_no_scope(void **state)
{
    (void)state;
    check(refuses_text(HEAD "scope all", "is no scope"));
    check(refuses_text(HEAD "scope any", "is no scope"));
    check(refuses_text(HEAD "scope *", "is no scope"));
    check(refuses_text(HEAD "範囲 全て", "is no scope"));
    check(refuses_text(HEAD "scope foreign-to-domestic, foreign-to-domestic", "twice"));
    check(refuses_text(HEAD "scope sideways", "expected a direction"));
    check(refuses_text(HEAD "reveals none", "dry-run"));
}

static void a_period_is_of_the_calendar_and_ends(void **state)
{
    (void)state;
    static const char before[] = "selector \"x\" version 1 valid ";
    static const struct {
        const char *period, *words;
    } wrong[] = {
        { "2027-02-30 to 2027-03-01", "no date" },
        { "2027-03-02 to 2027-03-01", "no date" },
        { "2027-04-01 to 2027-09-28", "180 days" },
        { "2027-04-01", "expected `to`" },
        { "today to 2027-04-01", "expected a date" },
        { "2027-04-01 to 2027-04-02 +15:00", "out of bounds" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char room[128];
        struct text text = text_over(room, sizeof room);
        text_format(&text, "%s%s", before, wrong[i].period);
        check(refuses_text(room, wrong[i].words));
    }
}

static void and_beside_or_needs_parentheses(void **state)
{
    (void)state;
    check(refuses(GOOD " and " GOOD " or " GOOD, "parentheses"));
    check(read_condition("(" GOOD " and " GOOD ") or " GOOD));
    check(refuses("(" GOOD, "expected `and`, `or` or `)`"));
    check(refuses(GOOD ")", "expected a statement"));
    check(read_condition("((((((((" GOOD "))))))))"));
    check(refuses("(((((((((" GOOD ")))))))))", "too deep"));
    check(refuses("()", "expected something to ask"));
}

static void numbers_have_bounds(void **state)
{
    (void)state;
    check(refuses("server-port is 65536", "out of bounds"));
    check(refuses("server-port < 0", "holds always, or never"));
    check(refuses("server-port >= 0", "holds always, or never"));
    check(refuses("server-port between 5 and 4", "holds always, or never"));
    check(refuses("proto >= tcp", "holds always, or never"));
    check(refuses("beacon(score >= 101)", "out of bounds"));
    check(refuses("duration >= 5", "expected seconds"));
    check(refuses("tls-version is 1.9", "expected a value"));
    check(refuses_text(HEAD "limit 0 servers per day", "out of bounds"));
    check(refuses_text(HEAD "then record keep 5000 days", "out of bounds"));
    check(refuses_text(HEAD "sampling up to 1:0", "out of bounds"));
    check(refuses_text(HEAD "sampling up to 1:99999999", "out of bounds"));
}

static void texts_are_short_and_names_plain(void **state)
{
    (void)state;
    check(refuses_text("selector \"A B\" version 1", "letters a to z"));
    check(refuses_text("selector \"\" version 1", "neither empty"));
    check(refuses_text("selector \"x", "neither empty"));
    check(refuses_text("selector 「a\"b」 version 1", "letters a to z"));
    check(refuses("server in list \"a name that is longer than forty-seven octets is\"",
                  "neither empty"));
    check(refuses_text(HEAD "purpose \"again\"", "twice"));
}

static void what_cannot_be_seen_is_refused(void **state)
{
    (void)state;
    check(refuses_text(HEAD "# \xe2\x80\xae comment turned round\n", "cannot be seen"));
    check_equal(fault.line, 5);
    check_equal(fault.column, 3);
    check(refuses_text("selector \"x\xe2\x80\x8b\"", "cannot be seen"));
    check(refuses_text("selector \xff", "cannot be seen"));
}

static void more_than_a_selector_holds_is_refused(void **state)
{
    (void)state;
    static char room[SELECTOR_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    for (size_t i = 0; i < 200; i++)
        text_format(&text, "%sserver in list \"a\"", i > 0 ? " or " : "");
    check(refuses(room, "split it"));
    text = text_over(room, sizeof room);
    for (size_t i = 0; i < 40; i++)
        text_format(&text, "%sserver in list \"a%zu\"", i > 0 ? " or " : "", i);
    check(refuses(room, "split it"));
}

static void the_place_is_in_characters(void **state)
{
    (void)state;
    check(refuses("相手先が一覧「a」に含まれる かつ 本文", "content"));
    check_equal(fault.line, 7);
    check_equal(fault.column, 6 + 14 + 1 + 2 + 1);
}

TESTS(TEST(a_selector_is_read), TEST(every_shorter_text_is_refused), TEST(content_has_no_word),
      TEST(patterns_are_refused), TEST(what_is_written_out_is_refused),
      TEST(what_is_missing_is_named), TEST(a_scope_of_everything_is_no_scope),
      TEST(a_period_is_of_the_calendar_and_ends), TEST(and_beside_or_needs_parentheses),
      TEST(numbers_have_bounds), TEST(texts_are_short_and_names_plain),
      TEST(what_cannot_be_seen_is_refused), TEST(more_than_a_selector_holds_is_refused),
      TEST(the_place_is_in_characters))
