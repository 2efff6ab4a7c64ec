// SPDX-License-Identifier: Apache-2.0
#include "example.h"

static void conditions_have_one_form(void **state)
{
    (void)state;
    static const char *const forms[][2] = {
        { "server in list \"a\"", "server in list \"a\"" },
        { "server is in list \"a\"", "server in list \"a\"" },
        { "not not server in list \"a\"", "server in list \"a\"" },
        { "not server in list \"a\"", "server not in list \"a\"" },
        { "not (not (domain not in list \"a\"))", "domain not in list \"a\"" },
        { "相手先が一覧「a」に含まれない", "server not in list \"a\"" },
        { "((beacon))", "beacon" },
        { "not scan(score >= 7)", "not scan(score >= 7)" },
        { "定期接続（得点 ６０ 以上）", "beacon(score >= 60)" },
        { "server-port = 443", "server-port is 443" },
        { "server-port in (443)", "server-port is 443" },
        { "server-port in (445, 139, 445)", "server-port in (139, 445)" },
        { "宛先ポート（139、445）のいずれか", "server-port in (139, 445)" },
        { "宛先ポート 1024 以上", "server-port >= 1024" },
        { "宛先ポート 1 から 1023 まで", "server-port between 1 and 1023" },
        { "宛先ポート 443 ではない", "server-port is not 443" },
        { "server-port > 1023", "server-port >= 1024" },
        { "packets < 4", "packets <= 3" },
        { "not packets <= 3", "not packets <= 3" },
        { "duration >= 120 seconds", "duration >= 2 minutes" },
        { "duration < 1 hour", "duration <= 3599999 milliseconds" },
        { "継続時間 90 秒 超", "duration >= 90001 milliseconds" },
        { "proto is 17", "proto is udp" },
        { "proto is 99", "proto is 99" },
        { "tcp is not reset", "tcp is not reset" },
        { "TCP状態 終了", "tcp is closed" },
        { "tls-version <= 1.1", "tls-version <= 1.1" },
        { "TLS版 1.3 である", "tls-version is 1.3" },
        { "beacon and (scan and beacon)", "beacon and scan and beacon" },
        { "beacon or (scan and beacon)", "beacon or (scan and beacon)" },
        { "beacon and not (scan or beacon)", "beacon and not (scan or beacon)" },
        { "not (beacon and scan)", "not (beacon and scan)" },
        { "（定期接続 又は 走査）ではない", "not (beacon or scan)" },
        { "beacon # why\n and scan", "beacon and scan" },
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        assert_string_equal(canonical(forms[i][0]), forms[i][1]);
        assert_string_equal(canonical(forms[i][1]), forms[i][1]);
    }
}

static void any_sampling_is_said_as_such(void **state)
{
    (void)state;
    static const char *const words[] = { "sampling any-rate", "標本 標本率不問" };
    for (size_t i = 0; i < 2; i++) {
        char room[1024], written[4096];
        struct text text = text_over(room, sizeof room);
        struct text out = text_over(written, sizeof written);
        text_format(&text,
                    "selector \"s\" version 1 purpose \"p\" owner \"o\" valid 2028-01-15 to "
                    "2028-07-11 scope foreign-to-foreign reveals server %s when server in list "
                    "\"a\" then "
                    "record keep 30 days limit 100 servers per day",
                    words[i]);
        const struct selector *selector = read_text(room);
        check(selector);
        selector_write(selector, &out);
        check(strstr(written, "\nsampling any-rate\n"));
    }
}

static void english_and_japanese_are_one_selector(void **state)
{
    (void)state;
    uint8_t first[32], second[32];
    const struct selector *selector = read_text(
        "selector \"c2\" version 2 purpose \"damage-prevention\" basis \"a17\"\n"
        "owner \"第一係\" valid 2028-01-15 to 2028-07-11 +09:00\n"
        "scope foreign-to-foreign, domestic-to-foreign reveals line sampling up to 1:10\n"
        "note \"n\" when server in list \"a\" and (ja4 in list \"b\" or not beacon(score >= "
        "60))\n"
        "then record keep 30 days limit 100 servers per day");
    check(selector);
    selector_digest(selector, first);
    selector =
        read_text("上限 １日当たり 100サーバ。処置 記録 30日間保存。\n"
                  "選別条件「c2」第２版 目的「damage-prevention」根拠「a17」\n"
                  "所管「第一係」期間 2028-01-15から2028-07-11まで +09:00\n"
                  "範囲 内外、外外　開示 回線 標本 1:10 まで 備考「n」\n"
                  "条件 相手先が一覧「a」に含まれる かつ （JA4指紋が一覧「b」に含まれる\n"
                  "又は（定期接続（得点 60 以上））ではない）");
    check(selector);
    selector_digest(selector, second);
    check(memcmp(first, second, sizeof first) == 0);
    check(read_text("selector \"c2\" version 3 purpose \"damage-prevention\" basis \"a17\"\n"
                    "owner \"x\" valid 2028-01-15 to 2028-07-11\n"
                    "scope own-network reveals line when beacon\n"
                    "then record keep 30 days limit 100 servers per day"));
}

static void a_zone_moves_the_period_and_stays(void **state)
{
    (void)state;
    char room[SELECTOR_TEXT_MAX];
    static const char *const zones[] = { "", " +09:00", " -03:30" };
    for (size_t i = 0; i < 3; i++) {
        char text_room[1024];
        struct text text = text_over(text_room, sizeof text_room);
        text_format(&text,
                    "selector \"x\" version 1 purpose \"p\" owner \"o\"\n"
                    "valid 2027-04-01 to 2027-04-30%s\n" SCOPE "when beacon\n" TAIL,
                    zones[i]);
        const struct selector *selector = read_text(text_room);
        check(selector);
        struct text out = text_over(room, sizeof room);
        selector_write(selector, &out);
        char expected[128];
        struct text line = text_over(expected, sizeof expected);
        text_format(&line, "\nvalid 2027-04-01 to 2027-04-30%s\n", zones[i]);
        check(strstr(room, expected));
    }
}

static void it_is_told_in_sentences_of_both_languages(void **state)
{
    (void)state;
    static char room[4 * SELECTOR_TEXT_MAX];
    const struct selector *selector =
        read_condition("server in list \"a\" and (beacon(score >= 60) or not packets <= 3)");
    check(selector);
    struct text text = text_over(room, sizeof room);
    selector_tell(selector, false, &text);
    check(strstr(room, "A communication is selected only when the address of the far end is in "
                       "the list \"a\", and (either the communication is one of calls at "
                       "regular times (by a score of 60 or more of 100), or the number of "
                       "packets is not at most 3).\n"));
    check(strstr(room, "It looks only at communication from abroad to this country.\n"));
    text = text_over(room, sizeof room);
    selector_tell(selector, true, &text);
    check(strstr(room,
                 "条件は、相手先のアドレスが一覧「a」に含まれること、かつ、（規則的な時刻に"
                 "繰り返される接続の一つ（得点60以上、100点満点）であること、又は、"
                 "パケット数が3以下でないこと）である。\n"));
}

TESTS(TEST(conditions_have_one_form), TEST(any_sampling_is_said_as_such),
      TEST(english_and_japanese_are_one_selector), TEST(a_zone_moves_the_period_and_stays),
      TEST(it_is_told_in_sentences_of_both_languages))
