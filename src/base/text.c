// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/must.h"

struct text text_over(char *room, size_t max)
{
    MUST(max > 0);
    room[0] = '\0';
    return (struct text){ room, 0, max, false };
}

void text_put(struct text *text, struct bytes bytes)
{
    size_t room = text->max - 1 - text->len;
    if (bytes.len > room) {
        bytes.len = room;
        text->cut = true;
    }
    if (bytes.len > 0)
        memcpy(text->at + text->len, bytes.at, bytes.len);
    text->len += bytes.len;
    text->at[text->len] = '\0';
}

void text_put_string(struct text *text, const char *string)
{
    text_put(text, bytes_of_string(string));
}

void text_put_char(struct text *text, char c)
{
    uint8_t byte = (uint8_t)c;
    text_put(text, (struct bytes){ &byte, 1 });
}

void text_put_u64(struct text *text, uint64_t number)
{
    uint8_t digits[20];
    size_t start = sizeof digits;
    do {
        digits[--start] = (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    text_put(text, (struct bytes){ digits + start, sizeof digits - start });
}

void text_put_i64(struct text *text, int64_t number)
{
    if (number < 0)
        text_put_char(text, '-');
    text_put_u64(text, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

void text_put_hex(struct text *text, struct bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        text_put_char(text, digits[bytes.at[i] >> 4]);
        text_put_char(text, digits[bytes.at[i] & 15]);
    }
}

void text_format(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t room = text->max - text->len;
    int wanted = vsnprintf(text->at + text->len, room, format, arguments);
    va_end(arguments);
    MUST(wanted >= 0);
    if ((size_t)wanted >= room) {
        text->cut = true;
        text->len = text->max - 1;
    } else {
        text->len += (size_t)wanted;
    }
}

bool text_read_u64(struct bytes bytes, uint64_t max, uint64_t *out)
{
    if (bytes.len == 0)
        return false;
    uint64_t number = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.at[i] < '0' || bytes.at[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(bytes.at[i] - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (number > max)
        return false;
    *out = number;
    return true;
}

bool text_read_fraction(struct bytes bytes, double *out)
{
    size_t dot = 0;
    while (dot < bytes.len && bytes.at[dot] != '.')
        dot++;
    uint64_t whole = 0, part = 0;
    if (!text_read_u64(bytes_slice(bytes, 0, dot), UINT64_MAX, &whole))
        return false;
    struct bytes digits = bytes_slice(bytes, dot + 1, bytes.len);
    if (dot < bytes.len && (digits.len > 15 || !text_read_u64(digits, UINT64_MAX, &part)))
        return false;
    double scale = 1;
    for (size_t i = 0; i < digits.len; i++)
        scale *= 10;
    *out = (double)whole + (double)part / scale;
    return true;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool text_read_hex(struct bytes bytes, uint8_t *out, size_t out_len)
{
    if (out_len > SIZE_MAX / 2 || bytes.len != out_len * 2)
        return false;
    for (size_t i = 0; i < bytes.len; i++) {
        if (hex_digit(bytes.at[i]) < 0)
            return false;
    }
    for (size_t i = 0; i < out_len; i++)
        out[i] = (uint8_t)((unsigned)hex_digit(bytes.at[2 * i]) << 4 |
                           (unsigned)hex_digit(bytes.at[2 * i + 1]));
    return true;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct bytes text_trim(struct bytes bytes)
{
    while (bytes.len > 0 && is_blank(bytes.at[bytes.len - 1]))
        bytes.len--;
    while (bytes.len > 0 && is_blank(bytes.at[0])) {
        bytes.at++;
        bytes.len--;
    }
    return bytes;
}
