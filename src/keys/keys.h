// SPDX-License-Identifier: Apache-2.0
/* Signing keys (Ed25519): in files, encrypted with a passphrase (Argon2id and
 * XChaCha20-Poly1305 of libsodium), or in hardware behind PKCS#11 (through GnuTLS).  A secret
 * lives in locked memory, is never printed or logged, and is wiped by key_close. */
#pragma once

#include "base/error.h"
#include "proof/note.h"

struct key;

/* ask gives the passphrase or PIN into room, and its length, or -1; NULL: none is known.  A
 * file made without passphrase (for machines that start alone; said so in the file) needs none.
 */
typedef int key_ask_fn(void *context, const char *what, char *room, size_t max);

/* Where a key is: a path of a key file, or a "pkcs11:" URI (RFC 7512). */
MUST_CHECK struct key *key_open(const char *where, key_ask_fn *ask, void *context,
                                struct error *err);
void key_close(struct key *key);
const struct note_key *key_public(const struct key *key);
MUST_CHECK bool key_sign(struct key *key, struct bytes message, uint8_t out[64],
                         struct error *err);

/* What can be told of a key without its secret: nobody is asked for anything. */
struct key_facts {
    struct note_key public;
    bool is_token;
    bool is_encrypted;              /* of a file */
    uint64_t operations, kibibytes; /* that its passphrase costs (Argon2id) */
};
MUST_CHECK bool key_describe(const char *where, struct key_facts *out, struct error *err);

/* Makes a new key file (mode 0600, never over another); passphrase NULL: unencrypted. */
MUST_CHECK bool key_generate(const char *path, struct bytes name, const char *passphrase,
                             struct error *err);
