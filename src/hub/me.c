// SPDX-License-Identifier: Apache-2.0
/* What somebody keeps to prove who he is: passkeys, a one-time code, a password, tokens. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "hub/challenge_private.h"
#include "hub/people_private.h"
#include "hub/session_private.h"

enum { TOKENS_MAX = 50, PASSKEYS_MAX = 20 };

bool me_passkeys(struct asking *asking, struct error *err)
{
    json_t *items = rows_array(
        asking->db,
        SQL("SELECT id AS \"id@id\", name, algorithm AS \"algorithm@number\","
            " created AS \"created@time\" FROM passkey WHERE person = $1 AND ended IS NULL"
            " ORDER BY id",
            database_number(asking->actor.person)),
        err);
    return items && answer(asking, 200, json_pack("{s:o, s:n}", "items", items, "next"));
}

/* What somebody chooses who is already inside without it must not lock the door behind one who
 * stole the session: a person who has a passkey adds another only from a session opened by it.
 */
static bool is_strong_enough(struct asking *asking, bool *out, struct error *err)
{
    int64_t count;
    if (!sql_number(asking->db,
                    SQL("SELECT COUNT(*) FROM passkey WHERE person = $1 AND ended IS NULL",
                        database_number(asking->actor.person)),
                    0, &count, err))
        return false;
    *out = count == 0 || asking->actor.has_passkey;
    return true;
}

static bool refuse_weak(struct asking *asking)
{
    return refuse_as(
        asking, 403, "passkey-wanted",
        (struct law_text){ "sign in with a passkey you have first",
                           "登録済みのパスキーでサインインしてから行ってください" });
}

bool me_passkey_options(struct asking *asking, struct error *err)
{
    char id[CHALLENGE_ID_MAX];
    uint8_t octets[PASSKEY_CHALLENGE_OCTETS];
    bool is_strong;
    if (!is_strong_enough(asking, &is_strong, err))
        return false;
    if (!is_strong)
        return refuse_weak(asking);
    const struct challenge_new what = { .purpose = "passkey",
                                        .subject = "",
                                        .person = asking->actor.person };
    json_t *known = passkey_allowed(asking, asking->actor.person, err);
    if (!known || !challenge_make(asking, &what, id, octets, err)) {
        json_decref(known);
        return false;
    }
    struct asking_actor handle = asking_name(asking->actor.person);
    json_t *options = json_pack(
        "{s:s, s:{s:s, s:s}, s:{s:o, s:s, s:s}, s:[{s:s, s:i}, {s:s, s:i}], s:s,"
        " s:{s:s, s:s}, s:o, s:i}",
        "challenge", id, "rp", "id", asking->hub->rp_id, "name", "Sekisho", "user", "id",
        base64url_json(bytes_of_string(handle.text)), "name", asking->person.name,
        "displayName", asking->person.display, "pubKeyCredParams", "type", "public-key", "alg",
        -7, "type", "public-key", "alg", -8, "attestation", "none", "authenticatorSelection",
        "residentKey", "preferred", "userVerification", "required", "excludeCredentials", known,
        "timeout", CHALLENGE_S * 1000);
    return answer(asking, 200, json_pack("{s:o}", "publicKey", options));
}

static bool write_passkey(struct change *change, const struct passkey *passkey,
                          const char *name, struct error *err)
{
    int64_t id;
    char reason[32];
    if (!sql_number(change->db, SQL0("SELECT MAX(id) FROM passkey"), 0, &id, err))
        return false;
    snprintf(reason, sizeof reason, "passkey %lld", (long long)id + 1);
    return database_run(change->db,
                        SQL("INSERT INTO passkey (id, person, name, credential, algorithm,"
                            " public_key, sign_count, created)"
                            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                            database_number(id + 1), database_number(change->person),
                            database_string(name),
                            database_blob((struct bytes){ passkey->id, passkey->id_len }),
                            database_number(passkey->algorithm),
                            database_blob((struct bytes){ passkey->key, passkey->key_len }),
                            database_number(passkey->sign_count),
                            database_number(change->now_ns)),
                        NULL, err) &&
           people_log(change, change->person, "passkey_added", reason, err);
}

