// SPDX-License-Identifier: Apache-2.0
/* Cosignatures (C2SP tlog-cosignature, cosignature/v1): a witness signs a checkpoint of
 * somebody else's log, together with when, after it saw that nothing it signed before was taken
 * back. Its keys are Ed25519 too, and have another identifier than for notes. */
#pragma once

#include "proof/note.h"

enum { COSIGN_MESSAGE_MAX = NOTE_OCTETS_MAX + 64 };

/* The witness's key of the same octets as a key for notes. */
void cosign_key(const struct note_key *note, struct note_key *out);
enum fault cosign_key_read(struct bytes text, struct note_key *out);
void cosign_key_write(const struct note_key *key, struct text *out);

/* What is signed: a header with the time, and the text of the checkpoint. */
void cosign_message(struct bytes text, uint64_t time_s, struct text *out);
void cosign_put(const struct note_key *key, uint64_t time_s,
                const uint8_t signature[NOTE_SIGNATURE_OCTETS], struct text *out);

/* FAULT_NONE only where the witness has signed the note, and then when. */
enum fault cosign_check(const struct note *note, const struct note_key *key, uint64_t *time_s);
