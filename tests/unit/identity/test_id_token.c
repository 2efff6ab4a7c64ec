// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "identity/id_token_private.h"

#include <errno.h>
#include <rhonabwy.h>
#include <stdlib.h>

#include "identity/base64url.h"

enum { NOW_S = 1800000000 };

static const struct id_token_expected expected = {
    .issuer = "https://op.example",
    .client_id = "sekisho",
    .nonce = "n-0S6_WzA2Mj",
    .now_s = NOW_S,
};
static struct error err;

struct pair {
    jwk_t *secret, *public;
};

static struct pair make_pair(int type, unsigned bits, const char *kid)
{
    struct pair pair = { 0 };

    check(r_jwk_init(&pair.secret) == RHN_OK && r_jwk_init(&pair.public) == RHN_OK);
    check(r_jwk_generate_key_pair(pair.secret, pair.public, type, bits, kid) == RHN_OK);
    return pair;
}

static void free_pair(struct pair pair)
{
    r_jwk_free(pair.secret);
    r_jwk_free(pair.public);
}

static json_t *set_of(const struct pair *pairs, size_t count)
{
    json_t *keys = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(keys, r_jwk_export_to_json_t(pairs[i].public));
    return json_pack("{s:o}", "keys", keys);
}

static json_t *good_claims(void)
{
    return json_pack("{s:s,s:s,s:s,s:i,s:i,s:s}", "iss", expected.issuer, "sub", "24400320",
                     "aud", expected.client_id, "exp", NOW_S + 300, "iat", NOW_S, "nonce",
                     expected.nonce);
}

/* The caller's to free. */
static char *sign(json_t *claims, jwa_alg alg, jwk_t *key)
{
    char *payload = json_dumps(claims, JSON_COMPACT), *token = NULL;
    jws_t *jws = NULL;

    check(r_jws_init(&jws) == RHN_OK);
    r_jws_set_alg(jws, alg);
    r_jws_set_payload(jws, (const unsigned char *)payload, strlen(payload));
    if (r_jwk_get_property_str(key, "kid"))
        r_jws_set_header_str_value(jws, "kid", r_jwk_get_property_str(key, "kid"));
    token = r_jws_serialize(jws, key, 0);
    check(token);
    r_jws_free(jws);
    free(payload);
    return token;
}

static bool is_believed(const char *token, const json_t *keys)
{
    json_t *claims = id_token_verify(token, keys, &expected, &err);
    bool is = claims != NULL;

    json_decref(claims);
    return is;
}

static const struct {
    jwa_alg alg;
    int type;
    unsigned bits;
} kinds[] = {
    { R_JWA_ALG_RS256, R_KEY_TYPE_RSA, 2048 },
    { R_JWA_ALG_ES256, R_KEY_TYPE_EC, 256 },
    { R_JWA_ALG_EDDSA, R_KEY_TYPE_EDDSA, 256 },
};

static void tokens_of_three_algorithms_are_believed(void **state)
{
    struct pair pairs[3];

    (void)state;
    for (size_t i = 0; i < 3; i++)
        pairs[i] =
            make_pair(kinds[i].type, kinds[i].bits, (const char *[]){ "a", "b", "c" }[i]);
    json_t *keys = set_of(pairs, 3), *claims = good_claims();
    for (size_t i = 0; i < 3; i++) {
        char *token = sign(claims, kinds[i].alg, pairs[i].secret);
        json_t *read = id_token_verify(token, keys, &expected, &err);
        check(read);
        check(json_equal(read, claims));
        json_decref(read);
        r_free(token);
    }
    json_decref(claims);
    json_decref(keys);
    for (size_t i = 0; i < 3; i++)
        free_pair(pairs[i]);
}

