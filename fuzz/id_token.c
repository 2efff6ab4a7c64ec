// SPDX-License-Identifier: Apache-2.0
/* A token: what is believed was signed with the key of the corpus, for us, in time. */
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "identity/id_token_private.h"

static const char keys_text[] = "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"e\","
                                "\"x\":\"y-p1m0MJ4cnfalrmJc1OGWNQupZcKo9XViTmUk2LTBE\","
                                "\"y\":\"xnueKB_77iUjYbEDFKMDiojCwBM1rcDy9O7hTp_9nfM\"},"
                                "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"d\","
                                "\"x\":\"B_j4IbSR0HMbmsWn3PCMOzgYsws7_mDEZfyVKf09D5g\"}]}";

static const struct id_token_expected expected = {
    .issuer = "https://op.example",
    .client_id = "sekisho",
    .nonce = "nonce",
    .now_s = 1800000000,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static json_t *keys;
    char *token = malloc(size + 1);
    struct error err = { 0 };

    if (!keys)
        keys = json_loads(keys_text, 0, NULL);
    MUST(keys && token);
    if (size > 0)
        memcpy(token, data, size);
    token[size] = '\0';
    json_t *claims = id_token_verify(token, keys, &expected, &err);
    if (claims)
        MUST(strcmp(json_string_value(json_object_get(claims, "nonce")), expected.nonce) == 0);
    json_decref(claims);
    free(token);
    return 0;
}
