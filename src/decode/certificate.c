// SPDX-License-Identifier: Apache-2.0
#include "decode/certificate_private.h"

#include "base/cursor.h"
#include "base/time.h"

enum der_tag {
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OBJECT_IDENTIFIER = 0x06,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_VERSION = 0xa0, /* [0] of TBSCertificate */
};

/* The contents of the next element (X.690 8.1, definite lengths up to four octets), which
 * must have this tag; otherwise *c is broken for good. */
static struct cursor der_take(struct cursor *c, enum der_tag tag)
{
    uint8_t actual = cursor_u8(c);
    size_t len = cursor_u8(c);
    if (len > 0x80 && len <= 0x84) {
        size_t octets = len - 0x80;
        for (len = 0; octets > 0; octets--)
            len = len << 8 | cursor_u8(c);
    } else if (len >= 0x80) {
        c->broken = true; /* indefinite, or absurd */
    }
    if (actual != (uint8_t)tag)
        c->broken = true;
    return cursor_take(c, len);
}

static bool der_follows(const struct cursor *c, enum der_tag tag)
{
    return c->left > 0 && c->at[0] == (uint8_t)tag;
}

/* Object identifiers as DER has them.  A row stands for all that start with `start` and go on
 * with one arc (or end there, when both arcs are 0). */
#define OID(octets)                                   \
    {                                                 \
        (const uint8_t *)(octets), sizeof(octets) - 1 \
    }

