// SPDX-License-Identifier: Apache-2.0
#include "decode/tls_private.h"

#include <nettle/md5.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha2.h>

/* Text on its way into a hash: built here, handed over when the room is full. */
struct hashed_text {
    const struct nettle_hash *hash;
    void *context;
    size_t len;
    uint8_t room[512];
};

enum { NUMBER_TEXT_MAX = 6 }; /* of 16 bits in decimal, and what divides it from the last */

/* A list in the memory of its caller. */
struct numbers {
    size_t count;
    uint16_t at[TLS_NUMBERS_MAX];
};

typedef void put_number(struct hashed_text *text, uint16_t number);

static void put_char(struct hashed_text *text, char c)
{
    if (text->len + NUMBER_TEXT_MAX > sizeof text->room) {
        text->hash->update(text->context, text->len, text->room);
        text->len = 0;
    }
    text->room[text->len++] = (uint8_t)c;
}

static void put_decimal(struct hashed_text *text, uint16_t number)
{
    uint16_t unit = 1;
    while (number / unit >= 10)
        unit = (uint16_t)(unit * 10);
    for (; unit > 0; unit /= 10)
        put_char(text, (char)('0' + number / unit % 10));
}

static const char hex_digits[] = "0123456789abcdef";

static void put_hex(struct hashed_text *text, uint16_t number)
{
    for (int shift = 12; shift >= 0; shift -= 4)
        put_char(text, hex_digits[number >> shift & 15]);
}

static void put_list(struct hashed_text *text, const uint16_t *numbers, size_t count,
                     put_number *put, char divider)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            put_char(text, divider);
        put(text, numbers[i]);
    }
}

static void finish(struct hashed_text *text, uint8_t *out, size_t len)
{
    text->hash->update(text->context, text->len, text->room);
    text->hash->digest(text->context, len, out);
}

static void numbers_read(struct bytes list, struct numbers *out)
{
    out->count = 0;
    for (size_t i = 0; i + 1 < list.len && out->count < TLS_NUMBERS_MAX; i += 2) {
        uint16_t number = (uint16_t)(list.at[i] << 8 | list.at[i + 1]);
        if (!tls_is_grease(number))
            out->at[out->count++] = number;
    }
}

size_t tls_count_numbers(struct bytes list)
{
    size_t count = 0;
    for (size_t i = 0; i + 1 < list.len; i += 2)
        count += !tls_is_grease((uint16_t)(list.at[i] << 8 | list.at[i + 1]));
    return count;
}

/* Shell's sort: as quick as any on the fifteen or so of a browser, and no square on the
 * thousand of somebody who means harm. */
static void numbers_sort(struct numbers *numbers)
{
    static const size_t gaps[] = { 364, 121, 40, 13, 4, 1 };
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++) {
        for (size_t i = gaps[g]; i < numbers->count; i++) {
            uint16_t number = numbers->at[i];
            size_t to = i;
            for (; to >= gaps[g] && numbers->at[to - gaps[g]] > number; to -= gaps[g])
                numbers->at[to] = numbers->at[to - gaps[g]];
            numbers->at[to] = number;
        }
    }
}

void tls_ja3(const struct tls_client_hello *hello, uint8_t out[16])
{
    struct md5_ctx md5;
    md5_init(&md5);
    struct hashed_text text = { .hash = &nettle_md5, .context = &md5 };
    struct numbers numbers;

    put_decimal(&text, hello->version);
    put_char(&text, ',');
    numbers_read(hello->ciphers, &numbers);
    put_list(&text, numbers.at, numbers.count, put_decimal, '-');
    put_char(&text, ',');
    put_list(&text, hello->types.at, hello->types.count, put_decimal, '-');
    put_char(&text, ',');
    numbers_read(hello->groups, &numbers);
    put_list(&text, numbers.at, numbers.count, put_decimal, '-');
    put_char(&text, ',');
    for (size_t i = 0; i < hello->point_formats.len; i++) {
        if (i > 0)
            put_char(&text, '-');
        put_decimal(&text, hello->point_formats.at[i]);
    }
    finish(&text, out, 16);
}

void tls_ja3s(uint16_t version, uint16_t cipher, const struct tls_types *types, uint8_t out[16])
{
    struct md5_ctx md5;
    md5_init(&md5);
    struct hashed_text text = { .hash = &nettle_md5, .context = &md5 };

    put_decimal(&text, version);
    put_char(&text, ',');
    put_decimal(&text, cipher);
    put_char(&text, ',');
    put_list(&text, types->at, types->count, put_decimal, '-');
    finish(&text, out, 16);
}

