// SPDX-License-Identifier: Apache-2.0
#include "identity/id_token_private.h"

#include <errno.h>
#include <rhonabwy.h>
#include <sodium.h>
#include <string.h>

#include "identity/base64url.h"

enum {
    HEADER_MAX = 4096,
    KEYS_MAX = 64,
    RSA_BITS_MIN = 2048,
    MEMBER_MAX = 2048,
    SUBJECT_MAX = 255
};

/* Nothing symmetric, and not "none" (RFC 8725 3.1, 3.2). */
static const struct algorithm {
    const char *name;
    jwa_alg code;
    const char *type, *curve; /* of the key; curve NULL: has none */
} algorithms[] = {
    { "RS256", R_JWA_ALG_RS256, "RSA", NULL },
    { "ES256", R_JWA_ALG_ES256, "EC", "P-256" },
    { "EdDSA", R_JWA_ALG_EDDSA, "OKP", "Ed25519" },
};

struct header {
    json_t *json; /* owns kid */
    const struct algorithm *algorithm;
    const char *kid; /* or NULL */
};

static bool is_text(const json_t *object, const char *name, const char *expected)
{
    const char *value = json_string_value(json_object_get(object, name));

    return value && strcmp(value, expected) == 0;
}

static const struct algorithm *find_algorithm(const json_t *header)
{
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
        if (is_text(header, "alg", algorithms[i].name))
            return &algorithms[i];
    return NULL;
}

/* What changes how the rest is read: RFC 7515 4.1.11, RFC 7797, RFC 7516 4.1.3. */
static bool has_extensions(const json_t *header)
{
    static const char *const names[] = { "crit", "b64", "zip", "enc" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (json_object_get(header, names[i]))
            return true;
    return false;
}

/* RFC 7515 7.1: three parts, of which the first is the header. */
static bool header_read(const char *token, struct header *out, struct error *err)
{
    struct bytes whole = bytes_of_string(token);
    struct bytes head = bytes_slice(whole, 0, bytes_find(whole, '.'));
    uint8_t octets[HEADER_MAX];
    size_t len = 0;

    *out = (struct header){ 0 };
    if (whole.len > ID_TOKEN_MAX || !base64url_get(head, octets, sizeof(octets), &len)) {
        error_set(err, 0, "ID token: too long, or not of base64url");
        return false;
    }
    json_t *json = json_loadb((const char *)octets, len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *kid = json_object_get(json, "kid");
    out->json = json;
    out->kid = json_string_value(kid);
    out->algorithm = find_algorithm(json);
    if (!json_is_object(json) || (kid && !out->kid))
        error_set(err, 0, "ID token: its header is not as JWS has it");
    else if (has_extensions(json))
        error_set(err, EACCES, "ID token: its header asks for what we do not do");
    else if (!out->algorithm)
        error_set(err, EACCES, "ID token: not signed with RS256, ES256 or EdDSA");
    else
        return true;
    json_decref(json);
    *out = (struct header){ 0 };
    return false;
}

/* RFC 7517 4: a key for signatures of this algorithm. */
static bool is_key_for(const json_t *key, const struct header *header)
{
    const struct algorithm *algorithm = header->algorithm;

    return is_text(key, "kty", algorithm->type) &&
           (!algorithm->curve || is_text(key, "crv", algorithm->curve)) &&
           (!json_object_get(key, "use") || is_text(key, "use", "sig")) &&
           (!json_object_get(key, "alg") || is_text(key, "alg", algorithm->name)) &&
           (!header->kid || is_text(key, "kid", header->kid));
}

/* The one key that fits; a token without a key's id is for a provider of one key. */
static const json_t *find_key(const json_t *keys, const struct header *header)
{
    const json_t *list = json_object_get(keys, "keys"), *found = NULL;

    if (json_array_size(list) > KEYS_MAX)
        return NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *key = json_array_get(list, i);
        if (!is_key_for(key, header))
            continue;
        if (found)
            return NULL;
        found = key;
    }
    return found;
}

/* Only what the algorithm needs: no certificates, no addresses of some. */
static jwk_t *import_key(const json_t *key)
{
    static const char *const names[] = { "kty", "crv", "x", "y", "n", "e" };
    json_t *bare = json_object();
    jwk_t *made = NULL;
    unsigned bits = 0;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        json_t *value = json_object_get(key, names[i]);
        if (json_is_string(value) && json_string_length(value) <= MEMBER_MAX)
            json_object_set(bare, names[i], value);
    }
    bool read = r_jwk_init(&made) == RHN_OK && r_jwk_import_from_json_t(made, bare) == RHN_OK;
    int type = read ? r_jwk_key_type(made, &bits, R_FLAG_IGNORE_REMOTE) : R_KEY_TYPE_NONE;
    json_decref(bare);
    if ((type & R_KEY_TYPE_PUBLIC) && (!(type & R_KEY_TYPE_RSA) || bits >= RSA_BITS_MIN))
        return made;
    r_jwk_free(made);
    return NULL;
}

