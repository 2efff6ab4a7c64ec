// SPDX-License-Identifier: Apache-2.0
/* Votes are what their entries name, and the signatures of a warrant are votes.  Whether each
 * signature verifies is asked of an export: sekisho verify --votes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/asking_private.h"
#include "hub/check_private.h"
#include "hub/warrant_private.h"
#include "warrant/envelope.h"

static void compare_member(struct check *check, const char *where, const json_t *document,
                           const char *member, struct bytes has)
{
    const char *wanted = json_string_value(json_object_get(document, member));
    if (!wanted || !bytes_equal(has, bytes_of_string(wanted)))
        check_tell(check, where, "column %s: it says %.*s, its document says %s", member,
                   (int)has.len, (const char *)has.at, wanted ? wanted : "nothing");
}

static void compare_document(struct check *check, const char *where,
                             const struct database_rows *rows)
{
    struct bytes text = database_get_text(rows, 7);
    json_t *document = json_loadb((const char *)text.at, text.len, 0, NULL);
    struct check_hex payload = check_hex(database_get_blob(rows, 6));
    compare_member(check, where, document, "record", database_get_text(rows, 1));
    compare_member(check, where, document, "vote", database_get_text(rows, 4));
    compare_member(check, where, document, "reason", database_get_text(rows, 5));
    compare_member(check, where, document, "digest", bytes_of_string(payload.text));
    json_decref(document);
}

static void take_vote(struct check *check, const struct database_rows *rows)
{
    char where[CHECK_WHERE_MAX];
    struct entry entry;
    const struct check_beside beside = { rows, where, 8, 9, ENTRY_VOTE_CAST, &entry };
    struct bytes name = database_get_text(rows, 1);
    snprintf(where, sizeof where, "vote %lld of %.*s", (long long)database_get_number(rows, 0),
             (int)name.len, (const char *)name.at);
    if (!check_entry(check, &beside))
        return;
    struct asking_actor actor = asking_name(database_get_number(rows, 3));
    struct check_hex document = check_sha256(database_get_text(rows, 7));
    check_text(check, &beside, "record", name, ENTRY_SUBJECT);
    check_text(check, &beside, "event", database_get_text(rows, 2), ENTRY_EVENT);
    check_text(check, &beside, "person", bytes_of_string(actor.text), ENTRY_ACTOR);
    check_text(check, &beside, "document", bytes_of_string(document.text), ENTRY_DIGEST);
    compare_document(check, where, rows);
}

static const char votes[] =
    "SELECT v.id, r.name, v.event, v.person, v.vote, v.reason, v.payload_digest, v.document,"
    " v.entry, e.octets FROM vote v JOIN record r ON r.id = v.record"
    " LEFT JOIN entry e ON e.number = v.entry ORDER BY v.id";

/* ---- warrants ---- */

static void where_warrant(const struct check *check, char room[CHECK_WHERE_MAX])
{
    struct text to = text_over(room, CHECK_WHERE_MAX);
    text_format(&to, "warrant %s", check->group);
}

/* Rows of one warrant stand together, one for each vote on its record. */
static void end_warrant(struct check *check)
{
    char where[CHECK_WHERE_MAX];
    struct envelope *envelope = check->envelope;
    where_warrant(check, where);
    for (size_t i = 0; envelope && i < envelope->signature_count; i++) {
        if (!(check->matched & UINT64_C(1) << i))
            check_tell(check, where, "column envelope: signature %s is of no vote",
                       envelope->signatures[i].key_id);
    }
    if (envelope)
        envelope_done(envelope);
    free(envelope);
    check->envelope = NULL;
}

static void compare_columns(struct check *check, const char *where,
                            const struct database_rows *rows)
{
    struct warrant *warrant = calloc(1, sizeof *warrant);
    struct error err = { 0 };
    if (!warrant || !warrant_read(database_get_text(rows, 1), warrant, &err)) {
        check_tell(check, where, "column envelope: it is no warrant: %s", err.text);
        free(warrant);
        return;
    }
    const struct {
        const char *column;
        bool is_same;
    } columns[] = {
        { "serial", strcmp(warrant->serial, check->group) == 0 },
        { "basis", bytes_equal(database_get_text(rows, 5), bytes_of_string(warrant->basis)) },
        { "equipment",
          bytes_equal(database_get_text(rows, 6), bytes_of_string(warrant->equipment)) },
        { "since", database_get_number(rows, 7) == warrant->from_ns },
        { "until", database_get_number(rows, 8) == warrant->to_ns },
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        if (!columns[i].is_same)
            check_tell(check, where, "column %s: it is not as in the envelope",
                       columns[i].column);
    }
    free(warrant);
}

static void begin_warrant(struct check *check, const struct database_rows *rows)
{
    char where[CHECK_WHERE_MAX];
    struct error err = { 0 };
    struct text to = text_over(check->group, sizeof check->group);
    text_put(&to, database_get_text(rows, 0));
    where_warrant(check, where);
    check->matched = 0;
    check->envelope = calloc(1, sizeof *check->envelope);
    if (!check->envelope || !envelope_read(database_get_text(rows, 1), check->envelope, &err)) {
        check_tell(check, where, "column envelope: it cannot be read: %s", err.text);
        free(check->envelope);
        check->envelope = NULL;
        return;
    }
    compare_columns(check, where, rows);
}

static void take_warrant(struct check *check, const struct database_rows *rows)
{
    struct webauthn_assertion vote;
    if (check->envelope &&
        !bytes_equal(database_get_text(rows, 0), bytes_of_string(check->group)))
        end_warrant(check);
    if (!check->envelope)
        begin_warrant(check, rows);
    struct envelope *envelope = check->envelope;
    if (!envelope || database_is_null(rows, 2) ||
        !warrant_read_assertion(database_get_text(rows, 2), &vote))
        return;
    struct check_hex payload = check_sha256(envelope->payload);
    bool is_on_it = strcmp(payload.text, check_hex(database_get_blob(rows, 3)).text) == 0;
    for (size_t i = 0; is_on_it && i < envelope->signature_count; i++) {
        const struct webauthn_assertion *has = &envelope->signatures[i].passkey;
        if (has->client_len == vote.client_len && has->signature_len == vote.signature_len &&
            memcmp(has->client, vote.client, vote.client_len) == 0 &&
            memcmp(has->signature, vote.signature, vote.signature_len) == 0)
            check->matched |= UINT64_C(1) << i;
    }
}

static const char warrants[] =
    "SELECT w.serial, w.envelope, v.assertion, v.payload_digest, w.number, w.basis, "
    "w.equipment,"
    " w.since, w.until FROM warrant w LEFT JOIN vote v ON v.record = w.record"
    " AND v.vote = 'approve' WHERE w.kind = 'warrant' ORDER BY w.number, v.id";

bool check_votes(struct check *check, struct error *err)
{
    if (!check_each(check, votes, take_vote, err))
        return false;
    bool is_done = check_each(check, warrants, take_warrant, err);
    end_warrant(check);
    return is_done;
}
