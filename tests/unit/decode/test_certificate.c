// SPDX-License-Identifier: Apache-2.0
#include "decode/certificate_private.h"

#include "base/time.h"
#include "der.h"

static struct tls_certificate_fact read_parts(const struct der_parts *parts)
{
    struct tls_certificate_fact fact = { 0 };
    struct octets der = der_certificate(parts);
    certificate_read(octets_bytes(&der), &fact);
    return fact;
}

static int64_t time_of(const char *text)
{
    int64_t time_ns = 0;
    check(time_read(bytes_of_string(text), &time_ns));
    return time_ns;
}

static void an_rsa_certificate_is_read(void **state)
{
    (void)state;
    struct der_parts parts = der_good();
    struct tls_certificate_fact fact = read_parts(&parts);
    check_equal(fact.key_type, KEY_RSA);
    check_equal(fact.key_bits, 24); /* without the leading zero octet */
    check_equal(fact.signature_type, KEY_EC);
    check(fact.not_before_ns == time_of("2024-02-29T12:00:00Z"));
    check(fact.not_after_ns == time_of("2049-01-01T00:00:00Z"));
    check(!fact.is_self_issued);
}

static void one_name_twice_is_self_issued(void **state)
{
    (void)state;
    struct der_parts parts = der_good();
    parts.subject = parts.issuer;
    check(read_parts(&parts).is_self_issued);
}

