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
    if (party->keeps_prefix)
        ip_write(&party->address, out);
    else
        write_base32(party->pseudonym, sizeof party->pseudonym, out);
}

bool party_equal(const struct party *a, const struct party *b)
{
    return a->is_pseudonym == b->is_pseudonym && a->keeps_prefix == b->keeps_prefix &&
           bytes_equal(party_bytes(a), party_bytes(b));
}

struct bytes party_bytes(const struct party *party)
{
    if (party->is_pseudonym && !party->keeps_prefix)
        return (struct bytes){ party->pseudonym, sizeof party->pseudonym };
    return (struct bytes){ party->address.octets, sizeof party->address.octets };
}
