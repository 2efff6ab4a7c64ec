// SPDX-License-Identifier: Apache-2.0
#include "keys/seal.h"

#include <sodium.h>

#include "keys/keys_private.h"

_Static_assert((int)KEY_SEAL_OCTETS == (int)crypto_box_SEALBYTES, "a sealed box of libsodium");

bool key_seal(const struct note_key *to, struct bytes secret, uint8_t *out, struct error *err)
{
    uint8_t montgomery[crypto_box_PUBLICKEYBYTES];
    if (sodium_init() < 0 ||
        crypto_sign_ed25519_pk_to_curve25519(montgomery, to->octets) != 0 ||
        crypto_box_seal(out, secret.at, secret.len, montgomery) != 0)
        return error_set(err, 0, "nothing can be sealed to the key %s", to->name);
    return true;
}

bool key_unseal(const struct key *key, struct bytes sealed, uint8_t *out, struct error *err)
{
    uint8_t public[crypto_box_PUBLICKEYBYTES], secret[crypto_box_SECRETKEYBYTES];
    const struct note_key *name = key_public(key);
    const uint8_t *own = key_secret(key);
    if (!own)
        return error_set(err, 0, "the key %s is in a token, which only signs", name->name);
    bool is_open = crypto_sign_ed25519_pk_to_curve25519(public, name->octets) == 0 &&
                   crypto_sign_ed25519_sk_to_curve25519(secret, own) == 0 &&
                   crypto_box_seal_open(out, sealed.at, sealed.len, public, secret) == 0;
    sodium_memzero(secret, sizeof secret);
    return is_open || error_set(err, 0, "it was not sealed to the key %s", name->name);
}
