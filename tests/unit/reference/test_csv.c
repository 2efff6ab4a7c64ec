// SPDX-License-Identifier: Apache-2.0
#include "reference/csv.h"

#include "check.h"

/* The fields of a record with '|' between, and '!' at the end when it is broken. */
static void check_fields(const char *record, const char *expected)
{
    char room[64], all_room[256];
    struct text field = text_over(room, sizeof room),
                all = text_over(all_room, sizeof all_room);
    struct csv csv = csv_over(bytes_of_string(record));
    for (size_t i = 0; csv_next(&csv, &field); i++) {
        text_put_string(&all, i > 0 ? "|" : "");
        text_put(&all, text_bytes(&field));
    }
    text_put_string(&all, csv.broken ? "!" : "");
    check_text(text_bytes(&all), expected);
}

static void fields_stand_between_delimiters(void **state)
{
    (void)state;
    check_fields("a,b,c", "a|b|c");
    check_fields("a, b ,", "a|b|");
    check_fields(",,", "||");
    check_fields("a;b,c;d", "a|b,c|d");
    check_fields("a\tb", "a|b");
    check_fields("one", "one");
    check_fields("one\r", "one");
}

static void quotes_hold_delimiters_quotes_and_line_ends(void **state)
{
    (void)state;
    check_fields("\"a,b\",\"c\"\"d\",\"e\nf\"", "a,b|c\"d|e\nf");
    check_fields("\"a\", \"b\" ,\"\"", "a|b|");
    check_fields("5\" disk,b", "5\" disk|b");
}

static void quotes_that_do_not_match_break_the_record(void **state)
{
    (void)state;
    check_fields("a,\"b", "a!");
    check_fields("\"a\"b,c", "!");
    check_fields("\"", "!");
}

static void a_field_too_long_is_cut(void **state)
{
    (void)state;
    char room[4];
    struct text field = text_over(room, sizeof room);
    struct csv csv = csv_over(BYTES("abcdef,g"));
    check(csv_next(&csv, &field));
    check(field.cut);
    check_text(text_bytes(&field), "abc");
    check(csv_next(&csv, &field));
    check(!field.cut);
    check_text(text_bytes(&field), "g");
    check(!csv_next(&csv, &field));
}

TESTS(TEST(fields_stand_between_delimiters), TEST(quotes_hold_delimiters_quotes_and_line_ends),
      TEST(quotes_that_do_not_match_break_the_record), TEST(a_field_too_long_is_cut))
