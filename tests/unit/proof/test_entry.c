// SPDX-License-Identifier: Apache-2.0
#include "proof/entry.h"

#include "check.h"

static char escapes[ENTRY_OCTETS_MAX + 1], json_room[ENTRY_OCTETS_MAX + 1];

static const char good[] =
    "{\"actor\":\"a \\\"b\\\" "
    "\\\\c\",\"at\":\"2026-11-21T13:00:00.000000001Z\",\"basis\":\"own\","
    "\"format\":1,\"kind\":\"access\",\"purpose\":\"\xe9\x96\xa2\",\"role\":\"analyst\","
    "\"verdict\":\"allowed\"}";

static enum fault read(struct bytes json, struct entry *out)
{
    struct text room = text_over(escapes, sizeof escapes);
    return entry_read(json, &room, out);
}

static enum fault read_string(const char *json)
{
    struct entry entry;
    return read(bytes_of_string(json), &entry);
}

static struct entry ended(void)
{
    struct entry entry = entry_begin(ENTRY_RUN_ENDED, 0);
    entry_set_text(&entry, ENTRY_OUTCOME, BYTES("done"));
    return entry;
}

static enum fault write(const struct entry *entry)
{
    struct text json = text_over(json_room, sizeof json_room);
    return entry_write(entry, &json);
}

static void an_entry_is_written_in_canonical_form(void **state)
{
    (void)state;
    struct entry entry = ended();
    entry_set_text(&entry, ENTRY_REASON, BYTES("\"\\/\x7f\xe2\x82\xac"));
    check_equal(write(&entry), FAULT_NONE);
    check_text(bytes_of_string(json_room),
               "{\"at\":\"1970-01-01T00:00:00.000000000Z\",\"format\":1,\"kind\":\"run_ended\","
               "\"outcome\":\"done\",\"reason\":\"\\\"\\\\/\x7f\xe2\x82\xac\"}");
}

static void the_names_are_in_the_order_they_are_written_in(void **state)
{
    (void)state;
    for (unsigned i = 1; i < ENTRY_FIELDS; i++)
        check(strcmp(entry_field_name((enum entry_field)(i - 1)),
                     entry_field_name((enum entry_field)i)) < 0);
}

static void a_kind_has_fields_of_the_upper_half_too(void **state)
{
    (void)state;
    check(entry_kind_fields(ENTRY_WARRANT_REVOKED) >> ENTRY_WARRANT & 1);
    check(!(entry_kind_fields(ENTRY_LAW_LOADED) >> ENTRY_WARRANT & 1));
    struct entry entry = entry_begin(ENTRY_WARRANT_REVOKED, 0);
    entry_set_time(&entry, ENTRY_TO, 1);
    check(!entry_has(&entry, ENTRY_WARRANT));
    check_equal(write(&entry), FAULT_VALUE);
    entry_set_text(&entry, ENTRY_WARRANT, BYTES("JP-1"));
    check(entry_has(&entry, ENTRY_WARRANT));
    check_equal(write(&entry), FAULT_NONE);
}

static void an_entry_is_read_with_its_escapes(void **state)
{
    (void)state;
    struct entry entry;
    check_equal(read(BYTES(good), &entry), FAULT_NONE);
    check_equal(entry.kind, ENTRY_ACCESS);
    check_text(entry.values[ENTRY_ACTOR].text, "a \"b\" \\c");
    check_text(entry.values[ENTRY_ROLE].text, "analyst");
}

static void every_shorter_entry_is_refused(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof good - 1; len++) {
        struct entry entry;
        check(read((struct bytes){ (const uint8_t *)good, len }, &entry) != FAULT_NONE);
    }
}