static bool add_passkey(struct asking *asking, const json_t *body, struct error *err)
{
    static const struct law_text not_good = { "this passkey cannot be believed",
                                              "このパスキーは確認できません" };
    static const struct law_text many = { "that are enough passkeys", "パスキーが多すぎます" };
    const json_t *credential = json_object_get(body, "credential");
    const char *name;
    char id[CHALLENGE_ID_MAX];
    struct challenge challenge = { .is_found = false };
    struct passkey passkey = { 0 };
    struct change change;
    int64_t count;
    if (!body_text(asking, body, "name", 60, &name))
        return true;
    if (!sql_number(asking->db,
                    SQL("SELECT COUNT(*) FROM passkey WHERE person = $1 AND ended IS NULL",
                        database_number(asking->actor.person)),
                    0, &count, err))
        return false;
    if (count > 0 && !asking->actor.has_passkey)
        return refuse_weak(asking);
    if (count >= PASSKEYS_MAX)
        return refuse_as(asking, 409, "many", many);
    if (credential_challenge(credential, id) &&
        !challenge_use(asking, "passkey", id, &challenge, err))
        return false;
    const struct passkey_place place = challenge_place(asking->hub);
    struct error why = { 0 };
    if (!challenge.is_found || challenge.person != asking->actor.person ||
        !passkey_register(credential, &place, challenge.octets, &passkey, &why))
        return refuse_as(asking, 400, "passkey", not_good);
    if (!change_of(asking, &change, err))
        return false;
    if (!write_passkey(&change, &passkey, *name ? name : "passkey", err))
        return change_give_up(&change);
    return change_commit(&change, err) && answer(asking, 201, json_pack("{s:b}", "added", 1));
}

bool me_add_passkey(struct asking *asking, struct error *err)
{
    json_t *body = asking_body(asking);
    bool is_done = !body || add_passkey(asking, body, err);
    json_decref(body);
    return is_done;
}

static bool end_one(struct asking *asking, const struct database_statement *statement,
                    const char *event, struct error *err)
{
    struct change change;
    int64_t ended = 0;
    if (!change_of(asking, &change, err))
        return false;
    if (!database_run(change.db, statement, &ended, err) ||
        (ended == 1 && !people_log(&change, asking->actor.person, event, "", err)))
        return change_give_up(&change);
    if (!change_commit(&change, err))
        return false;
    return ended == 1 ? answer_nothing(asking) : refuse_unknown(asking);
}

bool me_end_passkey(struct asking *asking, struct error *err)
{
    bool is_strong;
    if (!is_strong_enough(asking, &is_strong, err))
        return false;
    if (!is_strong)
        return refuse_weak(asking);
    return end_one(asking,
                   SQL("UPDATE passkey SET ended = $3 WHERE id = $1 AND person = $2"
                       " AND ended IS NULL",
                       database_number(asking_id(asking, "id")),
                       database_number(asking->actor.person), database_number(asking->now_ns)),
                   "passkey_ended", err);
}

bool me_end_token(struct asking *asking, struct error *err)
{
    return end_one(asking,
                   SQL("DELETE FROM token WHERE id = $1 AND person = $2",
                       database_number(asking_id(asking, "id")),
                       database_number(asking->actor.person)),
                   "token_ended", err);
}

bool me_write_password(struct asking *asking, int64_t person, const char *password,
                       struct error *err)
{
    char hash[PASSWORD_HASH_MAX];
    struct change change;
    if (!password_hash(password, hash, err) || !change_begin(asking->hub, &change, err))
        return false;
    change.person = person;
    if (!database_run(change.db,
                      SQL("UPDATE person SET password = $2 WHERE id = $1",
                          database_number(person), database_string(hash)),
                      NULL, err) ||
        !database_run(
            change.db,
            SQL("DELETE FROM session WHERE person = $1 AND digest <> $2",
                database_number(person),
                database_blob((struct bytes){ asking->session.digest, TOKEN_DIGEST_OCTETS })),
            NULL, err) ||
        !database_run(change.db,
                      SQL("DELETE FROM token WHERE person = $1", database_number(person)), NULL,
                      err) ||
        !database_run(change.db,
                      SQL("DELETE FROM challenge WHERE person = $1 AND purpose = 'invitation'",
                          database_number(person)),
                      NULL, err) ||
        !people_log(&change, person, "password_changed", "", err))
        return change_give_up(&change);
    return change_commit(&change, err);
}

