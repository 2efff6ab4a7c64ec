// SPDX-License-Identifier: Apache-2.0
#include "hub/challenge_private.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"

enum {
    BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
    CLIENT_DATA_MAX = 4096,
    CHALLENGES_MAX = 20000, /* of nobody yet, of one purpose: anybody may ask for one */
    CHALLENGES_OF_ONE_MAX = 100
};

json_t *base64url_json(struct bytes octets)
{
    size_t max = sodium_base64_encoded_len(octets.len, BASE64);
    char *room = malloc(max);
    json_t *out = NULL;
    if (room) {
        sodium_bin2base64(room, max, octets.at, octets.len, BASE64);
        out = json_string(room);
    }
    free(room);
    return out;
}

static bool read_base64(const json_t *text, uint8_t *out, size_t max, size_t *len)
{
    return json_is_string(text) &&
           sodium_base642bin(out, max, json_string_value(text), json_string_length(text), NULL,
                             len, NULL, BASE64) == 0;
}

bool credential_challenge(const json_t *credential, char id[CHALLENGE_ID_MAX])
{
    uint8_t data[CLIENT_DATA_MAX];
    size_t len;
    const json_t *response = json_object_get(credential, "response");
    if (!read_base64(json_object_get(response, "clientDataJSON"), data, sizeof data, &len))
        return false;
    json_t *client = json_loadb((const char *)data, len, JSON_REJECT_DUPLICATES, NULL);
    const char *challenge = json_string_value(json_object_get(client, "challenge"));
    bool is_there = challenge && strlen(challenge) < CHALLENGE_ID_MAX;
    if (is_there)
        memcpy(id, challenge, strlen(challenge) + 1);
    json_decref(client);
    return is_there;
}

struct passkey_place challenge_place(const struct hub *hub)
{
    return (struct passkey_place){ .rp_id = hub->rp_id,
                                   .origin = hub->origin,
                                   .needs_user_verified = true };
}

/* Apart for each: who floods one door keeps nobody from another, nor who is inside from voting.
 */
static bool has_room(struct change *change, const struct challenge_new *what, struct error *err)
{
    int64_t count, max = what->person ? CHALLENGES_OF_ONE_MAX : CHALLENGES_MAX;
    if (!database_run(
            change->db,
            SQL("DELETE FROM challenge WHERE expires < $1", database_number(change->now_ns)),
            NULL, err) ||
        !sql_number(change->db,
                    SQL("SELECT COUNT(*) FROM challenge WHERE person = $1 AND purpose = $2",
                        database_number(what->person), database_string(what->purpose)),
                    0, &count, err))
        return false;
    return count < max || error_set(err, EBUSY, "too many challenges are open");
}

struct key {
    char text[CHALLENGE_ID_MAX + 24];
};

/* All who approve sign one payload, which is one challenge: each has his own of it. */
static struct key key_of(const char *purpose, const char *id, int64_t person)
{
    struct key key = { 0 };
    struct text to = text_over(key.text, sizeof key.text);
    text_put_string(&to, id);
    if (strcmp(purpose, "vote") == 0)
        text_format(&to, " %s", asking_name(person).text);
    return key;
}

bool challenge_make(struct asking *asking, const struct challenge_new *what,
                    char id[CHALLENGE_ID_MAX], uint8_t octets[PASSKEY_CHALLENGE_OCTETS],
                    struct error *err)
{
    struct change change;
    int64_t seconds = what->seconds ? what->seconds : CHALLENGE_S;
    if (what->octets)
        memcpy(octets, what->octets, PASSKEY_CHALLENGE_OCTETS);
    else
        randombytes_buf(octets, PASSKEY_CHALLENGE_OCTETS);
    sodium_bin2base64(id, CHALLENGE_ID_MAX, octets, PASSKEY_CHALLENGE_OCTETS, BASE64);
    if (!change_begin(asking->hub, &change, err))
        return false;
    const struct key key = key_of(what->purpose, id, what->person);
    if (!has_room(&change, what, err) ||
        !database_run(change.db,
                      SQL("INSERT INTO challenge (id, person, purpose, subject, challenge,"
                          " expires) VALUES ($1, $2, $3, $4, $5, $6)"
                          " ON CONFLICT (id) DO UPDATE SET person = $2, purpose = $3,"
                          " subject = $4, expires = $6",
                          database_string(key.text), database_number(what->person),
                          database_string(what->purpose), database_string(what->subject),
                          database_blob((struct bytes){ octets, PASSKEY_CHALLENGE_OCTETS }),
                          database_number(change.now_ns + seconds * TIME_SECOND_NS)),
                      NULL, err))
        return change_give_up(&change);
    return change_commit(&change, err);
}

