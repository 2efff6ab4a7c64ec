// SPDX-License-Identifier: Apache-2.0
/* Signed notes (C2SP signed-note): text, an empty line, and a line for each signature.  Keys
 * are Ed25519.  Signatures of keys not asked for, as of witnesses, are passed over. */
#pragma once

#include "base/fault.h"
#include "base/text.h"

enum {
    NOTE_OCTETS_MAX = 16384,
    NOTE_NAME_MAX = 256, /* its NUL included */
    NOTE_PUBLIC_OCTETS = 32,
    NOTE_SECRET_OCTETS = 64, /* as libsodium keeps it: seed and public key */
    NOTE_SIGNATURE_OCTETS = 64,
    NOTE_ID_OCTETS = 4,
    NOTE_KEY_TEXT_MAX = NOTE_NAME_MAX + 64,
};

/* Who may sign: public. */
struct note_key {
    char name[NOTE_NAME_MAX];
    uint8_t id[NOTE_ID_OCTETS];
    uint8_t octets[NOTE_PUBLIC_OCTETS];
};

/* FAULT_VALUE where a key cannot have that name: empty, with blanks, controls or a plus. */
enum fault note_key_init(struct bytes name, const uint8_t octets[NOTE_PUBLIC_OCTETS],
                         struct note_key *out);
/* As one line of text without its end: name+id+key. */
enum fault note_key_read(struct bytes text, struct note_key *out);
void note_key_write(const struct note_key *key, struct text *out);

struct note {
    struct bytes text;       /* with its last line end: what is signed */
    struct bytes signatures; /* whole lines */
};

/* Takes a note apart; nothing is verified. */
enum fault note_read(struct bytes whole, struct note *out);
/* FAULT_NONE only where key has signed the text; FAULT_CRYPTO where it has not. */
enum fault note_check(const struct note *note, const struct note_key *key);
/* Writes one line of a signature made elsewhere over the text, as behind a hardware key. */
void note_put_signature(const struct note_key *key,
                        const uint8_t signature[NOTE_SIGNATURE_OCTETS], struct text *out);
/* Writes the note: text, which ends in a line end, and the signature. */
void note_sign(struct bytes text, const struct note_key *key,
               const uint8_t secret[NOTE_SECRET_OCTETS], struct text *out);
