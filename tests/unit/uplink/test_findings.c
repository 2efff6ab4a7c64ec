// SPDX-License-Identifier: Apache-2.0
/* What the report writes of findings, read back as a hub does (exchange/finding_read.h). */
#include "exchange/finding_read.h"

#include "../report/fixture.h"

enum { ROOM = 1 << 18 };

static char room[ROOM];
static size_t room_len;
static size_t taken;
static struct error error;

static struct bytes write_all(void)
{
    struct report report = fixture_report(FIXTURE_FINDINGS);
    FILE *file = fmemopen(room, sizeof room, "w");
    check(file != NULL);
    for (size_t i = 0; i < report.finding_count; i++) {
        check(fputc(i == 0 ? '[' : ',', file) != EOF);
        check(report_write_finding_json_line(&report.findings[i], file));
    }
    check(fputs("]", file) != EOF);
    room_len = (size_t)ftell(file);
    check_equal(fclose(file), 0);
    return (struct bytes){ (const uint8_t *)room, room_len };
}

static bool take(void *context, const struct received_finding *read)
{
    const struct finding *written = &fixture_findings[taken++];
    char words[SUBJECT_TEXT_MAX];
    struct text subject = text_over(words, sizeof words);
    (void)context;
    finding_write_subject(written, &subject);
    check(strcmp(read->id, written->id) == 0 && strcmp(read->rule, written->rule) == 0);
    check_equal(read->kind, written->kind);
    check(bytes_equal(text_bytes(&subject), bytes_of_string(read->subject)));
    check_equal(read->subject_is_name, finding_is_of_name(written));
    check_equal(read->port, written->port);
    check_equal(read->protocol, written->protocol);
    check_equal(read->direction, written->direction);
    check_equal(read->is_alert, finding_is_alert(written));
    check(read->score > written->score - 0.001 && read->score < written->score + 0.001);
    check_equal(read->first_ns, written->first_ns);
    check_equal(read->last_ns, written->last_ns);
    check_equal(read->connections, written->connections);
    check_equal(read->octets_out, written->octets_out);
    check_equal(read->octets_in, written->octets_in);
    check_equal(read->line_total, written->line_total);
    check_equal(read->retention_until_ns, written->retention_until_ns);
    check(strcmp(read->mandate.warrant, written->mandate.warrant) == 0);
    check_equal(read->json[0], '{');
    return true;
}

static const struct received_finding_taker taker = { .take = take };

static bool read_words(struct bytes words)
{
    size_t count;
    return findings_read(words, &taker, &count, &error);
}

static void what_is_written_is_read_field_by_field(void **state)
{
    (void)state;
    size_t count = 0;
    taken = 0;
    if (!findings_read(write_all(), &taker, &count, &error))
        fail_msg("%s", error.text);
    check_equal(count, FIXTURE_FINDINGS);
    check_equal(taken, FIXTURE_FINDINGS);
}

static void every_shorter_text_is_refused_and_nothing_of_it_taken(void **state)
{
    (void)state;
    struct bytes all = write_all();
    taken = 0;
    for (size_t len = 0; len < all.len - 1; len += 13)
        check(!read_words(bytes_slice(all, 0, len)));
    check_equal(taken, 0);
}

/* Each occurrence in turn, by another of the same length. */
static void check_each_refused(const char *from, const char *to)
{
    size_t len = strlen(from), found = 0;
    check_equal(len, strlen(to));
    (void)write_all();
    for (char *at = room; (at = strstr(at, from)) != NULL; at += len) {
        memcpy(at, to, len);
        taken = 0;
        check(!read_words((struct bytes){ (const uint8_t *)room, room_len }));
        check_equal(taken, 0);
        memcpy(at, from, len);
        found++;
    }
    check(found > 0);
}

static void another_member_word_or_form_is_refused(void **state)
{
    (void)state;
    check_each_refused("\"score\":", "\"scare\":");
    check_each_refused("\"retention_until\":", "\"retention_umtil\":");
    check_each_refused("\"place\":", "\"plaice:");
    check_each_refused("\"kind\":\"scanner\"", "\"kind\":\"scammer\"");
    check_each_refused("\"first_at\":\"2", "\"first_at\":\"x");
    check_each_refused("\"protocol\":6", "\"protocol\":x");
    check_each_refused("\"alert\":false", "\"alert\":fals1");
}

static void what_is_no_array_of_findings_is_refused(void **state)
{
    (void)state;
    check(!read_words(BYTES("")) && !read_words(BYTES("{}")) && !read_words(BYTES("[1]")));
    check(!read_words(BYTES("[{}]")) && !read_words(BYTES("null")));
    check(read_words(BYTES("[]")));
}

TESTS(TEST(what_is_written_is_read_field_by_field),
      TEST(every_shorter_text_is_refused_and_nothing_of_it_taken),
      TEST(another_member_word_or_form_is_refused),
      TEST(what_is_no_array_of_findings_is_refused))
