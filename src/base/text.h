// SPDX-License-Identifier: Apache-2.0
/* Building text in room that somebody else owns.  What does not fit is left out and the
 * sticky `cut` says so; nothing is ever written past max.  The room always ends with a NUL
 * (so len < max), for the operating system's sake only. */
#pragma once

#include "base/attr.h"
#include "base/bytes.h"

struct text {
    char *at;
    size_t len;
    size_t max; /* bytes of room, the NUL included; at least 1 */
    bool cut;
};

struct text text_over(char *room, size_t max);
void text_put(struct text *text, struct bytes bytes);
void text_put_string(struct text *text, const char *string);
void text_put_char(struct text *text, char c);
void text_put_u64(struct text *text, uint64_t number);
void text_put_i64(struct text *text, int64_t number);
/* Lower-case hexadecimal, two digits a byte. */
void text_put_hex(struct text *text, struct bytes bytes);
PRINTF(2, 3) void text_format(struct text *text, const char *format, ...);

static inline struct bytes text_bytes(const struct text *text)
{
    return (struct bytes){ (const uint8_t *)text->at, text->len };
}

/* Reading numbers from text: the whole of bytes must be a decimal number up to max. */
MUST_CHECK bool text_read_u64(struct bytes bytes, uint64_t max, uint64_t *out);
/* The same for a decimal fraction such as "0.25"; no exponent, no sign. */
MUST_CHECK bool text_read_fraction(struct bytes bytes, double *out);
/* Exactly out_len bytes from hexadecimal of either case. */
MUST_CHECK bool text_read_hex(struct bytes bytes, uint8_t *out, size_t out_len);
/* Bytes without leading and trailing blanks, tabs and line ends. */
struct bytes text_trim(struct bytes bytes);
