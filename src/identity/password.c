// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"
#include "identity/identity.h"

#include <sodium.h>

enum { OPERATIONS = 2, MEMORY_OCTETS = 64 << 20 };
_Static_assert(PASSWORD_HASH_MAX == crypto_pwhash_STRBYTES, "the library's room for a hash");

/* Of no password, with the same cost: what nobody's password is held against. */
static const char nobody[PASSWORD_HASH_MAX] =
    "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

static size_t characters_of(const char *password)
{
    struct bytes rest = bytes_of_string(password);
    size_t count = 0;

    for (; rest.len > 0; count++)
        (void)utf8_take(&rest);
    return count;
}

bool password_hash(const char *password, char out[PASSWORD_HASH_MAX], struct error *err)
{
    size_t len = strlen(password);

    if (len > PASSWORD_MAX || characters_of(password) < PASSWORD_MIN)
        return error_set(err, 0, "a password has at least %d characters and at most %d octets",
                         PASSWORD_MIN, PASSWORD_MAX);
    if (sodium_init() < 0 ||
        crypto_pwhash_str_alg(out, password, len, OPERATIONS, MEMORY_OCTETS,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        return error_set(err, 0, "password: no memory for its hash");
    return true;
}

bool password_is(const char *hash, const char *password)
{
    char held[PASSWORD_HASH_MAX] = { 0 };
    const char *from = hash ? hash : nobody;
    size_t len = strlen(from);

    if (len >= sizeof(held) || strlen(password) > PASSWORD_MAX || sodium_init() < 0)
        return false;
    memcpy(held, from, len);
    bool is = crypto_pwhash_str_verify(held, password, strlen(password)) == 0;
    return is && hash;
}
