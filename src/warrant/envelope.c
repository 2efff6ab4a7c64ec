// SPDX-License-Identifier: Apache-2.0
#include "warrant/envelope.h"

#include <nettle/sha2.h>
#include <sodium.h>
#include <stdlib.h>

#include "warrant/json_private.h"
#include "warrant/webauthn_private.h"

/* DSSE protocol 1.0, "Signature Definition". */
bool envelope_make(const char *type, struct bytes payload, struct envelope *out,
                   struct error *err)
{
    char room[ENVELOPE_TYPE_MAX + 64];
    struct text head = text_over(room, sizeof room);
    text_format(&head, "DSSEv1 %zu %s %zu ", strlen(type), type, payload.len);
    struct text kept = text_over(out->type, sizeof out->type);
    text_put_string(&kept, type);
    if (head.cut || kept.cut || payload.len > ENVELOPE_OCTETS_MAX)
        return error_set(err, 0, "too much for one envelope");
    uint8_t *message = malloc(head.len + payload.len);
    if (!message)
        return error_set(err, 0, "no memory for an envelope");
    memcpy(message, room, head.len);
    if (payload.len > 0)
        memcpy(message + head.len, payload.at, payload.len);
    out->memory = message;
    out->message = (struct bytes){ message, head.len + payload.len };
    out->payload = (struct bytes){ message + head.len, payload.len };
    out->signature_count = 0;
    return true;
}

void envelope_done(struct envelope *envelope)
{
    free(envelope->memory);
    *envelope = (struct envelope){ .signature_count = 0 };
}

/* Either alphabet, as DSSE has it; the library refuses blanks, missing padding, stray bits. */
static bool get_base64(const char *text, size_t text_len, uint8_t *out, size_t max, size_t *len)
{
    static const int variants[] = { sodium_base64_VARIANT_ORIGINAL,
                                    sodium_base64_VARIANT_URLSAFE };
    bool is_ascii = webauthn_is_ascii((struct bytes){ (const uint8_t *)text, text_len });
    for (size_t i = 0; is_ascii && i < 2; i++) {
        const char *end = NULL;
        if (sodium_base642bin(out, max, text, text_len, NULL, len, &end, variants[i]) == 0 &&
            end == text + text_len)
            return true;
    }
    return false;
}

struct room {
    uint8_t *at;
    size_t max, *len;
};

/* As many octets as are in it, at most what there is room for. */
static void take_octets(struct json_reader *reader, json_t *json, const char *name,
                        struct room room)
{
    char text[2 * WEBAUTHN_CLIENT_MAX] = "";
    json_take_string(reader, json, name, text, sizeof text);
    if (!reader->failed && !webauthn_base64(bytes_of_string(text), room.at, room.max, room.len))
        json_fail(reader, name, "not base64, or too long");
}

static void read_assertion(struct json_reader *reader, json_t *json,
                           struct webauthn_assertion *out)
{
    static const char *const names[] = { "authenticatorData", "clientDataJSON", NULL };
    json_t *rest = json_object_get(json, "webauthn");
    json_expect(reader, rest, names);
    take_octets(reader, json, "sig",
                (struct room){ out->signature, sizeof out->signature, &out->signature_len });
    take_octets(reader, rest, "authenticatorData",
                (struct room){ out->authenticator, sizeof out->authenticator,
                               &out->authenticator_len });
    take_octets(reader, rest, "clientDataJSON",
                (struct room){ out->client, sizeof out->client, &out->client_len });
}

static void read_ed25519(struct json_reader *reader, json_t *json,
                         uint8_t out[ENVELOPE_SIGNATURE_OCTETS])
{
    char room[128] = "";
    size_t len = 0;
    json_take_string(reader, json, "sig", room, sizeof room);
    if (!reader->failed &&
        (!get_base64(room, strlen(room), out, ENVELOPE_SIGNATURE_OCTETS, &len) ||
         len != ENVELOPE_SIGNATURE_OCTETS))
        json_fail(reader, "sig", "not a signature of 64 octets in base64");
}

