// SPDX-License-Identifier: Apache-2.0
/* Votes are passkeys' assertions over what is decided: to approve, over the payload itself (the
 * DSSE encoding of it, so that the assertions sign a warrant); else over a document that says
 * what was voted, and why. */
#include <sodium.h>
#include <string.h>

#include "base/time.h"
#include "hub/challenge_private.h"
#include "hub/session_private.h"
#include "hub/text_private.h"
#include "hub/vote_private.h"

#define VOTE_PAYLOAD_TYPE "application/vnd.sekisho.vote+json"

static json_t *digest_json(const uint8_t digest[HUB_DIGEST_OCTETS])
{
    char hex[2 * HUB_DIGEST_OCTETS + 1];
    struct text to = text_over(hex, sizeof hex);
    text_put_hex(&to, (struct bytes){ digest, HUB_DIGEST_OCTETS });
    return json_string(hex);
}

struct voting {
    const char *vote, *reason;
    char *document; /* of the vote, canonical; owned */
    uint8_t challenge[PASSKEY_CHALLENGE_OCTETS];
    uint8_t digest[HUB_DIGEST_OCTETS]; /* of the payload as it was read */
    const json_t *credential;          /* that signs it */
    struct kept_passkey kept;
};

static bool read_voting(struct asking *asking, const struct record *record, const json_t *body,
                        struct voting *out)
{
    static const struct law_text no_vote = { "approve, refuse or abstain",
                                             "approve、refuse、abstainのいずれか" };
    static const struct law_text no_reason = { "say why", "理由を記載してください" };
    if (!body_text(asking, body, "vote", 10, &out->vote) ||
        !body_text(asking, body, "reason", 4000, &out->reason))
        return false;
    bool is_approval = strcmp(out->vote, "approve") == 0;
    if (!is_approval && strcmp(out->vote, "refuse") != 0 && strcmp(out->vote, "abstain") != 0)
        return !refuse_field(asking, "vote", no_vote);
    if (!*out->reason)
        return !refuse_field(asking, "reason", no_reason);
    json_t *document = json_pack("{s:s, s:o, s:s, s:s}", "record", record->name, "digest",
                                 digest_json(record->payload_digest), "vote", out->vote,
                                 "reason", out->reason);
    out->document = document ? json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(document);
    memcpy(out->digest, record->payload_digest, sizeof out->digest);
    if (!out->document)
        return !refuse_field(asking, "vote", no_vote);
    if (is_approval)
        passkey_challenge_of(record->payload_type,
                             (struct bytes){ record->payload, record->payload_len },
                             out->challenge);
    else
        passkey_challenge_of(VOTE_PAYLOAD_TYPE, bytes_of_string(out->document), out->challenge);
    return true;
}

static bool has_seat(struct asking *asking, const struct record *record,
                     const struct procedure_ballot *ballot)
{
    static const struct law_text none = { "you have no seat in this ballot",
                                          "この票決に加わる資格がありません" };
    struct asking_actor me = asking_name(asking->actor.person);
    for (size_t i = 0; i < ballot->seat_count; i++) {
        if (strcmp(ballot->seats[i].person, me.text) == 0) {
            struct law_text why =
                procedure_excluded(&record->subject, ballot->step->votes, &ballot->seats[i]);
            return why.en == NULL || !refuse_as(asking, 403, "excluded", why);
        }
    }
    return !refuse_as(asking, 403, "no-seat", none);
}

/* The ballot that is open, and that the asker has a seat in. */
static bool open_ballot(struct asking *asking, struct database *db, const struct record *record,
                        struct ballot_room *room, struct error *err)
{
    static const struct law_text none = { "nothing is voted on here now",
                                          "現在、票決に付されていません" };
    if (!ballot_load(asking->hub, db, record, room, err))
        return false;
    if (!room->ballot.step)
        return refuse_as(asking, 409, "no-ballot", none);
    (void)has_seat(asking, record, &room->ballot);
    return true;
}

