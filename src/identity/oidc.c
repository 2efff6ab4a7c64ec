// SPDX-License-Identifier: Apache-2.0
#include "identity/identity.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

#include "identity/base64url.h"
#include "identity/id_token_private.h"
#include "identity/web_private.h"

enum {
    RANDOM_OCTETS = 32,
    KEYS_REFRESH_S = 60, /* unknown key ids make us ask no more often */
    CODE_MAX = 4096,
    FORM_MAX = 16 * 1024,
    PATH_MAX_OCTETS = 1024,
};

struct oidc {
    struct oidc_settings settings; /* words of the caller's */
    pthread_mutex_t lock;          /* of what follows; held while it is fetched */
    json_t *metadata, *keys;       /* NULL: not yet fetched */
    int64_t keys_s;                /* when they were asked for */
};

static struct web_place place_of(const struct oidc *oidc)
{
    return (struct web_place){ oidc->settings.authority, oidc->settings.is_loopback_plain };
}

struct oidc *oidc_open(const struct oidc_settings *settings, struct error *err)
{
    struct web_place place = { settings->authority, settings->is_loopback_plain };
    struct oidc *oidc = NULL;

    if (!web_is_allowed(&place, settings->issuer)) {
        error_set(err, 0, "%s: an issuer is asked over https only", settings->issuer);
        return NULL;
    }
    if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
        !(oidc = calloc(1, sizeof(*oidc)))) {
        error_set(err, 0, "OpenID Connect: no memory, or no randomness");
        return NULL;
    }
    oidc->settings = *settings;
    pthread_mutex_init(&oidc->lock, NULL);
    return oidc;
}

void oidc_close(struct oidc *oidc)
{
    if (!oidc)
        return;
    json_decref(oidc->metadata);
    json_decref(oidc->keys);
    pthread_mutex_destroy(&oidc->lock);
    free(oidc);
    curl_global_cleanup();
}

static const char *get(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));

    return value ? value : "";
}

/* OpenID Connect Discovery 1.0, 4.3: it speaks of the issuer that was asked. */
static bool is_metadata(const struct oidc *oidc, const json_t *metadata)
{
    static const char *const names[] = { "authorization_endpoint", "token_endpoint",
                                         "jwks_uri" };
    struct web_place place = place_of(oidc);

    if (strcmp(get(metadata, "issuer"), oidc->settings.issuer) != 0)
        return false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (!web_is_allowed(&place, get(metadata, names[i])))
            return false;
    return true;
}

/* 4.1: below the issuer's path. */
static bool fetch_metadata(struct oidc *oidc, struct error *err)
{
    char room[PATH_MAX_OCTETS];
    struct text url = text_over(room, sizeof(room));
    struct bytes issuer = bytes_of_string(oidc->settings.issuer);
    struct web_place place = place_of(oidc);
    struct web_request request = { .url = room };

    if (issuer.len > 0 && issuer.at[issuer.len - 1] == '/')
        issuer.len--;
    text_put(&url, issuer);
    text_put_string(&url, "/.well-known/openid-configuration");
    if (url.cut)
        return error_set(err, 0, "the issuer's name is too long");
    json_t *metadata = web_ask(&place, &request, err);
    if (!metadata)
        return false;
    if (!is_metadata(oidc, metadata)) {
        json_decref(metadata);
        return error_set(err, EACCES,
                         "%s: speaks of another issuer, or lacks an address of "
                         "https",
                         room);
    }
    oidc->metadata = metadata;
    return true;
}

static bool fetch_keys(struct oidc *oidc, int64_t now_s, struct error *err)
{
    struct web_place place = place_of(oidc);
    struct web_request request = { .url = get(oidc->metadata, "jwks_uri") };

    oidc->keys_s = now_s;
    json_t *keys = web_ask(&place, &request, err);
    if (!keys)
        return false;
    json_decref(oidc->keys);
    oidc->keys = keys;
    return true;
}

/* What stands in the metadata never changes again, so it is read without the lock after. */
static bool need_metadata(struct oidc *oidc, struct error *err)
{
    pthread_mutex_lock(&oidc->lock);
    bool has = oidc->metadata || fetch_metadata(oidc, err);
    pthread_mutex_unlock(&oidc->lock);
    return has;
}

/* One fresh try for a key that is not known: providers change them. */
static json_t *verify(struct oidc *oidc, const char *token,
                      const struct id_token_expected *expected, struct error *err)
{
    json_t *claims = NULL;
    int64_t now_s = expected->now_s;

    pthread_mutex_lock(&oidc->lock);
    if (oidc->keys || fetch_keys(oidc, now_s, err)) {
        claims = id_token_verify(token, oidc->keys, expected, err);
        bool is_due = now_s < oidc->keys_s || now_s - oidc->keys_s >= KEYS_REFRESH_S;
        if (!claims && err->code == ENOKEY && is_due && fetch_keys(oidc, now_s, err))
            claims = id_token_verify(token, oidc->keys, expected, err);
    }
    pthread_mutex_unlock(&oidc->lock);
    return claims;
}

static void make_secret(char *out, size_t max)
{
    uint8_t octets[RANDOM_OCTETS];
    struct text text = text_over(out, max);

    randombytes_buf(octets, sizeof(octets));
    base64url_put(&text, (struct bytes){ octets, sizeof(octets) });
    sodium_memzero(octets, sizeof(octets));
}