static const struct algorithm {
    struct bytes start;
    uint8_t arc_min, arc_max;
    uint8_t type;
} algorithms[] = {
    { OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01"), 1, 127, KEY_RSA }, /* PKCS #1, RFC 8017 */
    { OID("\x2b\x0e\x03\x02"), 2, 4, KEY_RSA },                   /* OIW: MD4, MD5 */
    { OID("\x2b\x0e\x03\x02"), 11, 11, KEY_RSA },
    { OID("\x2b\x0e\x03\x02"), 15, 15, KEY_RSA },
    { OID("\x2b\x0e\x03\x02"), 29, 29, KEY_RSA },     /* OIW: SHA-1 */
    { OID("\x2b\x24\x03\x03\x01"), 1, 127, KEY_RSA }, /* TeleTrusT: RIPEMD */
    { OID("\x55\x08\x01\x01"), 0, 0, KEY_RSA },       /* X.500 */
    { OID("\x2a\x86\x48\xce\x38\x04"), 1, 3, KEY_DSA },
    { OID("\x2b\x0e\x03\x02"), 12, 13, KEY_DSA },
    { OID("\x2b\x0e\x03\x02"), 27, 27, KEY_DSA },
    { OID("\x2a\x86\x48\xce\x3d\x02"), 1, 1, KEY_EC },     /* RFC 5480: id-ecPublicKey */
    { OID("\x2a\x86\x48\xce\x3d\x04"), 1, 2, KEY_EC },     /* ECDSA with SHA-1, recommended */
    { OID("\x2a\x86\x48\xce\x3d\x04\x03"), 1, 4, KEY_EC }, /* ECDSA with SHA-2 */
    { OID("\x2b\x81\x04\x01"), 12, 13, KEY_EC },           /* id-ecDH, id-ecMQV */
    { OID("\x2a\x81\x1c\xcf\x55\x01\x83"), 117, 117, KEY_EC }, /* SM2 with SM3 */
    { OID("\x2b\x65"), 112, 112, KEY_ED25519 },                /* RFC 8410 */
    { OID("\x2b\x65"), 113, 113, KEY_ED448 },
    { OID("\x60\x86\x48\x01\x65\x03\x04\x03"), 1, 8, KEY_DSA }, /* NIST "sigAlgs" */
    { OID("\x60\x86\x48\x01\x65\x03\x04\x03"), 9, 12, KEY_EC },
    { OID("\x60\x86\x48\x01\x65\x03\x04\x03"), 13, 16, KEY_RSA },
    { OID("\x60\x86\x48\x01\x65\x03\x04\x03"), 17, 19, KEY_ML_DSA },  /* RFC 9881 */
    { OID("\x60\x86\x48\x01\x65\x03\x04\x03"), 20, 31, KEY_SLH_DSA }, /* RFC 9909 */
    { OID("\x60\x86\x48\x01\x65\x03\x04\x03"), 32, 34, KEY_ML_DSA },
    { OID("\x60\x86\x48\x01\x65\x03\x04\x03"), 35, 46, KEY_SLH_DSA },
    { OID("\x60\x86\x48\x01\x65\x03\x04\x04"), 1, 3, KEY_ML_KEM }, /* NIST "kems" */
    { OID("\x2a\x85\x03\x02\x02"), 3, 4, KEY_GOST },               /* RFC 4491: signatures */
    { OID("\x2a\x85\x03\x02\x02"), 19, 20, KEY_GOST },             /* RFC 4491: keys */
    { OID("\x2a\x85\x03\x07\x01\x01\x01"), 1, 2, KEY_GOST },       /* RFC 9215: keys */
    { OID("\x2a\x85\x03\x07\x01\x01\x03"), 2, 3, KEY_GOST },       /* RFC 9215: signatures */
};

static const struct curve {
    struct bytes start;
    uint8_t arc_min, arc_max;
    uint16_t bits;
} curves[] = {
    { OID("\x2a\x86\x48\xce\x3d\x03\x01"), 7, 7, 256 }, /* P-256, RFC 5480 2.1.1.1 */
    { OID("\x2b\x81\x04\x00"), 34, 34, 384 },           /* P-384 */
    { OID("\x2b\x81\x04\x00"), 35, 35, 521 },           /* P-521 */
    { OID("\x2b\x81\x04\x00"), 10, 10, 256 },           /* secp256k1, SEC 2 */
    { OID("\x2a\x86\x48\xce\x3d\x03\x01"), 1, 3, 192 }, /* P-192 and the primes of X9.62 */
    { OID("\x2a\x86\x48\xce\x3d\x03\x01"), 4, 6, 239 },
    { OID("\x2b\x81\x04\x00"), 6, 7, 112 }, /* secp112r1, secp112r2 */
    { OID("\x2b\x81\x04\x00"), 28, 29, 128 },
    { OID("\x2b\x81\x04\x00"), 8, 9, 160 },
    { OID("\x2b\x81\x04\x00"), 30, 30, 160 },
    { OID("\x2b\x81\x04\x00"), 31, 31, 192 },
    { OID("\x2b\x81\x04\x00"), 32, 33, 224 }, /* secp224k1, P-224 */
    { OID("\x2b\x81\x04\x00"), 1, 2, 163 },   /* sect163k1, sect163r1 */
    { OID("\x2b\x81\x04\x00"), 15, 15, 163 },
    { OID("\x2b\x81\x04\x00"), 3, 3, 239 },
    { OID("\x2b\x81\x04\x00"), 26, 27, 233 },
    { OID("\x2b\x81\x04\x00"), 16, 17, 283 },
    { OID("\x2b\x81\x04\x00"), 36, 37, 409 },
    { OID("\x2b\x81\x04\x00"), 38, 39, 571 },
    { OID("\x2b\x24\x03\x03\x02\x08\x01\x01"), 1, 2, 160 }, /* Brainpool, RFC 5639 */
    { OID("\x2b\x24\x03\x03\x02\x08\x01\x01"), 3, 4, 192 },
    { OID("\x2b\x24\x03\x03\x02\x08\x01\x01"), 5, 6, 224 },
    { OID("\x2b\x24\x03\x03\x02\x08\x01\x01"), 7, 8, 256 },
    { OID("\x2b\x24\x03\x03\x02\x08\x01\x01"), 9, 10, 320 },
    { OID("\x2b\x24\x03\x03\x02\x08\x01\x01"), 11, 12, 384 },
    { OID("\x2b\x24\x03\x03\x02\x08\x01\x01"), 13, 14, 512 },
    { OID("\x2a\x81\x1c\xcf\x55\x01\x82"), 45, 45, 256 }, /* SM2 */
};

static bool oid_matches(struct bytes oid, struct bytes start, uint8_t arc_min, uint8_t arc_max)
{
    if (arc_max == 0)
        return bytes_equal(oid, start);
    return oid.len == start.len + 1 && bytes_start_with(oid, start) &&
           oid.at[start.len] >= arc_min && oid.at[start.len] <= arc_max;
}

static uint8_t algorithm_type(struct bytes oid)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
        const struct algorithm *row = &algorithms[i];
        if (oid_matches(oid, row->start, row->arc_min, row->arc_max))
            return row->type;
    }
    return KEY_UNKNOWN;
}