static bool give_options(struct asking *asking, const struct record *record, const json_t *body,
                         struct error *err)
{
    struct ballot_room room;
    struct voting voting = { 0 };
    char id[CHALLENGE_ID_MAX];
    uint8_t same[PASSKEY_CHALLENGE_OCTETS];
    if (!open_ballot(asking, asking->db, record, &room, err))
        return false;
    if (asking->status != 0 || !read_voting(asking, record, body, &voting))
        return true;
    const struct challenge_new what = { .purpose = "vote",
                                        .subject = record->name,
                                        .person = asking->actor.person,
                                        .octets = voting.challenge };
    json_t *allowed = passkey_allowed(asking, asking->actor.person, err);
    free(voting.document);
    if (!allowed || !challenge_make(asking, &what, id, same, err)) {
        json_decref(allowed);
        return false;
    }
    return answer(asking, 200,
                  json_pack("{s:{s:s, s:s, s:o, s:s, s:i}}", "publicKey", "challenge", id,
                            "rpId", asking->hub->rp_id, "allowCredentials", allowed,
                            "userVerification", "required", "timeout", CHALLENGE_S * 1000));
}

bool votes_options(struct asking *asking, struct error *err)
{
    bool is_failed = false;
    json_t *body = asking_body(asking);
    struct record *record =
        body ? record_of(asking, asking->db, ACTION_VOTE, &is_failed, err) : NULL;
    bool is_done = record ? give_options(asking, record, body, err) : !is_failed;
    record_free(record);
    json_decref(body);
    return is_done;
}

/* What is voted on stays, as evidence of the vote, when the record goes on to something else.
 */
static bool keep_payload(struct change *change, const struct record *record, struct error *err)
{
    return database_run(
        change->db,
        SQL("INSERT INTO content (digest, octets) VALUES ($1, $2)"
            " ON CONFLICT (digest) DO NOTHING",
            database_blob((struct bytes){ record->payload_digest, HUB_DIGEST_OCTETS }),
            database_blob((struct bytes){ record->payload, record->payload_len })),
        NULL, err);
}

static bool write_vote(struct change *change, const struct record *record,
                       const struct procedure_step *step, const struct voting *voting,
                       struct error *err)
{
    char hex[2 * HUB_DIGEST_OCTETS + 1];
    struct text to = text_over(hex, sizeof hex);
    uint8_t digest[HUB_DIGEST_OCTETS];
    int64_t id, number;
    struct asking_actor actor = asking_name(change->person);
    const char *role = procedure_role(&record->subject, step->votes->role);
    crypto_hash_sha256(digest, (const unsigned char *)voting->document,
                       strlen(voting->document));
    text_put_hex(&to, (struct bytes){ digest, sizeof digest });
    struct entry entry = entry_begin(ENTRY_VOTE_CAST, change->now_ns);
    entry_set_text(&entry, ENTRY_ACTOR, bytes_of_string(actor.text));
    entry_set_text(&entry, ENTRY_SUBJECT, bytes_of_string(record->name));
    entry_set_text(&entry, ENTRY_EVENT, bytes_of_string(step->event));
    entry_set_text(&entry, ENTRY_PROCEDURE, bytes_of_string(record->subject.procedure->id));
    entry_set_text(&entry, ENTRY_ROLE, bytes_of_string(role));
    entry_set_text(&entry, ENTRY_DIGEST, text_bytes(&to));
    char *assertion = json_dumps(voting->credential, JSON_COMPACT | JSON_SORT_KEYS);
    bool is_written =
        assertion && keep_payload(change, record, err) &&
        change_log(change, &entry, &number, err) &&
        sql_number(change->db, SQL0("SELECT MAX(id) FROM vote"), 0, &id, err) &&
        database_run(
            change->db,
            SQL("INSERT INTO vote (id, record, event, person, role, vote, reason, at,"
                " payload_digest, document, assertion, passkey, is_void, entry)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13)",
                database_number(id + 1), database_number(record->id),
                database_string(step->event), database_number(change->person),
                database_string(role), database_string(voting->vote),
                database_string(voting->reason), database_number(change->now_ns),
                database_blob((struct bytes){ record->payload_digest, HUB_DIGEST_OCTETS }),
                database_string(voting->document), database_string(assertion),
                database_number(voting->kept.id), database_number(number)),
            NULL, err);
    free(assertion);
    return is_written;
}

