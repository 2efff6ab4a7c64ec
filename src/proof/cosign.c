// SPDX-License-Identifier: Apache-2.0
#include "proof/cosign.h"

#include <sodium.h>

#include "base/cursor.h"
#include "base/must.h"
#include "proof/note_private.h"

enum { TIME_OCTETS = 8 };

void cosign_key(const struct note_key *note, struct note_key *out)
{
    MUST(note_key_init_as(NOTE_COSIGNATURE, bytes_of_string(note->name), note->octets, out) ==
         FAULT_NONE);
}

enum fault cosign_key_read(struct bytes text, struct note_key *out)
{
    return note_key_read_as(NOTE_COSIGNATURE, text, out);
}

void cosign_key_write(const struct note_key *key, struct text *out)
{
    note_key_write_as(NOTE_COSIGNATURE, key, out);
}

void cosign_message(struct bytes text, uint64_t time_s, struct text *out)
{
    text_put_string(out, "cosignature/v1\ntime ");
    text_put_u64(out, time_s);
    text_put_char(out, '\n');
    text_put(out, text);
}

void cosign_put(const struct note_key *key, uint64_t time_s,
                const uint8_t signature[NOTE_SIGNATURE_OCTETS], struct text *out)
{
    uint8_t octets[TIME_OCTETS + NOTE_SIGNATURE_OCTETS];
    for (unsigned i = 0; i < TIME_OCTETS; i++)
        octets[i] = (uint8_t)(time_s >> (8 * (TIME_OCTETS - 1 - i)));
    memcpy(octets + TIME_OCTETS, signature, NOTE_SIGNATURE_OCTETS);
    note_put_line(key, (struct bytes){ octets, sizeof octets }, out);
}

enum fault cosign_check(const struct note *note, const struct note_key *key, uint64_t *time_s)
{
    uint8_t octets[TIME_OCTETS + NOTE_SIGNATURE_OCTETS];
    char room[COSIGN_MESSAGE_MAX];
    struct text message = text_over(room, sizeof room);
    if (!note_find(note, key, octets, sizeof octets))
        return FAULT_CRYPTO;
    struct cursor cursor = cursor_over((struct bytes){ octets, TIME_OCTETS });
    uint64_t time = cursor_be64(&cursor);
    cosign_message(note->text, time, &message);
    if (message.cut ||
        crypto_sign_verify_detached(octets + TIME_OCTETS, text_bytes(&message).at, message.len,
                                    key->octets) != 0)
        return FAULT_CRYPTO;
    *time_s = time;
    return FAULT_NONE;
}
