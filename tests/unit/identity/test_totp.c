// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "identity/identity.h"

/* RFC 6238, appendix B: SHA-1; the last six of its eight digits. */
static const uint8_t secret[TOTP_SECRET_OCTETS] = "12345678901234567890";

static void codes_are_those_of_the_standard(void **state)
{
    static const struct {
        int64_t now_s;
        const char *code;
    } rows[] = {
        { 59, "287082" },         { 1111111109, "081804" }, { 1111111111, "050471" },
        { 1234567890, "005924" }, { 2000000000, "279037" }, { 20000000000, "353130" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t last = 0;
        check(totp_is(secret, rows[i].code, rows[i].now_s, &last));
        check_equal(last, rows[i].now_s / 30);
    }
}

static void a_code_is_good_one_step_either_side(void **state)
{
    (void)state;
    for (int64_t now_s = 1234567830; now_s <= 1234567949; now_s++) {
        int64_t last = 0, distance = now_s / 30 - 1234567890 / 30;
        check_equal(totp_is(secret, "005924", now_s, &last), distance >= -1 && distance <= 1);
    }
}

static void a_code_counts_once_and_none_before_it(void **state)
{
    int64_t last = 0;

    (void)state;
    check(totp_is(secret, "050471", 1111111111, &last)); /* step 37037037 */
    check_equal(last, 37037037);
    check(!totp_is(secret, "050471", 1111111111, &last));
    check(!totp_is(secret, "081804", 1111111111, &last)); /* the step before */
    check_equal(last, 37037037);
}

static void what_is_no_code_is_refused(void **state)
{
    static const char *const rows[] = { "", "05047", "0504711", "05047a", "050472", "      " };
    int64_t last = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check(!totp_is(secret, rows[i], 1111111111, &last));
    check(!totp_is(secret, "287082", -1, &last));
    check_equal(last, 0);
}

static void an_address_carries_the_secret_to_the_phone(void **state)
{
    char uri[TOTP_URI_MAX], name[600];

    (void)state;
    check(totp_uri(secret, "a.b&c@example.com", "Sekisho 関", uri));
    assert_string_equal(uri, "otpauth://totp/Sekisho%20%E9%96%A2:a.b%26c%40example.com"
                             "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
                             "&issuer=Sekisho%20%E9%96%A2&algorithm=SHA1&digits=6&period=30");
    memset(name, 'a', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    check(!totp_uri(secret, name, "Sekisho", uri));
}

static void secrets_differ(void **state)
{
    uint8_t one[TOTP_SECRET_OCTETS], other[TOTP_SECRET_OCTETS];
    struct error err;

    (void)state;
    check(totp_make(one, &err) && totp_make(other, &err));
    assert_memory_not_equal(one, other, sizeof(one));
}

TESTS(TEST(codes_are_those_of_the_standard), TEST(a_code_is_good_one_step_either_side),
      TEST(a_code_counts_once_and_none_before_it), TEST(what_is_no_code_is_refused),
      TEST(an_address_carries_the_secret_to_the_phone), TEST(secrets_differ))
