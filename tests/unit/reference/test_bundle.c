// SPDX-License-Identifier: Apache-2.0
/* Lists in JSON: STIX 2.1 bundles and events of MISP. */
#include "base/time.h"
#include "reference/elements.h"
#include "reference/lists.h"
#include "reference/pattern.h"
#include "temporary.h"

static struct error err;
static struct list_report report;
static const struct hash_key key = { { 1, 2, 3, 4 } };

static const struct indicators *load(const char *name, const char *content)
{
    struct temporary file = temporary_file(name, bytes_of_string(content));
    const char *path = file.path;
    struct list_files files = { &path, 1, INT64_MAX };
    const struct indicators *set = NULL;
    check(lists_load(&files, key, &set, &report, &err));
    temporary_remove(&file);
    return set;
}

static bool finds_at(const struct indicators *set, const char *words, const char *time)
{
    char room[INDICATOR_TEXT_MAX + 256];
    struct text scratch = text_over(room, sizeof room);
    struct indicator read;
    check_equal(indicator_read(bytes_of_string(words), &scratch, &read), FAULT_NONE);
    struct bytes digest = { read.digest, read.digest_len };
    struct indicator_question question = { .kind = read.kind,
                                           .address = read.prefix.address,
                                           .port = read.port,
                                           .bytes = read.digest_len > 0 ? digest : read.text };
    struct indicator_answer answer;
    check(time_read(bytes_of_string(time), &question.time_ns));
    indicators_ask(set, &question, 1, &answer);
    return answer.set != NULL;
}

static bool finds(const struct indicators *set, const char *words)
{
    return finds_at(set, words, "2026-06-01");
}

/* clang-format off: documents read better as they are */
#define INDICATOR(id, pattern)                            \
    "{\"type\":\"indicator\",\"id\":\"" id                \
    "\",\"pattern_type\":\"stix\",\"pattern\":\"" pattern \
    "\",\"valid_from\":\"2026-01-01T00:00:00Z\"}"

/* Documents stand as they would be read. */
/* clang-format off */
static void of_a_bundle_the_simple_patterns_are_taken(void **state)
{
    (void)state;
    const struct indicators *set = load(
        "b.json",
        "{\"type\":\"bundle\",\"objects\":[{\"type\":\"identity\",\"name\":\"a [ \\\""
        " {\"},\n"
        INDICATOR("1", "[ipv4-addr:value = '192.0.2.1']")
        ",\n"
        INDICATOR(
            "2",
            "[domain-name:value='evil.example' OR url:value = 'https://bad.example/x']")
        ",\n"
        INDICATOR(
            "3",
            "[ipv6-addr:value = '2001:db8::1'] OR [ipv4-addr:value ISSUBSET '198.51.100.0"
            "/24']")
        ",\n"
        INDICATOR(
            "4",
            "[x509-certificate:hashes.'SHA-1' = '0300000000000000000000000000000000000000"
            "']")
        ",\n"
        INDICATOR("5", "[ipv4-addr:value IN ('192.0.2.5', '192.0.2.6')]")
        ",\n"
        INDICATOR("6", "[(ipv4-addr:value = '192.0.2.7' OR ipv4-addr:value = '192.0.2.8')]")
        "]}");
    assert_string_equal(report.name, "b");
    check_equal(report.taken, 10);
    static const char *const there[] = {
        "192.0.2.1",   "evil.example", "bad.example",
        "2001:db8::1", "192.0.2.5",    "192.0.2.6",
        "192.0.2.7",   "192.0.2.8",    "0300000000000000000000000000000000000000"
    };
    for (size_t i = 0; i < sizeof there / sizeof *there; i++)
        check(finds(set, there[i]));
    check(!finds_at(set, "192.0.2.1", "2025-12-31"));
}

static void what_is_not_simple_is_refused_by_its_reason(void **state)
{
    (void)state;
    const struct indicators *set = load(
        "b.json",
        "{\"objects\":[\n"
        INDICATOR("1", "[ipv4-addr:value = '192.0.2.1' AND domain-name:value = 'a.example']")
        ",\n"
        INDICATOR("2", "[domain-name:value LIKE '%.example']")
        ",\n"
        INDICATOR("3", "[ipv4-addr:value = '192.0.2.3'] FOLLOWEDBY [url:value = 'a']")
        ",\n"
        INDICATOR("4", "[ipv4-addr:value != '192.0.2.4']")
        ",\n"
        INDICATOR("5", "[file:hashes.'SHA-256' = 'ab' OR ipv4-addr:value = '192.0.2.5']")
        ",\n"
        INDICATOR("6", "[ipv4-addr:value = '192.0.2.6'")
        ",\n"
        INDICATOR("7", "")
        ",\n{\"type\":\"indicator\",\"revoked\":true,\"pattern\":\"[ipv4-addr:value ="
        " '192.0.2.7']\"},\n{\"type\":\"indicator\",\"pattern_type\":\"snort\",\"patt"
        "ern\":\"alert\"},\n{\"type\":\"indicator\",\"pattern\":\"[ipv4-addr:value = "
        "'192.0.2.8']\",\"valid_until\":\"soon\"},\n{\"type\":},\n"
        INDICATOR("8", "[ipv4-addr:value = 'evil.example']")
        "]}");
    check_equal(report.taken, 1);
    check(finds(set, "192.0.2.5"));
    check_equal(report.refused[LIST_NOT_SIMPLE], 6);
    check_equal(report.refused[LIST_OTHER_KIND], 1);
    check_equal(report.refused[LIST_REVOKED], 1);
    check_equal(report.refused[LIST_OTHER_PATTERN], 1);
    check_equal(report.refused[LIST_BAD_DATE], 1);
    check_equal(report.refused[LIST_BAD_JSON], 1);
    check_equal(report.refused[LIST_NO_INDICATOR], 1);
    check_equal(report.examples[0].line, 2);
    check_equal(report.examples[1].line, 3);
}