/* A member of the claims in JSON; "" takes it away. */
static const struct {
    const char *name, *value, *words; /* words "": believed */
} rows[] = {
    { "iss", "\"https://op.example/\"", "another issuer" },
    { "iss", "", "another issuer" },
    { "iss", "[\"https://op.example\"]", "another issuer" },
    { "aud", "\"other\"", "another client" },
    { "aud", "", "another client" },
    { "aud", "[]", "another client" },
    { "aud", "[\"other\"]", "another client" },
    { "aud", "[\"sekisho\"]", "" },
    { "aud", "[\"sekisho\",\"other\"]", "another client" }, /* without azp */
    { "azp", "\"other\"", "another client" },
    { "azp", "1", "another client" },
    { "azp", "\"sekisho\"", "" },
    { "exp", "1799999941", "" },
    { "exp", "1799999940", "no longer" },
    { "exp", "\"1800000300\"", "no longer" },
    { "exp", "", "no longer" },
    { "iat", "1800000060", "" },
    { "iat", "1800000061", "not yet" },
    { "iat", "", "not yet" },
    { "nbf", "1800000060", "" },
    { "nbf", "1800000061", "not yet" },
    { "nbf", "null", "not yet" },
    { "nonce", "\"n-0S6_WzA2Mk\"", "another attempt" },
    { "nonce", "\"n-0S6_WzA2M\"", "another attempt" },
    { "nonce", "", "another attempt" },
    { "sub", "", "nobody" },
    { "sub", "\"\"", "nobody" },
    { "sub", "7", "nobody" },
};

static void each_claim_is_held_to_what_was_asked(void **state)
{
    struct pair pair = make_pair(R_KEY_TYPE_EC, 256, "k");
    json_t *keys = set_of(&pair, 1);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *claims = good_claims();
        if (rows[i].value[0] == '\0')
            json_object_del(claims, rows[i].name);
        else
            json_object_set_new(claims, rows[i].name,
                                json_loads(rows[i].value, JSON_DECODE_ANY, NULL));
        char *token = sign(claims, R_JWA_ALG_ES256, pair.secret);
        bool is = is_believed(token, keys);
        if (is != (rows[i].words[0] == '\0') || (!is && !strstr(err.text, rows[i].words)))
            fail_msg("%s %s: %s", rows[i].name, rows[i].value, is ? "believed" : err.text);
        r_free(token);
        json_decref(claims);
    }
    json_decref(keys);
    free_pair(pair);
}

/* header.payload of text, and no signature that is one. */
static char *unsigned_token(const char *header, const char *signature)
{
    static char room[4096];
    json_t *claims = good_claims();
    char *payload = json_dumps(claims, JSON_COMPACT);
    struct text text = text_over(room, sizeof(room));

    base64url_put(&text, bytes_of_string(header));
    text_put_char(&text, '.');
    base64url_put(&text, bytes_of_string(payload));
    text_put_char(&text, '.');
    text_put_string(&text, signature);
    free(payload);
    json_decref(claims);
    return room;
}

static void headers_that_ask_for_less_are_refused(void **state)
{
    static const struct {
        const char *header, *words;
    } headers[] = {
        { "{\"alg\":\"none\"}", "not signed with" },
        { "{\"alg\":\"None\"}", "not signed with" },
        { "{\"alg\":\"HS256\",\"kid\":\"k\"}", "not signed with" },
        { "{\"alg\":\"PS256\",\"kid\":\"k\"}", "not signed with" },
        { "{\"alg\":[\"ES256\"],\"kid\":\"k\"}", "not signed with" },
        { "{\"kid\":\"k\"}", "not signed with" },
        { "{\"alg\":\"ES256\",\"kid\":7}", "header" },
        { "{\"alg\":\"ES256\",\"alg\":\"none\"}", "header" },
        { "{\"alg\":\"ES256\",\"crit\":[\"b64\"],\"b64\":false}", "asks for" },
        { "{\"alg\":\"ES256\",\"zip\":\"DEF\"}", "asks for" },
        { "{\"alg\":\"ES256\",\"kid\":\"k\"}", "does not verify" },
        { "{\"alg\":\"RS256\",\"kid\":\"k\"}", "none of the provider's keys" },
        { "[]", "header" },
    };
    static const char *const signatures[] = { "", "AA", "AAAA.AAAA" };
    struct pair pair = make_pair(R_KEY_TYPE_EC, 256, "k");
    json_t *keys = set_of(&pair, 1);

    (void)state;
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        for (size_t s = 0; s < 3; s++) {
            check(!is_believed(unsigned_token(headers[i].header, signatures[s]), keys));
            if (!strstr(err.text, headers[i].words))
                fail_msg("%s: %s", headers[i].header, err.text);
        }
    json_decref(keys);
    free_pair(pair);
}

