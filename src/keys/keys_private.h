// SPDX-License-Identifier: Apache-2.0
/* What key files and tokens share: how a passphrase is asked for, and who is asked. */
#pragma once

#include "keys/keys.h"

enum { KEY_SEED_OCTETS = 32, KEY_PHRASE_MAX = 1024 };

/* Asked at most once for each key that is opened. */
struct key_ask {
    key_ask_fn *fn; /* NULL: nobody is there to be asked */
    void *context;
};

/* Reads the file and decrypts its seed, which lies in locked memory. */
MUST_CHECK bool key_file_open(const char *path, const struct key_ask *ask,
                              struct note_key *public, uint8_t seed[KEY_SEED_OCTETS],
                              struct error *err);

MUST_CHECK bool key_file_describe(const char *path, struct key_facts *out, struct error *err);

/* NOTE_SECRET_OCTETS of locked memory; NULL: it is in a token. */
const uint8_t *key_secret(const struct key *key);

struct key_token;
/* The private key behind a URI stays in its token; its public one is read from there. */
MUST_CHECK struct key_token *key_token_open(const char *uri, const struct key_ask *ask,
                                            struct note_key *public, struct error *err);
MUST_CHECK bool key_token_public(const char *uri, struct note_key *out, struct error *err);
void key_token_close(struct key_token *token);
MUST_CHECK bool key_token_sign(struct key_token *token, struct bytes message, uint8_t out[64],
                               struct error *err);
