// SPDX-License-Identifier: Apache-2.0
#include "identity/passkey_private.h"

#include <cbor.h>
#include <errno.h>
#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>

#include "identity/cbor_private.h"

enum { FORMAT_MAX = 32 };

/* WebAuthn 6.5: the attestation object's three members. */
struct attestation {
    char format[FORMAT_MAX];
    struct bytes data, statement; /* authenticator data; CBOR of the statement */
};

static bool is_key(const cbor_item_t *item, const char *name)
{
    return cbor_isa_string(item) && cbor_string_length(item) == strlen(name) &&
           memcmp(cbor_string_handle(item), name, strlen(name)) == 0;
}

static bool take_format(const cbor_item_t *value, struct attestation *out)
{
    size_t len = cbor_isa_string(value) ? cbor_string_length(value) : 0;

    if (len == 0 || len >= FORMAT_MAX)
        return false;
    memcpy(out->format, cbor_string_handle(value), len);
    out->format[len] = '\0';
    return true;
}

static bool take_data(const cbor_item_t *value, struct arena *arena, struct attestation *out)
{
    size_t len = cbor_isa_bytestring(value) ? cbor_bytestring_length(value) : 0;

    if (len == 0 || len > PASSKEY_AUTHENTICATOR_MAX)
        return false;
    uint8_t *octets = ARENA_NEW(arena, uint8_t, len);
    memcpy(octets, cbor_bytestring_handle(value), len);
    out->data = (struct bytes){ octets, len };
    return true;
}

static bool take_statement(const cbor_item_t *value, struct arena *arena,
                           struct attestation *out)
{
    uint8_t *octets = ARENA_NEW(arena, uint8_t, PASSKEY_ATTESTATION_MAX);
    size_t len =
        cbor_isa_map(value) ? cbor_serialize(value, octets, PASSKEY_ATTESTATION_MAX) : 0;

    out->statement = (struct bytes){ octets, len };
    return len > 0;
}

static bool take_members(const cbor_item_t *map, struct arena *arena, struct attestation *out)
{
    const struct cbor_pair *pairs = cbor_map_handle(map);

    for (size_t i = 0; i < cbor_map_size(map); i++) {
        bool taken = is_key(pairs[i].key, "fmt")        ? take_format(pairs[i].value, out)
                     : is_key(pairs[i].key, "authData") ? take_data(pairs[i].value, arena, out)
                     : is_key(pairs[i].key, "attStmt")
                         ? take_statement(pairs[i].value, arena, out)
                         : false;
        if (!taken)
            return false;
    }
    return out->format[0] != '\0' && out->data.len > 0 && out->statement.len > 0;
}

static bool attestation_read(struct bytes object, struct arena *arena, struct attestation *out,
                             struct error *err)
{
    struct cbor_load_result loaded;
    cbor_item_t *item = NULL;

    *out = (struct attestation){ 0 };
    if (object.len > 0 && cbor_item_len(object) == object.len)
        item = cbor_load(object.at, object.len, &loaded);
    /* Three members of three names: none is missing and none stands twice. */
    bool read = item && cbor_isa_map(item) && cbor_map_size(item) == 3 &&
                take_members(item, arena, out);
    if (item)
        cbor_decref(&item);
    return read || error_set(err, 0, "passkey: attestationObject is not as WebAuthn has it");
}

static bool keep_key(const fido_cred_t *made, int algorithm, struct passkey *out)
{
    size_t id_len = fido_cred_id_len(made), key_len = fido_cred_pubkey_len(made);

    if (id_len == 0 || id_len > sizeof(out->id) || key_len == 0 || key_len > sizeof(out->key))
        return false;
    memcpy(out->id, fido_cred_id_ptr(made), id_len);
    memcpy(out->key, fido_cred_pubkey_ptr(made), key_len);
    out->id_len = id_len;
    out->key_len = key_len;
    out->algorithm = algorithm;
    out->sign_count = fido_cred_sigcount(made);
    return true;
}

/* A point of its curve: of another, no signature would ever verify. */
static bool is_point(const struct passkey *passkey)
{
    EVP_PKEY *key = NULL;

    if (passkey->algorithm == COSE_ES256) {
        es256_pk_t *half = es256_pk_new();
        if (half && es256_pk_from_ptr(half, passkey->key, passkey->key_len) == FIDO_OK)
            key = es256_pk_to_EVP_PKEY(half);
        es256_pk_free(&half);
    } else {
        eddsa_pk_t *half = eddsa_pk_new();
        if (half && eddsa_pk_from_ptr(half, passkey->key, passkey->key_len) == FIDO_OK)
            key = eddsa_pk_to_EVP_PKEY(half);
        eddsa_pk_free(&half);
    }
    EVP_PKEY_free(key);
    return key != NULL;
}

