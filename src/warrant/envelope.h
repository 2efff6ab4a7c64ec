// SPDX-License-Identifier: Apache-2.0
/* DSSE envelopes (secure-systems-lab/dsse, protocol and envelope 1.0): octets of some type with
 * signatures beside them, each over the pre-authentication encoding of type and octets.  One
 * may be a passkey's (webauthn.h), whose challenge is SHA-256 of that encoding.  We read
 * strictly: members that DSSE does not know, or that stand twice, are refused, and base64
 * has one way of being written, so that no octet of an envelope can change unseen. */
#pragma once

#include "base/error.h"
#include "proof/note.h"
#include "warrant/webauthn.h"

enum {
    ENVELOPE_OCTETS_MAX = 1 << 20,
    ENVELOPE_SIGNATURES_MAX = 16,
    ENVELOPE_TYPE_MAX = 128,
    ENVELOPE_KEY_ID_MAX = NOTE_NAME_MAX + 2 * NOTE_ID_OCTETS + 1, /* NAME+ID */
    ENVELOPE_SIGNATURE_OCTETS = 64,
};

struct envelope_signature {
    char key_id[ENVELOPE_KEY_ID_MAX]; /* a hint: what counts is whose key verifies it */
    uint8_t octets[ENVELOPE_SIGNATURE_OCTETS];
    struct webauthn_assertion passkey; /* in place of them; client_len 0: none */
};

struct envelope {
    char type[ENVELOPE_TYPE_MAX];
    uint8_t *memory;      /* owned, of the two that follow */
    struct bytes message; /* what is signed: the pre-authentication encoding */
    struct bytes payload; /* its end */
    size_t signature_count;
    struct envelope_signature signatures[ENVELOPE_SIGNATURES_MAX];
};

/* Without signatures.  envelope_done gives back what it holds; of { 0 }, too. */
MUST_CHECK bool envelope_make(const char *type, struct bytes payload, struct envelope *out,
                              struct error *err);
MUST_CHECK bool envelope_read(struct bytes json, struct envelope *out, struct error *err);
void envelope_done(struct envelope *envelope);
/* Compact, with a line end; text.cut says whether the room was too small. */
MUST_CHECK bool envelope_write(const struct envelope *envelope, struct text *out,
                               struct error *err);

/* Puts a signature of the key, in place of an earlier one of its. */
MUST_CHECK bool envelope_sign(struct envelope *envelope, const struct note_key *key,
                              const uint8_t octets[ENVELOPE_SIGNATURE_OCTETS],
                              struct error *err);
/* Does it carry a signature of this key that verifies? */
bool envelope_is_signed_by(const struct envelope *envelope, const struct note_key *key);

/* What a passkey is asked to sign. */
void envelope_challenge(const struct envelope *envelope, uint8_t out[WEBAUTHN_DIGEST_OCTETS]);
/* The same two of a passkey; what it was used on is not asked before the second. */
MUST_CHECK bool envelope_assert(struct envelope *envelope, const struct webauthn_key *key,
                                const struct webauthn_assertion *assertion, struct error *err);
bool envelope_is_asserted_by(const struct envelope *envelope, const struct webauthn_key *key,
                             const struct webauthn_place *place);
