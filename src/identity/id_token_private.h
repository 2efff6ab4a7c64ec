// SPDX-License-Identifier: Apache-2.0
/* ID tokens (OpenID Connect Core 1.0, 3.1.3.7; RFC 8725): signed by one of the provider's own
 * keys with RS256, ES256 or EdDSA; nothing a token says about its key is fetched or believed
 * but the key's id. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"

enum { ID_TOKEN_MAX = 16 * 1024, ID_TOKEN_SKEW_S = 60 };

struct id_token_expected {
    const char *issuer, *client_id, *nonce;
    int64_t now_s;
};

/* Its claims, the caller's to give back.  keys: a JWK Set.  NULL: why; err->code ENOKEY where
 * none of the keys is of that id and kind, EACCES where it is well formed and not believed. */
MUST_CHECK json_t *id_token_verify(const char *token, const json_t *keys,
                                   const struct id_token_expected *expected, struct error *err);