static bool take(struct change *change, const char *purpose, const char *id,
                 struct challenge *out, struct error *err)
{
    struct database_rows *rows = database_ask(
        change->db,
        SQL("DELETE FROM challenge WHERE id = $1 AND purpose = $2 AND expires > $3"
            " RETURNING person, subject, challenge",
            database_string(id), database_string(purpose), database_number(change->now_ns)),
        err);
    if (!rows)
        return false;
    enum database_step step = database_step(rows, err);
    out->is_found = step == DATABASE_ROW;
    if (out->is_found) {
        struct text to = text_over(out->subject, sizeof out->subject);
        struct bytes octets = database_get_blob(rows, 2);
        text_put(&to, database_get_text(rows, 1));
        out->person = database_get_number(rows, 0);
        out->is_found = octets.len == sizeof out->octets;
        if (out->is_found)
            memcpy(out->octets, octets.at, octets.len);
        step = database_step(rows, err); /* to its end: the row goes with it */
    }
    database_end(rows);
    return step != DATABASE_FAILED;
}

bool challenge_use(struct asking *asking, const char *purpose, const char *id,
                   struct challenge *out, struct error *err)
{
    struct change change;
    *out = (struct challenge){ .is_found = false };
    if (!change_begin(asking->hub, &change, err))
        return false;
    const struct key key = key_of(purpose, id, asking->actor.person);
    if (!take(&change, purpose, key.text, out, err))
        return change_give_up(&change);
    return change_commit(&change, err);
}

/* Who the authenticator says it is for (WebAuthn 7.2, step 6), where it says so. */
static bool is_of(const struct passkey_claim *claim, int64_t person)
{
    struct asking_actor owner = asking_name(person);
    return claim->user_len == 0 || bytes_equal((struct bytes){ claim->user, claim->user_len },
                                               bytes_of_string(owner.text));
}

bool passkey_find(struct asking *asking, const json_t *credential, struct kept_passkey *out,
                  struct error *err)
{
    struct passkey_claim claim;
    struct error why = { 0 };
    *out = (struct kept_passkey){ 0 };
    if (!passkey_claim_read(credential, &claim, &why))
        return true;
    memcpy(out->passkey.id, claim.id, claim.id_len);
    out->passkey.id_len = claim.id_len;
    struct database_rows *rows =
        database_ask(asking->db,
                     SQL("SELECT id, person, algorithm, public_key, sign_count FROM passkey"
                         " WHERE credential = $1 AND ended IS NULL",
                         database_blob((struct bytes){ out->passkey.id, out->passkey.id_len })),
                     err);
    if (!rows)
        return false;
    enum database_step step = database_step(rows, err);
    if (step == DATABASE_ROW) {
        struct bytes key = database_get_blob(rows, 3);
        if (key.len <= sizeof out->passkey.key && is_of(&claim, database_get_number(rows, 1))) {
            out->id = database_get_number(rows, 0);
            out->person = database_get_number(rows, 1);
            out->passkey.algorithm = (int)database_get_number(rows, 2);
            out->passkey.key_len = key.len;
            memcpy(out->passkey.key, key.at, key.len);
            out->passkey.sign_count = (uint32_t)database_get_number(rows, 4);
        }
    }
    database_end(rows);
    return step != DATABASE_FAILED;
}

json_t *passkey_allowed(struct asking *asking, int64_t person, struct error *err)
{
    struct database_rows *rows = database_ask(
        asking->db,
        SQL("SELECT credential FROM passkey WHERE person = $1 AND ended IS NULL ORDER BY id",
            database_number(person)),
        err);
    if (!rows)
        return NULL;
    json_t *allowed = json_array();
    enum database_step step;
    while ((step = database_step(rows, err)) == DATABASE_ROW)
        json_array_append_new(allowed, json_pack("{s:s, s:o}", "type", "public-key", "id",
                                                 base64url_json(database_get_blob(rows, 0))));
    database_end(rows);
    if (step == DATABASE_END)
        return allowed;
    json_decref(allowed);
    return NULL;
}
