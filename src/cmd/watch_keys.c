// SPDX-License-Identifier: Apache-2.0
#include "cmd/watch_keys.h"

#include <sodium.h>

#include "cmd/line_keys.h"
#include "law/law.h"
#include "system/entropy.h"
#include "system/state.h"

/* Which key of the secret: numbers are never used again for another. */
enum { KEY_TABLES = 1, KEY_WARRANT = 128, KEY_STATE = 129 };

bool watch_keys_make(const struct watch_options *options, struct watch_keys *out,
                     struct error *err)
{
    static const char context[crypto_kdf_CONTEXTBYTES + 1] = "sk-watch";
    uint8_t secret[STATE_SECRET_OCTETS];
    _Static_assert(sizeof secret == crypto_kdf_KEYBYTES, "the secret is a key to derive from");
    if (sodium_init() < 0)
        return error_set(err, 0, "libsodium does not start");
    if (options->without_store ? !entropy_fill(secret, sizeof secret, err)
                               : !state_secret(secret, err))
        return false;
    (void)crypto_kdf_derive_from_key((uint8_t *)&out->tables, sizeof out->tables, KEY_TABLES,
                                     context, secret);
    const struct line_domain domain = { LAW_DEFAULT, basis_name(options->basis),
                                        options->pseudonyms };
    line_key_derive(secret, &domain, out->pseudonyms);
    (void)crypto_kdf_derive_from_key(out->warrant, sizeof out->warrant, KEY_WARRANT, context,
                                     secret);
    (void)crypto_kdf_derive_from_key(out->state, sizeof out->state, KEY_STATE, context, secret);
    sodium_memzero(secret, sizeof secret);
    return true;
}
