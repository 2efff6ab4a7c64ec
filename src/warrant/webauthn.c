// SPDX-License-Identifier: Apache-2.0
#include <jansson.h>
#include <nettle/ecdsa.h>
#include <nettle/sha2.h>
#include <sodium.h>

#include "base/cursor.h"
#include "warrant/webauthn_private.h"

/* authenticatorData, level 2 section 6.1: hash of the rp id, flags, counter; then extensions,
 * and of registrations alone attested credential data. */
enum {
    FLAGS_AT = 32,
    HEAD_OCTETS = 37,
    FLAG_PRESENT = 0x01,
    FLAG_VERIFIED = 0x04,
    FLAG_ATTESTED = 0x40,
    FLAG_EXTENSIONS = 0x80,
    ED25519_OCTETS = 64,
};

bool webauthn_is_ascii(struct bytes text)
{
    uint8_t all = 0;
    for (size_t i = 0; i < text.len; i++)
        all |= text.at[i];
    return all < 0x80;
}

bool webauthn_base64(struct bytes text, uint8_t *out, size_t max, size_t *len)
{
    const char *end = NULL, *from = (const char *)text.at;
    return text.len > 0 && webauthn_is_ascii(text) &&
           sodium_base642bin(out, max, from, text.len, NULL, len, &end,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           end == from + text.len && *len > 0;
}

static void digest(struct bytes octets, uint8_t out[WEBAUTHN_DIGEST_OCTETS])
{
    struct sha256_ctx sha256;
    sha256_init(&sha256);
    sha256_update(&sha256, octets.len, octets.at);
    sha256_digest(&sha256, WEBAUTHN_DIGEST_OCTETS, out);
}

bool webauthn_is_origin(const char *origin, const char *rp_id)
{
    static const char secure[] = "https://", local[] = "http://localhost";
    struct bytes rest = bytes_of_string(origin);
    bool is_local = strcmp(rp_id, "localhost") == 0;
    bool is_plain = is_local && bytes_start_with(rest, bytes_of_string(local));
    if (!is_plain && !bytes_start_with(rest, bytes_of_string(secure)))
        return false;
    rest = bytes_slice(rest, is_plain ? strlen("http://") : strlen(secure), rest.len);
    struct bytes host = bytes_slice(rest, 0, bytes_find(rest, ':'));
    struct bytes port = bytes_slice(rest, host.len + 1, rest.len);
    struct bytes wanted = bytes_of_string(rp_id);
    uint64_t number = 1;
    if (host.len < rest.len && !text_read_u64(port, UINT16_MAX, &number))
        return false;
    bool is_below = host.len > wanted.len && host.at[host.len - wanted.len - 1] == '.';
    return wanted.len > 0 && number > 0 && bytes_find(host, '/') == host.len &&
           (host.len == wanted.len || is_below) &&
           bytes_equal(bytes_slice(host, host.len - wanted.len, host.len), wanted);
}

static bool is_text(const json_t *object, const char *name, const char *wanted)
{
    const json_t *value = json_object_get(object, name);
    return json_is_string(value) && strlen(wanted) == json_string_length(value) &&
           memcmp(json_string_value(value), wanted, strlen(wanted)) == 0;
}

static bool is_one_of(const json_t *object, const struct webauthn_place *place)
{
    for (size_t i = 0; i < place->origin_count; i++)
        if (is_text(object, "origin", place->origins[i]))
            return true;
    return false;
}

/* Steps 11 to 13, and that no page of others had it in a frame.  Members unknown are of
 * browsers to come, and signed like the rest. */
static bool check_client(const json_t *client, const struct webauthn_place *place,
                         const char *challenge, struct error *err)
{
    const json_t *crossed = json_object_get(client, "crossOrigin");
    if (!json_is_object(client))
        return error_set(err, 0, "clientDataJSON is no JSON object");
    if (!is_text(client, "type", "webauthn.get"))
        return error_set(err, 0, "it is no assertion: type");
    if (!is_text(client, "challenge", challenge))
        return error_set(err, 0, "it signs something else: challenge");
    if (!is_one_of(client, place))
        return error_set(err, 0, "it was made on a page that is not allowed: origin");
    if ((crossed && !json_is_false(crossed)) || json_object_get(client, "topOrigin"))
        return error_set(err, 0, "it was made within a page of others: crossOrigin");
    return true;
}

static bool rule_client(const struct webauthn_assertion *assertion,
                        const struct webauthn_place *place, const uint8_t *challenge,
                        struct error *err)
{
    char text[WEBAUTHN_DIGEST_OCTETS * 2];
    (void)sodium_bin2base64(text, sizeof text, challenge, WEBAUTHN_DIGEST_OCTETS,
                            sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    json_t *client = json_loadb((const char *)assertion->client, assertion->client_len,
                                JSON_REJECT_DUPLICATES, NULL);
    bool is_good = check_client(client, place, text, err);
    json_decref(client);
    return is_good;
}

/* Steps 15 to 17. */
static bool rule_authenticator(const struct webauthn_assertion *assertion,
                               const struct webauthn_place *place, struct error *err)
{
    uint8_t wanted[WEBAUTHN_DIGEST_OCTETS];
    if (assertion->authenticator_len < HEAD_OCTETS)
        return error_set(err, 0, "authenticatorData is cut");
    unsigned flags = assertion->authenticator[FLAGS_AT];
    bool has_more = assertion->authenticator_len > HEAD_OCTETS;
    if ((flags & FLAG_ATTESTED) != 0 || has_more != ((flags & FLAG_EXTENSIONS) != 0))
        return error_set(err, 0, "authenticatorData is not what its flags say");
    digest(bytes_of_string(place->rp_id), wanted);
    if (memcmp(assertion->authenticator, wanted, sizeof wanted) != 0)
        return error_set(err, 0, "it was made for another relying party: rpIdHash");
    if ((flags & FLAG_PRESENT) == 0 || (flags & FLAG_VERIFIED) == 0)
        return error_set(err, 0, "the authenticator did not verify who was there: flags");
    return true;
}

/* A positive whole number in as few octets as it needs (X.690 8.3, 10.1). */
static bool take_number(struct cursor *cursor, mpz_t out)
{
    unsigned tag = cursor_u8(cursor);
    size_t len = cursor_u8(cursor);
    struct cursor number = cursor_take(cursor, len);
    bool is_number = !number.broken && tag == 0x02 && len >= 1 && len <= 33 &&
                     number.at[0] < 0x80 &&
                     !(len > 1 && number.at[0] == 0 && number.at[1] < 0x80);
    if (is_number)
        mpz_import(out, len, 1, 1, 1, 0, number.at);
    return is_number;
}

/* RFC 3279 2.2.3: SEQUENCE of r and s, and nothing behind them. */
static bool take_signature(struct bytes der, struct dsa_signature *out)
{
    struct cursor cursor = cursor_over(der);
    unsigned tag = cursor_u8(&cursor);
    size_t len = cursor_u8(&cursor);
    struct cursor pair = cursor_take(&cursor, len);
    return tag == 0x30 && len < 0x80 && !pair.broken && cursor.left == 0 &&
           take_number(&pair, out->r) && take_number(&pair, out->s) && pair.left == 0;
}

static bool is_ecdsa(const struct webauthn_key *key, struct bytes signature,
                     const uint8_t hash[WEBAUTHN_DIGEST_OCTETS])
{
    struct ecc_point point;
    struct dsa_signature pair;
    dsa_signature_init(&pair);
    bool is_good = webauthn_point(key, &point) && take_signature(signature, &pair) &&
                   ecdsa_verify(&point, WEBAUTHN_DIGEST_OCTETS, hash, &pair) == 1;
    dsa_signature_clear(&pair);
    ecc_point_clear(&point);
    return is_good;
}

/* Steps 19 and 20: over authenticatorData and SHA-256 of clientDataJSON. */
static bool is_signed(const struct webauthn_key *key,
                      const struct webauthn_assertion *assertion)
{
    uint8_t message[WEBAUTHN_AUTHENTICATOR_MAX + WEBAUTHN_DIGEST_OCTETS];
    uint8_t hash[WEBAUTHN_DIGEST_OCTETS];
    struct bytes whole = { message, assertion->authenticator_len + WEBAUTHN_DIGEST_OCTETS };
    struct bytes signature = { assertion->signature, assertion->signature_len };
    memcpy(message, assertion->authenticator, assertion->authenticator_len);
    digest((struct bytes){ assertion->client, assertion->client_len },
           message + assertion->authenticator_len);
    digest(whole, hash);
    switch (key->algorithm) {
    case WEBAUTHN_ES256: return is_ecdsa(key, signature, hash);
    case WEBAUTHN_EDDSA:
        return signature.len == ED25519_OCTETS &&
               crypto_sign_verify_detached(signature.at, whole.at, whole.len, key->octets) == 0;
    case WEBAUTHN_NO_KEY: break;
    }
    return false;
}

bool webauthn_verify(const struct webauthn_key *key, const struct webauthn_place *place,
                     const struct webauthn_assertion *assertion,
                     const uint8_t challenge[WEBAUTHN_DIGEST_OCTETS], struct error *err)
{
    return rule_client(assertion, place, challenge, err) &&
           rule_authenticator(assertion, place, err) &&
           (is_signed(key, assertion) || error_set(err, 0, "the signature is wrong"));
}