static void keys_are_told_apart(void **state)
{
    (void)state;
    static uint8_t zeros[1952];
    const struct {
        struct bytes oid, parameters, key;
        enum key_type type;
        uint16_t bits;
    } cases[] = {
        { BYTES("\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"),
          BYTES("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"), BYTES("\x04xy"), KEY_EC, 256 },
        { BYTES("\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"), BYTES("\x06\x05\x2b\x81\x04\x00\x23"),
          BYTES("\x04xy"), KEY_EC, 521 },
        { BYTES("\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"),
          BYTES("\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x0b"), BYTES("\x04xy"), KEY_EC, 384 },
        { BYTES("\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"), BYTES("\x06\x01\x2b"), BYTES("\x04xy"),
          KEY_EC, 0 },
        /* explicit parameters: version, field (prime-field, prime), ... */
        { BYTES("\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"),
          BYTES("\x30\x13\x02\x01\x01\x30\x0e\x06\x07\x2a\x86\x48\xce\x3d\x01\x01"
                "\x02\x03\x00\x80\x00"),
          BYTES("\x04xy"), KEY_EC, 16 },
        { BYTES("\x06\x07\x2a\x86\x48\xce\x38\x04\x01"),
          BYTES("\x30\x0a\x02\x02\x7f\xff\x02\x01\x03\x02\x01\x02"), BYTES("\x02\x01\x05"),
          KEY_DSA, 15 },
        { BYTES("\x06\x03\x2b\x65\x70"), BYTES(""), { zeros, 32 }, KEY_ED25519, 0 },
        { BYTES("\x06\x03\x2b\x65\x71"), BYTES(""), { zeros, 57 }, KEY_ED448, 0 },
        { BYTES("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x12"),
          BYTES(""),
          { zeros, 1952 },
          KEY_ML_DSA,
          15616 },
        { BYTES("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x14"),
          BYTES(""),
          { zeros, 32 },
          KEY_SLH_DSA,
          256 },
        { BYTES("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x04\x01"),
          BYTES(""),
          { zeros, 800 },
          KEY_ML_KEM,
          6400 },
        { BYTES("\x06\x08\x2a\x85\x03\x07\x01\x01\x01\x01"),
          BYTES(""),
          { zeros, 66 },
          KEY_GOST,
          0 },
        { BYTES("\x06\x04\x55\x08\x01\x01"), BYTES("\x05\x00"),
          BYTES("\x30\x07\x02\x02\x00\x80\x02\x01\x03"), KEY_RSA, 8 },
        { BYTES("\x06\x03\x2a\x03\x04"), BYTES(""), BYTES("?"), KEY_UNKNOWN, 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct der_parts parts = der_good();
        parts.key_oid = cases[i].oid;
        parts.key_parameters = cases[i].parameters;
        parts.key = cases[i].key;
        struct tls_certificate_fact fact = read_parts(&parts);
        check_equal(fact.key_type, cases[i].type);
        check_equal(fact.key_bits, cases[i].bits);
    }
}

static void times_are_read_or_zero(void **state)
{
    (void)state;
    static const struct {
        uint8_t tag;
        const char *text;
        const char *expected; /* NULL for 0 */
    } cases[] = {
        { 0x17, "500101000000Z", "1950-01-01T00:00:00Z" },
        { 0x17, "491231235959Z", "2049-12-31T23:59:59Z" },
        { 0x18, "20500101000000Z", "2050-01-01T00:00:00Z" },
        { 0x17, "230229000000Z", NULL }, /* no leap year */
        { 0x18, "21000229000000Z", NULL },
        { 0x17, "240001000000Z", NULL },
        { 0x17, "241301000000Z", NULL },
        { 0x17, "240100000000Z", NULL },
        { 0x17, "240101240000Z", NULL },
        { 0x17, "240101006000Z", NULL },
        { 0x17, "240101000061Z", NULL },
        { 0x17, "2401010000x0Z", NULL },
        { 0x17, "24010100000xZ", NULL },
        { 0x17, "000229000000Z", "2000-02-29T00:00:00Z" },
        { 0x17, "961231235960Z", "1997-01-01T00:00:00Z" }, /* a leap second */
        { 0x17, "2401010000Z", NULL },
        { 0x17, "240101000000", NULL },
        { 0x17, "240101000000ZZ", NULL },
        { 0x17, "24x101000000Z", NULL },
        { 0x04, "240101000000Z", NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct der_parts parts = der_good();
        parts.time_tag = cases[i].tag;
        parts.not_before = bytes_of_string(cases[i].text);
        int64_t expected = cases[i].expected ? time_of(cases[i].expected) : 0;
        check(read_parts(&parts).not_before_ns == expected);
    }
}

/* Numbers that are no size of a key, and keys whose parts are missing. */
static void absurd_keys_have_no_bits(void **state)
{
    (void)state;
    static uint8_t large[9000] = { 0x30, 0x82, 0x23, 0x24, 0x02, 0x82, 0x23, 0x20, 0x7f };
    const struct {
        struct bytes oid, key;
        enum key_type type;
    } cases[] = {
        { BYTES("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"), BYTES("\x30\x03\x02\x01\x00"),
          KEY_RSA },
        { BYTES("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"),
          { large, sizeof large },
          KEY_RSA },
        { BYTES("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"), BYTES("\x04\x01\x00"),
          KEY_RSA },
        { BYTES("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x12"),
          { large, sizeof large },
          KEY_ML_DSA },
        { BYTES("\x04\x01\x00"), BYTES("?"), KEY_UNKNOWN },
        { BYTES("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x00"), BYTES("?"), KEY_UNKNOWN },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct der_parts parts = der_good();
        parts.key_oid = cases[i].oid;
        parts.key = cases[i].key;
        struct tls_certificate_fact fact = read_parts(&parts);
        check_equal(fact.key_type, cases[i].type);
        check_equal(fact.key_bits, 0);
    }
}

static void a_date_beyond_our_range_is_its_end(void **state)
{
    (void)state;
    struct der_parts parts = der_good();
    parts.time_tag = 0x18;
    parts.not_after = BYTES("99991231235959Z");
    check(read_parts(&parts).not_after_ns == INT64_MAX);
}

static void every_signature_family_is_known(void **state)
{
    (void)state;
    const struct {
        struct bytes oid;
        enum key_type type;
    } cases[] = {
        { BYTES("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"), KEY_RSA },
        { BYTES("\x06\x05\x2b\x0e\x03\x02\x1d"), KEY_RSA },
        { BYTES("\x06\x07\x2a\x86\x48\xce\x38\x04\x03"), KEY_DSA },
        { BYTES("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x02"), KEY_DSA },
        { BYTES("\x06\x08\x2a\x81\x1c\xcf\x55\x01\x83\x75"), KEY_EC },
        { BYTES("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x11"), KEY_ML_DSA },
        { BYTES("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x1f"), KEY_SLH_DSA },
        { BYTES("\x06\x08\x2a\x85\x03\x07\x01\x01\x03\x02"), KEY_GOST },
        { BYTES("\x06\x03\x2a\x03\x04"), KEY_UNKNOWN },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct der_parts parts = der_good();
        parts.signature_oid = cases[i].oid;
        check_equal(read_parts(&parts).signature_type, cases[i].type);
    }
}

/* Exact copies, so that a sanitizer sees a read one past the end. */
static void every_shorter_certificate_is_survived(void **state)
{
    (void)state;
    struct der_parts parts = der_good();
    struct octets der = der_certificate(&parts);
    for (size_t len = 0; len < der.len; len++) {
        struct tls_certificate_fact fact = { 0 };
        uint8_t *exact = test_malloc(len ? len : 1);
        memcpy(exact, der.at, len);
        certificate_read((struct bytes){ exact, len }, &fact);
        check_equal(fact.key_type, KEY_UNKNOWN);
        check(fact.not_before_ns == 0);
        test_free(exact);
    }
}

static void lengths_that_der_forbids_are_refused(void **state)
{
    (void)state;
    static const uint8_t lengths[] = { 0x80, 0x85, 0xff };
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct tls_certificate_fact fact = { 0 };
        struct der_parts parts = der_good();
        struct octets der = der_certificate(&parts);
        der.at[1] = lengths[i];
        certificate_read(octets_bytes(&der), &fact);
        check_equal(fact.key_type, KEY_UNKNOWN);
    }
}

TESTS(TEST(an_rsa_certificate_is_read), TEST(one_name_twice_is_self_issued),
      TEST(keys_are_told_apart), TEST(times_are_read_or_zero), TEST(absurd_keys_have_no_bits),
      TEST(a_date_beyond_our_range_is_its_end), TEST(every_signature_family_is_known),
      TEST(every_shorter_certificate_is_survived), TEST(lengths_that_der_forbids_are_refused))
