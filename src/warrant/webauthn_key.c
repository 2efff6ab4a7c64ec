// SPDX-License-Identifier: Apache-2.0
/* Public keys of passkeys. */
#include <nettle/ecc-curve.h>
#include <nettle/sha2.h>
#include <sodium.h>

#include "base/must.h"
#include "warrant/webauthn_private.h"

enum { ID_OCTETS = 16, BASE64_MAX = 96 };

static const struct form {
    const char *name;
    size_t len;
    size_t head_len;
    uint8_t head[32]; /* of SubjectPublicKeyInfo, all that comes before the key */
} forms[] = {
    /* id-ecPublicKey, prime256v1, an uncompressed point */
    [WEBAUTHN_ES256] = { "ES256", 64, 27, { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a,
                                            0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
                                            0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
                                            0x01, 0x07, 0x03, 0x42, 0x00, 0x04 } },
    /* id-Ed25519 */
    [WEBAUTHN_EDDSA] = { "EdDSA",
                         32,
                         12,
                         { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21,
                           0x00 } },
};

enum { FORMS = sizeof forms / sizeof *forms };

bool webauthn_point(const struct webauthn_key *key, struct ecc_point *out)
{
    mpz_t x, y;
    mpz_init(x);
    mpz_init(y);
    mpz_import(x, 32, 1, 1, 1, 0, key->octets);
    mpz_import(y, 32, 1, 1, 1, 0, key->octets + 32);
    ecc_point_init(out, nettle_get_secp_256r1());
    bool is_point = ecc_point_set(out, x, y) == 1;
    mpz_clear(x);
    mpz_clear(y);
    return is_point;
}

static enum fault make_key(enum webauthn_algorithm algorithm, const uint8_t *octets,
                           struct webauthn_key *out)
{
    struct webauthn_key key = { .algorithm = algorithm };
    memcpy(key.octets, octets, forms[algorithm].len);
    if (algorithm == WEBAUTHN_ES256) {
        struct ecc_point point;
        bool is_point = webauthn_point(&key, &point);
        ecc_point_clear(&point);
        if (!is_point)
            return FAULT_CRYPTO;
    }
    *out = key;
    return FAULT_NONE;
}

enum fault webauthn_key_read(struct bytes text, struct webauthn_key *out)
{
    struct bytes name = bytes_slice(text, 0, bytes_find(text, '+'));
    struct bytes rest = bytes_slice(text, name.len + 1, text.len);
    for (int i = WEBAUTHN_ES256; i < FORMS; i++) {
        uint8_t octets[WEBAUTHN_PUBLIC_OCTETS_MAX];
        size_t len = 0;
        if (!bytes_equal(name, bytes_of_string(forms[i].name)))
            continue;
        if (!webauthn_base64(rest, octets, sizeof octets, &len) || len != forms[i].len)
            return FAULT_VALUE;
        return make_key((enum webauthn_algorithm)i, octets, out);
    }
    return FAULT_UNSUPPORTED;
}

enum fault webauthn_key_read_der(struct bytes der, struct webauthn_key *out)
{
    for (int i = WEBAUTHN_ES256; i < FORMS; i++) {
        struct bytes head = { forms[i].head, forms[i].head_len };
        if (der.len == head.len + forms[i].len && bytes_start_with(der, head))
            return make_key((enum webauthn_algorithm)i, der.at + head.len, out);
    }
    return FAULT_UNSUPPORTED;
}

void webauthn_key_write(const struct webauthn_key *key, struct text *out)
{
    char room[BASE64_MAX];
    MUST(key->algorithm != WEBAUTHN_NO_KEY);
    text_put_string(out, forms[key->algorithm].name);
    text_put_char(out, '+');
    text_put_string(out,
                    sodium_bin2base64(room, sizeof room, key->octets, forms[key->algorithm].len,
                                      sodium_base64_VARIANT_ORIGINAL));
}

void webauthn_key_id(const struct webauthn_key *key, char out[WEBAUTHN_KEY_ID_MAX])
{
    char room[WEBAUTHN_KEY_TEXT_MAX], id[BASE64_MAX];
    uint8_t digest[SHA256_DIGEST_SIZE];
    struct text line = text_over(room, sizeof room);
    struct text text = text_over(out, WEBAUTHN_KEY_ID_MAX);
    struct sha256_ctx sha256;
    webauthn_key_write(key, &line);
    sha256_init(&sha256);
    sha256_update(&sha256, line.len, (const uint8_t *)room);
    sha256_digest(&sha256, sizeof digest, digest);
    text_put_string(&text, WEBAUTHN_KEY_ID_HEAD);
    text_put_string(&text, sodium_bin2base64(id, sizeof id, digest, ID_OCTETS,
                                             sodium_base64_VARIANT_URLSAFE_NO_PADDING));
}

bool webauthn_key_equal(const struct webauthn_key *a, const struct webauthn_key *b)
{
    return a->algorithm == b->algorithm && memcmp(a->octets, b->octets, sizeof a->octets) == 0;
}