static void read_signature(struct json_reader *reader, json_t *json, struct envelope *out)
{
    static const char *const names[] = { "keyid", "sig", "?webauthn", NULL };
    struct envelope_signature *signature = &out->signatures[out->signature_count];
    json_expect(reader, json, names);
    json_take_string(reader, json, "keyid", signature->key_id, sizeof signature->key_id);
    if (json_object_get(json, "webauthn"))
        read_assertion(reader, json, &signature->passkey);
    else
        read_ed25519(reader, json, signature->octets);
    out->signature_count += !reader->failed;
}

static void read_signatures(struct json_reader *reader, json_t *json, struct envelope *out)
{
    json_t *list = json_take_array(reader, json, "signatures", ENVELOPE_SIGNATURES_MAX);
    for (size_t i = 0; i < json_array_size(list) && !reader->failed; i++)
        read_signature(reader, json_array_get(list, i), out);
}

static void read_payload(struct json_reader *reader, json_t *json, struct envelope *out)
{
    char type[ENVELOPE_TYPE_MAX] = "";
    json_t *value = json_object_get(json, "payload");
    size_t text_len = json_string_length(value), len = 0;
    json_take_string(reader, json, "payloadType", type, sizeof type);
    uint8_t *octets = malloc(text_len + 1);
    if (!json_is_string(value) || !octets ||
        !get_base64(json_string_value(value), text_len, octets, text_len, &len))
        json_fail(reader, "payload", "not base64");
    if (!reader->failed &&
        !envelope_make(type, (struct bytes){ octets, len }, out, reader->err))
        reader->failed = true;
    free(octets);
}

static bool has_passkeys(const struct envelope *envelope)
{
    for (size_t i = 0; i < envelope->signature_count; i++)
        if (envelope->signatures[i].passkey.client_len > 0)
            return true;
    return false;
}

/* DSSE leaves two alphabets and the blanks of JSON open: an octet could change unseen. */
static bool is_of_one_form(const struct envelope *envelope, struct bytes text)
{
    struct error err = { 0 };
    char *room = malloc(text.len + 1);
    if (!room)
        return false;
    struct text again = text_over(room, text.len + 1);
    bool is_same =
        envelope_write(envelope, &again, &err) && bytes_equal(text_bytes(&again), text);
    free(room);
    return is_same;
}

bool envelope_read(struct bytes text, struct envelope *out, struct error *err)
{
    static const char *const names[] = { "payload", "payloadType", "signatures", NULL };
    struct json_reader reader = { text, "envelope", err, false };
    *out = (struct envelope){ .signature_count = 0 };
    if (text.len > ENVELOPE_OCTETS_MAX)
        return error_set(err, 0, "envelope: longer than %d octets", ENVELOPE_OCTETS_MAX);
    json_t *json = json_read_object(&reader);
    if (!json)
        return false;
    json_expect(&reader, json, names);
    if (!reader.failed)
        read_payload(&reader, json, out);
    read_signatures(&reader, json, out);
    json_decref(json);
    if (!reader.failed && has_passkeys(out) && !is_of_one_form(out, text))
        json_fail(&reader, "", "with passkeys, only as we write it: sorted, no blanks");
    if (reader.failed)
        envelope_done(out);
    return !reader.failed;
}

static json_t *base64_json(struct bytes octets)
{
    size_t max = sodium_base64_encoded_len(octets.len, sodium_base64_VARIANT_ORIGINAL);
    char *room = malloc(max);
    if (!room)
        return NULL;
    json_t *json = json_string(
        sodium_bin2base64(room, max, octets.at, octets.len, sodium_base64_VARIANT_ORIGINAL));
    free(room);
    return json;
}

static json_t *signature_json(const struct envelope_signature *signature)
{
    const struct webauthn_assertion *passkey = &signature->passkey;
    if (passkey->client_len == 0) {
        struct bytes octets = { signature->octets, sizeof signature->octets };
        return json_pack("{s:s, s:o}", "keyid", signature->key_id, "sig", base64_json(octets));
    }
    struct bytes octets = { passkey->signature, passkey->signature_len };
    struct bytes authenticator = { passkey->authenticator, passkey->authenticator_len };
    struct bytes client = { passkey->client, passkey->client_len };
    return json_pack("{s:s, s:o, s:{s:o, s:o}}", "keyid", signature->key_id, "sig",
                     base64_json(octets), "webauthn", "authenticatorData",
                     base64_json(authenticator), "clientDataJSON", base64_json(client));
}

