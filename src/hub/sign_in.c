// SPDX-License-Identifier: Apache-2.0
/* The other ways in: passkeys, and the links of the first administrator and of those invited.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "hub/challenge_private.h"
#include "hub/people_private.h"
#include "hub/session_private.h"

static const struct law_text not_you = { "this passkey is not known here, or is not believed",
                                         "このパスキーは登録されていないか、確認できません" };

/* The same answer whether or not somebody of that name is known: any passkey of this place may
 * be shown.  It counts as failed until it is answered well, so that one address cannot take all
 * that may be open. */
bool session_passkey_options(struct asking *asking, struct error *err)
{
    char id[CHALLENGE_ID_MAX];
    uint8_t drawn[PASSKEY_CHALLENGE_OCTETS], octets[PASSKEY_CHALLENGE_OCTETS];
    const struct challenge_new what = { .purpose = "sign-in", .subject = "", .octets = drawn };
    randombytes_buf(drawn, sizeof drawn);
    sodium_bin2base64(id, sizeof id, drawn, sizeof drawn,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    if (!session_may_try(asking, id))
        return true;
    if (!challenge_make(asking, &what, id, octets, err))
        return false;
    return answer(asking, 200,
                  json_pack("{s:{s:s, s:s, s:[], s:s, s:i}}", "publicKey", "challenge", id,
                            "rpId", asking->hub->rp_id, "allowCredentials", "userVerification",
                            "required", "timeout", CHALLENGE_S * 1000));
}

bool passkey_note_use(struct change *change, const struct kept_passkey *kept, struct error *err)
{
    return database_run(change->db,
                        SQL("UPDATE passkey SET sign_count = $2 WHERE id = $1",
                            database_number(kept->id),
                            database_number(kept->passkey.sign_count)),
                        NULL, err);
}

static bool sign_in(struct asking *asking, const json_t *credential, struct error *err)
{
    char id[CHALLENGE_ID_MAX] = "";
    struct challenge challenge = { .is_found = false };
    struct kept_passkey kept;
    struct error why = { 0 };
    const char *which = json_string_value(json_object_get(credential, "id"));
    which = which ? which : "";
    if (!session_may_try(asking, which))
        return true;
    if (credential_challenge(credential, id) &&
        !challenge_use(asking, "sign-in", id, &challenge, err))
        return false;
    if (!passkey_find(asking, credential, &kept, err))
        return false;
    const struct passkey_place place = challenge_place(asking->hub);
    if (!challenge.is_found || kept.id == 0 ||
        !passkey_verify(credential, &place, challenge.octets, &kept.passkey, &why))
        return refuse_as(asking, 401, "sign-in", not_you);
    session_succeeded(asking, which);
    session_succeeded(asking, id);
    return session_open(asking, kept.person, "passkey", &kept, err) && session_answer(asking);
}

bool session_by_passkey(struct asking *asking, struct error *err)
{
    json_t *body = asking_body(asking);
    bool is_done = !body || sign_in(asking, body, err);
    json_decref(body);
    return is_done;
}

/* ---- the first administrator, and those who were invited ---- */

static bool write_first(struct change *change, const char *name, const char *display,
                        bool is_exercise, struct error *err)
{
    return database_run(change->db,
                        SQL("INSERT INTO organisation (id, name_en, name_ja, kind, sectors,"
                            " created, updated, version) VALUES (1, 'This hub', 'このハブ',"
                            " 'operator', 0, $1, $1, 1) ON CONFLICT (id) DO NOTHING",
                            database_number(change->now_ns)),
                        NULL, err) &&
           database_run(change->db,
                        SQL("INSERT INTO person (id, name, display, organisation, language,"
                            " is_active, is_exercise, clearance, clearance_from, clearance_to,"
                            " totp_step, created, updated, version)"
                            " VALUES (1, $1, $2, 1, 'ja', 1, $3, 0, 0, 0, 0, $4, $4, 1)",
                            database_string(name), database_string(display),
                            database_number(is_exercise), database_number(change->now_ns)),
                        NULL, err) &&
           database_run(change->db,
                        SQL("INSERT INTO held_role (id, person, role, organisation, sectors,"
                            " since, until, granted_by) VALUES (1, 1, 'administrator', 1, 0,"
                            " $1, $2, 0)",
                            database_number(change->now_ns), database_number(INT64_MAX)),
                        NULL, err) &&
           people_log(change, 1, "created", "first administrator", err);
}

static bool make_first(struct asking *asking, const char *name, const char *display,
                       struct error *err)
{
    struct change change;
    if (!change_begin(asking->hub, &change, err))
        return false;
    change.is_of_policy = true;
    if (!write_first(&change, name, display, asking->hub->settings.is_exercise, err))
        return change_give_up(&change);
    return change_commit(&change, err);
}

static bool is_invited(struct asking *asking, const char *token, int64_t *person,
                       struct error *err)
{
    uint8_t digest[TOKEN_DIGEST_OCTETS];
    char id[CHALLENGE_ID_MAX];
    struct challenge challenge;
    token_digest(token, digest);
    sodium_bin2base64(id, sizeof id, digest, sizeof digest,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    if (!challenge_use(asking, "invitation", id, &challenge, err))
        return false;
    *person = challenge.is_found ? challenge.person : 0;
    return true;
}

static bool set_up(struct asking *asking, const json_t *body, struct error *err)
{
    static const struct law_text used = { "this link was used or is too old: ask for another",
                                          "このリンクは使用済みか期限切れです" };
    static const struct law_text wanted = { "wanted", "入力してください" };
    struct hub *hub = asking->hub;
    const char *token, *name, *display, *password;
    uint8_t digest[TOKEN_DIGEST_OCTETS];
    int64_t person = 1;
    if (!body_text(asking, body, "token", TOKEN_TEXT_MAX, &token) ||
        !body_text(asking, body, "name", HUB_NAME_MAX - 1, &name) ||
        !body_text(asking, body, "display", 120, &display) ||
        !body_text(asking, body, "password", PASSWORD_MAX, &password) ||
        !me_password_is_good(asking, password) || !session_may_try(asking, token))
        return true;
    token_digest(token, digest);
    bool is_first = atomic_load(&hub->has_setup) &&
                    sodium_memcmp(digest, hub->setup_digest, sizeof digest) == 0;
    if (is_first && !*name)
        return refuse_field(asking, "name", wanted);
    if (is_first && !atomic_exchange(&hub->has_setup, false))
        return refuse_as(asking, 403, "link", used);
    if (is_first ? !make_first(asking, name, *display ? display : name, err)
                 : !is_invited(asking, token, &person, err))
        return false;
    if (person == 0)
        return refuse_as(asking, 403, "link", used);
    session_succeeded(asking, token);
    return me_write_password(asking, person, password, err) &&
           session_open(asking, person, "password", NULL, err) && session_answer(asking);
}

bool setup_first(struct asking *asking, struct error *err)
{
    json_t *body = asking_body(asking);
    bool is_done = true;
    if (body && session_check_begin(asking)) {
        is_done = set_up(asking, body, err);
        session_check_end(asking);
    }
    json_decref(body);
    return is_done;
}
