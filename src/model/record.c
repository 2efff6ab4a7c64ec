// SPDX-License-Identifier: Apache-2.0
#include "model/record.h"

/* RFC 4648 section 6, lower case, without padding: 10 bytes are 16 letters exactly. */
static void write_base32(const uint8_t *bytes, size_t len, struct text *out)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint32_t held = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < len; i++) {
        held = held << 8 | bytes[i];
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            text_put_char(out, letters[held >> bits & 31]);
        }
    }
}

void party_write(const struct party *party, struct text *out)
{
    if (!party->is_pseudonym) {
        ip_write(&party->address, out);
        return;
    }
    text_put_string(out, "line-");
    write_base32(party->pseudonym, sizeof party->pseudonym, out);
}

bool party_equal(const struct party *a, const struct party *b)
{
    if (a->is_pseudonym != b->is_pseudonym)
        return false;
    if (a->is_pseudonym)
        return memcmp(a->pseudonym, b->pseudonym, sizeof a->pseudonym) == 0;
    return ip_equal(&a->address, &b->address);
}