bool envelope_write(const struct envelope *envelope, struct text *out, struct error *err)
{
    json_t *list = json_array();
    for (size_t i = 0; i < envelope->signature_count; i++)
        (void)json_array_append_new(list, signature_json(&envelope->signatures[i]));
    json_t *json = json_pack("{s:o, s:s, s:o}", "payload", base64_json(envelope->payload),
                             "payloadType", envelope->type, "signatures", list);
    bool is_written = json_put(json, out, err);
    json_decref(json);
    text_put_char(out, '\n');
    return is_written && (!out->cut || error_set(err, 0, "too much for one envelope"));
}

static void write_key_id(const struct note_key *key, char room[ENVELOPE_KEY_ID_MAX])
{
    struct text text = text_over(room, ENVELOPE_KEY_ID_MAX);
    text_put_string(&text, key->name);
    text_put_char(&text, '+');
    text_put_hex(&text, (struct bytes){ key->id, sizeof key->id });
}

/* Where a signature of this key belongs; NULL where there is no more room. */
static struct envelope_signature *place_of(struct envelope *envelope, const char *key_id,
                                           struct error *err)
{
    size_t i = 0;
    while (i < envelope->signature_count && strcmp(envelope->signatures[i].key_id, key_id) != 0)
        i++;
    if (i == ENVELOPE_SIGNATURES_MAX) {
        (void)error_set(err, 0, "an envelope holds %d signatures", ENVELOPE_SIGNATURES_MAX);
        return NULL;
    }
    if (i == envelope->signature_count)
        envelope->signature_count++;
    struct envelope_signature *signature = &envelope->signatures[i];
    struct text text = text_over(signature->key_id, sizeof signature->key_id);
    text_put_string(&text, key_id);
    return signature;
}

bool envelope_sign(struct envelope *envelope, const struct note_key *key,
                   const uint8_t octets[ENVELOPE_SIGNATURE_OCTETS], struct error *err)
{
    char key_id[ENVELOPE_KEY_ID_MAX];
    write_key_id(key, key_id);
    struct envelope_signature *signature = place_of(envelope, key_id, err);
    if (signature)
        memcpy(signature->octets, octets, ENVELOPE_SIGNATURE_OCTETS);
    return signature != NULL;
}

bool envelope_is_signed_by(const struct envelope *envelope, const struct note_key *key)
{
    char key_id[ENVELOPE_KEY_ID_MAX];
    write_key_id(key, key_id);
    for (size_t i = 0; i < envelope->signature_count; i++) {
        const struct envelope_signature *signature = &envelope->signatures[i];
        if (strcmp(signature->key_id, key_id) == 0 && signature->passkey.client_len == 0 &&
            crypto_sign_verify_detached(signature->octets, envelope->message.at,
                                        envelope->message.len, key->octets) == 0)
            return true;
    }
    return false;
}

void envelope_challenge(const struct envelope *envelope, uint8_t out[WEBAUTHN_DIGEST_OCTETS])
{
    struct sha256_ctx sha256;
    sha256_init(&sha256);
    sha256_update(&sha256, envelope->message.len, envelope->message.at);
    sha256_digest(&sha256, WEBAUTHN_DIGEST_OCTETS, out);
}

bool envelope_assert(struct envelope *envelope, const struct webauthn_key *key,
                     const struct webauthn_assertion *assertion, struct error *err)
{
    char key_id[WEBAUTHN_KEY_ID_MAX];
    webauthn_key_id(key, key_id);
    struct envelope_signature *signature = place_of(envelope, key_id, err);
    if (signature)
        signature->passkey = *assertion;
    return signature != NULL;
}

bool envelope_is_asserted_by(const struct envelope *envelope, const struct webauthn_key *key,
                             const struct webauthn_place *place)
{
    char key_id[WEBAUTHN_KEY_ID_MAX];
    uint8_t challenge[WEBAUTHN_DIGEST_OCTETS];
    struct error err = { 0 };
    webauthn_key_id(key, key_id);
    envelope_challenge(envelope, challenge);
    for (size_t i = 0; i < envelope->signature_count; i++) {
        const struct envelope_signature *signature = &envelope->signatures[i];
        if (strcmp(signature->key_id, key_id) == 0 && signature->passkey.client_len > 0 &&
            webauthn_verify(key, place, &signature->passkey, challenge, &err))
            return true;
    }
    return false;
}
