// SPDX-License-Identifier: Apache-2.0
/* A credential as the browser gives it, in JSON.  The key here is nobody's: nothing verifies.
 */
#include <stdlib.h>

#include "base/must.h"
#include "identity/identity.h"

static const struct passkey_place place = { "localhost", "https://localhost:8443", true };
static const uint8_t challenge[PASSKEY_CHALLENGE_OCTETS] = { 0 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *json = json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);
    struct passkey passkey = { .algorithm = -8, .key_len = 32 };
    struct passkey_claim claim;
    struct error err = { 0 };

    if (passkey_claim_read(json, &claim, &err)) {
        MUST(claim.id_len > 0 && claim.id_len <= PASSKEY_ID_MAX);
        MUST(claim.user_len <= PASSKEY_USER_MAX);
        memcpy(passkey.id, claim.id, claim.id_len);
        passkey.id_len = claim.id_len;
    }
    MUST(!passkey_verify(json, &place, challenge, &passkey, &err));
    if (passkey_register(json, &place, challenge, &passkey, &err))
        MUST(passkey.id_len == claim.id_len && memcmp(passkey.id, claim.id, claim.id_len) == 0);
    json_decref(json);
    return 0;
}
