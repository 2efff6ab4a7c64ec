// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

/* Bytes of the character that starts with first; 0 when none does. */
static size_t length_of(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first < 0xe0)
        return 2;
    if (first >= 0xe0 && first < 0xf0)
        return 3;
    return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

uint32_t utf8_take(struct bytes *rest)
{
    static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    uint8_t first = rest->at[0];
    size_t len = length_of(first);
    uint32_t character = len <= 1 ? first : first & (0xffU >> (len + 1));
    bool good = len > 0 && len <= rest->len;
    for (size_t i = 1; good && i < len; i++) {
        good = (rest->at[i] & 0xc0) == 0x80;
        character = character << 6 | (rest->at[i] & 0x3fU);
    }
    good = good && character >= smallest[len] && character <= 0x10ffff &&
           (character < 0xd800 || character > 0xdfff);
    *rest = bytes_slice(*rest, good ? len : 1, rest->len);
    return good ? character : UTF8_REPLACEMENT;
}

void utf8_put(struct text *out, uint32_t character)
{
    uint8_t room[4] = { 0 };
    size_t len = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        room[i] = (uint8_t)(0x80 | (character & 0x3f));
        character >>= 6;
    }
    room[0] = (uint8_t)(len == 1 ? character : (0xf00U >> len & 0xf0U) | character);
    if (out->cut || len > out->max - 1 - out->len)
        out->cut = true;
    else
        text_put(out, (struct bytes){ room, len });
}

struct range {
    uint32_t first, last;
};

static bool is_in(const struct range *ranges, size_t count, uint32_t character)
{
    for (size_t i = 0; i < count; i++) {
        if (character >= ranges[i].first && character <= ranges[i].last)
            return true;
    }
    return false;
}

#define IS_IN(ranges, character) is_in(ranges, sizeof(ranges) / sizeof *(ranges), character)

void utf8_put_clean(struct text *out, struct bytes raw)
{
    static const struct range hidden[] = {
        { 0, 0x1f },           { 0x7f, 0x9f },     { 0xad, 0xad },     { 0x61c, 0x61c },
        { 0x200b, 0x200f },    { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff },
        { 0xfff9, 0xfffb },    { 0xfdd0, 0xfdef }, { 0xfffe, 0xffff }, { 0xe0000, 0xe0fff },
        { 0xf0000, 0x10ffff },
    };
    while (raw.len > 0) {
        uint32_t character = utf8_take(&raw);
        utf8_put(out, IS_IN(hidden, character) ? UTF8_REPLACEMENT : character);
    }
}

/* Unicode 15, EastAsianWidth W and F, in blocks. */
unsigned utf8_columns(uint32_t character)
{
    static const struct range wide[] = {
        { 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0x33ff },   { 0x3400, 0x4dbf },
        { 0x4e00, 0xa4cf },   { 0xa960, 0xa97c },   { 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },
        { 0xfe30, 0xfe6f },   { 0xff01, 0xff60 },   { 0xffe0, 0xffe6 },   { 0x1f300, 0x1f64f },
        { 0x1f680, 0x1f6ff }, { 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
    };
    static const struct range combining[] = {
        { 0x300, 0x36f },
        { 0x3099, 0x309a },
        { 0xfe00, 0xfe0f },
    };
    if (character < 0x300)
        return 1;
    if (IS_IN(combining, character))
        return 0;
    return IS_IN(wide, character) ? 2 : 1;
}

unsigned utf8_columns_of(struct bytes bytes)
{
    unsigned columns = 0;
    while (bytes.len > 0)
        columns += utf8_columns(utf8_take(&bytes));
    return columns;
}
