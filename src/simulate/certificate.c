// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"
#include "simulate/message.h"

enum {
    DER_INTEGER = 0x02,
    DER_BITS = 0x03,
    DER_OCTETS = 0x04,
    DER_UTF8 = 0x0c,
    DER_TIME = 0x17,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
};

#define OID_ECDSA_SHA256 BYTES("\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02")
#define OID_EC_KEY BYTES("\x06\x07\x2a\x86\x48\xce\x3d\x02\x01")
#define OID_P256 BYTES("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07")
#define OID_RSA BYTES("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00")
#define OID_COMMON_NAME BYTES("\x06\x03\x55\x04\x03")
#define OID_ALTERNATIVE_NAME BYTES("\x06\x03\x55\x1d\x11")

static size_t der_open(struct octets *out, unsigned tag)
{
    octets_u8(out, tag);
    return out->len;
}

/* The shortest form of the length (X.690 10.1) goes in front of what was written since. */
static void der_close(struct octets *out, size_t mark)
{
    size_t len = out->len - mark;
    size_t size = len < 0x80 ? 1 : len < 0x100 ? 2 : 3;
    (void)octets_take(out, size);
    uint8_t *at = out->at + mark;
    memmove(at + size, at, len);
    if (size > 1)
        *at++ = (uint8_t)(0x80 + size - 1);
    if (size == 3)
        *at++ = (uint8_t)(len >> 8);
    *at = (uint8_t)len;
}

static void put_name(struct octets *out, struct bytes common_name)
{
    size_t name = der_open(out, DER_SEQUENCE);
    size_t set = der_open(out, DER_SET);
    size_t pair = der_open(out, DER_SEQUENCE);
    octets_put(out, OID_COMMON_NAME);
    size_t value = der_open(out, DER_UTF8);
    octets_put(out, common_name);
    der_close(out, value);
    der_close(out, pair);
    der_close(out, set);
    der_close(out, name);
}

static void put_time(struct octets *out, int64_t time_ns)
{
    struct time_date date = time_date_of(time_ns);
    char room[32];
    struct text text = text_over(room, sizeof room);
    text_format(&text, "%02u%02u%02u000000Z", (unsigned)(date.year % 100), date.month,
                date.day);
    size_t value = der_open(out, DER_TIME);
    octets_put(out, text_bytes(&text));
    der_close(out, value);
}

/* A positive number of len octets. */
static void put_number(struct octets *out, struct random *random, size_t len)
{
    size_t number = der_open(out, DER_INTEGER);
    size_t start = out->len;
    octets_random(out, random, len);
    out->at[start] = (uint8_t)((out->at[start] & 0x7f) | 0x40);
    der_close(out, number);
}

static void put_key(struct octets *out, struct random *random, bool is_rsa)
{
    size_t info = der_open(out, DER_SEQUENCE);
    size_t algorithm = der_open(out, DER_SEQUENCE);
    octets_put(out, is_rsa ? OID_RSA : OID_EC_KEY);
    if (!is_rsa)
        octets_put(out, OID_P256);
    der_close(out, algorithm);
    size_t bits = der_open(out, DER_BITS);
    octets_u8(out, 0);
    if (is_rsa) {
        size_t key = der_open(out, DER_SEQUENCE);
        put_number(out, random, 257);
        octets_put(out, BYTES("\x02\x03\x01\x00\x01"));
        der_close(out, key);
    } else {
        octets_u8(out, 4);
        octets_random(out, random, 64);
    }
    der_close(out, bits);
    der_close(out, info);
}

static void put_alternative_name(struct octets *out, struct bytes name)
{
    size_t wrapper = der_open(out, 0xa3);
    size_t extensions = der_open(out, DER_SEQUENCE);
    size_t extension = der_open(out, DER_SEQUENCE);
    octets_put(out, OID_ALTERNATIVE_NAME);
    size_t value = der_open(out, DER_OCTETS);
    size_t names = der_open(out, DER_SEQUENCE);
    size_t dns = der_open(out, 0x82);
    octets_put(out, name);
    der_close(out, dns);
    der_close(out, names);
    der_close(out, value);
    der_close(out, extension);
    der_close(out, extensions);
    der_close(out, wrapper);
}

static void put_to_be_signed(const struct site *site, int64_t now_ns, struct random *random,
                             struct octets *out)
{
    size_t body = der_open(out, DER_SEQUENCE);
    octets_put(out, BYTES("\xa0\x03\x02\x01\x02")); /* version 3 */
    put_number(out, random, 16);
    size_t algorithm = der_open(out, DER_SEQUENCE);
    octets_put(out, OID_ECDSA_SHA256);
    der_close(out, algorithm);
    put_name(out, BYTES("Synthetic Example CA"));
    size_t validity = der_open(out, DER_SEQUENCE);
    put_time(out, now_ns - (int64_t)random_between(random, 1, 80) * TIME_DAY_NS);
    put_time(out, now_ns + (int64_t)random_between(random, 10, 300) * TIME_DAY_NS);
    der_close(out, validity);
    put_name(out, site->name);
    put_key(out, random, site->has_rsa);
    put_alternative_name(out, site->name);
    der_close(out, body);
}

void certificate_write(const struct site *site, int64_t now_ns, struct octets *out)
{
    struct random random = random_from(site->seed);
    size_t certificate = der_open(out, DER_SEQUENCE);
    put_to_be_signed(site, now_ns, &random, out);
    size_t algorithm = der_open(out, DER_SEQUENCE);
    octets_put(out, OID_ECDSA_SHA256);
    der_close(out, algorithm);
    size_t bits = der_open(out, DER_BITS);
    octets_u8(out, 0);
    size_t signature = der_open(out, DER_SEQUENCE);
    put_number(out, &random, 32);
    put_number(out, &random, 32);
    der_close(out, signature);
    der_close(out, bits);
    der_close(out, certificate);
}