static uint16_t curve_bits(struct bytes oid)
{
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++) {
        const struct curve *row = &curves[i];
        if (oid_matches(oid, row->start, row->arc_min, row->arc_max))
            return row->bits;
    }
    return 0;
}

/* Bits of a positive INTEGER. */
static uint16_t integer_bits(struct cursor integer)
{
    while (integer.left > 0 && integer.at[0] == 0)
        cursor_skip(&integer, 1);
    if (integer.left == 0 || integer.left > UINT16_MAX / 8)
        return 0;
    unsigned top = integer.at[0];
    unsigned unused = (unsigned)__builtin_clz(top) - 24;
    return (uint16_t)(integer.left * 8 - unused);
}

/* RFC 3279 2.3.5: a named curve, or a field whose prime is as long as the key. */
static uint16_t ec_bits(struct cursor parameters)
{
    if (der_follows(&parameters, DER_OBJECT_IDENTIFIER)) {
        struct cursor oid = der_take(&parameters, DER_OBJECT_IDENTIFIER);
        return curve_bits(cursor_rest(&oid));
    }
    struct cursor explicit_curve = der_take(&parameters, DER_SEQUENCE);
    (void)der_take(&explicit_curve, DER_INTEGER); /* version */
    struct cursor field = der_take(&explicit_curve, DER_SEQUENCE);
    (void)der_take(&field, DER_OBJECT_IDENTIFIER);
    return integer_bits(der_take(&field, DER_INTEGER));
}

/* RFC 8017 A.1.1: the modulus comes first. */
static uint16_t rsa_bits(struct cursor key)
{
    struct cursor pair = der_take(&key, DER_SEQUENCE);
    return integer_bits(der_take(&pair, DER_INTEGER));
}

/* RFC 3279 2.3.2: the prime comes first. */
static uint16_t dsa_bits(struct cursor parameters)
{
    struct cursor domain = der_take(&parameters, DER_SEQUENCE);
    return integer_bits(der_take(&domain, DER_INTEGER));
}

static uint16_t key_bits(enum key_type type, struct cursor parameters, struct cursor key)
{
    switch (type) {
    case KEY_RSA: return rsa_bits(key);
    case KEY_DSA: return dsa_bits(parameters);
    case KEY_EC: return ec_bits(parameters);
    case KEY_ML_DSA:
    case KEY_SLH_DSA:
    case KEY_ML_KEM:
        /* The length of the public key tells the parameter set. */
        return key.left <= UINT16_MAX / 8 ? (uint16_t)(key.left * 8) : 0;
    case KEY_UNKNOWN:
    case KEY_ED25519:
    case KEY_ED448:
    case KEY_GOST:
    case KEY_TYPES: break;
    }
    return 0;
}