/* RFC 7636 4.2 */
static void put_challenge(struct text *out, const char *verifier)
{
    uint8_t digest[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(digest, (const uint8_t *)verifier, strlen(verifier));
    base64url_put(out, (struct bytes){ digest, sizeof(digest) });
}

static void put_escaped(struct text *out, const char *value)
{
    char *escaped = curl_easy_escape(NULL, value, 0);

    if (escaped)
        text_put_string(out, escaped);
    else
        out->cut = true;
    curl_free(escaped);
}

static void put_member(struct text *out, const char *name, const char *value)
{
    text_format(out, "&%s=", name);
    put_escaped(out, value);
}

bool oidc_begin(struct oidc *oidc, struct oidc_attempt *out, char url[OIDC_URL_MAX],
                struct error *err)
{
    char room[OIDC_SECRET_MAX];
    struct text challenge = text_over(room, sizeof(room));
    struct text text = text_over(url, OIDC_URL_MAX);

    if (!need_metadata(oidc, err))
        return false;
    make_secret(out->state, sizeof(out->state));
    make_secret(out->nonce, sizeof(out->nonce));
    make_secret(out->verifier, sizeof(out->verifier));
    put_challenge(&challenge, out->verifier);

    const char *endpoint = get(oidc->metadata, "authorization_endpoint");
    text_put_string(&text, endpoint);
    text_put_string(&text, strchr(endpoint, '?') ? "&" : "?");
    text_put_string(&text, "response_type=code&code_challenge_method=S256");
    put_member(&text, "client_id", oidc->settings.client_id);
    put_member(&text, "redirect_uri", oidc->settings.redirect_uri);
    put_member(&text, "scope", oidc->settings.scopes);
    put_member(&text, "state", out->state);
    put_member(&text, "nonce", out->nonce);
    put_member(&text, "code_challenge", challenge.at);
    return !text.cut || error_set(err, 0, "OpenID Connect: the address to go to is too long");
}

static bool is_same_secret(const char *a, const char *b)
{
    size_t len = strlen(a);

    return len > 0 && strlen(b) == len && sodium_memcmp(a, b, len) == 0;
}

/* RFC 9207 2.4: who says that he names himself has to. */
static bool is_from_issuer(const struct oidc *oidc, const struct oidc_answer *answer)
{
    const json_t *says =
        json_object_get(oidc->metadata, "authorization_response_iss_parameter_supported");

    return answer->issuer ? strcmp(answer->issuer, oidc->settings.issuer) == 0
                          : !json_is_true(says);
}

static bool is_answer(const struct oidc *oidc, const struct oidc_attempt *attempt,
                      const struct oidc_answer *answer, struct error *err)
{
    if (!answer->state || !is_same_secret(attempt->state, answer->state))
        return error_set(err, EACCES, "OpenID Connect: an answer to another attempt");
    if (!is_from_issuer(oidc, answer))
        return error_set(err, EACCES, "OpenID Connect: an answer of another issuer");
    if (answer->error) /* RFC 6749 4.1.2.1; after its issuer: RFC 9207 2.4 */
        return error_set(err, ECANCELED, "OpenID Connect: %.64s", answer->error);
    if (!answer->code || strlen(answer->code) > CODE_MAX)
        return error_set(err, 0, "OpenID Connect: an answer without a code");
    return true;
}

/* OpenID Connect Core 1.0, 9: client_secret_basic, unless only the other is spoken. */
static bool has_basic(const json_t *metadata)
{
    const json_t *methods = json_object_get(metadata, "token_endpoint_auth_methods_supported");

    for (size_t i = 0; i < json_array_size(methods); i++) {
        const char *method = json_string_value(json_array_get(methods, i));
        if (method && strcmp(method, "client_secret_basic") == 0)
            return true;
    }
    return !methods;
}

/* RFC 6749 4.1.3, 2.3.1; RFC 7636 4.5 */
static json_t *exchange(struct oidc *oidc, const struct oidc_attempt *attempt, const char *code,
                        struct error *err)
{
    const struct oidc_settings *settings = &oidc->settings;
    bool is_basic = settings->client_secret && has_basic(oidc->metadata);
    char room[FORM_MAX], users[PATH_MAX_OCTETS], passwords[PATH_MAX_OCTETS];
    struct text form = text_over(room, sizeof(room));
    struct text user = text_over(users, sizeof(users));
    struct text password = text_over(passwords, sizeof(passwords));
    struct web_place place = place_of(oidc);
    struct web_request request = { .url = get(oidc->metadata, "token_endpoint"), .form = room };
    json_t *tokens = NULL;

    text_put_string(&form, "grant_type=authorization_code");
    put_member(&form, "code", code);
    put_member(&form, "redirect_uri", settings->redirect_uri);
    put_member(&form, "code_verifier", attempt->verifier);
    if (is_basic) {
        put_escaped(&user, settings->client_id);
        put_escaped(&password, settings->client_secret);
        request.user = users;
        request.password = passwords;
    } else {
        put_member(&form, "client_id", settings->client_id);
        if (settings->client_secret)
            put_member(&form, "client_secret", settings->client_secret);
    }
    if (form.cut || user.cut || password.cut)
        error_set(err, 0, "OpenID Connect: too long to ask");
    else
        tokens = web_ask(&place, &request, err);
    sodium_memzero(room, sizeof(room));
    sodium_memzero(passwords, sizeof(passwords));
    return tokens;
}

json_t *oidc_finish(struct oidc *oidc, const struct oidc_attempt *attempt,
                    const struct oidc_answer *answer, int64_t now_s, struct error *err)
{
    struct id_token_expected expected = { oidc->settings.issuer, oidc->settings.client_id,
                                          attempt->nonce, now_s };

    if (!need_metadata(oidc, err) || !is_answer(oidc, attempt, answer, err))
        return NULL;
    json_t *tokens = exchange(oidc, attempt, answer->code, err);
    if (!tokens)
        return NULL;
    json_t *claims = verify(oidc, get(tokens, "id_token"), &expected, err);
    json_decref(tokens);
    return claims;
}
