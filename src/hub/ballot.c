// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "hub/vote_private.h"
#include "hub/warrant_private.h"

static bool is_chair(const struct record *record, const struct procedure_votes *votes,
                     const char *role)
{
    return votes->chair && procedure_is_role(&record->subject, votes->chair, role);
}

static void seat(const struct record *record, const struct procedure_votes *votes,
                 const struct database_rows *rows, struct ballot_room *room)
{
    struct procedure_ballot *out = &room->ballot;
    char role[ACCESS_RULE_MAX];
    struct text to = text_over(role, sizeof role);
    int64_t person = database_get_number(rows, 0);
    text_put(&to, database_get_text(rows, 1));
    size_t at = 0;
    while (at < out->seat_count && room->ids[at] != person)
        at++;
    bool has_seat =
        procedure_is_role(&record->subject, votes->role, role) || is_chair(record, votes, role);
    if (!has_seat || (at == out->seat_count && at == PROCEDURE_SEATS_MAX))
        return;
    if (at == out->seat_count) {
        room->ids[at] = person;
        room->people[at] = asking_name(person);
        out->seats[at] = (struct procedure_seat){ .person = room->people[at].text };
        out->seat_count++;
    }
    out->seats[at].is_chair |= is_chair(record, votes, role);
    out->seats[at].is_deputy |=
        votes->deputy && procedure_is_role(&record->subject, votes->deputy, role);
}

static bool load_seats(struct hub *hub, struct database *db, const struct record *record,
                       struct ballot_room *room, struct error *err)
{
    struct database_rows *rows = database_ask(
        db,
        SQL("SELECT h.person, h.role FROM held_role h JOIN person p ON p.id = h.person"
            " WHERE p.is_active = 1 AND h.since <= $1 AND h.until > $1 ORDER BY h.id",
            database_number(hub_now(hub))),
        err);
    if (!rows)
        return false;
    enum database_step step;
    while ((step = database_step(rows, err)) == DATABASE_ROW)
        seat(record, room->ballot.step->votes, rows, room);
    database_end(rows);
    return step == DATABASE_END;
}

static enum procedure_vote_kind vote_kind(struct bytes word)
{
    return bytes_equal(word, BYTES("approve"))  ? PROCEDURE_APPROVE
           : bytes_equal(word, BYTES("refuse")) ? PROCEDURE_REFUSE
                                                : PROCEDURE_ABSTAIN;
}

static void take_vote(const struct database_rows *rows, struct procedure_ballot *out)
{
    struct procedure_vote vote = { .kind = vote_kind(database_get_text(rows, 1)),
                                   .has_reason = database_get_text(rows, 2).len > 0,
                                   .at_ns = database_get_number(rows, 3) };
    struct asking_actor person = asking_name(database_get_number(rows, 0));
    struct bytes digest = database_get_blob(rows, 4);
    struct text to = text_over(vote.person, sizeof vote.person);
    text_put_string(&to, person.text);
    if (digest.len == sizeof vote.digest)
        memcpy(vote.digest, digest.at, digest.len);
    size_t at = 0;
    while (at < out->vote_count && strcmp(out->votes[at].person, vote.person) != 0)
        at++;
    if (at < PROCEDURE_SEATS_MAX) {
        out->votes[at] = vote; /* the last of each counts */
        out->vote_count += at == out->vote_count;
    }
}

static bool load_votes(struct database *db, const struct record *record,
                       struct procedure_ballot *out, struct error *err)
{
    struct database_rows *rows = database_ask(
        db,
        SQL("SELECT person, vote, reason, at, payload_digest FROM vote WHERE record = $1"
            " AND event = $2 AND is_void = 0 ORDER BY id",
            database_number(record->id), database_string(out->step->event)),
        err);
    if (!rows)
        return false;
    enum database_step step;
    while ((step = database_step(rows, err)) == DATABASE_ROW)
        take_vote(rows, out);
    database_end(rows);
    return step == DATABASE_END;
}

bool ballot_load(struct hub *hub, struct database *db, const struct record *record,
                 struct ballot_room *room, struct error *err)
{
    struct procedure_ballot *out = &room->ballot;
    *out = (struct procedure_ballot){ .step = payload_step(record) };
    if (!out->step || !record->payload_type) {
        out->step = NULL;
        return true;
    }
    memcpy(out->digest, record->payload_digest, sizeof out->digest);
    return load_seats(hub, db, record, room, err) && load_votes(db, record, out, err);
}

bool ballot_decide(struct change *change, struct record *record,
                   const struct procedure_ballot *ballot, struct law_ruling *ruling,
                   struct error *err)
{
    const struct procedure_step *step = procedure_decided(&record->subject, ballot);
    struct procedure_tally tally = procedure_tally(&record->subject, ballot);
    const struct procedure_fact facts[] = { { .name = "signers", .number = tally.ayes } };
    *ruling = (struct law_ruling){ .is_allowed = true };
    if (!step)
        return true;
    const struct procedure_event event = { .name = step->event,
                                           .actor = PROCEDURE_MACHINE,
                                           .role = PROCEDURE_MACHINE,
                                           .facts = facts,
                                           .fact_count = 1,
                                           .values = record->values,
                                           .value_count = record->value_count,
                                           .ballot = ballot,
                                           .now_ns = change->now_ns };
    const struct record_event what = { .event = &event, .reason = "" };
    bool is_warrant = tally.result == PROCEDURE_CARRIED && record_is_warrant(record);
    if (is_warrant && !warrant_issue(change, record, err))
        return false;
    return record_apply(change, record, &what, ruling, err);
}
