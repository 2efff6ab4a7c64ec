// SPDX-License-Identifier: Apache-2.0
/* The votes under each decision, as DSSE envelopes (docs/ledger.md): those that counted when it
 * was made.  All approvals of one decision are one envelope, which for a measure is the warrant
 * that sensors get. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "hub/evidence_private.h"
#include "hub/warrant_private.h"
#include "keys/keys.h"
#include "warrant/envelope.h"
#include "warrant/payload.h"

#define DECISION_PAYLOAD_TYPE "application/vnd.sekisho.decision+json"
#define VOTE_PAYLOAD_TYPE "application/vnd.sekisho.vote+json"

struct decision {
    int64_t number, record;
    char name[RECORD_NAME_MAX];
    uint8_t digest[HUB_DIGEST_OCTETS];
};

static bool take_decision(const struct database_rows *rows, struct decision *out)
{
    char room[ENTRY_OCTETS_MAX + 1];
    struct text escapes = text_over(room, sizeof room);
    struct text name = text_over(out->name, sizeof out->name);
    struct entry entry;
    out->number = database_get_number(rows, 0);
    out->record = database_get_number(rows, 2);
    text_put(&name, database_get_text(rows, 3));
    return entry_read(database_get_blob(rows, 1), &escapes, &entry) == FAULT_NONE &&
           entry_has(&entry, ENTRY_DIGEST) &&
           text_read_hex(entry.values[ENTRY_DIGEST].text, out->digest, sizeof out->digest);
}

static bool put_envelope(struct evidence *evidence, const struct decision *decision,
                         const char *who, const struct envelope *envelope, struct error *err)
{
    char path[96];
    char *room = malloc(ENVELOPE_OCTETS_MAX);
    struct text to = text_over(room, room ? ENVELOPE_OCTETS_MAX : 1);
    snprintf(path, sizeof path, "votes/%s/%lld-%s.json", decision->name,
             (long long)decision->number, who);
    bool is_put = room && envelope_write(envelope, &to, err) &&
                  evidence_put(evidence, path, text_bytes(&to), err);
    free(room);
    return is_put;
}

/* The last vote of each on what was decided, before it was: for, or not for. */
static struct database_rows *ask_votes(struct evidence *evidence,
                                       const struct decision *decision, bool is_for,
                                       struct error *err)
{
    return database_ask(
        evidence->look,
        SQL("SELECT v.assertion, k.algorithm, k.public_key, v.document, v.person FROM vote v"
            " JOIN passkey k ON k.id = v.passkey WHERE v.id IN (SELECT MAX(id) FROM vote"
            " WHERE record = $1 AND payload_digest = $2 AND entry < $3 GROUP BY person)"
            " AND (CASE WHEN v.vote = 'approve' THEN 1 ELSE 0 END) = $4 ORDER BY v.id",
            database_number(decision->record),
            database_blob((struct bytes){ decision->digest, HUB_DIGEST_OCTETS }),
            database_number(decision->number), database_number(is_for)),
        err);
}

static bool add_votes(struct evidence *evidence, const struct decision *decision,
                      struct envelope *envelope, struct error *err)
{
    struct database_rows *rows = ask_votes(evidence, decision, true, err);
    if (!rows)
        return false;
    enum database_step step;
    while ((step = database_step(rows, err)) == DATABASE_ROW) {
        if (!warrant_add_vote(rows, envelope, err)) {
            step = DATABASE_FAILED;
            break;
        }
    }
    database_end(rows);
    return step == DATABASE_END;
}

/* What was voted on, which stays when the record goes on. */
static bool make_envelope(struct evidence *evidence, const struct decision *decision,
                          const char *type, struct envelope *out, struct error *err)
{
    struct database_rows *rows =
        database_ask(evidence->look,
                     SQL("SELECT octets FROM content WHERE digest = $1",
                         database_blob((struct bytes){ decision->digest, HUB_DIGEST_OCTETS })),
                     err);
    if (!rows)
        return false;
    enum database_step step = database_step(rows, err);
    bool is_made =
        step == DATABASE_END ||
        (step == DATABASE_ROW && envelope_make(type, database_get_blob(rows, 0), out, err));
    database_end(rows);
    return is_made;
}

static bool type_of(struct evidence *evidence, const struct decision *decision,
                    const char **out, struct error *err)
{
    bool is_failed;
    struct record *record =
        record_load(evidence->hub, evidence->look, decision->name, &is_failed, err);
    *out = record && record_is_warrant(record) ? WARRANT_PAYLOAD_TYPE : DECISION_PAYLOAD_TYPE;
    record_free(record);
    return !is_failed;
}

static bool put_approvals(struct evidence *evidence, const struct decision *decision,
                          struct error *err)
{
    struct envelope *envelope = calloc(1, sizeof *envelope);
    const char *type;
    bool is_put = envelope && type_of(evidence, decision, &type, err) &&
                  make_envelope(evidence, decision, type, envelope, err);
    if (is_put && envelope->memory)
        is_put = add_votes(evidence, decision, envelope, err) &&
                 (envelope->signature_count == 0 ||
                  put_envelope(evidence, decision, "approve", envelope, err));
    if (envelope)
        envelope_done(envelope);
    free(envelope);
    return is_put;
}

