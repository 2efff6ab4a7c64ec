// SPDX-License-Identifier: Apache-2.0
#include "identity/identity.h"

#include <sodium.h>
#include <string.h>

enum { TOKEN_SECRET_OCTETS = 32, TOKEN_PREFIX_MAX = 8 };

MUST_CHECK bool token_make(const char *prefix, char out[TOKEN_TEXT_MAX],
                           uint8_t digest[TOKEN_DIGEST_OCTETS], struct error *err)
{
    uint8_t secret[TOKEN_SECRET_OCTETS];
    size_t at = strlen(prefix);

    if (at > TOKEN_PREFIX_MAX || sodium_init() < 0)
        return error_set(err, 0, "token: no randomness, or a prefix too long");
    randombytes_buf(secret, sizeof(secret));
    memcpy(out, prefix, at);
    out[at] = '_';
    sodium_bin2base64(out + at + 1, TOKEN_TEXT_MAX - at - 1, secret, sizeof(secret),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(secret, sizeof(secret));
    token_digest(out, digest);
    return true;
}

void token_digest(const char *token, uint8_t out[TOKEN_DIGEST_OCTETS])
{
    crypto_generichash(out, TOKEN_DIGEST_OCTETS, (const unsigned char *)token, strlen(token),
                       NULL, 0);
}
