// SPDX-License-Identifier: Apache-2.0
#include "reference/lists.h"

#include "base/time.h"
#include "temporary.h"

static struct error err;
static struct list_report report;
static const struct hash_key key = { { 1, 2, 3, 4 } };

static const struct indicators *load(const char *name, const char *content)
{
    struct temporary file = temporary_file(name, bytes_of_string(content));
    const char *path = file.path;
    struct list_files files = { &path, 1, INT64_C(5000) * TIME_DAY_NS };
    const struct indicators *set = NULL;
    check(lists_load(&files, key, &set, &report, &err));
    temporary_remove(&file);
    return set;
}

static bool matches(const struct indicators *set, const char *address, uint16_t port,
                    const char *time)
{
    struct flow flow = { .responder_port = port, .protocol = 6 };
    check(ip_read(bytes_of_string(address), &flow.responder));
    int64_t time_ns = 0;
    check(time_read(bytes_of_string(time), &time_ns));
    struct selection why;
    struct indicator_marks marks = { 0 };
    return indicators_match(set, &flow, time_ns, &why, &marks) &&
           strcmp(why.hits[0].list, report.name) == 0;
}

static void a_text_list_is_read_line_by_line(void **state)
{
    (void)state;
    const struct indicators *set = load("bad.txt", "\xef\xbb\xbf# a list\n"
                                                   "192.0.2.1\t10\n"
                                                   "\n"
                                                   "192.0.2.2, seen often\r\n"
                                                   "192.0.2.1\n"
                                                   "evil.example # a comment\n"
                                                   "nothing\n"
                                                   "co.jp\n"
                                                   "a@b.example\n");
    assert_string_equal(report.name, "bad");
    check_equal(report.taken, 3);
    check_equal(report.duplicates, 1);
    check_equal(report.refused[LIST_NO_INDICATOR], 1);
    check_equal(report.refused[LIST_TOO_WIDE], 1);
    check_equal(report.refused[LIST_NOT_SUPPORTED], 1);
    check_equal(report.example_count, 3);
    check_equal(report.examples[0].line, 7);
    assert_string_equal(report.examples[0].value, "nothing");
    check_equal(indicators_count(set), 3);
    check(matches(set, "192.0.2.2", 80, "1983-01-01"));
    check(!matches(set, "192.0.2.2", 80, "1983-12-01")); /* past the default of 5000 days */
}

static void of_a_csv_the_header_tells_the_columns(void **state)
{
    (void)state;
    const struct indicators *set =
        load("feed.csv", "first_seen,Indicator,type,Valid Until,dst_port,protocol,comment\n"
                         "2026,\"192.0.2.1\",ip-dst,2026-06-01,443,tcp,\"x, \"\"y\"\"\nz\"\n"
                         "2026,192.0.2.2,ip-dst,,,,\n"
                         "2026,192.0.2.3,ip-dst,soon,,,\n"
                         "2026,192.0.2.4,ip-dst,,http,,\n"
                         "2026,00112233445566778899aabbccddeeff,md5,,,,\n"
                         "2026,00112233445566778899aabbccddeeff,ja3-fingerprint-md5,,,,\n"
                         "2026,192.0.2.5,ip-dst,2026-06-01 12:00:00,,,\n"
                         "2026,\"192.0.2.6,ip-dst\n");
    assert_string_equal(report.name, "feed");
    check_equal(report.taken, 4);
    check_equal(report.refused[LIST_BAD_DATE], 1);
    check_equal(report.refused[LIST_BAD_PORT], 1);
    check_equal(report.refused[LIST_OTHER_KIND], 1);
    check_equal(report.refused[LIST_BAD_QUOTES], 1);
    check(matches(set, "192.0.2.1", 443, "2026-05-31"));
    check(!matches(set, "192.0.2.1", 80, "2026-05-31"));
    check(!matches(set, "192.0.2.1", 443, "2026-06-01"));
    check(matches(set, "192.0.2.2", 80, "1983-01-01"));
    check(matches(set, "192.0.2.5", 80, "2026-06-01"));
    check(!matches(set, "192.0.2.5", 80, "2026-06-02"));
}

static void a_header_may_stand_in_a_comment(void **state)
{
    (void)state;
    (void)load("sslbl.csv",
               "# A list of certificates\n"
               "# Listingdate,SHA1,Listingreason\n"
               "2023-12-22 06:58:00,19e664f09401bf648b6ea57719e34ad795f3b6cb,C&C\n");
    check_equal(report.taken, 1);
    (void)load("fox.csv", "# \"first_seen_utc\", \"ioc_id\", \"ioc_value\", \"ioc_type\"\n"
                          "\"2023-12-22 06:58:00\", \"17\", \"192.0.2.1:443\", \"ip:port\"\n");
    check_equal(report.taken, 1);
}

static void without_a_header_the_first_indicator_of_a_row_counts(void **state)
{
    (void)state;
    const struct indicators *set = load("bare.csv", "botnet,192.0.2.1,seen\n"
                                                    "192.0.2.2\n"
                                                    "none,here\n");
    check_equal(report.taken, 2);
    check_equal(report.refused[LIST_NO_INDICATOR], 1);
    check_equal(report.examples[0].line, 3);
    check(matches(set, "192.0.2.1", 80, "1983-01-01"));
}

static void an_empty_file_is_an_empty_list(void **state)
{
    (void)state;
    const struct indicators *set = load("empty.txt", "");
    check_equal(indicators_count(set), 0);
    check_equal(report.taken, 0);
}

static void every_refusal_has_words(void **state)
{
    (void)state;
    for (enum list_refusal why = 0; why < LIST_REFUSALS; why++)
        check(list_refusal_words(why) != NULL);
}

TESTS(TEST(a_text_list_is_read_line_by_line), TEST(of_a_csv_the_header_tells_the_columns),
      TEST(a_header_may_stand_in_a_comment),
      TEST(without_a_header_the_first_indicator_of_a_row_counts),
      TEST(an_empty_file_is_an_empty_list), TEST(every_refusal_has_words))