static bool verify(struct asking *asking, const struct record *record, struct voting *voting,
                   bool *is_good, struct error *err)
{
    struct kept_passkey *kept = &voting->kept;
    struct challenge challenge;
    char id[CHALLENGE_ID_MAX];
    struct error why = { 0 };
    *is_good = false;
    if (!credential_challenge(voting->credential, id) ||
        !passkey_find(asking, voting->credential, kept, err))
        return err->text[0] == '\0';
    if (!challenge_use(asking, "vote", id, &challenge, err))
        return false;
    const struct passkey_place place = challenge_place(asking->hub);
    *is_good =
        challenge.is_found && challenge.person == asking->actor.person &&
        kept->person == asking->actor.person && strcmp(challenge.subject, record->name) == 0 &&
        passkey_verify(voting->credential, &place, voting->challenge, &kept->passkey, &why);
    return true;
}

/* In one change: the vote, and where it decides, the step that follows. */
static bool write(struct asking *asking, const struct voting *voting, struct error *err)
{
    static const struct law_text changed = {
        "what is voted on has changed: read it again",
        "票決の対象が変更されました。再度確認してください"
    };
    struct change change;
    struct ballot_room room;
    struct law_ruling ruling = { .is_allowed = true };
    bool is_failed;
    if (!change_of(asking, &change, err))
        return false;
    struct record *record = record_of(asking, change.db, ACTION_VOTE, &is_failed, err);
    bool is_good = record && record_tick(&change, record, err) &&
                   open_ballot(asking, change.db, record, &room, err);
    if (is_good && asking->status == 0 &&
        memcmp(record->payload_digest, voting->digest, sizeof voting->digest) != 0)
        (void)refuse_as(asking, 409, "changed", changed);
    is_good =
        is_good && (asking->status != 0 ||
                    (write_vote(&change, record, room.ballot.step, voting, err) &&
                     passkey_note_use(&change, &voting->kept, err) &&
                     ballot_load(asking->hub, change.db, record, &room, err) &&
                     ballot_decide(&change, record, &room.ballot, &ruling, err) &&
                     change_happened(&change, "vote", record->name, record->compartment, err)));
    if (!is_good || asking->status != 0 || !ruling.is_allowed) {
        (void)change_give_up(&change);
        if (is_good && asking->status == 0)
            (void)refuse_law(asking, 409, &ruling);
        record_free(record);
        return is_good || (!record && !is_failed);
    }
    bool is_done = change_commit(&change, err) &&
                   answer_version(asking, 200, record_json(asking, record), record->version);
    record_free(record);
    return is_done;
}

static bool cast(struct asking *asking, const struct record *record, const json_t *body,
                 struct error *err)
{
    static const struct law_text not_good = { "this signature cannot be believed",
                                              "この署名は確認できません" };
    struct voting voting = { 0 };
    struct ballot_room room;
    bool is_good = false, is_done;
    if (!open_ballot(asking, asking->db, record, &room, err))
        return false;
    if (asking->status != 0 || !read_voting(asking, record, body, &voting))
        return true;
    voting.credential = json_object_get(body, "credential");
    is_done = verify(asking, record, &voting, &is_good, err);
    if (is_done)
        is_done = is_good ? write(asking, &voting, err)
                          : refuse_as(asking, 403, "signature", not_good);
    free(voting.document);
    return is_done;
}

bool votes_cast(struct asking *asking, struct error *err)
{
    bool is_failed = false;
    json_t *body = asking_body(asking);
    struct record *record =
        body ? record_of(asking, asking->db, ACTION_VOTE, &is_failed, err) : NULL;
    bool is_done = record ? cast(asking, record, body, err) : !is_failed;
    record_free(record);
    json_decref(body);
    return is_done;
}

