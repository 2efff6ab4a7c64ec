// SPDX-License-Identifier: Apache-2.0
/* Lets a test in another language use src/identity: a line of JSON in, a line of JSON out. */
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "identity/base64url.h"
#include "identity/identity.h"
#include "system/clock.h"
#include "warrant/webauthn.h"

static struct {
    struct passkey passkey;
    struct oidc *oidc;
    struct oidc_settings settings;
    struct oidc_attempt attempt;
    json_t *opened; /* owns the words of settings */
} held;

static const char *get(const json_t *command, const char *name)
{
    return json_string_value(json_object_get(command, name));
}

static json_t *refused(const struct error *err)
{
    return json_pack("{s:b,s:i,s:s}", "ok", 0, "code", err->code, "why", err->text);
}

static json_t *text_of(const uint8_t *at, size_t len)
{
    char room[2048];
    struct text text = text_over(room, sizeof(room));

    base64url_put(&text, (struct bytes){ at, len });
    return json_string(room);
}

static size_t take(const json_t *credential, const char *name, uint8_t *out, size_t max)
{
    const char *text = get(json_object_get(credential, "response"), name);
    size_t len = 0;

    return text && base64url_get(bytes_of_string(text), out, max, &len) ? len : 0;
}

/* What a sensor would say, which knows key and place and no more. */
static bool sensor_believes(const json_t *credential, const struct passkey_place *place,
                            const uint8_t challenge[PASSKEY_CHALLENGE_OCTETS])
{
    static const enum webauthn_algorithm algorithms[] = { WEBAUTHN_ES256, WEBAUTHN_EDDSA };
    struct webauthn_key key = { algorithms[held.passkey.algorithm == -8], { 0 } };
    struct webauthn_place where = { .origin_count = 1 };
    struct webauthn_assertion given = { 0 };
    struct text rp_id = text_over(where.rp_id, sizeof(where.rp_id));
    struct text origin = text_over(where.origins[0], sizeof(where.origins[0]));
    struct error err;

    text_put_string(&rp_id, place->rp_id);
    text_put_string(&origin, place->origin);
    memcpy(key.octets, held.passkey.key, held.passkey.key_len);
    given.client_len = take(credential, "clientDataJSON", given.client, sizeof(given.client));
    given.authenticator_len =
        take(credential, "authenticatorData", given.authenticator, sizeof(given.authenticator));
    given.signature_len =
        take(credential, "signature", given.signature, sizeof(given.signature));
    return webauthn_verify(&key, &where, &given, challenge, &err);
}

static json_t *answer_passkey(bool is, const struct error *err)
{
    const struct passkey *passkey = &held.passkey;

    return !is ? refused(err)
               : json_pack("{s:b,s:o,s:o,s:i,s:I}", "ok", 1, "id",
                           text_of(passkey->id, passkey->id_len), "key",
                           text_of(passkey->key, passkey->key_len), "algorithm",
                           passkey->algorithm, "count", (json_int_t)passkey->sign_count);
}

static json_t *run_passkey(const json_t *command, bool is_new)
{
    const json_t *credential = json_object_get(command, "credential");
    struct passkey_place place = { get(command, "rpId"), get(command, "origin"),
                                   json_is_true(json_object_get(command, "needsVerified")) };
    uint8_t challenge[PASSKEY_CHALLENGE_OCTETS] = { 0 };
    struct error err = { .code = -1 };
    size_t len = 0;

    if (!base64url_get(bytes_of_string(get(command, "challenge")), challenge, sizeof(challenge),
                       &len))
        return refused(&err);
    bool is = is_new ? passkey_register(credential, &place, challenge, &held.passkey, &err)
                     : passkey_verify(credential, &place, challenge, &held.passkey, &err);
    json_t *answer = answer_passkey(is, &err);
    if (!is_new)
        json_object_set_new(answer, "sensor",
                            json_boolean(sensor_believes(credential, &place, challenge)));
    return answer;
}

static json_t *register_passkey(const json_t *command)
{
    return run_passkey(command, true);
}

static json_t *verify_passkey(const json_t *command)
{
    return run_passkey(command, false);
}

static json_t *open_provider(const json_t *command)
{
    struct error err = { .code = -1 };

    oidc_close(held.oidc);
    json_decref(held.opened);
    held.opened = json_deep_copy(command);
    held.settings = (struct oidc_settings){
        .issuer = get(held.opened, "issuer"),
        .client_id = get(held.opened, "clientId"),
        .client_secret = get(held.opened, "clientSecret"),
        .redirect_uri = get(held.opened, "redirectUri"),
        .scopes = "openid profile email",
        .authority = get(held.opened, "authority"),
        .is_loopback_plain = json_is_true(json_object_get(held.opened, "isLoopbackPlain")),
    };
    held.oidc = oidc_open(&held.settings, &err);
    return held.oidc ? json_pack("{s:b}", "ok", 1) : refused(&err);
}

static json_t *begin_login(const json_t *command)
{
    struct error err = { .code = -1 };
    char url[OIDC_URL_MAX];

    (void)command;
    if (!held.oidc || !oidc_begin(held.oidc, &held.attempt, url, &err))
        return refused(&err);
    return json_pack("{s:b,s:s,s:s,s:s}", "ok", 1, "url", url, "state", held.attempt.state,
                     "nonce", held.attempt.nonce);
}

static json_t *finish_login(const json_t *command)
{
    struct oidc_answer answer = { get(command, "code"), get(command, "state"),
                                  get(command, "iss"), get(command, "error") };
    int64_t later_s = json_integer_value(json_object_get(command, "later"));
    struct error err = { .code = -1 };

    if (!held.oidc)
        return refused(&err);
    json_t *claims = oidc_finish(held.oidc, &held.attempt, &answer,
                                 clock_now_ns() / 1000000000 + later_s, &err);
    return claims ? json_pack("{s:b,s:o}", "ok", 1, "claims", claims) : refused(&err);
}

static const struct {
    const char *name;
    json_t *(*run)(const json_t *command);
} commands[] = {
    { "register", register_passkey }, { "verify", verify_passkey }, { "open", open_provider },
    { "begin", begin_login },         { "finish", finish_login },
};

static json_t *run(const json_t *command)
{
    const char *name = get(command, "do");

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (name && strcmp(name, commands[i].name) == 0)
            return commands[i].run(command);
    return json_pack("{s:b,s:s}", "ok", 0, "why", "no such command");
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len = 0;

    while ((len = getline(&line, &room, stdin)) > 0) {
        json_t *command = json_loadb(line, (size_t)len, 0, NULL);
        json_t *answer = run(command);
        json_dumpf(answer, stdout, JSON_COMPACT);
        putchar('\n');
        fflush(stdout);
        json_decref(answer);
        json_decref(command);
    }
    oidc_close(held.oidc);
    json_decref(held.opened);
    free(line);
    return EXIT_SUCCESS;
}
