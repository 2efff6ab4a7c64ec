// SPDX-License-Identifier: Apache-2.0
/* What keys and signature lines of the two algorithms share. */
#pragma once

#include "proof/note.h"

enum {
    NOTE_ED25519 = 1,
    NOTE_COSIGNATURE = 4, /* C2SP tlog-cosignature */
    NOTE_VALUE_OCTETS_MAX = NOTE_ID_OCTETS + 8 + NOTE_SIGNATURE_OCTETS
};

enum fault note_key_init_as(uint8_t algorithm, struct bytes name,
                            const uint8_t octets[NOTE_PUBLIC_OCTETS], struct note_key *out);
enum fault note_key_read_as(uint8_t algorithm, struct bytes text, struct note_key *out);
void note_key_write_as(uint8_t algorithm, const struct note_key *key, struct text *out);
/* What stands behind the key's identifier in its line, where it has exactly that length. */
bool note_find(const struct note *note, const struct note_key *key, uint8_t *out, size_t len);
void note_put_line(const struct note_key *key, struct bytes value, struct text *out);