/* ---- what is shown of it ---- */

static json_t *votes_json(struct asking *asking, const struct record *record,
                          const struct procedure_ballot *ballot, struct error *err)
{
    json_t *votes = rows_array(
        asking->db,
        SQL("SELECT v.person AS \"person@id\", p.display, v.role, v.vote, v.reason, v.at AS"
            " \"at@time\" FROM vote v JOIN person p ON p.id = v.person WHERE v.record = $1"
            " AND v.event = $2 AND v.is_void = 0 ORDER BY v.id",
            database_number(record->id), database_string(ballot->step->event)),
        err);
    json_t *vote;
    size_t index;
    char me[24];
    snprintf(me, sizeof me, "%lld", (long long)asking->actor.person);
    json_array_foreach(votes, index, vote)
    {
        const char *person = json_string_value(json_object_get(vote, "person"));
        if (ballot->step->votes->is_sealed && person && strcmp(person, me) != 0) {
            json_object_set_new(vote, "vote", json_string("sealed"));
            json_object_set_new(vote, "reason", json_string(""));
        }
    }
    return votes;
}

static json_t *seats_json(const struct record *record, const struct procedure_ballot *ballot,
                          bool is_excluded)
{
    json_t *out = json_array();
    for (size_t i = 0; i < ballot->seat_count; i++) {
        struct law_text why =
            procedure_excluded(&record->subject, ballot->step->votes, &ballot->seats[i]);
        if ((why.en != NULL) != is_excluded)
            continue;
        const char *person = ballot->seats[i].person + 1;
        json_array_append_new(
            out, is_excluded
                     ? json_pack("{s:s, s:o}", "person", person, "why", law_text_json(why))
                     : json_pack("{s:s, s:b}", "person", person, "is_chair",
                                 ballot->seats[i].is_chair));
    }
    return out;
}

/* What is decided on holds every field: it is for who sees each of them, and who votes on it.
 */
static json_t *payload_text(const struct asking *asking, const struct record *record,
                            const struct procedure_ballot *ballot)
{
    struct asking_actor me = asking_name(asking->actor.person);
    bool is_shown = record_shows_all(asking, record);
    for (size_t i = 0; i < ballot->seat_count; i++)
        is_shown |= strcmp(ballot->seats[i].person, me.text) == 0;
    return is_shown ? json_stringn((const char *)record->payload, record->payload_len)
                    : json_string("");
}

static bool show(struct asking *asking, const struct record *record, struct error *err)
{
    struct ballot_room room;
    if (!ballot_load(asking->hub, asking->db, record, &room, err))
        return false;
    if (!room.ballot.step)
        return refuse_unknown(asking);
    struct procedure_tally tally = procedure_tally(&record->subject, &room.ballot);
    json_t *votes = votes_json(asking, record, &room.ballot, err);
    if (!votes)
        return false;
    return answer(
        asking, 200,
        json_pack("{s:{s:s, s:o, s:o}, s:s, s:{s:i, s:i, s:s, s:i}, s:s, s:o, s:o, s:o, s:n}",
                  "payload", "type", record->payload_type, "text",
                  payload_text(asking, record, &room.ballot), "digest",
                  digest_json(record->payload_digest), "event", room.ballot.step->event,
                  "quorum", "needed", (int)tally.quorum, "of", (int)tally.seats, "role",
                  procedure_role(&record->subject, room.ballot.step->votes->role), "missing",
                  (int)tally.missing, "result", procedure_result_name(tally.result), "votes",
                  votes, "seats", seats_json(record, &room.ballot, false), "excluded",
                  seats_json(record, &room.ballot, true), "closes"));
}

bool ballot_show(struct asking *asking, struct error *err)
{
    bool is_failed;
    struct record *record = record_of(asking, asking->db, ACTION_READ, &is_failed, err);
    bool is_done = record ? show(asking, record, err) : !is_failed;
    record_free(record);
    return is_done;
}
