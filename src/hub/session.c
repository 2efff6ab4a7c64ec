// SPDX-License-Identifier: Apache-2.0
/* Signing in and out: password with or without a one-time code, passkey, or another's word
 * (oidc.c); and the first administrator, by the link that the hub printed. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "hub/challenge_private.h"
#include "hub/people_private.h"
#include "hub/session_private.h"
#include "hub/text_private.h"
#include "hub/who_private.h"

static const struct law_text not_you = { "the name, the password or the code is not right",
                                         "名前、パスワード又はコードが正しくありません" };

static json_t *role_json(const struct asking *asking, const struct access_role *role)
{
    const struct law_role *known = law_find_role(asking->hub->settings.law, role->id);
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o}", "role", role->id, "name",
        law_text_json(known ? known->name : (struct law_text){ role->id, role->id }),
        "organisation", id_json(role->organisation), "sectors",
        sectors_json(asking->hub->settings.law, role->sectors), "until",
        json_time(role->to_ns));
}

static json_t *session_json(const struct asking *asking)
{
    json_t *roles = json_array();
    for (size_t i = 0; i < asking->actor.role_count; i++)
        json_array_append_new(roles, role_json(asking, &asking->actor.roles[i]));
    return json_pack(
        "{s:{s:o, s:s, s:s, s:o, s:s}, s:o, s:{s:i, s:o}, s:s, s:s, s:o, s:s, s:b}", "person",
        "id", id_json(asking->actor.person), "name", asking->person.name, "display",
        asking->person.display, "organisation", id_json(asking->person.organisation),
        "language", asking->person.language, "roles", roles, "clearance", "level",
        (int)asking->actor.clearance, "until", json_time(asking->actor.clearance_to_ns), "csrf",
        asking->session.csrf, "purpose", asking->session.purpose, "expires",
        json_time(asking->session.expires_ns), "strength", asking->session.strength, "exercise",
        asking->hub->settings.is_exercise);
}

bool session_show(struct asking *asking, struct error *err)
{
    (void)err;
    return answer(asking, 200, session_json(asking));
}

/* Of who signs in again the session before is gone with its cookie. */
static bool end_before(const struct asking *asking, struct change *change, struct error *err)
{
    uint8_t digest[TOKEN_DIGEST_OCTETS];
    const char *before = http_cookie(asking->request, session_cookie(asking));
    if (!before)
        return true;
    token_digest(before, digest);
    return database_run(change->db,
                        SQL("DELETE FROM session WHERE digest = $1",
                            database_blob((struct bytes){ digest, sizeof digest })),
                        NULL, err);
}

bool session_open(struct asking *asking, int64_t person, const char *strength,
                  const struct kept_passkey *used, struct error *err)
{
    struct change change;
    char token[TOKEN_TEXT_MAX];
    uint8_t digest[TOKEN_DIGEST_OCTETS], unused[TOKEN_DIGEST_OCTETS];
    struct asking_session *session = &asking->session;
    if (!token_make("ses", token, digest, err) ||
        !token_make("csrf", session->csrf, unused, err) ||
        !change_begin(asking->hub, &change, err))
        return false;
    int64_t expires_ns = change.now_ns + SESSION_MAX_S * TIME_SECOND_NS;
    if (!end_before(asking, &change, err) ||
        !database_run(change.db,
                      SQL("DELETE FROM session WHERE person = $1 AND digest NOT IN (SELECT"
                          " digest FROM session WHERE person = $1 ORDER BY seen DESC LIMIT $2)",
                          database_number(person), database_number(SESSIONS_MAX - 1)),
                      NULL, err) ||
        !database_run(
            change.db,
            SQL("DELETE FROM session WHERE expires < $1", database_number(change.now_ns)), NULL,
            err) ||
        !database_run(change.db,
                      SQL("INSERT INTO session (digest, person, created, seen, expires,"
                          " strength, csrf, purpose) VALUES ($1, $2, $3, $3, $4, $5, $6, '')",
                          database_blob((struct bytes){ digest, sizeof digest }),
                          database_number(person), database_number(change.now_ns),
                          database_number(expires_ns), database_string(strength),
                          database_string(session->csrf)),
                      NULL, err) ||
        (used && !passkey_note_use(&change, used, err)) ||
        !people_log(&change, person, "signed_in", strength, err))
        return change_give_up(&change);
    if (!change_commit(&change, err))
        return false;
    bool is_known = false;
    if (!who_load(asking, person, &is_known, err))
        return false;
    snprintf(session->strength, sizeof session->strength, "%s", strength);
    session->expires_ns = asking->now_ns + SESSION_IDLE_S * TIME_SECOND_NS;
    http_set_cookie(asking->reply, session_cookie(asking), token, SESSION_MAX_S, HTTP_STRICT);
    sodium_memzero(token, sizeof token);
    return true;
}

struct known {
    int64_t id, totp_step;
    char password[PASSWORD_HASH_MAX];
    uint8_t totp[TOTP_SECRET_OCTETS];
    bool has_totp, has_password;
};

static bool find_known(struct asking *asking, const char *name, struct known *out,
                       struct error *err)
{
    *out = (struct known){ 0 };
    struct database_rows *rows = database_ask(asking->db,
                                              SQL("SELECT id, password, totp, totp_step FROM "
                                                  "person WHERE name = $1 AND is_active = 1",
                                                  database_string(name)),
                                              err);
    if (!rows)
        return false;
    enum database_step step = database_step(rows, err);
    if (step == DATABASE_ROW) {
        struct text to = text_over(out->password, sizeof out->password);
        struct bytes totp = database_get_blob(rows, 2);
        out->id = database_get_number(rows, 0);
        out->totp_step = database_get_number(rows, 3);
        out->has_password = !database_is_null(rows, 1);
        text_put(&to, database_get_text(rows, 1));
        out->has_totp = totp.len == sizeof out->totp;
        if (out->has_totp)
            memcpy(out->totp, totp.at, totp.len);
    }
    database_end(rows);
    return step != DATABASE_FAILED;
}

