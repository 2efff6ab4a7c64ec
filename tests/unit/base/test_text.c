// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include "check.h"

static void what_does_not_fit_is_cut_and_said(void **state)
{
    (void)state;
    char room[8];
    struct text text = text_over(room, sizeof room);
    text_put_string(&text, "abcd");
    check(!text.cut);
    text_put_u64(&text, 12345);
    check(text.cut);
    check_text(text_bytes(&text), "abcd123");
    text_format(&text, "%s", "x");
    check_text(text_bytes(&text), "abcd123");
}

static void numbers_and_hexadecimal_are_written(void **state)
{
    (void)state;
    char room[128];
    struct text text = text_over(room, sizeof room);
    text_put_u64(&text, UINT64_MAX);
    text_put_char(&text, ' ');
    text_put_i64(&text, INT64_MIN);
    text_put_char(&text, ' ');
    text_put_hex(&text, BYTES("\x00\xfe"));
    check_text(text_bytes(&text), "18446744073709551615 -9223372036854775808 00fe");
}

static void numbers_are_read_whole_or_not_at_all(void **state)
{
    (void)state;
    uint64_t number = 0;
    check(text_read_u64(BYTES("18446744073709551615"), UINT64_MAX, &number));
    check(number == UINT64_MAX);
    check(!text_read_u64(BYTES("18446744073709551616"), UINT64_MAX, &number));
    check(!text_read_u64(BYTES("256"), 255, &number));
    check(!text_read_u64(BYTES("1a"), 255, &number));
    check(!text_read_u64(BYTES(""), 255, &number));
    double fraction = 0;
    check(text_read_fraction(BYTES("0.25"), &fraction) && fraction > 0.249 && fraction < 0.251);
    check(!text_read_fraction(BYTES("1."), &fraction));
    uint8_t digest[2];
    check(text_read_hex(BYTES("aB01"), digest, 2) && digest[0] == 0xab && digest[1] == 1);
    check(!text_read_hex(BYTES("aB0"), digest, 2));
    check(!text_read_hex(BYTES("aB0g"), digest, 2));
}

static void blanks_are_trimmed_at_both_ends(void **state)
{
    (void)state;
    check(bytes_equal(text_trim(BYTES(" \ta b\r\n")), BYTES("a b")));
    check_equal(text_trim(BYTES(" \n")).len, 0);
}

TESTS(TEST(what_does_not_fit_is_cut_and_said), TEST(numbers_and_hexadecimal_are_written),
      TEST(numbers_are_read_whole_or_not_at_all), TEST(blanks_are_trimmed_at_both_ends))