/* What was signed, as JSON. */
static json_t *open_token(const char *token, const struct header *header, jwk_t *key)
{
    jws_t *jws = NULL;
    json_t *claims = NULL;
    size_t len = 0;

    if (r_jws_init(&jws) == RHN_OK &&
        r_jws_advanced_compact_parse(jws, token, R_PARSE_NONE, R_FLAG_IGNORE_REMOTE) ==
            RHN_OK &&
        r_jws_get_alg(jws) == header->algorithm->code &&
        r_jws_verify_signature(jws, key, R_FLAG_IGNORE_REMOTE) == RHN_OK) {
        const unsigned char *payload = r_jws_get_payload(jws, &len);
        if (payload && len <= ID_TOKEN_MAX)
            claims = json_loadb((const char *)payload, len, JSON_REJECT_DUPLICATES, NULL);
    }
    r_jws_free(jws);
    return claims;
}

static json_t *verify_signature(const char *token, const json_t *keys,
                                const struct header *header, struct error *err)
{
    const json_t *found = find_key(keys, header);
    jwk_t *key = found ? import_key(found) : NULL;

    if (!key) {
        error_set(err, ENOKEY, "ID token: signed with none of the provider's keys");
        return NULL;
    }
    json_t *claims = open_token(token, header, key);
    r_jwk_free(key);
    if (!claims)
        error_set(err, EACCES, "ID token: its signature does not verify");
    return claims;
}

static bool is_for(const json_t *claims, const char *client_id)
{
    const json_t *audience = json_object_get(claims, "aud");
    bool is_among = json_is_string(audience) && is_text(claims, "aud", client_id);

    for (size_t i = 0; i < json_array_size(audience); i++) {
        const char *one = json_string_value(json_array_get(audience, i));
        is_among = is_among || (one && strcmp(one, client_id) == 0);
    }
    bool needs_party = json_array_size(audience) > 1 || json_object_get(claims, "azp");
    return is_among && (!needs_party || is_text(claims, "azp", client_id));
}

static bool is_nonce(const json_t *claims, const char *nonce)
{
    const json_t *value = json_object_get(claims, "nonce");
    size_t len = strlen(nonce);

    return json_is_string(value) && json_string_length(value) == len && len > 0 &&
           sodium_memcmp(json_string_value(value), nonce, len) == 0;
}

static bool is_in_time(const json_t *claims, int64_t now_s)
{
    const json_t *expires = json_object_get(claims, "exp");
    const json_t *issued = json_object_get(claims, "iat");
    const json_t *begins = json_object_get(claims, "nbf");
    double earliest = (double)(now_s - ID_TOKEN_SKEW_S);
    double latest = (double)(now_s + ID_TOKEN_SKEW_S);

    return json_is_number(expires) && json_number_value(expires) > earliest &&
           json_is_number(issued) && json_number_value(issued) <= latest &&
           (!begins || (json_is_number(begins) && json_number_value(begins) <= latest));
}

static bool has_subject(const json_t *claims)
{
    const json_t *subject = json_object_get(claims, "sub");

    return json_is_string(subject) && json_string_length(subject) > 0 &&
           json_string_length(subject) <= SUBJECT_MAX;
}

static const char *find_fault(const json_t *claims, const struct id_token_expected *expected)
{
    if (!json_is_object(claims))
        return "holds no claims";
    if (!is_text(claims, "iss", expected->issuer))
        return "of another issuer";
    if (!is_for(claims, expected->client_id))
        return "for another client";
    if (!is_in_time(claims, expected->now_s))
        return "no longer or not yet good";
    if (!is_nonce(claims, expected->nonce))
        return "for another attempt";
    return has_subject(claims) ? NULL : "names nobody";
}

json_t *id_token_verify(const char *token, const json_t *keys,
                        const struct id_token_expected *expected, struct error *err)
{
    struct header header;

    if (!header_read(token, &header, err))
        return NULL;
    json_t *claims = verify_signature(token, keys, &header, err);
    json_decref(header.json);
    const char *fault = claims ? find_fault(claims, expected) : NULL;
    if (!fault)
        return claims;
    json_decref(claims);
    error_set(err, EACCES, "ID token: %s", fault);
    return NULL;
}
