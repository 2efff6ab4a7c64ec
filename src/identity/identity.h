// SPDX-License-Identifier: Apache-2.0
/* Proofs of who somebody is: passwords, one-time codes, passkeys, tokens, and another's word by
 * OpenID Connect.  Primitives only: who is known and what was tried is the caller's to keep.
 * Secrets are compared in constant time, never logged, and wiped where they are ours. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"

/* ---- passwords: Argon2id in the PHC string format ---- */
enum { PASSWORD_HASH_MAX = 128, PASSWORD_MIN = 12, PASSWORD_MAX = 256 };
/* NFKC is the caller's.  Some 50 ms and 64 MiB. */
MUST_CHECK bool password_hash(const char *password, char out[PASSWORD_HASH_MAX],
                              struct error *err);
/* hash NULL (nobody of that name): takes as long, and is false. */
bool password_is(const char *hash, const char *password);

/* ---- one-time codes: TOTP, RFC 6238 (liboath): SHA-1, 30 s, six digits ---- */
enum { TOTP_SECRET_OCTETS = 20, TOTP_URI_MAX = 512 };
MUST_CHECK bool totp_make(uint8_t out[TOTP_SECRET_OCTETS], struct error *err);
MUST_CHECK bool totp_uri(const uint8_t secret[TOTP_SECRET_OCTETS], const char *account,
                         const char *issuer, char out[TOTP_URI_MAX]);
/* One step either side.  last_step: of the code used last, which with those before it does not
 * count again; written on success. */
bool totp_is(const uint8_t secret[TOTP_SECRET_OCTETS], const char *code, int64_t now_s,
             int64_t *last_step);

/* ---- random names of sessions, links and tokens ---- */
enum { TOKEN_TEXT_MAX = 56, TOKEN_DIGEST_OCTETS = 32 };
/* prefix ("skt") and 32 random octets as base64url; only the digest is to be kept. */
MUST_CHECK bool token_make(const char *prefix, char out[TOKEN_TEXT_MAX],
                           uint8_t digest[TOKEN_DIGEST_OCTETS], struct error *err);
void token_digest(const char *token, uint8_t out[TOKEN_DIGEST_OCTETS]);

/* ---- passkeys: WebAuthn level 2 (libfido2): ES256, EdDSA; attestation "none" ---- */
enum {
    PASSKEY_ID_MAX = 1023, /* WebAuthn 5.4.3 */
    PASSKEY_KEY_MAX = 64,
    PASSKEY_USER_MAX = 64,
    PASSKEY_CHALLENGE_OCTETS = 32,
};
struct passkey {
    uint8_t id[PASSKEY_ID_MAX];
    size_t id_len;
    int algorithm;                /* COSE: -7 ES256, -8 EdDSA */
    uint8_t key[PASSKEY_KEY_MAX]; /* ES256: x and y, 64 octets; EdDSA: 32 */
    size_t key_len;
    uint32_t sign_count;
};
/* Where the page is: "localhost" and "https://localhost:8443". */
struct passkey_place {
    const char *rp_id, *origin;
    bool needs_user_verified;
};
/* Whom an answer to navigator.credentials.get names, before anything of it is believed: to look
 * the passkey up.  user (the handle) is for the caller to compare, where there is one. */
struct passkey_claim {
    uint8_t id[PASSKEY_ID_MAX], user[PASSKEY_USER_MAX];
    size_t id_len, user_len;
};
MUST_CHECK bool passkey_claim_read(const json_t *credential, struct passkey_claim *out,
                                   struct error *err);
/* What a vote signs: SHA-256 of DSSE's pre-authentication encoding (warrant/envelope.h). */
void passkey_challenge_of(const char *type, struct bytes payload,
                          uint8_t out[PASSKEY_CHALLENGE_OCTETS]);
/* What came of navigator.credentials, as PublicKeyCredential.toJSON() gives it.  False: why,
 * for the log; err->code EACCES where it was well formed and is not believed. */
MUST_CHECK bool passkey_register(const json_t *credential, const struct passkey_place *place,
                                 const uint8_t challenge[PASSKEY_CHALLENGE_OCTETS],
                                 struct passkey *out, struct error *err);
/* Its sign count goes forward (or stays 0): written back on success. */
MUST_CHECK bool passkey_verify(const json_t *credential, const struct passkey_place *place,
                               const uint8_t challenge[PASSKEY_CHALLENGE_OCTETS],
                               struct passkey *passkey, struct error *err);

/* ---- OpenID Connect: code with PKCE S256, state, nonce, iss (RFC 9207) ---- */
/* Its words stay the caller's while it is open. */
struct oidc_settings {
    const char *issuer, *client_id, *redirect_uri;
    const char *client_secret; /* NULL: a public client */
    const char *scopes;        /* "openid profile email" */
    const char *authority;     /* file of PEM: the only roots of its TLS; NULL: the system's */
    bool is_loopback_plain;    /* http: to loopback is allowed, for tests */
};
struct oidc;
/* Discovery and keys are fetched when first needed; keys again for an unknown key id, but not
 * twice within a minute.  May be used by several threads at once. */
MUST_CHECK struct oidc *oidc_open(const struct oidc_settings *settings, struct error *err);
void oidc_close(struct oidc *oidc);
enum { OIDC_URL_MAX = 2048, OIDC_SECRET_MAX = 64, OIDC_SUBJECT_MAX = 256 };
/* Kept by whoever asked until the browser comes back. */
struct oidc_attempt {
    char state[OIDC_SECRET_MAX], nonce[OIDC_SECRET_MAX], verifier[OIDC_SECRET_MAX + 32];
};
MUST_CHECK bool oidc_begin(struct oidc *oidc, struct oidc_attempt *out, char url[OIDC_URL_MAX],
                           struct error *err);
struct oidc_answer {
    const char *code, *state, *issuer, *error; /* of the callback's query; each may be NULL */
};
/* The claims of the ID token, verified (signature, iss, aud, azp, exp, iat, nonce; never
 * "none", never a symmetric key).  The caller's to give back; NULL: why, with ECANCELED where
 * the provider says that it lets nobody in. */
MUST_CHECK json_t *oidc_finish(struct oidc *oidc, const struct oidc_attempt *attempt,
                               const struct oidc_answer *answer, int64_t now_s,
                               struct error *err);
