// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include "check.h"

static void check_clean(struct bytes raw, const char *expected)
{
    char room[64];
    struct text text = text_over(room, sizeof room);
    utf8_put_clean(&text, raw);
    check_text(text_bytes(&text), expected);
}

static void good_text_stays_as_it_is(void **state)
{
    (void)state;
    check_clean(BYTES("a é 関所 \U0001f980"), "a é 関所 \U0001f980");
}

static void what_is_not_utf8_is_replaced_byte_by_byte(void **state)
{
    (void)state;
    check_clean(BYTES("\xff\xc0\xaf"), "\ufffd\ufffd\ufffd");           /* overlong "/" */
    check_clean(BYTES("\xed\xa0\x80"), "\ufffd\ufffd\ufffd");           /* a surrogate */
    check_clean(BYTES("\xf4\x90\x80\x80"), "\ufffd\ufffd\ufffd\ufffd"); /* past the end */
    check_clean(BYTES("\xe9\x96"), "\ufffd\ufffd");                     /* cut short */
}

static void what_controls_a_terminal_or_reader_is_replaced(void **state)
{
    (void)state;
    check_clean(BYTES("\x1b[31m\n\x7f"), "\ufffd[31m\ufffd\ufffd");
    check_clean(BYTES("\u202eexe.\u200b\xc2\x9b"), "\ufffdexe.\ufffd\ufffd");
}

static void a_character_that_does_not_fit_is_left_out_whole(void **state)
{
    (void)state;
    char room[6];
    struct text text = text_over(room, sizeof room);
    utf8_put_clean(&text, BYTES("関所a"));
    check(text.cut);
    check_text(text_bytes(&text), "関");
}

static void columns_are_counted_as_terminals_do(void **state)
{
    (void)state;
    check_equal(utf8_columns_of(BYTES("sekisho")), 7);
    check_equal(utf8_columns_of(BYTES("関所、１２")), 10);
    check_equal(utf8_columns_of(BYTES("e\u0301±")), 2);
}

TESTS(TEST(good_text_stays_as_it_is), TEST(what_is_not_utf8_is_replaced_byte_by_byte),
      TEST(what_controls_a_terminal_or_reader_is_replaced),
      TEST(a_character_that_does_not_fit_is_left_out_whole),
      TEST(columns_are_counted_as_terminals_do))
