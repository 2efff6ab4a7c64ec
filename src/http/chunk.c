// SPDX-License-Identifier: Apache-2.0
#include "http/chunk.h"

enum { DIGITS_MAX = 8 };
enum { AT_SIZE, AT_SIZE_LF, AT_DATA, AT_DATA_CR, AT_DATA_LF, AT_END_CR, AT_END_LF };

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool take_size(struct http_chunks *chunks, uint8_t c)
{
    if (c == '\r') {
        chunks->state = AT_SIZE_LF;
        return chunks->digits > 0;
    }
    int digit = digit_of(c);
    if (digit < 0 || ++chunks->digits > DIGITS_MAX)
        return false;
    chunks->left = chunks->left * 16 + (uint64_t)digit;
    return true;
}

/* One octet of what frames the chunks. */
static bool take_frame(struct http_chunks *chunks, uint8_t c)
{
    switch (chunks->state) {
    case AT_SIZE: return take_size(chunks, c);
    case AT_SIZE_LF: chunks->state = chunks->left > 0 ? AT_DATA : AT_END_CR; return c == '\n';
    case AT_DATA_CR: chunks->state = AT_DATA_LF; return c == '\r';
    case AT_DATA_LF:
        chunks->state = AT_SIZE;
        chunks->digits = 0;
        return c == '\n';
    case AT_END_CR: chunks->state = AT_END_LF; return c == '\r';
    default: chunks->is_last = true; return c == '\n';
    }
}

enum http_chunk_verdict http_chunks_take(struct http_chunks *chunks, struct bytes *in,
                                         struct bytes *data)
{
    while (in->len > 0 && chunks->state != AT_DATA) {
        uint8_t c = in->at[0];
        *in = bytes_slice(*in, 1, in->len);
        if (!take_frame(chunks, c))
            return HTTP_CHUNK_BAD;
        if (chunks->is_last)
            return HTTP_CHUNK_END;
    }
    if (in->len == 0)
        return HTTP_CHUNK_MORE;
    size_t len = chunks->left < in->len ? (size_t)chunks->left : in->len;
    *data = bytes_slice(*in, 0, len);
    *in = bytes_slice(*in, len, in->len);
    chunks->left -= len;
    if (chunks->left == 0)
        chunks->state = AT_DATA_CR;
    return HTTP_CHUNK_DATA;
}
