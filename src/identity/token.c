// SPDX-License-Identifier: Apache-2.0
#include "identity/identity.h"

#include <sodium.h>
#include <string.h>

#include "identity/base64url.h"

enum { TOKEN_SECRET_OCTETS = 32, TOKEN_PREFIX_MAX = 8 };

MUST_CHECK bool token_make(const char *prefix, char out[TOKEN_TEXT_MAX],
                           uint8_t digest[TOKEN_DIGEST_OCTETS], struct error *err)
{
    struct text text = text_over(out, TOKEN_TEXT_MAX);
    uint8_t secret[TOKEN_SECRET_OCTETS];

    if (strlen(prefix) > TOKEN_PREFIX_MAX || sodium_init() < 0)
        return error_set(err, 0, "token: no randomness, or a prefix too long");
    randombytes_buf(secret, sizeof(secret));
    text_put_string(&text, prefix);
    text_put_char(&text, '_');
    base64url_put(&text, (struct bytes){ secret, sizeof(secret) });
    sodium_memzero(secret, sizeof(secret));
    token_digest(out, digest);
    return true;
}

void token_digest(const char *token, uint8_t out[TOKEN_DIGEST_OCTETS])
{
    crypto_generichash(out, TOKEN_DIGEST_OCTETS, (const unsigned char *)token, strlen(token),
                       NULL, 0);
}