static void what_is_not_canonical_is_refused(void **state)
{
    (void)state;
#define AT "\"at\":\"2026-11-21T13:00:00.000000000Z\""
#define END "\"kind\":\"run_ended\",\"outcome\":\"done\"}"
    check_equal(read_string("{" AT ",\"format\":1," END), FAULT_NONE);
    check(read_string(" {" AT ",\"format\":1," END) != FAULT_NONE);
    check(read_string("{" AT ",\"format\":1," END "\n") != FAULT_NONE);
    check(read_string("{" AT ", \"format\":1," END) != FAULT_NONE);
    check(read_string("{\"format\":1," AT "," END) != FAULT_NONE);
    check(read_string("{" AT "," AT ",\"format\":1," END) != FAULT_NONE);
    check(read_string("{" AT ",\"format\":01," END) != FAULT_NONE);
    check(read_string("{" AT ",\"format\":1.0," END) != FAULT_NONE);
    check(read_string("{" AT ",\"format\":2," END) != FAULT_NONE);
    check(read_string("{" AT ",\"format\":\"1\"," END) != FAULT_NONE);
    check(read_string("{\"at\":\"2026-11-21\",\"format\":1," END) != FAULT_NONE);
    check(read_string("{" AT
                      ",\"format\":1,\"kind\":\"run_\\u0065nded\",\"outcome\":\"done\"}") !=
          FAULT_NONE);
    check(read_string("{" AT ",\"format\":1,\"kind\":\"unheard_of\",\"outcome\":\"done\"}") !=
          FAULT_NONE);
    check(read_string("{" AT ",\"format\":1,\"kind\":\"run_ended\"}") != FAULT_NONE);
    check(read_string("{}") != FAULT_NONE);
}

static void a_field_that_is_foreign_to_the_kind_is_refused(void **state)
{
    (void)state;
    struct entry entry = ended();
    entry_set_count(&entry, ENTRY_LOST, 1);
    check_equal(write(&entry), FAULT_VALUE);
    entry = entry_begin(ENTRY_RUN_ENDED, 0);
    check_equal(write(&entry), FAULT_VALUE); /* and one that is missing */
}

static void a_value_that_cannot_be_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = { "", "a\nb", "\xff", "\xed\xa0\x80" };
    static char long_text[ENTRY_TEXT_OCTETS_MAX + 1];
    struct entry entry = ended();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        entry_set_text(&entry, ENTRY_REASON, bytes_of_string(texts[i]));
        check_equal(write(&entry), FAULT_VALUE);
    }
    memset(long_text, 'a', sizeof long_text);
    entry_set_text(&entry, ENTRY_REASON,
                   (struct bytes){ (const uint8_t *)long_text, sizeof long_text });
    check_equal(write(&entry), FAULT_VALUE);
    entry = ended();
    entry_set_text(&entry, ENTRY_OUTCOME, BYTES("don"));
    check_equal(write(&entry), FAULT_VALUE);
    entry = entry_begin(ENTRY_RUN_ENDED, -1);
    entry_set_text(&entry, ENTRY_OUTCOME, BYTES("done"));
    check_equal(write(&entry), FAULT_VALUE);
    entry = entry_begin(ENTRY_RECORD_ERASURE, 0);
    entry_set_text(&entry, ENTRY_REASON, BYTES("retention"));
    entry_set_count(&entry, ENTRY_RECORDS, ENTRY_COUNT_MAX + 1);
    check_equal(write(&entry), FAULT_VALUE);
}

static void an_entry_without_room_is_not_written(void **state)
{
    (void)state;
    char room[40];
    struct text json = text_over(room, sizeof room);
    struct entry entry = ended();
    check_equal(entry_write(&entry, &json), FAULT_LIMIT);
    check_equal(json.len, 0);
}

TESTS(TEST(an_entry_is_written_in_canonical_form),
      TEST(the_names_are_in_the_order_they_are_written_in),
      TEST(a_kind_has_fields_of_the_upper_half_too), TEST(an_entry_is_read_with_its_escapes),
      TEST(every_shorter_entry_is_refused), TEST(what_is_not_canonical_is_refused),
      TEST(a_field_that_is_foreign_to_the_kind_is_refused),
      TEST(a_value_that_cannot_be_is_refused), TEST(an_entry_without_room_is_not_written))
