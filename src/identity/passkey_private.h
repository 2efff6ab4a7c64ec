// SPDX-License-Identifier: Apache-2.0
/* What the two ceremonies of WebAuthn level 2 (7.1, 7.2) have in common: the JSON of
 * PublicKeyCredential.toJSON(), the client's data, and the authenticator's. */
#pragma once

#include "base/arena.h"
#include "identity/identity.h"

/* Of an assertion no more than warrant/webauthn.h takes: a vote that counts here is to count
 * for a sensor. */
enum {
    PASSKEY_CLIENT_MAX = 1024,  /* clientDataJSON */
    PASSKEY_ASSERTED_MAX = 256, /* authenticatorData of an assertion */
    PASSKEY_SIGNATURE_MAX = 72,
    PASSKEY_AUTHENTICATOR_MAX = 4096, /* of a registration */
    PASSKEY_ATTESTATION_MAX = 16384,  /* attestationObject */
    PASSKEY_ROOM = 32768,             /* all of these in one credential */
    PASSKEY_DIGEST_OCTETS = 32,
};

struct credential {
    struct bytes id, client;
    const json_t *response;
};

/* Octets in the arena; empty: there is no such member, or it is not base64url up to max. */
struct bytes credential_take(const json_t *object, const char *name, size_t max,
                             struct arena *arena);
/* Its id, type and clientDataJSON. */
MUST_CHECK bool credential_read(const json_t *json, struct arena *arena, struct credential *out,
                                struct error *err);

struct ceremony {
    const char *type; /* "webauthn.create" or "webauthn.get" */
    const struct passkey_place *place;
    const uint8_t *challenge; /* PASSKEY_CHALLENGE_OCTETS */
};

/* digest: SHA-256 of the data, when they are of this ceremony. */
MUST_CHECK bool client_data_read(struct bytes json, const struct ceremony *ceremony,
                                 uint8_t digest[PASSKEY_DIGEST_OCTETS], struct error *err);

/* WebAuthn 6.1: all of it to its last octet, of this relying party, and of a user who was
 * present, and verified where that is needed. */
struct authenticator {
    uint32_t sign_count;
    bool has_key; /* attested credential data */
};
MUST_CHECK bool authenticator_read(struct bytes data, const struct passkey_place *place,
                                   struct authenticator *out, struct error *err);