/* RFC 8725 2.1: the public key, which all know, as the secret of an HMAC. */
static void a_public_key_is_no_secret(void **state)
{
    struct pair pair = make_pair(R_KEY_TYPE_RSA, 2048, "k");
    json_t *keys = set_of(&pair, 1), *claims = good_claims();
    unsigned char pem[2048];
    size_t len = sizeof(pem);
    jwk_t *symmetric = NULL;

    (void)state;
    check(r_jwk_export_to_pem_der(pair.public, R_FORMAT_PEM, pem, &len, 0) == RHN_OK);
    check(r_jwk_init(&symmetric) == RHN_OK);
    check(r_jwk_import_from_symmetric_key(symmetric, pem, len) == RHN_OK);
    r_jwk_set_property_str(symmetric, "kid", "k");
    char *token = sign(claims, R_JWA_ALG_HS256, symmetric);
    check(!is_believed(token, keys));
    check(strstr(err.text, "not signed with"));
    r_free(token);
    r_jwk_free(symmetric);
    json_decref(claims);
    json_decref(keys);
    free_pair(pair);
}

/* A key the token brings along itself (RFC 7515 4.1.3) is nobody's. */
static void a_key_in_the_token_is_not_used(void **state)
{
    struct pair own = make_pair(R_KEY_TYPE_EC, 256, "k");
    struct pair other = make_pair(R_KEY_TYPE_EC, 256, "k");
    json_t *keys = set_of(&own, 1), *claims = good_claims();
    json_t *brought = r_jwk_export_to_json_t(other.public);
    char *payload = json_dumps(claims, JSON_COMPACT);
    jws_t *jws = NULL;

    (void)state;
    check(r_jws_init(&jws) == RHN_OK);
    r_jws_set_alg(jws, R_JWA_ALG_ES256);
    r_jws_set_payload(jws, (const unsigned char *)payload, strlen(payload));
    r_jws_set_header_json_t_value(jws, "jwk", brought);
    r_jws_set_header_str_value(jws, "kid", "k");
    char *token = r_jws_serialize(jws, other.secret, 0);
    check(!is_believed(token, keys));
    check(strstr(err.text, "does not verify"));
    r_free(token);
    r_jws_free(jws);
    free(payload);
    json_decref(brought);
    json_decref(claims);
    json_decref(keys);
    free_pair(own);
    free_pair(other);
}

static void keys_are_chosen_by_id_and_kind(void **state)
{
    struct pair pairs[] = { make_pair(R_KEY_TYPE_EC, 256, "one"),
                            make_pair(R_KEY_TYPE_EC, 256, "two"),
                            make_pair(R_KEY_TYPE_EC, 256, NULL) };
    json_t *keys = set_of(pairs, 2), *one = set_of(pairs, 1), *claims = good_claims();
    char *token = sign(claims, R_JWA_ALG_ES256, pairs[1].secret);

    (void)state;
    check(is_believed(token, keys));
    check(!is_believed(token, one));
    check_equal(err.code, ENOKEY);
    r_jwk_set_property_str(pairs[1].public, "use", "enc");
    json_t *other_use = set_of(pairs, 2);
    check(!is_believed(token, other_use));
    check_equal(err.code, ENOKEY);
    r_free(token);
    r_jwk_delete_property_str(pairs[2].secret, "kid");
    token = sign(claims, R_JWA_ALG_ES256, pairs[2].secret);
    json_t *only = set_of(pairs + 2, 1);
    check(is_believed(token, only));
    r_free(token);
    r_jwk_delete_property_str(pairs[1].secret, "kid");
    token = sign(claims, R_JWA_ALG_ES256, pairs[1].secret);
    check(!is_believed(token, keys)); /* which of the two? */
    check_equal(err.code, ENOKEY);
    r_free(token);
    json_decref(only);
    json_decref(other_use);
    json_decref(one);
    json_decref(keys);
    json_decref(claims);
    for (size_t i = 0; i < 3; i++)
        free_pair(pairs[i]);
}

