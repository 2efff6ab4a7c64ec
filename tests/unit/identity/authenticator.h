// SPDX-License-Identifier: Apache-2.0
/* An authenticator and a browser in software, that say whatever a test has them say. */
#pragma once

#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdlib.h>

#include "check.h"
#include "identity/base64url.h"
#include "identity/identity.h"

enum { SAID_PRESENT = 1, SAID_VERIFIED = 4, SAID_KEY = 0x40, SAID_EXTENSIONS = 0x80 };

struct said {
    const char *type, *origin, *rp_id, *format;
    const char *client_more; /* members behind the others; NULL: none */
    uint8_t challenge[PASSKEY_CHALLENGE_OCTETS];
    uint8_t flags;
    uint32_t count;
    uint8_t id[16];
    EVP_PKEY *key;
    int algorithm;          /* as the key's COSE says */
    bool has_own_signature; /* an attestation of its own key */
    size_t data_cut;        /* octets the authenticator's data lack */
    size_t data_more;       /* and have too many */
};

struct octets {
    uint8_t at[2048];
    size_t len;
};

static inline void put(struct octets *out, const void *at, size_t len)
{
    check(len <= sizeof(out->at) - out->len);
    memcpy(out->at + out->len, at, len);
    out->len += len;
}

static inline void put_u8(struct octets *out, uint8_t octet)
{
    put(out, &octet, 1);
}

static inline EVP_PKEY *make_key(int algorithm)
{
    return algorithm == -7 ? EVP_EC_gen("P-256") : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

/* RFC 9053 7: the public half. */
static inline void put_cose(struct octets *out, const struct said *said)
{
    uint8_t point[80];
    size_t len = sizeof(point);

    if (EVP_PKEY_get_base_id(said->key) == EVP_PKEY_EC) {
        uint8_t head[] = { 0xa5, 1, 2, 3, (uint8_t)(0x20 - 1 - said->algorithm), 0x20, 1 };
        check(EVP_PKEY_get_octet_string_param(said->key, OSSL_PKEY_PARAM_PUB_KEY, point,
                                              sizeof(point), &len) == 1);
        put(out, head, sizeof(head));
        put(out, "\x21\x58\x20", 3);
        put(out, point + 1, 32);
        put(out, "\x22\x58\x20", 3);
        put(out, point + 33, 32);
        return;
    }
    uint8_t head[] = { 0xa4, 1, 1, 3, (uint8_t)(0x20 - 1 - said->algorithm), 0x20, 6 };
    check(EVP_PKEY_get_raw_public_key(said->key, point, &len) == 1);
    put(out, head, sizeof(head));
    put(out, "\x21\x58\x20", 3);
    put(out, point, 32);
}

static inline void put_authenticator(struct octets *out, const struct said *said)
{
    uint8_t digest[32];
    uint8_t count[] = { (uint8_t)(said->count >> 24), (uint8_t)(said->count >> 16),
                        (uint8_t)(said->count >> 8), (uint8_t)said->count };

    crypto_hash_sha256(digest, (const uint8_t *)said->rp_id, strlen(said->rp_id));
    put(out, digest, sizeof(digest));
    put_u8(out, said->flags);
    put(out, count, sizeof(count));
    if (said->flags & SAID_KEY) {
        static const uint8_t aaguid[16] = { 0 };
        put(out, aaguid, sizeof(aaguid));
        put(out, "\0\x10", 2);
        put(out, said->id, sizeof(said->id));
        put_cose(out, said);
    }
    if (said->flags & SAID_EXTENSIONS)
        put_u8(out, 0xa0);
    out->len -= said->data_cut < out->len ? said->data_cut : out->len;
    for (size_t i = 0; i < said->data_more; i++)
        put_u8(out, 0);
}

static inline void put_client(struct octets *out, const struct said *said)
{
    char room[64], all[1024];
    struct text challenge = text_over(room, sizeof(room));
    struct text json = text_over(all, sizeof(all));

    base64url_put(&challenge, (struct bytes){ said->challenge, sizeof(said->challenge) });
    text_format(&json, "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\"%s}", said->type,
                room, said->origin, said->client_more ? said->client_more : "");
    put(out, all, json.len);
}

static inline void put_signature(struct octets *out, const struct said *said,
                                 const struct octets *data, const struct octets *client)
{
    bool is_ec = EVP_PKEY_get_base_id(said->key) == EVP_PKEY_EC;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    struct octets message = *data;
    uint8_t digest[32];
    size_t len = sizeof(out->at) - out->len;

    crypto_hash_sha256(digest, client->at, client->len);
    put(&message, digest, sizeof(digest));
    check(EVP_DigestSignInit(context, NULL, is_ec ? EVP_sha256() : NULL, NULL, said->key) == 1);
    check(EVP_DigestSign(context, out->at + out->len, &len, message.at, message.len) == 1);
    out->len += len;
    EVP_MD_CTX_free(context);
}

static inline json_t *text_of(const struct octets *octets)
{
    char room[4096];
    struct text text = text_over(room, sizeof(room));

    base64url_put(&text, (struct bytes){ octets->at, octets->len });
    return json_string(room);
}

static inline json_t *wrap(const struct said *said, json_t *response)
{
    struct octets id = { .len = 0 };

    put(&id, said->id, sizeof(said->id));
    return json_pack("{s:o,s:o,s:s,s:o,s:{}}", "id", text_of(&id), "rawId", text_of(&id),
                     "type", "public-key", "response", response, "clientExtensionResults");
}

static inline void put_statement(struct octets *out, const struct said *said,
                                 const struct octets *data, const struct octets *client)
{
    struct octets signature = { .len = 0 };

    if (!said->has_own_signature) {
        put_u8(out, 0xa0);
        return;
    }
    put_signature(&signature, said, data, client);
    put(out,
        "\xa2\x63"
        "alg",
        5);
    put_u8(out, (uint8_t)(0x20 - 1 - said->algorithm));
    put(out,
        "\x63"
        "sig\x58",
        5);
    put_u8(out, (uint8_t)signature.len);
    put(out, signature.at, signature.len);
}

/* navigator.credentials.create() */
static inline json_t *created(const struct said *said)
{
    struct octets data = { .len = 0 }, client = { .len = 0 }, object = { .len = 0 };

    put_authenticator(&data, said);
    put_client(&client, said);
    put(&object,
        "\xa3\x63"
        "fmt",
        5);
    put_u8(&object, (uint8_t)(0x60 + strlen(said->format)));
    put(&object, said->format, strlen(said->format));
    put(&object,
        "\x67"
        "attStmt",
        8);
    put_statement(&object, said, &data, &client);
    put(&object,
        "\x68"
        "authData\x59",
        10);
    put_u8(&object, (uint8_t)(data.len >> 8));
    put_u8(&object, (uint8_t)data.len);
    put(&object, data.at, data.len);
    return wrap(said, json_pack("{s:o,s:o}", "clientDataJSON", text_of(&client),
                                "attestationObject", text_of(&object)));
}

/* navigator.credentials.get() */
static inline json_t *got(const struct said *said)
{
    struct octets data = { .len = 0 }, client = { .len = 0 }, signature = { .len = 0 };

    put_authenticator(&data, said);
    put_client(&client, said);
    put_signature(&signature, said, &data, &client);
    return wrap(said, json_pack("{s:o,s:o,s:o,s:s}", "clientDataJSON", text_of(&client),
                                "authenticatorData", text_of(&data), "signature",
                                text_of(&signature), "userHandle", "dXNlci03"));
}