bool me_password_is_good(struct asking *asking, const char *password)
{
    static const struct law_text short_one = { "at least 12 characters",
                                               "12文字以上にしてください" };
    return strlen(password) >= PASSWORD_MIN || !refuse_field(asking, "password", short_one);
}

static bool own_password_is(struct asking *asking, const char *password, bool *out,
                            struct error *err)
{
    struct database_rows *rows = database_ask(
        asking->db,
        SQL("SELECT password FROM person WHERE id = $1", database_number(asking->actor.person)),
        err);
    if (!rows)
        return false;
    char hash[PASSWORD_HASH_MAX] = "";
    struct text to = text_over(hash, sizeof hash);
    enum database_step step = database_step(rows, err);
    if (step == DATABASE_ROW)
        text_put(&to, database_get_text(rows, 0));
    database_end(rows);
    *out = hash[0] == '\0' ? asking->actor.has_passkey : password_is(hash, password);
    return step != DATABASE_FAILED;
}

static bool change_password(struct asking *asking, const json_t *body, struct error *err)
{
    static const struct law_text wrong = { "the old password is not right",
                                           "現在のパスワードが正しくありません" };
    const char *old, *password;
    bool is_right;
    if (!body_text(asking, body, "old", PASSWORD_MAX, &old) ||
        !body_text(asking, body, "password", PASSWORD_MAX, &password) ||
        !me_password_is_good(asking, password) || !session_may_try(asking, asking->person.name))
        return true;
    if (!own_password_is(asking, old, &is_right, err))
        return false;
    if (!is_right)
        return refuse_field(asking, "old", wrong);
    session_succeeded(asking, asking->person.name);
    return me_write_password(asking, asking->actor.person, password, err) &&
           answer_nothing(asking);
}

bool me_password(struct asking *asking, struct error *err)
{
    json_t *body = asking_body(asking);
    bool is_done = true;
    if (body && session_check_begin(asking)) {
        is_done = change_password(asking, body, err);
        session_check_end(asking);
    }
    json_decref(body);
    return is_done;
}

/* The secret waits as a challenge until a code of it was shown. */
bool me_totp_begin(struct asking *asking, struct error *err)
{
    uint8_t octets[PASSKEY_CHALLENGE_OCTETS] = { 0 }, same[PASSKEY_CHALLENGE_OCTETS];
    char id[CHALLENGE_ID_MAX], uri[TOTP_URI_MAX];
    bool is_strong;
    if (!is_strong_enough(asking, &is_strong, err))
        return false;
    if (!is_strong)
        return refuse_weak(asking);
    if (!totp_make(octets, err) || !totp_uri(octets, asking->person.name, "Sekisho", uri))
        return false;
    const struct challenge_new what = {
        .purpose = "totp", .subject = "", .person = asking->actor.person, .octets = octets
    };
    if (!challenge_make(asking, &what, id, same, err))
        return false;
    sodium_memzero(octets, sizeof octets);
    return answer(asking, 200, json_pack("{s:s, s:s}", "uri", uri, "id", id));
}

static bool confirm_totp(struct asking *asking, const json_t *body, struct error *err)
{
    static const struct law_text wrong = {
        "the code is not right: begin again",
        "コードが正しくありません。最初からやり直してください"
    };
    const char *code, *id;
    struct challenge challenge;
    struct change change;
    int64_t step = 0;
    if (!body_text(asking, body, "code", 16, &code) ||
        !body_text(asking, body, "id", CHALLENGE_ID_MAX - 1, &id))
        return true;
    if (!challenge_use(asking, "totp", id, &challenge, err))
        return false;
    if (!challenge.is_found || challenge.person != asking->actor.person ||
        !totp_is(challenge.octets, code, asking->now_ns / TIME_SECOND_NS, &step))
        return refuse_field(asking, "code", wrong);
    if (!change_of(asking, &change, err))
        return false;
    if (!database_run(change.db,
                      SQL("UPDATE person SET totp = $2, totp_step = $3 WHERE id = $1",
                          database_number(asking->actor.person),
                          database_blob((struct bytes){ challenge.octets, TOTP_SECRET_OCTETS }),
                          database_number(step)),
                      NULL, err) ||
        !people_log(&change, asking->actor.person, "code_set", "", err))
        return change_give_up(&change);
    return change_commit(&change, err) && answer_nothing(asking);
}

