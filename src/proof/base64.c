// SPDX-License-Identifier: Apache-2.0
#include <nettle/base64.h>

#include "base/must.h"
#include "proof/base64_private.h"

enum { TEXT_MAX = BASE64_ENCODE_RAW_LENGTH(BASE64_OCTETS_MAX) };

void base64_put(struct text *out, struct bytes bytes)
{
    char room[TEXT_MAX];
    MUST(bytes.len <= BASE64_OCTETS_MAX);
    base64_encode_raw(room, bytes.len, bytes.at);
    text_put(out, (struct bytes){ (const uint8_t *)room, BASE64_ENCODE_RAW_LENGTH(bytes.len) });
}

bool base64_get(struct bytes text, uint8_t *out, size_t len)
{
    uint8_t octets[BASE64_DECODE_LENGTH(TEXT_MAX)];
    char again[TEXT_MAX];
    struct base64_decode_ctx decode;
    size_t octet_count = sizeof octets;
    MUST(len <= BASE64_OCTETS_MAX);
    if (text.len != BASE64_ENCODE_RAW_LENGTH(len))
        return false;
    base64_decode_init(&decode);
    if (!base64_decode_update(&decode, &octet_count, octets, text.len, (const char *)text.at) ||
        !base64_decode_final(&decode) || octet_count != len)
        return false;
    /* The decoder passes over blanks and stray bits. */
    base64_encode_raw(again, len, octets);
    if (memcmp(again, text.at, text.len) != 0)
        return false;
    memcpy(out, octets, len);
    return true;
}
