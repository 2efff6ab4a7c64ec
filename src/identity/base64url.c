// SPDX-License-Identifier: Apache-2.0
#include "identity/base64url.h"

#include <sodium.h>

enum { VARIANT = sodium_base64_VARIANT_URLSAFE_NO_PADDING, TURN_OCTETS = 96 };

void base64url_put(struct text *out, struct bytes octets)
{
    char room[TURN_OCTETS / 3 * 4 + 1];

    for (size_t at = 0; at < octets.len; at += TURN_OCTETS) {
        struct bytes turn = bytes_slice(octets, at, TURN_OCTETS);
        text_put_string(out, sodium_bin2base64(room, sizeof(room), turn.at, turn.len, VARIANT));
    }
}

/* libsodium takes some octets past ASCII for letters of the alphabet. */
static bool is_ascii(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] >= 0x80)
            return false;
    }
    return true;
}

bool base64url_get(struct bytes text, uint8_t *out, size_t max, size_t *len)
{
    const char *from = (const char *)text.at, *end = NULL;
    size_t got = 0;

    if (text.len == 0 || !is_ascii(text) ||
        sodium_base642bin(out, max, from, text.len, NULL, &got, &end, VARIANT) != 0 ||
        end != from + text.len)
        return false;
    *len = got;
    return true;
}