static void short_keys_are_refused(void **state)
{
    struct pair pair = make_pair(R_KEY_TYPE_RSA, 1024, "k");
    json_t *keys = set_of(&pair, 1), *claims = good_claims();
    char *token = sign(claims, R_JWA_ALG_RS256, pair.secret);

    (void)state;
    check(!is_believed(token, keys));
    check_equal(err.code, ENOKEY);
    r_free(token);
    json_decref(claims);
    json_decref(keys);
    free_pair(pair);
}

static void no_letter_of_a_token_changes_unseen(void **state)
{
    struct pair pair = make_pair(R_KEY_TYPE_EDDSA, 256, "k");
    json_t *keys = set_of(&pair, 1), *claims = good_claims();
    char *token = sign(claims, R_JWA_ALG_EDDSA, pair.secret);

    (void)state;
    check(is_believed(token, keys));
    for (size_t len = strlen(token), i = 0; i < len; i++) {
        char kept = token[i];
        token[i] = kept == 'A' ? 'B' : 'A';
        bool is = is_believed(token, keys);
        /* The last letter carries bits that no octet takes: the same signature. */
        if (is && i + 1 < len)
            fail_msg("letter %zu of %zu", i, len);
        token[i] = '\0';
        check(!is_believed(token, keys));
        token[i] = kept;
    }
    r_free(token);
    json_decref(claims);
    json_decref(keys);
    free_pair(pair);
}

static void tokens_and_sets_of_keys_have_a_greatest_size(void **state)
{
    struct pair pair = make_pair(R_KEY_TYPE_EC, 256, "k");
    json_t *keys = set_of(&pair, 1), *claims = good_claims();
    char *long_text = malloc(ID_TOKEN_MAX + 1);

    (void)state;
    memset(long_text, 'a', ID_TOKEN_MAX);
    long_text[ID_TOKEN_MAX] = '\0';
    json_object_set_new(claims, "name", json_string(long_text));
    char *token = sign(claims, R_JWA_ALG_ES256, pair.secret);
    check(!is_believed(token, keys));
    check(strstr(err.text, "too long"));
    r_free(token);
    json_object_del(claims, "name");
    token = sign(claims, R_JWA_ALG_ES256, pair.secret);
    json_t *list = json_object_get(keys, "keys");
    for (int i = 0; i < 63; i++)
        json_array_append_new(list, json_pack("{s:s}", "kty", "oct"));
    check(is_believed(token, keys));
    json_array_append_new(list, json_pack("{s:s}", "kty", "oct"));
    check(!is_believed(token, keys));
    r_free(token);
    free(long_text);
    json_decref(claims);
    json_decref(keys);
    free_pair(pair);
}

TESTS(TEST(tokens_of_three_algorithms_are_believed), TEST(each_claim_is_held_to_what_was_asked),
      TEST(headers_that_ask_for_less_are_refused), TEST(a_public_key_is_no_secret),
      TEST(a_key_in_the_token_is_not_used), TEST(keys_are_chosen_by_id_and_kind),
      TEST(short_keys_are_refused), TEST(no_letter_of_a_token_changes_unseen),
      TEST(tokens_and_sets_of_keys_have_a_greatest_size))
