// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "identity/base64url.h"

static void octets_come_back(void **state)
{
    (void)state;
    for (size_t len = 1; len <= 300; len++) {
        uint8_t octets[300], again[300];
        char room[512];
        struct text text = text_over(room, sizeof(room));
        size_t got = 0;
        for (size_t i = 0; i < len; i++)
            octets[i] = (uint8_t)(i * 37 + len);
        base64url_put(&text, (struct bytes){ octets, len });
        check(!text.cut && text.len == (len * 4 + 2) / 3);
        check(base64url_get(text_bytes(&text), again, len, &got));
        check_equal(got, len);
        assert_memory_equal(octets, again, len);
        check(!base64url_get(text_bytes(&text), again, len - 1, &got));
    }
}

/* RFC 4648 3.2, 3.3, 3.5, 5 */
static void there_is_one_way_of_writing(void **state)
{
    static const char *const rows[] = { "",      "A",        "AB",         "AA==",    "AA=",
                                        "A A",   "AA\n",     "+A",         "/A",      "AAB",
                                        "A-_B=", "\xc3\xa4", "AA\x80\xff", "\xff\xff" };
    uint8_t out[16];
    size_t len = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (base64url_get(bytes_of_string(rows[i]), out, sizeof(out), &len))
            fail_msg("taken: %s", rows[i]);
    check(base64url_get(bytes_of_string("-_8"), out, sizeof(out), &len));
    check_equal(len, 2);
    check(out[0] == 0xfb && out[1] == 0xff);
}

TESTS(TEST(octets_come_back), TEST(there_is_one_way_of_writing))
