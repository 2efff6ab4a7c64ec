// SPDX-License-Identifier: Apache-2.0
#include "passkeys.h"

#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <nettle/sha2.h>
#include <sodium.h>

#include "base/must.h"
#include "fixture.h"

const struct passkey_making passkey_good = {
    WEBAUTHN_ES256, "webauthn.get", PASSKEY_ORIGIN, PASSKEY_RP_ID, "", 0x05, 0
};

static void random_octets(void *context, size_t len, uint8_t *out)
{
    (void)context;
    randombytes_buf(out, len);
}

static void hash(const void *octets, size_t len, uint8_t out[32])
{
    struct sha256_ctx sha256;
    sha256_init(&sha256);
    sha256_update(&sha256, len, octets);
    sha256_digest(&sha256, 32, out);
}

static void scalar_of(unsigned number, struct ecc_scalar *out)
{
    mpz_t secret;
    mpz_init_set_ui(secret, 1000003UL * (number + 7));
    ecc_scalar_init(out, nettle_get_secp_256r1());
    MUST(ecc_scalar_set(out, secret) == 1);
    mpz_clear(secret);
}

static void put_mpz(mpz_t number, uint8_t out[32])
{
    size_t len = (mpz_sizeinbase(number, 2) + 7) / 8;
    memset(out, 0, 32);
    (void)mpz_export(out + 32 - len, NULL, 1, 1, 1, 0, number);
}

static void es256_public(unsigned number, uint8_t out[64])
{
    struct ecc_scalar secret;
    struct ecc_point point;
    mpz_t x, y;
    mpz_inits(x, y, NULL);
    scalar_of(number, &secret);
    ecc_point_init(&point, nettle_get_secp_256r1());
    ecc_point_mul_g(&point, &secret);
    ecc_point_get(&point, x, y);
    put_mpz(x, out);
    put_mpz(y, out + 32);
    mpz_clears(x, y, NULL);
    ecc_point_clear(&point);
    ecc_scalar_clear(&secret);
}

static void eddsa_pair(unsigned number, uint8_t public[32], uint8_t secret[64])
{
    uint8_t seed[32] = { 0xed, (uint8_t)number };
    (void)crypto_sign_seed_keypair(public, secret, seed);
}

void passkey_public(unsigned number, enum webauthn_algorithm algorithm,
                    struct webauthn_key *out)
{
    uint8_t secret[64];
    *out = (struct webauthn_key){ .algorithm = algorithm };
    if (algorithm == WEBAUTHN_ES256)
        es256_public(number, out->octets);
    else
        eddsa_pair(number, out->octets, secret);
}

static size_t put_number(mpz_t number, uint8_t *out)
{
    size_t len = mpz_sizeinbase(number, 2) / 8 + 1; /* with a bit for the sign */
    memset(out, 0, len + 2);
    out[0] = 2;
    out[1] = (uint8_t)len;
    size_t used = (mpz_sizeinbase(number, 2) + 7) / 8;
    (void)mpz_export(out + 2 + len - used, NULL, 1, 1, 1, 0, number);
    return len + 2;
}

static void sign_es256(unsigned number, const uint8_t *message, size_t len,
                       struct webauthn_assertion *out)
{
    uint8_t digest[32];
    struct ecc_scalar secret;
    struct dsa_signature pair;
    hash(message, len, digest);
    scalar_of(number, &secret);
    dsa_signature_init(&pair);
    ecdsa_sign(&secret, NULL, random_octets, sizeof digest, digest, &pair);
    size_t used = put_number(pair.r, out->signature + 2);
    used += put_number(pair.s, out->signature + 2 + used);
    out->signature[0] = 0x30;
    out->signature[1] = (uint8_t)used;
    out->signature_len = used + 2;
    dsa_signature_clear(&pair);
    ecc_scalar_clear(&secret);
}

void passkey_sign(unsigned number, const struct passkey_making *making,
                  const uint8_t challenge[WEBAUTHN_DIGEST_OCTETS],
                  struct webauthn_assertion *out)
{
    char room[WEBAUTHN_CLIENT_MAX + 1], text[64];
    uint8_t message[WEBAUTHN_AUTHENTICATOR_MAX + 32], public[32], secret[64];
    struct text client = text_over(room, sizeof room);
    memset(out, 0, sizeof *out);
    text_format(&client, "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\"%s}",
                making->type,
                sodium_bin2base64(text, sizeof text, challenge, 32,
                                  sodium_base64_VARIANT_URLSAFE_NO_PADDING),
                making->origin, making->more);
    MUST(!client.cut);
    out->client_len = client.len;
    memcpy(out->client, room, client.len);
    out->authenticator_len = 37 + making->extension_octets;
    hash(making->rp_id, strlen(making->rp_id), out->authenticator);
    out->authenticator[32] = (uint8_t)making->flags;
    memcpy(message, out->authenticator, out->authenticator_len);
    hash(room, client.len, message + out->authenticator_len);
    if (making->algorithm == WEBAUTHN_ES256) {
        sign_es256(number, message, out->authenticator_len + 32, out);
        return;
    }
    eddsa_pair(number, public, secret);
    out->signature_len = 64;
    (void)crypto_sign_detached(out->signature, NULL, message, out->authenticator_len + 32,
                               secret);
}

void passkey_assert(struct envelope *envelope, unsigned number,
                    const struct passkey_making *making)
{
    uint8_t challenge[WEBAUTHN_DIGEST_OCTETS];
    struct webauthn_key key;
    struct webauthn_assertion assertion;
    struct error err = { 0 };
    envelope_challenge(envelope, challenge);
    passkey_public(number, making->algorithm, &key);
    passkey_sign(number, making, challenge, &assertion);
    MUST(envelope_assert(envelope, &key, &assertion, &err));
}

static void put(char *room, size_t max, const char *words)
{
    struct text text = text_over(room, max);
    text_put_string(&text, words);
}

struct trust_key *passkey_trust(struct trust *trust, unsigned number, const char *name,
                                const char *role)
{
    struct trust_key *key = &trust->keys[trust->count++];
    memset(key, 0, sizeof *key);
    put(key->key.name, sizeof key->key.name, name);
    put(key->role, sizeof key->role, role);
    passkey_public(number, WEBAUTHN_ES256, &key->passkey);
    put(key->place.rp_id, sizeof key->place.rp_id, PASSKEY_RP_ID);
    put(key->place.origins[0], WEBAUTHN_ORIGIN_MAX, PASSKEY_ORIGIN);
    key->place.origin_count = 1;
    key->from_ns = fixture_time("2026-01-01");
    key->to_ns = fixture_time("2030-01-01");
    return key;
}
