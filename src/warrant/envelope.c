// SPDX-License-Identifier: Apache-2.0
#include "warrant/envelope.h"

#include <sodium.h>
#include <stdlib.h>

#include "warrant/json_private.h"

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
    for (size_t i = 0; i < 2; i++) {
        const char *end = NULL;
        if (sodium_base642bin(out, max, text, text_len, NULL, len, &end, variants[i]) == 0 &&
            end == text + text_len)
            return true;
    }
    return false;
}

static void read_signature(struct json_reader *reader, json_t *json, struct envelope *out)
{
    static const char *const names[] = { "keyid", "sig", NULL };
    struct envelope_signature *signature = &out->signatures[out->signature_count];
    char room[128] = "";
    size_t len = 0;
    json_expect(reader, json, names);
    json_take_string(reader, json, "keyid", signature->key_id, sizeof signature->key_id);
    json_take_string(reader, json, "sig", room, sizeof room);
    if (reader->failed)
        return;
    if (!get_base64(room, strlen(room), signature->octets, sizeof signature->octets, &len) ||
        len != sizeof signature->octets)
        json_fail(reader, "sig", "not a signature of 64 octets in base64");
    else
        out->signature_count++;
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

bool envelope_write(const struct envelope *envelope, struct text *out, struct error *err)
{
    json_t *list = json_array();
    for (size_t i = 0; i < envelope->signature_count; i++) {
        const struct envelope_signature *signature = &envelope->signatures[i];
        struct bytes octets = { signature->octets, sizeof signature->octets };
        (void)json_array_append_new(list, json_pack("{s:s, s:o}", "keyid", signature->key_id,
                                                    "sig", base64_json(octets)));
    }
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

bool envelope_sign(struct envelope *envelope, const struct note_key *key,
                   const uint8_t octets[ENVELOPE_SIGNATURE_OCTETS], struct error *err)
{
    char key_id[ENVELOPE_KEY_ID_MAX];
    size_t i = 0;
    write_key_id(key, key_id);
    while (i < envelope->signature_count && strcmp(envelope->signatures[i].key_id, key_id) != 0)
        i++;
    if (i == ENVELOPE_SIGNATURES_MAX)
        return error_set(err, 0, "an envelope holds %d signatures", ENVELOPE_SIGNATURES_MAX);
    if (i == envelope->signature_count)
        envelope->signature_count++;
    memcpy(envelope->signatures[i].key_id, key_id, sizeof key_id);
    memcpy(envelope->signatures[i].octets, octets, ENVELOPE_SIGNATURE_OCTETS);
    return true;
}

bool envelope_is_signed_by(const struct envelope *envelope, const struct note_key *key)
{
    char key_id[ENVELOPE_KEY_ID_MAX];
    write_key_id(key, key_id);
    for (size_t i = 0; i < envelope->signature_count; i++) {
        const struct envelope_signature *signature = &envelope->signatures[i];
        if (strcmp(signature->key_id, key_id) == 0 &&
            crypto_sign_verify_detached(signature->octets, envelope->message.at,
                                        envelope->message.len, key->octets) == 0)
            return true;
    }
    return false;
}
