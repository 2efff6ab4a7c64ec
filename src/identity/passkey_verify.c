// SPDX-License-Identifier: Apache-2.0
#include "identity/passkey_private.h"

#include <errno.h>
#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <sodium.h>

#include "base/text.h"

/* DSSE protocol 1.0, "Signature Definition" */
void passkey_challenge_of(const char *type, struct bytes payload,
                          uint8_t out[PASSKEY_CHALLENGE_OCTETS])
{
    crypto_hash_sha256_state hash;
    char room[64];
    struct text part = text_over(room, sizeof(room));

    crypto_hash_sha256_init(&hash);
    text_format(&part, "DSSEv1 %zu ", strlen(type));
    crypto_hash_sha256_update(&hash, (const uint8_t *)part.at, part.len);
    crypto_hash_sha256_update(&hash, (const uint8_t *)type, strlen(type));
    part = text_over(room, sizeof(room));
    text_format(&part, " %zu ", payload.len);
    crypto_hash_sha256_update(&hash, (const uint8_t *)part.at, part.len);
    crypto_hash_sha256_update(&hash, payload.at, payload.len);
    crypto_hash_sha256_final(&hash, out);
}

bool passkey_claim_read(const json_t *json, struct passkey_claim *out, struct error *err)
{
    uint8_t room[PASSKEY_ROOM];
    struct arena arena = arena_over(room, sizeof(room));
    struct credential credential;

    if (!credential_read(json, &arena, &credential, err))
        return false;
    struct bytes user =
        credential_take(credential.response, "userHandle", PASSKEY_USER_MAX, &arena);
    *out = (struct passkey_claim){ .id_len = credential.id.len, .user_len = user.len };
    memcpy(out->id, credential.id.at, credential.id.len);
    if (user.len > 0)
        memcpy(out->user, user.at, user.len);
    return true;
}

static bool verify_es256(const fido_assert_t *assertion, const struct passkey *passkey)
{
    es256_pk_t *key = es256_pk_new();
    bool is = key && es256_pk_from_ptr(key, passkey->key, passkey->key_len) == FIDO_OK &&
              fido_assert_verify(assertion, 0, COSE_ES256, key) == FIDO_OK;

    es256_pk_free(&key);
    return is;
}

static bool verify_eddsa(const fido_assert_t *assertion, const struct passkey *passkey)
{
    eddsa_pk_t *key = eddsa_pk_new();
    bool is = key && eddsa_pk_from_ptr(key, passkey->key, passkey->key_len) == FIDO_OK &&
              fido_assert_verify(assertion, 0, COSE_EDDSA, key) == FIDO_OK;

    eddsa_pk_free(&key);
    return is;
}

struct signed_data {
    const uint8_t *digest; /* of the client's data */
    struct bytes data, signature;
};

static bool is_signed(const struct signed_data *given, const struct passkey_place *place,
                      const struct passkey *passkey)
{
    fido_opt_t verified = place->needs_user_verified ? FIDO_OPT_TRUE : FIDO_OPT_OMIT;
    fido_assert_t *assertion = fido_assert_new();
    bool is =
        assertion && fido_assert_set_count(assertion, 1) == FIDO_OK &&
        fido_assert_set_rp(assertion, place->rp_id) == FIDO_OK &&
        fido_assert_set_up(assertion, FIDO_OPT_TRUE) == FIDO_OK &&
        fido_assert_set_uv(assertion, verified) == FIDO_OK &&
        fido_assert_set_clientdata_hash(assertion, given->digest, PASSKEY_DIGEST_OCTETS) ==
            FIDO_OK &&
        fido_assert_set_authdata_raw(assertion, 0, given->data.at, given->data.len) ==
            FIDO_OK &&
        fido_assert_set_sig(assertion, 0, given->signature.at, given->signature.len) == FIDO_OK;

    if (is)
        is = passkey->algorithm == COSE_ES256   ? verify_es256(assertion, passkey)
             : passkey->algorithm == COSE_EDDSA ? verify_eddsa(assertion, passkey)
                                                : false;
    fido_assert_free(&assertion);
    return is;
}

/* WebAuthn level 2, 7.2; whose the passkey is (steps 5 to 7) is the caller's. */
bool passkey_verify(const json_t *json, const struct passkey_place *place,
                    const uint8_t challenge[PASSKEY_CHALLENGE_OCTETS], struct passkey *passkey,
                    struct error *err)
{
    uint8_t room[PASSKEY_ROOM], digest[PASSKEY_DIGEST_OCTETS];
    struct arena arena = arena_over(room, sizeof(room));
    struct ceremony ceremony = { "webauthn.get", place, challenge };
    struct credential credential;
    struct authenticator authenticator;

    if (!credential_read(json, &arena, &credential, err))
        return false;
    if (!bytes_equal(credential.id, (struct bytes){ passkey->id, passkey->id_len }))
        return error_set(err, EACCES, "passkey: another's id");
    if (!client_data_read(credential.client, &ceremony, digest, err))
        return false;
    struct signed_data given = {
        .digest = digest,
        .data = credential_take(credential.response, "authenticatorData", PASSKEY_ASSERTED_MAX,
                                &arena),
        .signature =
            credential_take(credential.response, "signature", PASSKEY_SIGNATURE_MAX, &arena),
    };
    if (!authenticator_read(given.data, place, &authenticator, err))
        return false;
    fido_init(0);
    if (authenticator.has_key || !is_signed(&given, place, passkey))
        return error_set(err, EACCES, "passkey: its signature does not verify");
    /* Step 21: a count that stands still says there is a copy of the key. */
    if ((authenticator.sign_count > 0 || passkey->sign_count > 0) &&
        authenticator.sign_count <= passkey->sign_count)
        return error_set(err, EACCES, "passkey: its count of signatures did not go forward");
    passkey->sign_count = authenticator.sign_count;
    return true;
}
