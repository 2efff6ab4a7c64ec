// SPDX-License-Identifier: Apache-2.0
/* An attestation object, and the same octets as what an authenticator says, in a credential
 * that is good but for them.  What registers is a key of one of two kinds, for the id named. */
#include <stdlib.h>

#include "base/must.h"
#include "identity/base64url.h"
#include "identity/identity.h"

enum { ROOM = 32768 };
static const struct passkey_place place = { "localhost", "https://localhost:8443", true };
static const uint8_t challenge[PASSKEY_CHALLENGE_OCTETS] = { 0 };

static json_t *octets_of(struct bytes octets)
{
    char room[ROOM];
    struct text text = text_over(room, sizeof(room));

    base64url_put(&text, octets);
    return json_string(room);
}

static json_t *credential_of(const char *type, struct bytes octets)
{
    char room[256], zeros[64];
    struct text text = text_over(room, sizeof(room)), nought = text_over(zeros, sizeof(zeros));

    base64url_put(&nought, (struct bytes){ challenge, sizeof(challenge) });
    text_format(&text, "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\"}", type, zeros,
                place.origin);
    return json_pack("{s:s,s:s,s:s,s:{s:o,s:o,s:o,s:s}}", "id", "AA", "rawId", "AA", "type",
                     "public-key", "response", "clientDataJSON", octets_of(text_bytes(&text)),
                     "attestationObject", octets_of(octets), "authenticatorData",
                     octets_of(octets), "signature", "AAAA");
}

static void check_key(const struct passkey *passkey)
{
    MUST(passkey->id_len == 1 && passkey->id[0] == 0);
    MUST((passkey->algorithm == -7 && passkey->key_len == 64) ||
         (passkey->algorithm == -8 && passkey->key_len == 32));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct passkey passkey = { .id_len = 1, .algorithm = -8, .key_len = 32 };
    struct bytes octets = { data, size };
    struct error err = { 0 };
    json_t *made = credential_of("webauthn.create", octets);
    json_t *got = credential_of("webauthn.get", octets);

    MUST(!passkey_verify(got, &place, challenge, &passkey, &err));
    if (passkey_register(made, &place, challenge, &passkey, &err)) {
        check_key(&passkey);
        MUST(!passkey_verify(got, &place, challenge, &passkey, &err));
    }
    json_decref(made);
    json_decref(got);
    return 0;
}