/* SubjectPublicKeyInfo, RFC 5280 4.1.2.7 */
static void read_key(struct cursor info, struct tls_certificate_fact *fact)
{
    struct cursor algorithm = der_take(&info, DER_SEQUENCE);
    struct cursor oid = der_take(&algorithm, DER_OBJECT_IDENTIFIER);
    struct cursor key = der_take(&info, DER_BIT_STRING);
    cursor_skip(&key, 1); /* unused bits, of which a key has none */
    if (oid.broken || key.broken)
        return;
    fact->key_type = algorithm_type(cursor_rest(&oid));
    fact->key_bits = key_bits((enum key_type)fact->key_type, algorithm, key);
}

static unsigned take_two_digits(struct cursor *c)
{
    unsigned tens = cursor_u8(c) - (unsigned)'0';
    unsigned ones = cursor_u8(c) - (unsigned)'0';
    if (tens > 9 || ones > 9)
        c->broken = true;
    return tens * 10 + ones;
}

static unsigned days_of_month(int64_t year, unsigned month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && is_leap ? 29 : days[month - 1];
}

/* RFC 5280 4.1.2.5: YYMMDDhhmmssZ until 2049, YYYYMMDDhhmmssZ from 2050.  What is no date
 * is 0. */
static int64_t take_time(struct cursor *validity)
{
    bool is_long = der_follows(validity, DER_GENERALIZED_TIME);
    struct cursor c = der_take(validity, is_long ? DER_GENERALIZED_TIME : DER_UTC_TIME);
    int64_t year = take_two_digits(&c);
    if (is_long)
        year = year * 100 + take_two_digits(&c);
    else
        year += year < 50 ? 2000 : 1900;
    unsigned month = take_two_digits(&c);
    unsigned day = take_two_digits(&c);
    unsigned hour = take_two_digits(&c);
    unsigned minute = take_two_digits(&c);
    unsigned second = take_two_digits(&c);
    if (cursor_u8(&c) != 'Z' || c.left > 0)
        return 0; /* a broken cursor gives no Z either */
    if (month < 1 || month > 12 || day < 1 || day > days_of_month(year, month))
        return 0;
    if (hour > 23 || minute > 59 || second > 60)
        return 0;
    int64_t midnight_ns = time_of_date((struct time_date){ year, month, day });
    int64_t seconds = (int64_t)hour * 3600 + minute * 60 + second;
    if (midnight_ns > INT64_MAX - TIME_DAY_NS)
        return INT64_MAX; /* such as 9999: never */
    return midnight_ns + seconds * TIME_SECOND_NS;
}

static void read_validity(struct cursor validity, struct tls_certificate_fact *fact)
{
    fact->not_before_ns = take_time(&validity);
    fact->not_after_ns = take_time(&validity);
}

/* TBSCertificate, RFC 5280 4.1, up to the key. */
static void read_body(struct cursor body, struct tls_certificate_fact *fact)
{
    if (der_follows(&body, DER_VERSION))
        (void)der_take(&body, DER_VERSION);
    (void)der_take(&body, DER_INTEGER);
    (void)der_take(&body, DER_SEQUENCE); /* signature, told again outside */
    struct cursor issuer = der_take(&body, DER_SEQUENCE);
    struct cursor validity = der_take(&body, DER_SEQUENCE);
    struct cursor subject = der_take(&body, DER_SEQUENCE);
    if (subject.broken)
        return;
    read_validity(validity, fact);
    fact->is_self_issued = bytes_equal(cursor_rest(&issuer), cursor_rest(&subject));
    struct cursor info = der_take(&body, DER_SEQUENCE);
    read_key(info, fact);
}

void certificate_read(struct bytes der, struct tls_certificate_fact *fact)
{
    struct cursor c = cursor_over(der);
    struct cursor certificate = der_take(&c, DER_SEQUENCE);
    struct cursor body = der_take(&certificate, DER_SEQUENCE);
    read_body(body, fact);
    struct cursor algorithm = der_take(&certificate, DER_SEQUENCE);
    struct cursor oid = der_take(&algorithm, DER_OBJECT_IDENTIFIER);
    if (!oid.broken)
        fact->signature_type = algorithm_type(cursor_rest(&oid));
}
