// SPDX-License-Identifier: Apache-2.0
#include "procedure/fields.h"

#include "check.h"

#define SAY(words)   \
    {                \
        words, words \
    }
#define FREE .octets_max = 40, .at_least = INT64_MIN, .at_most = INT64_MAX

static const struct procedure_choice choices[] = { { "low", SAY("low") },
                                                   { "high", SAY("high") } };
static const char *const at_send[] = { "send" };
static const struct procedure_field fields[] = {
    { .id = "title",
      .name = SAY("title"),
      .kind = PROCEDURE_TEXT,
      FREE,
      .required_at = at_send,
      .required_count = 1 },
    { .id = "story", .name = SAY("story"), .kind = PROCEDURE_LONG_TEXT, FREE },
    { .id = "share",
      .name = SAY("share"),
      .kind = PROCEDURE_NUMBER,
      .at_least = 1,
      .at_most = 1000 },
    { .id = "sure", .name = SAY("sure"), .kind = PROCEDURE_YES_NO, FREE },
    { .id = "confidence",
      .name = SAY("confidence"),
      .kind = PROCEDURE_CHOICE,
      FREE,
      .choices = choices,
      .choice_count = 2 },
    { .id = "digest",
      .name = SAY("digest"),
      .kind = PROCEDURE_DIGEST,
      .octets_max = 64,
      .at_least = INT64_MIN,
      .at_most = INT64_MAX },
    { .id = "finding", .name = SAY("finding"), .kind = PROCEDURE_FINDING, FREE },
    { .id = "findings",
      .name = SAY("findings"),
      .kind = PROCEDURE_FINDINGS,
      .octets_max = 40,
      .at_least = 1,
      .at_most = 3 },
    { .id = "server", .name = SAY("server"), .kind = PROCEDURE_ADDRESS, FREE },
    { .id = "rules", .name = SAY("rules"), .kind = PROCEDURE_SELECTORS, FREE },
    { .id = "lines",
      .name = SAY("lines"),
      .kind = PROCEDURE_TEXTS,
      .octets_max = 40,
      .at_least = 2,
      .at_most = 2 },
    { .id = "reason",
      .name = SAY("reason"),
      .kind = PROCEDURE_TEXT,
      FREE,
      .is_told = true,
      .required_at = at_send,
      .required_count = 1 },
};
static const struct procedure procedure = { .id = "letter",
                                            .fields = fields,
                                            .field_count = sizeof fields / sizeof *fields };

static struct procedure_fault faults[PROCEDURE_FAULTS_MAX];

static void each_type_has_its_values(void **state)
{
    (void)state;
    static const struct {
        struct procedure_value value;
        bool is_good;
    } rows[] = {
        { { "title", PROCEDURE_TEXT, 0, "a letter" }, true },
        { { "title", PROCEDURE_TEXT, 0, "要請" }, true },
        { { "title", PROCEDURE_TEXT, 0, "" }, true },
        { { "title", PROCEDURE_TEXT, 0, "two\nlines" }, false },
        { { "title", PROCEDURE_TEXT, 0, "\033[2J" }, false },
        { { "title", PROCEDURE_TEXT, 0, "0123456789012345678901234567890123456789" }, true },
        { { "title", PROCEDURE_TEXT, 0, "01234567890123456789012345678901234567890" }, false },
        { { "title", PROCEDURE_NUMBER, 1, NULL }, false },
        { { "story", PROCEDURE_LONG_TEXT, 0, "two\nlines" }, true },
        { { "story", PROCEDURE_LONG_TEXT, 0, "a\rb" }, false },
        { { "share", PROCEDURE_NUMBER, 1, NULL }, true },
        { { "share", PROCEDURE_NUMBER, 0, NULL }, false },
        { { "share", PROCEDURE_NUMBER, 1001, NULL }, false },
        { { "sure", PROCEDURE_YES_NO, 1, NULL }, true },
        { { "sure", PROCEDURE_YES_NO, 2, NULL }, false },
        { { "confidence", PROCEDURE_CHOICE, 0, "low" }, true },
        { { "confidence", PROCEDURE_CHOICE, 0, "lower" }, false },
        { { "digest", PROCEDURE_DIGEST, 0,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
          true },
        { { "digest", PROCEDURE_DIGEST, 0, "e3b0" }, false },
        { { "finding", PROCEDURE_FINDING, 0, "F-2026_1" }, true },
        { { "finding", PROCEDURE_FINDING, 0, "../etc" }, false },
        { { "findings", PROCEDURE_FINDINGS, 0, "F-1\nF-2" }, true },
        { { "findings", PROCEDURE_FINDINGS, 0, "F-1\n\nF-2" }, false },
        { { "findings", PROCEDURE_FINDINGS, 0, "F-1\nF 2" }, false },
        { { "findings", PROCEDURE_FINDINGS, 0, "1\n2\n3\n4" }, false },
        { { "server", PROCEDURE_ADDRESS, 0, "192.0.2.1" }, true },
        { { "server", PROCEDURE_ADDRESS, 0, "2001:db8::/32" }, true },
        { { "server", PROCEDURE_ADDRESS, 0, "example" }, false },
        { { "rules", PROCEDURE_SELECTORS, 0, "one\n\ttwo" }, true },
        { { "lines", PROCEDURE_TEXTS, 0, "one\ntwo" }, true },
        { { "lines", PROCEDURE_TEXTS, 0, "one" }, false },
        { { "reason", PROCEDURE_TEXT, 0, "told with a step" }, false },
        { { "nothing", PROCEDURE_TEXT, 0, "of this name" }, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t count = procedure_check(&procedure, NULL, &rows[i].value, 1, faults);
        if ((count == 0) != rows[i].is_good)
            fail_msg("row %zu: %s", i, count ? faults[0].words.en : "no fault");
        check(count == 0 || (faults[0].words.ja && faults[0].name.en));
    }
}

static void every_fault_is_told_at_once(void **state)
{
    (void)state;
    const struct procedure_value values[] = {
        { "share", PROCEDURE_NUMBER, 0, NULL },
        { "sure", PROCEDURE_YES_NO, 1, NULL },
        { "server", PROCEDURE_ADDRESS, 0, "?" },
        { "sure", PROCEDURE_YES_NO, 0, NULL },
    };
    check_equal(procedure_check(&procedure, "send", values, 4, faults), 4);
    check_text(bytes_of_string(faults[0].field), "share");
    check_text(bytes_of_string(faults[1].field), "server");
    check_text(bytes_of_string(faults[2].words.en), "it is given twice");
    check_text(bytes_of_string(faults[3].field), "title"); /* needed to send */
    check_equal(procedure_check(&procedure, "other", values, 2, faults), 1);
}

static void more_faults_than_room_are_counted(void **state)
{
    (void)state;
    static struct procedure_value values[PROCEDURE_FAULTS_MAX + 9];
    for (size_t i = 0; i < PROCEDURE_FAULTS_MAX + 9; i++)
        values[i] = (struct procedure_value){ "nothing", PROCEDURE_TEXT, 0, "" };
    check_equal(procedure_check(&procedure, NULL, values, PROCEDURE_FAULTS_MAX + 9, faults),
                PROCEDURE_FAULTS_MAX + 9);
}

TESTS(TEST(each_type_has_its_values), TEST(every_fault_is_told_at_once),
      TEST(more_faults_than_room_are_counted))