/* A code counts once, also where two requests bring it at one moment. */
static bool use_code(struct asking *asking, const struct known *known, int64_t step,
                     bool *is_used, struct error *err)
{
    struct change change;
    int64_t changed = 0;
    if (!change_begin(asking->hub, &change, err))
        return false;
    if (!database_run(change.db,
                      SQL("UPDATE person SET totp_step = $2 WHERE id = $1 AND totp_step < $2",
                          database_number(known->id), database_number(step)),
                      &changed, err))
        return change_give_up(&change);
    *is_used = changed == 1;
    return change_commit(&change, err);
}

static bool code_is_right(struct asking *asking, struct known *known, const char *code,
                          bool *out, struct error *err)
{
    int64_t step = known->totp_step;
    *out = !known->has_totp;
    if (*out || !totp_is(known->totp, code, asking->now_ns / TIME_SECOND_NS, &step))
        return true;
    return use_code(asking, known, step, out, err);
}

static bool check_password(struct asking *asking, const json_t *body, struct error *err)
{
    const char *name, *password, *code;
    struct known known;
    bool is_right;
    if (!body_text(asking, body, "name", HUB_NAME_MAX - 1, &name) ||
        !body_text(asking, body, "password", PASSWORD_MAX, &password) ||
        !body_text(asking, body, "code", 16, &code))
        return true;
    if (!session_may_try(asking, name))
        return true;
    if (!find_known(asking, name, &known, err))
        return false;
    if (!password_is(known.has_password ? known.password : NULL, password))
        return refuse_as(asking, 401, "sign-in", not_you);
    if (!code_is_right(asking, &known, code, &is_right, err))
        return false;
    if (!is_right)
        return refuse_as(asking, 401, "sign-in", not_you);
    session_succeeded(asking, name);
    if (!session_open(asking, known.id, known.has_totp ? "totp" : "password", NULL, err))
        return false;
    return answer(asking, 200, session_json(asking));
}

bool session_by_password(struct asking *asking, struct error *err)
{
    json_t *body = asking_body(asking);
    if (!body)
        return true;
    bool is_done = true;
    if (session_check_begin(asking)) {
        is_done = check_password(asking, body, err);
        session_check_end(asking);
    }
    json_decref(body);
    return is_done;
}

bool session_answer(struct asking *asking)
{
    return answer(asking, 200, session_json(asking));
}

bool session_end(struct asking *asking, struct error *err)
{
    struct change change;
    if (!change_of(asking, &change, err))
        return false;
    if (!database_run(
            change.db,
            SQL("DELETE FROM session WHERE digest = $1",
                database_blob((struct bytes){ asking->session.digest, TOKEN_DIGEST_OCTETS })),
            NULL, err) ||
        !people_log(&change, asking->actor.person, "signed_out", "", err))
        return change_give_up(&change);
    if (!change_commit(&change, err))
        return false;
    http_set_cookie(asking->reply, session_cookie(asking), "", 0, HTTP_STRICT);
    return answer_nothing(asking);
}

static bool is_purpose(const struct law *law, const char *purpose)
{
    for (size_t i = 0; i < law->purpose_count; i++) {
        if (strcmp(law->purposes[i].id, purpose) == 0)
            return !law->purposes[i].is_refused;
    }
    return purpose[0] == '\0';
}

static bool write_settings(struct asking *asking, const char *language, const char *purpose,
                           struct error *err)
{
    struct change change;
    if (!change_of(asking, &change, err))
        return false;
    if ((*language &&
         !database_run(change.db,
                       SQL("UPDATE person SET language = $2 WHERE id = $1",
                           database_number(asking->actor.person), database_string(language)),
                       NULL, err)) ||
        !database_run(
            change.db,
            SQL("UPDATE session SET purpose = $2 WHERE digest = $1",
                database_blob((struct bytes){ asking->session.digest, TOKEN_DIGEST_OCTETS }),
                database_string(purpose)),
            NULL, err))
        return change_give_up(&change);
    return change_commit(&change, err);
}

static bool change_settings(struct asking *asking, const json_t *body, struct error *err)
{
    static const struct law_text no_purpose = { "the law knows no such purpose",
                                                "法令に定めのない目的です" };
    static const struct law_text no_language = { "en or ja", "en又はja" };
    const char *language, *purpose;
    if (!body_text(asking, body, "language", 7, &language) ||
        !body_text(asking, body, "purpose", ACCESS_RULE_MAX - 1, &purpose))
        return true;
    if (!json_object_get(body, "purpose"))
        purpose = asking->session.purpose;
    if (!is_purpose(asking->hub->settings.law, purpose))
        return refuse_field(asking, "purpose", no_purpose);
    if (*language && strcmp(language, "en") != 0 && strcmp(language, "ja") != 0)
        return refuse_field(asking, "language", no_language);
    if (!write_settings(asking, language, purpose, err))
        return false;
    if (*language)
        snprintf(asking->person.language, sizeof asking->person.language, "%s", language);
    if (purpose != asking->session.purpose)
        snprintf(asking->session.purpose, sizeof asking->session.purpose, "%s", purpose);
    return answer(asking, 200, session_json(asking));
}

bool session_change(struct asking *asking, struct error *err)
{
    json_t *body = asking_body(asking);
    if (!body)
        return true;
    bool is_done = change_settings(asking, body, err);
    json_decref(body);
    return is_done;
}
