// SPDX-License-Identifier: Apache-2.0
/* Secrets that only somebody else may open: an anonymous box of libsodium (X25519,
 * XSalsa20-Poly1305) to the Montgomery form of an Ed25519 key, so that one key pair signs and
 * opens.  Whoever sealed it cannot open it again. */
#pragma once

#include "keys/keys.h"

enum { KEY_SEAL_OCTETS = 48 }; /* that it is longer than the secret */

/* out has room for secret.len + KEY_SEAL_OCTETS. */
MUST_CHECK bool key_seal(const struct note_key *to, struct bytes secret, uint8_t *out,
                         struct error *err);
/* out has room for sealed.len - KEY_SEAL_OCTETS.  A token's key does not open. */
MUST_CHECK bool key_unseal(const struct key *key, struct bytes sealed, uint8_t *out,
                           struct error *err);