#define ATTRIBUTE(type, value, more) \
    "{\"type\":\"" type "\",\"to_ids\":true,\"value\":\"" value "\"" more "}"

static void an_event_of_misp_gives_what_its_author_holds_fit(void **state)
{
    (void)state;
    const struct indicators *set = load(
        "event.json",
        "{\"Event\":{\"info\":\"x\",\"Attribute\":[\n"
        ATTRIBUTE(
            "ip-dst",
            "192.0.2.1",
            ",\"first_seen\":\"2026-01-01T00:00:00+00:00\",\"last_seen\":\"2026-07-01T00:"
            "00:00.000000+00:00\"")
        ",\n"
        ATTRIBUTE("ip-dst|port", "192.0.2.2|443", "")
        ",\n"
        ATTRIBUTE("ip-src|port", "2001:db8::1|53", "")
        ",\n"
        ATTRIBUTE("domain|ip", "evil.example|192.0.2.3", ",\"first_seen\":null")
        ",\n"
        ATTRIBUTE("url", "http://bad.example/", "")
        ",\n"
        ATTRIBUTE("ja3-fingerprint-md5", "00112233445566778899aabbccddeeff", "")
        ",\n"
        ATTRIBUTE("md5", "00112233445566778899aabbccddeef0", "")
        ",\n"
        ATTRIBUTE("ip-dst", "192.0.2.9", ",\"deleted\":true")
        ",\n{\"type\":\"ip-dst\",\"to_ids\":false,\"value\":\"192.0.2.10\"}],\n\"Obje"
        "ct\":[{\"name\":\"o\",\"Attribute\":["
        ATTRIBUTE("x509-fingerprint-sha1", "0300000000000000000000000000000000000000", "")
        "]}]}}");
    check_equal(report.taken, 8);
    static const char *const there[] = { "192.0.2.1",
                                         "192.0.2.2:443",
                                         "[2001:db8::1]:53",
                                         "evil.example",
                                         "192.0.2.3",
                                         "bad.example",
                                         "00112233445566778899aabbccddeeff",
                                         "0300000000000000000000000000000000000000" };
    for (size_t i = 0; i < sizeof there / sizeof *there; i++)
        check(finds(set, there[i]));
    check(!finds_at(set, "192.0.2.1", "2026-07-01"));
    check_equal(report.refused[LIST_OTHER_KIND], 1);
    check_equal(report.refused[LIST_REVOKED], 1);
    check_equal(report.refused[LIST_NOT_TO_DETECT], 1);
}
/* clang-format on */

/* clang-format on */

static enum elements_status last_status(const char *content, size_t *count)
{
    static const char *const names[] = { "objects", NULL };
    struct temporary file = temporary_file("x.json", bytes_of_string(content));
    struct elements elements;
    struct bytes element;
    enum elements_status status;
    *count = 0;
    check(elements_open(&elements, file.path, names, &err));
    while ((status = elements_next(&elements, &element, &err)) == ELEMENTS_ONE)
        ++*count;
    elements_close(&elements);
    temporary_remove(&file);
    return status;
}

static void a_document_that_ends_early_or_lies_is_an_error(void **state)
{
    (void)state;
    static const char good[] = "{\"objects\":[{\"a\":[1,{}]},{\"b\":\"]}\"}],\"more\":false}";
    size_t count = 0;
    check_equal(last_status(good, &count), ELEMENTS_END);
    check_equal(count, 2);
    for (size_t len = 1; len < sizeof good - 1; len++) {
        char room[sizeof good];
        memcpy(room, good, len);
        room[len] = '\0';
        check_equal(last_status(room, &count), ELEMENTS_FAILED);
    }
    check_equal(last_status("{\"objects\":[}]", &count), ELEMENTS_FAILED);
    check_equal(last_status("]", &count), ELEMENTS_FAILED);
    check_equal(last_status("{\"other\":[{}]}", &count), ELEMENTS_END);
    check_equal(count, 0);
}

static void every_shorter_pattern_is_no_whole_one(void **state)
{
    (void)state;
    static const char good[] = "[a:b = 'x' OR (c:d IN ('y', 'z'))] OR [e:f = 'it\\'s']";
    for (size_t len = 0; len < sizeof good; len++) {
        struct pattern pattern = pattern_over((struct bytes){ (const uint8_t *)good, len });
        struct pattern_term term;
        bool is_end = false;
        enum fault fault;
        while ((fault = pattern_next(&pattern, &term, &is_end)) == FAULT_NONE && !is_end)
            continue;
        bool is_whole = len == sizeof good - 1 || len == strlen("[a:b = 'x' OR (c:d IN "
                                                                "('y', 'z'))]");
        bool has_blank = len > 0 && len < sizeof good && good[len - 1] == ' ' &&
                         len == strlen("[a:b = 'x' OR (c:d IN ('y', 'z'))] ");
        check((fault == FAULT_NONE) == (is_whole || has_blank));
    }
}

TESTS(TEST(of_a_bundle_the_simple_patterns_are_taken),
      TEST(what_is_not_simple_is_refused_by_its_reason),
      TEST(an_event_of_misp_gives_what_its_author_holds_fit),
      TEST(a_document_that_ends_early_or_lies_is_an_error),
      TEST(every_shorter_pattern_is_no_whole_one))
