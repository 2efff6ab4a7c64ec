// SPDX-License-Identifier: Apache-2.0
/* Signatures made by passkeys: an assertion of a WebAuthn authenticator (W3C WebAuthn level 2)
 * whose challenge is SHA-256 of what is signed.  Only the check; nothing is made here, and
 * nothing is known of sessions, counters or credentials: an assertion is evidence of a
 * decision, and stays so when it is read again. */
#pragma once

#include "base/error.h"
#include "base/fault.h"
#include "base/text.h"

enum {
    WEBAUTHN_PUBLIC_OCTETS_MAX = 64,
    WEBAUTHN_KEY_TEXT_MAX = 100,
    WEBAUTHN_KEY_ID_MAX = 32,
    WEBAUTHN_RP_ID_MAX = 254,
    WEBAUTHN_ORIGIN_MAX = 256,
    WEBAUTHN_ORIGINS_MAX = 4,
    WEBAUTHN_SIGNATURE_MAX = 72, /* DER of two numbers of 33 octets */
    WEBAUTHN_AUTHENTICATOR_MAX = 256,
    WEBAUTHN_CLIENT_MAX = 1024,
    WEBAUTHN_DIGEST_OCTETS = 32
};

enum webauthn_algorithm { WEBAUTHN_NO_KEY, WEBAUTHN_ES256, WEBAUTHN_EDDSA };

/* A public key: ES256 has x and y of a point of P-256, EdDSA the 32 octets of Ed25519. */
struct webauthn_key {
    enum webauthn_algorithm algorithm;
    uint8_t octets[WEBAUTHN_PUBLIC_OCTETS_MAX]; /* zero behind those it has */
};

/* Where such a key may have been used: the relying party and the pages of its. */
struct webauthn_place {
    char rp_id[WEBAUTHN_RP_ID_MAX];
    size_t origin_count;
    char origins[WEBAUTHN_ORIGINS_MAX][WEBAUTHN_ORIGIN_MAX];
};

struct webauthn_assertion {
    size_t signature_len, authenticator_len, client_len;
    uint8_t signature[WEBAUTHN_SIGNATURE_MAX];
    uint8_t authenticator[WEBAUTHN_AUTHENTICATOR_MAX]; /* authenticatorData */
    uint8_t client[WEBAUTHN_CLIENT_MAX];               /* clientDataJSON */
};

/* "ES256+BASE64" or "EdDSA+BASE64".  FAULT_CRYPTO where it is no point of the curve. */
enum fault webauthn_key_read(struct bytes text, struct webauthn_key *out);
/* The same key as browsers and OpenSSL give it: SubjectPublicKeyInfo in DER (RFC 5480, 8410).
 */
enum fault webauthn_key_read_der(struct bytes der, struct webauthn_key *out);
void webauthn_key_write(const struct webauthn_key *key, struct text *out);
/* "webauthn:" and base64url of the first 16 octets of SHA-256 of the key as it is written. */
void webauthn_key_id(const struct webauthn_key *key, char out[WEBAUTHN_KEY_ID_MAX]);
bool webauthn_key_equal(const struct webauthn_key *a, const struct webauthn_key *b);

/* "https://HOST" or "https://HOST:PORT" with HOST the rp id or below it, or "http://localhost".
 */
bool webauthn_is_origin(const char *origin, const char *rp_id);

/* Level 2 section 7.2, steps 11 to 20: type, challenge, origin, not embedded in another's page,
 * relying party, user present and verified, signature.  False: why. */
MUST_CHECK bool webauthn_verify(const struct webauthn_key *key,
                                const struct webauthn_place *place,
                                const struct webauthn_assertion *assertion,
                                const uint8_t challenge[WEBAUTHN_DIGEST_OCTETS],
                                struct error *err);