static const char *version_letters(uint16_t version)
{
    switch (version) {
    case 0x0304: return "13";
    case 0x0303: return "12";
    case 0x0302: return "11";
    case 0x0301: return "10";
    case 0x0300: return "s3";
    case 0x0002: return "s2";
    default: return "00";
    }
}

static bool is_alphanumeric(uint8_t c)
{
    uint8_t letter = c | 0x20;
    return (c >= '0' && c <= '9') || (letter >= 'a' && letter <= 'z');
}

/* First and last character of the first protocol, or of its hexadecimal spelling. */
static void put_protocol_letters(struct bytes protocol, char out[2])
{
    out[0] = out[1] = '0';
    if (protocol.len == 0)
        return;
    uint8_t first = protocol.at[0], last = protocol.at[protocol.len - 1];
    bool plain = is_alphanumeric(first) && is_alphanumeric(last);
    out[0] = plain ? (char)first : hex_digits[first >> 4];
    out[1] = plain ? (char)last : hex_digits[last & 15];
}

static void put_count(size_t count, char out[2])
{
    if (count > 99)
        count = 99;
    out[0] = (char)('0' + count / 10);
    out[1] = (char)('0' + count % 10);
}

/* The first twelve digits of the SHA-256 of a text, and zeros for a text of nothing. */
static void put_hash12(struct hashed_text *text, bool is_empty, char out[12])
{
    uint8_t digest[6];
    memset(out, '0', 12);
    if (is_empty)
        return;
    finish(text, digest, sizeof digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        out[2 * i] = hex_digits[digest[i] >> 4];
        out[2 * i + 1] = hex_digits[digest[i] & 15];
    }
}

/* Returns how many suites there are. */
static size_t put_ciphers(const struct tls_client_hello *hello, char out[12])
{
    struct sha256_ctx sha256;
    sha256_init(&sha256);
    struct hashed_text text = { .hash = &nettle_sha256, .context = &sha256 };
    struct numbers numbers;

    numbers_read(hello->ciphers, &numbers);
    numbers_sort(&numbers);
    put_list(&text, numbers.at, numbers.count, put_hex, ',');
    put_hash12(&text, numbers.count == 0, out);
    return numbers.count;
}

static void put_extensions(const struct tls_client_hello *hello, char out[12])
{
    struct sha256_ctx sha256;
    sha256_init(&sha256);
    struct hashed_text text = { .hash = &nettle_sha256, .context = &sha256 };
    struct numbers numbers;

    numbers.count = 0;
    for (size_t i = 0; i < hello->types.count; i++) {
        uint16_t type = hello->types.at[i];
        if (type != TLS_EXTENSION_SERVER_NAME && type != TLS_EXTENSION_ALPN)
            numbers.at[numbers.count++] = type;
    }
    bool is_empty = numbers.count == 0;
    numbers_sort(&numbers);
    put_list(&text, numbers.at, numbers.count, put_hex, ',');
    numbers_read(hello->signatures, &numbers);
    if (numbers.count > 0)
        put_char(&text, '_');
    put_list(&text, numbers.at, numbers.count, put_hex, ',');
    put_hash12(&text, is_empty, out);
}

void tls_ja4(const struct tls_client_hello *hello, char out[FACT_JA4_LEN])
{
    out[0] = hello->is_quic ? 'q' : 't';
    memcpy(out + 1, version_letters(hello->highest_version), 2);
    out[3] = hello->has_server_name ? 'd' : 'i';
    put_count(put_ciphers(hello, out + 11), out + 4);
    put_count(hello->types.count, out + 6);
    put_protocol_letters(hello->first_protocol, out + 8);
    out[10] = '_';
    out[23] = '_';
    put_extensions(hello, out + 24);
}

void tls_put_protocol(struct bytes name, char text[FACT_ALPN_MAX], uint8_t *len)
{
    size_t at = *len;
    if (at > 0 && at < FACT_ALPN_MAX)
        text[at++] = ',';
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.at[i];
        bool plain = c > ' ' && c < 0x7f && c != ',' && c != '\\';
        if (at + (plain ? 1 : 4) > FACT_ALPN_MAX)
            return;
        if (plain) {
            text[at++] = (char)c;
            continue;
        }
        text[at++] = '\\';
        text[at++] = (char)('0' + c / 100);
        text[at++] = (char)('0' + c / 10 % 10);
        text[at++] = (char)('0' + c % 10);
    }
    *len = (uint8_t)at;
}
