// SPDX-License-Identifier: Apache-2.0
#include "report/report.h"

#include <nettle/base64.h>
#include <nettle/sha2.h>

#include "fixture.h"
#include "report/html_private.h"

static void check_text_report(size_t count, enum report_language language, unsigned width,
                              const char *golden)
{
    struct report report = fixture_report(count);
    report.language = language;
    FILE *out = tmpfile();
    check(report_write_text(&report, width, false, out));
    check_golden(out, golden);
}

static void a_wide_terminal_gets_a_table(void **state)
{
    (void)state;
    check_text_report(FIXTURE_FINDINGS, REPORT_ENGLISH, 132, "text-en-132");
}

static void a_narrow_terminal_gets_what_was_seen_below(void **state)
{
    (void)state;
    check_text_report(FIXTURE_FINDINGS, REPORT_ENGLISH, 72, "text-en-72");
}

static void japanese_columns_stay_straight(void **state)
{
    (void)state;
    check_text_report(FIXTURE_FINDINGS, REPORT_JAPANESE, 132, "text-ja-132");
    check_text_report(FIXTURE_FINDINGS, REPORT_JAPANESE, 60, "text-ja-60");
}

static void a_run_without_findings_says_so_kindly(void **state)
{
    (void)state;
    check_text_report(0, REPORT_ENGLISH, 80, "text-en-none");
    check_text_report(0, REPORT_JAPANESE, 80, "text-ja-none");
}

static void an_empty_run_is_reported_too(void **state)
{
    (void)state;
    struct summary nothing = { .version = NULL };
    struct report report = { .summary = &nothing, .title = "empty.pcap" };
    FILE *out = tmpfile();
    check(report_write_text(&report, 0, true, out));
    check(report_write_json(&report, out));
    check_equal(fclose(out), 0);
}

static bool holds(FILE *file, const char *words)
{
    static char room[GOLDEN_MAX];
    rewind(file);
    size_t len = fread(room, 1, sizeof room, file);
    return memmem(room, len, words, strlen(words)) != NULL;
}

static void colour_and_escapes_appear_only_when_told_to(void **state)
{
    (void)state;
    struct report report = fixture_report(FIXTURE_FINDINGS);
    FILE *out = tmpfile();
    check(report_write_text(&report, 132, false, out));
    check(!holds(out, "\033"));
    check(report_write_text(&report, 132, true, out));
    check(holds(out, "\033[1;31m"));
    check(!holds(out, "\033]0;"));
    check_equal(fclose(out), 0);
}

static void a_stream_that_fails_is_told(void **state)
{
    (void)state;
    struct report report = fixture_report(FIXTURE_FINDINGS);
    FILE *full = fopen("/dev/full", "w");
    check(full != NULL);
    check(!report_write_text(&report, 80, false, full));
    check(!report_write_json(&report, full));
    check(!report_explain(&fixture_findings[0], REPORT_ENGLISH, 80, full));
    (void)fclose(full);
}

static void programs_get_one_json_document(void **state)
{
    (void)state;
    struct report report = fixture_report(FIXTURE_FINDINGS);
    FILE *out = tmpfile();
    check(report_write_json(&report, out));
    check_golden(out, "watch.json");
}

static void collectors_of_metrics_get_openmetrics(void **state)
{
    (void)state;
    struct report report = fixture_report(FIXTURE_FINDINGS);
    FILE *out = tmpfile();
    check(report_write_metrics(&report, out));
    check_golden(out, "watch.metrics");
}

static void check_explained(size_t i, enum report_language language, const char *golden)
{
    (void)fixture_report(FIXTURE_FINDINGS);
    FILE *out = tmpfile();
    check(report_explain(&fixture_findings[i], language, 80, out));
    check_golden(out, golden);
}

static void each_kind_of_finding_is_explained(void **state)
{
    (void)state;
    check_explained(0, REPORT_ENGLISH, "explain-server-en");
    check_explained(1, REPORT_ENGLISH, "explain-scanner-en");
    check_explained(2, REPORT_ENGLISH, "explain-indicator-en");
    check_explained(4, REPORT_ENGLISH, "explain-name-en");
    check_explained(4, REPORT_JAPANESE, "explain-name-ja");
    check_explained(0, REPORT_JAPANESE, "explain-server-ja");
    check_explained(1, REPORT_JAPANESE, "explain-scanner-ja");
    check_explained(2, REPORT_JAPANESE, "explain-indicator-ja");
}

static void people_get_one_page(void **state)
{
    (void)state;
    struct report report = fixture_report(FIXTURE_FINDINGS);
    FILE *out = tmpfile();
    check(report_write_html(&report, out));
    check(holds(out, "&lt;script&gt;alert(1)&lt;/script&gt;.bad.example"));
    check(!holds(out, "<script") && !holds(out, "<b>") && !holds(out, "\033"));
    check_golden(out, "watch.html");
    out = tmpfile();
    struct report none = fixture_report(0);
    none.language = REPORT_JAPANESE;
    check(report_write_html(&none, out));
    check_golden(out, "none.html");
    out = tmpfile();
    struct report exports = fixture_of_exports();
    check(report_write_html(&exports, out));
    check_golden(out, "exports.html");
}

/* The page's policy allows its own style and no other, by this hash. */
static void the_style_is_the_one_the_policy_allows(void **state)
{
    (void)state;
    struct sha256_ctx hash;
    uint8_t digest[SHA256_DIGEST_SIZE];
    char text[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE) + 1] = { 0 };
    sha256_init(&hash);
    sha256_update(&hash, strlen(html_style), (const uint8_t *)html_style);
    sha256_digest(&hash, sizeof digest, digest);
    base64_encode_raw(text, sizeof digest, digest);
    assert_string_equal(html_style_sha256, text);
}

TESTS(TEST(people_get_one_page), TEST(the_style_is_the_one_the_policy_allows),
      TEST(a_wide_terminal_gets_a_table), TEST(a_narrow_terminal_gets_what_was_seen_below),
      TEST(japanese_columns_stay_straight), TEST(a_run_without_findings_says_so_kindly),
      TEST(an_empty_run_is_reported_too), TEST(colour_and_escapes_appear_only_when_told_to),
      TEST(a_stream_that_fails_is_told), TEST(programs_get_one_json_document),
      TEST(collectors_of_metrics_get_openmetrics), TEST(each_kind_of_finding_is_explained))