static bool put_opposed(struct evidence *evidence, const struct decision *decision,
                        const struct database_rows *rows, struct error *err)
{
    struct envelope *envelope = calloc(1, sizeof *envelope);
    struct asking_actor person = asking_name(database_get_number(rows, 4));
    bool is_put = envelope &&
                  envelope_make(VOTE_PAYLOAD_TYPE, database_get_text(rows, 3), envelope, err) &&
                  warrant_add_vote(rows, envelope, err) &&
                  put_envelope(evidence, decision, person.text, envelope, err);
    if (envelope)
        envelope_done(envelope);
    free(envelope);
    return is_put;
}

static bool put_all_opposed(struct evidence *evidence, const struct decision *decision,
                            struct error *err)
{
    struct database_rows *rows = ask_votes(evidence, decision, false, err);
    if (!rows)
        return false;
    enum database_step step;
    while ((step = database_step(rows, err)) == DATABASE_ROW) {
        if (!put_opposed(evidence, decision, rows, err)) {
            step = DATABASE_FAILED;
            break;
        }
    }
    database_end(rows);
    return step == DATABASE_END;
}

bool evidence_votes(struct evidence *evidence, bool *is_over, struct error *err)
{
    struct decision decision;
    if (!evidence->rows)
        evidence->rows = database_ask(
            evidence->walk,
            SQL("SELECT e.number, e.octets, r.id, r.name FROM entry e"
                " JOIN record r ON r.name = e.subject"
                " WHERE e.kind IN ('approval_given', 'approval_refused') AND e.number < $1"
                " AND r.compartment IN (SELECT compartment FROM visible WHERE view = $2)"
                " ORDER BY e.number",
                database_number((int64_t)evidence->size), database_number(evidence->view)),
            err);
    if (!evidence->rows)
        return false;
    enum database_step step = database_step(evidence->rows, err);
    *is_over = step == DATABASE_END;
    if (step != DATABASE_ROW)
        return step == DATABASE_END;
    return !take_decision(evidence->rows, &decision) ||
           (put_approvals(evidence, &decision, err) &&
            put_all_opposed(evidence, &decision, err));
}

/* ---- whose passkeys they are ---- */

static void put_moment(FILE *out, const char *word, int64_t at_ns)
{
    char room[TIME_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    time_write(at_ns, 9, &text);
    fprintf(out, "    %s: %s\n", word, room);
}

/* One passkey in one role, for as long as it was both. */
static void put_key(FILE *out, const struct hub *hub, const struct database_rows *rows)
{
    char key_text[WEBAUTHN_KEY_TEXT_MAX];
    struct text text = text_over(key_text, sizeof key_text);
    struct webauthn_key key;
    int64_t from_ns = database_get_number(rows, 4), to_ns = database_get_number(rows, 5);
    int64_t made_ns = database_get_number(rows, 6), ended_ns = database_get_number(rows, 7);
    struct bytes role = database_get_text(rows, 3);
    if (made_ns > from_ns)
        from_ns = made_ns;
    if (!database_is_null(rows, 7) && ended_ns < to_ns)
        to_ns = ended_ns;
    if (from_ns >= to_ns ||
        !warrant_key_of(database_get_number(rows, 1), database_get_blob(rows, 2), &key))
        return;
    webauthn_key_write(&key, &text);
    fprintf(out,
            "  - passkey: %s\n    name: %s\n    rp_id: %s\n    origins: [%s]\n    role: %.*s\n",
            key_text, asking_name(database_get_number(rows, 0)).text, hub->rp_id, hub->origin,
            (int)role.len, (const char *)role.at);
    put_moment(out, "from", from_ns);
    if (to_ns != INT64_MAX)
        put_moment(out, "to", to_ns);
}

/* The hub's own key, which revokes. */
static void put_issuer(FILE *out, const struct hub *hub)
{
    char key_text[NOTE_KEY_TEXT_MAX];
    struct text text = text_over(key_text, sizeof key_text);
    note_key_write(key_public(hub->log.key), &text);
    fprintf(out, "keys:\n  - key: %s\n    role: issuer\n", key_text);
}

static bool write_keys(struct evidence *evidence, FILE *out, struct error *err)
{
    struct database_rows *rows = database_ask(
        evidence->look,
        SQL0("SELECT k.person, k.algorithm, k.public_key, h.role, h.since, h.until, k.created,"
             " k.ended FROM passkey k JOIN held_role h ON h.person = k.person"
             " WHERE k.id IN (SELECT passkey FROM vote) ORDER BY k.id, h.id"),
        err);
    if (!rows)
        return false;
    enum database_step step;
    put_issuer(out, evidence->hub);
    while ((step = database_step(rows, err)) == DATABASE_ROW)
        put_key(out, evidence->hub, rows);
    database_end(rows);
    return step == DATABASE_END;
}

bool evidence_trust(struct evidence *evidence, bool *is_over, struct error *err)
{
    char *octets = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&octets, &len);
    *is_over = true;
    if (!out)
        return error_set(err, 0, "no memory for trust.yaml");
    bool is_written = write_keys(evidence, out, err);
    is_written = fclose(out) == 0 && is_written;
    is_written = is_written && evidence_put(evidence, "trust.yaml",
                                            (struct bytes){ (uint8_t *)octets, len }, err);
    free(octets);
    return is_written;
}
