// SPDX-License-Identifier: Apache-2.0
#include "identity/passkey_private.h"

#include <errno.h>
#include <sodium.h>

#include "base/cursor.h"
#include "identity/base64url.h"
#include "identity/cbor_private.h"

enum { AAGUID_OCTETS = 16 };
enum { FLAG_PRESENT = 0x01, FLAG_VERIFIED = 0x04, FLAG_KEY = 0x40, FLAG_EXTENSIONS = 0x80 };

static struct bytes text_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return json_is_string(value) ? (struct bytes){ (const uint8_t *)json_string_value(value),
                                                   json_string_length(value) }
                                 : (struct bytes){ 0 };
}

struct bytes credential_take(const json_t *object, const char *name, size_t max,
                             struct arena *arena)
{
    struct bytes text = text_of(object, name);
    size_t len = 0;

    if (text.len > (max * 4 + 2) / 3)
        return (struct bytes){ 0 };
    uint8_t *octets = ARENA_NEW(arena, uint8_t, text.len);
    if (!base64url_get(text, octets, text.len, &len))
        return (struct bytes){ 0 };
    return (struct bytes){ octets, len };
}

bool credential_read(const json_t *json, struct arena *arena, struct credential *out,
                     struct error *err)
{
    struct bytes raw = credential_take(json, "rawId", PASSKEY_ID_MAX, arena);

    out->id = credential_take(json, "id", PASSKEY_ID_MAX, arena);
    out->response = json_object_get(json, "response");
    out->client = credential_take(out->response, "clientDataJSON", PASSKEY_CLIENT_MAX, arena);
    if (out->id.len == 0 || !bytes_equal(out->id, raw))
        return error_set(err, 0, "passkey: its id is missing, too long, or not its rawId");
    if (!bytes_equal(text_of(json, "type"), BYTES("public-key")))
        return error_set(err, 0, "passkey: not of type public-key");
    if (out->client.len == 0)
        return error_set(err, 0,
                         "passkey: clientDataJSON is missing, too long or not "
                         "base64url");
    return true;
}

static bool is_challenge(const json_t *data, const uint8_t challenge[PASSKEY_CHALLENGE_OCTETS])
{
    uint8_t octets[PASSKEY_CHALLENGE_OCTETS] = { 0 };
    size_t len = 0;

    return base64url_get(text_of(data, "challenge"), octets, sizeof(octets), &len) &&
           len == sizeof(octets) && sodium_memcmp(octets, challenge, sizeof(octets)) == 0;
}

static bool is_text(const json_t *data, const char *name, const char *expected)
{
    return bytes_equal(text_of(data, name), bytes_of_string(expected));
}

/* Absent or false; browsers before level 2 did not write it. */
static bool is_same_origin(const json_t *data)
{
    const json_t *crossed = json_object_get(data, "crossOrigin");

    return (!crossed || json_is_false(crossed)) && !json_object_get(data, "topOrigin");
}

/* We bind no tokens of TLS (RFC 8471): who says one was bound did not speak to us. */
static bool is_unbound(const json_t *data)
{
    const json_t *binding = json_object_get(data, "tokenBinding");

    return !binding || is_text(binding, "status", "supported");
}

bool client_data_read(struct bytes json, const struct ceremony *ceremony,
                      uint8_t digest[PASSKEY_DIGEST_OCTETS], struct error *err)
{
    json_t *data = json_loadb((const char *)json.at, json.len, JSON_REJECT_DUPLICATES, NULL);
    const char *fault = NULL;

    if (!json_is_object(data)) {
        json_decref(data);
        return error_set(err, 0, "passkey: clientDataJSON is not an object of JSON");
    }
    if (!is_text(data, "type", ceremony->type))
        fault = "of another ceremony";
    else if (!is_challenge(data, ceremony->challenge))
        fault = "for another challenge";
    else if (!is_text(data, "origin", ceremony->place->origin))
        fault = "from another origin";
    else if (!is_same_origin(data))
        fault = "from a frame in another's page";
    else if (!is_unbound(data))
        fault = "bound to another connection";
    json_decref(data);
    if (fault)
        return error_set(err, EACCES, "passkey: %s", fault);
    crypto_hash_sha256(digest, json.at, json.len);
    return true;
}

static void skip_item(struct cursor *rest)
{
    size_t len = rest->broken ? 0 : cbor_item_len(cursor_rest(rest));

    if (len == 0)
        rest->broken = true;
    else
        cursor_take(rest, len);
}

/* WebAuthn 6.1 */
bool authenticator_read(struct bytes data, const struct passkey_place *place,
                        struct authenticator *out, struct error *err)
{
    struct cursor rest = cursor_over(data);
    uint8_t expected[PASSKEY_DIGEST_OCTETS];

    struct bytes digest = cursor_bytes(&rest, sizeof(expected));
    uint8_t flags = cursor_u8(&rest);
    uint32_t sign_count = cursor_be32(&rest);
    if (flags & FLAG_KEY) {
        cursor_bytes(&rest, AAGUID_OCTETS);
        size_t id_len = cursor_be16(&rest);
        cursor_bytes(&rest, id_len);
        skip_item(&rest);
    }
    if (flags & FLAG_EXTENSIONS)
        skip_item(&rest);
    if (rest.broken || rest.left > 0)
        return error_set(err, 0, "passkey: the authenticator's data are cut, or too long");
    crypto_hash_sha256(expected, (const uint8_t *)place->rp_id, strlen(place->rp_id));
    if (memcmp(digest.at, expected, sizeof(expected)) != 0)
        return error_set(err, EACCES, "passkey: of another relying party");
    if (!(flags & FLAG_PRESENT))
        return error_set(err, EACCES, "passkey: nobody was present");
    if (place->needs_user_verified && !(flags & FLAG_VERIFIED))
        return error_set(err, EACCES, "passkey: the user was not verified");
    *out = (struct authenticator){ sign_count, (flags & FLAG_KEY) != 0 };
    return true;
}
