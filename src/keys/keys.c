// SPDX-License-Identifier: Apache-2.0
#include "keys/keys.h"

#include <sodium.h>
#include <stdlib.h>

#include "keys/keys_private.h"

struct key {
    struct note_key public;
    uint8_t *secret; /* of sodium_malloc: locked, guarded, kept out of dumps; NULL: a token's */
    struct key_token *token;
};

static bool open_file(struct key *key, const char *path, const struct key_ask *ask,
                      struct error *err)
{
    uint8_t octets[NOTE_PUBLIC_OCTETS];
    uint8_t *seed = sodium_malloc(KEY_SEED_OCTETS);
    key->secret = sodium_malloc(NOTE_SECRET_OCTETS);
    bool is_open = seed && key->secret;
    if (!is_open)
        (void)error_set(err, 0, "no locked memory for the key %s", path);
    is_open = is_open && key_file_open(path, ask, &key->public, seed, err);
    if (is_open) {
        (void)crypto_sign_seed_keypair(octets, key->secret, seed);
        (void)sodium_mprotect_readonly(key->secret);
        if (memcmp(octets, key->public.octets, sizeof octets) != 0)
            is_open = error_set(err, 0, "%s: its secret is not that of its public key", path);
    }
    sodium_free(seed);
    return is_open;
}

static bool is_token(const char *where)
{
    return strncmp(where, "pkcs11:", strlen("pkcs11:")) == 0;
}

struct key *key_open(const char *where, key_ask_fn *ask, void *context, struct error *err)
{
    struct key_ask asked = { ask, context };
    struct key *key = calloc(1, sizeof *key);
    if (!key || sodium_init() < 0) {
        free(key);
        (void)error_set(err, 0, "no memory for the key %s", where);
        return NULL;
    }
    if (is_token(where))
        key->token = key_token_open(where, &asked, &key->public, err);
    if (is_token(where) ? key->token != NULL : open_file(key, where, &asked, err))
        return key;
    key_close(key);
    return NULL;
}

void key_close(struct key *key)
{
    if (!key)
        return;
    sodium_free(key->secret); /* wipes it first */
    if (key->token)
        key_token_close(key->token);
    free(key);
}

const struct note_key *key_public(const struct key *key)
{
    return &key->public;
}

const uint8_t *key_secret(const struct key *key)
{
    return key->secret;
}

bool key_sign(struct key *key, struct bytes message, uint8_t out[64], struct error *err)
{
    uint8_t signature[crypto_sign_BYTES];
    if (key->token) {
        if (!key_token_sign(key->token, message, signature, err))
            return false;
    } else if (crypto_sign_detached(signature, NULL, message.at, message.len, key->secret) != 0)
        return error_set(err, 0, "the key %s does not sign", key->public.name);
    /* What hardware or a damaged memory got wrong must not leave the house. */
    if (crypto_sign_verify_detached(signature, message.at, message.len, key->public.octets) !=
        0)
        return error_set(err, 0, "the signature of the key %s does not verify",
                         key->public.name);
    memcpy(out, signature, sizeof signature);
    return true;
}

bool key_describe(const char *where, struct key_facts *out, struct error *err)
{
    struct key_facts facts = { .is_token = is_token(where) };
    if (sodium_init() < 0)
        return error_set(err, 0, "no memory for the key %s", where);
    if (facts.is_token ? !key_token_public(where, &facts.public, err)
                       : !key_file_describe(where, &facts, err))
        return false;
    *out = facts;
    return true;
}