bool me_totp_confirm(struct asking *asking, struct error *err)
{
    json_t *body = asking_body(asking);
    bool is_done = !body || confirm_totp(asking, body, err);
    json_decref(body);
    return is_done;
}

bool me_tokens(struct asking *asking, struct error *err)
{
    json_t *items = rows_array(
        asking->db,
        SQL("SELECT id AS \"id@id\", name, scopes AS \"scopes@number\", created AS"
            " \"created@time\", expires AS \"expires@time\" FROM token WHERE person = $1"
            " AND expires > $2 ORDER BY id",
            database_number(asking->actor.person), database_number(asking->now_ns)),
        err);
    return items && answer(asking, 200, json_pack("{s:o, s:n}", "items", items, "next"));
}

/* Names of actions to bits; only narrows what its owner may. */
static bool read_scopes(struct asking *asking, const json_t *names, int64_t *out)
{
    static const struct law_text unknown = { "no such scope", "そのような範囲はありません" };
    const json_t *name;
    size_t index;
    *out = 0;
    json_array_foreach(names, index, name)
    {
        int64_t bit = 0;
        for (enum access_action action = 0; action < ACCESS_ACTIONS; action++) {
            if (json_is_string(name) &&
                strcmp(access_action_name(action), json_string_value(name)) == 0)
                bit = INT64_C(1) << action;
        }
        if (bit == 0)
            return !refuse_field(asking, "scopes", unknown);
        *out |= bit;
    }
    if (*out == 0)
        *out = INT64_C(1) << ACTION_LIST | INT64_C(1) << ACTION_READ;
    return true;
}

struct new_token {
    const char *name;
    int64_t scopes, expires_ns;
    uint8_t digest[TOKEN_DIGEST_OCTETS];
};

static bool write_token(struct change *change, const struct new_token *token, struct error *err)
{
    int64_t id;
    return sql_number(change->db, SQL0("SELECT MAX(id) FROM token"), 0, &id, err) &&
           database_run(change->db,
                        SQL("INSERT INTO token (id, digest, person, name, scopes, created,"
                            " expires, used) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)",
                            database_number(id + 1),
                            database_blob((struct bytes){ token->digest, TOKEN_DIGEST_OCTETS }),
                            database_number(change->person), database_string(token->name),
                            database_number(token->scopes), database_number(change->now_ns),
                            database_number(token->expires_ns)),
                        NULL, err) &&
           people_log(change, change->person, "token_added", token->name, err);
}

static bool add_token(struct asking *asking, const json_t *body, struct error *err)
{
    static const struct law_text many = { "that are enough tokens", "トークンが多すぎます" };
    const int64_t year_ns = 366 * TIME_DAY_NS;
    struct new_token token = { 0 };
    char text[TOKEN_TEXT_MAX];
    struct change change;
    int64_t count;
    if (!body_text(asking, body, "name", 60, &token.name) ||
        !body_time(asking, body, "expires", asking->now_ns + 30 * TIME_DAY_NS,
                   &token.expires_ns) ||
        !read_scopes(asking, json_object_get(body, "scopes"), &token.scopes))
        return true;
    if (token.expires_ns > asking->now_ns + year_ns)
        token.expires_ns = asking->now_ns + year_ns;
    if (!sql_number(asking->db,
                    SQL("SELECT COUNT(*) FROM token WHERE person = $1",
                        database_number(asking->actor.person)),
                    0, &count, err))
        return false;
    if (count >= TOKENS_MAX)
        return refuse_as(asking, 409, "many", many);
    if (!token_make("skt", text, token.digest, err) || !change_of(asking, &change, err))
        return false;
    if (!write_token(&change, &token, err))
        return change_give_up(&change);
    asking->once = NULL; /* the token is shown once, and kept nowhere */
    return change_commit(&change, err) &&
           answer(
               asking, 201,
               json_pack("{s:s, s:o}", "token", text, "expires", json_time(token.expires_ns)));
}

bool me_add_token(struct asking *asking, struct error *err)
{
    json_t *body = asking_body(asking);
    bool is_done = !body || add_token(asking, body, err);
    json_decref(body);
    return is_done;
}