/* WebAuthn 7.1 steps 19 to 21.  "none" claims nothing.  Of the rest we check the signature, by
 * the key itself or by the certificate that comes along, and give it no more weight than a
 * claim: we hold no roots of makers. */
static bool attestation_is_sound(fido_cred_t *made, const struct attestation *attestation)
{
    static const uint8_t empty_map[] = { 0xa0 };

    if (strcmp(attestation->format, "none") == 0)
        return bytes_equal(attestation->statement,
                           (struct bytes){ empty_map, sizeof(empty_map) });
    if (fido_cred_set_fmt(made, attestation->format) != FIDO_OK ||
        fido_cred_set_attstmt(made, attestation->statement.at, attestation->statement.len) !=
            FIDO_OK)
        return false;
    return fido_cred_x5c_len(made) > 0 ? fido_cred_verify(made) == FIDO_OK
                                       : fido_cred_verify_self(made) == FIDO_OK;
}

struct registration {
    const struct passkey_place *place;
    const uint8_t *digest; /* of the client's data */
    const struct attestation *attestation;
};

/* The library takes a key for the one algorithm that is expected; NULL: it is not of that. */
static fido_cred_t *decode_as(int algorithm, const struct registration *registration)
{
    const struct attestation *attestation = registration->attestation;
    fido_opt_t verified =
        registration->place->needs_user_verified ? FIDO_OPT_TRUE : FIDO_OPT_OMIT;
    fido_cred_t *made = fido_cred_new();

    if (made && fido_cred_set_type(made, algorithm) == FIDO_OK &&
        fido_cred_set_rp(made, registration->place->rp_id, NULL) == FIDO_OK &&
        fido_cred_set_uv(made, verified) == FIDO_OK &&
        fido_cred_set_clientdata_hash(made, registration->digest, PASSKEY_DIGEST_OCTETS) ==
            FIDO_OK &&
        fido_cred_set_authdata_raw(made, attestation->data.at, attestation->data.len) ==
            FIDO_OK)
        return made;
    fido_cred_free(&made);
    return NULL;
}

static bool take_key(const struct registration *registration, struct passkey *out,
                     struct error *err)
{
    int algorithm = COSE_ES256;
    bool taken = false;

    fido_init(0);
    fido_cred_t *made = decode_as(algorithm, registration);
    if (!made) {
        algorithm = COSE_EDDSA;
        made = decode_as(algorithm, registration);
    }
    if (!made || !keep_key(made, algorithm, out) || !is_point(out))
        error_set(err, EACCES, "passkey: its key is neither ES256 nor EdDSA");
    else if (!attestation_is_sound(made, registration->attestation))
        error_set(err, EACCES, "passkey: its attestation does not verify");
    else
        taken = true;
    fido_cred_free(&made);
    return taken;
}

/* WebAuthn level 2, 7.1 */
bool passkey_register(const json_t *json, const struct passkey_place *place,
                      const uint8_t challenge[PASSKEY_CHALLENGE_OCTETS], struct passkey *out,
                      struct error *err)
{
    uint8_t room[PASSKEY_ROOM + PASSKEY_ATTESTATION_MAX + PASSKEY_AUTHENTICATOR_MAX];
    uint8_t digest[PASSKEY_DIGEST_OCTETS];
    struct arena arena = arena_over(room, sizeof(room));
    struct ceremony ceremony = { "webauthn.create", place, challenge };
    struct credential credential;
    struct attestation attestation;
    struct authenticator authenticator;
    struct passkey made = { 0 };

    if (!credential_read(json, &arena, &credential, err) ||
        !client_data_read(credential.client, &ceremony, digest, err))
        return false;
    struct bytes object = credential_take(credential.response, "attestationObject",
                                          PASSKEY_ATTESTATION_MAX, &arena);
    if (!attestation_read(object, &arena, &attestation, err) ||
        !authenticator_read(attestation.data, place, &authenticator, err))
        return false;
    if (!authenticator.has_key)
        return error_set(err, 0, "passkey: no key came with it");

    struct registration registration = { place, digest, &attestation };
    if (!take_key(&registration, &made, err))
        return false;
    if (!bytes_equal(credential.id, (struct bytes){ made.id, made.id_len }))
        return error_set(err, EACCES, "passkey: named otherwise than its authenticator says");
    *out = made;
    return true;
}
