// SPDX-License-Identifier: Apache-2.0
/* A measure that is stopped or suspended, an agreement that is ended: sensors are told by a
 * revocation, which can only shorten.  The hub signs it as the issuer (docs/warrants.md), and
 * asks nobody: who took the step was asked. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "hub/warrant_private.h"
#include "keys/keys.h"
#include "warrant/envelope.h"
#include "warrant/payload.h"

enum { REVOCATION_ROOM = 4096 };

static char *seal(struct hub *hub, const struct revocation *revocation, struct error *err)
{
    char payload[REVOCATION_ROOM];
    uint8_t signature[ENVELOPE_SIGNATURE_OCTETS];
    struct envelope envelope = { 0 };
    char *room = malloc(REVOCATION_ROOM);
    struct text from = text_over(payload, sizeof payload);
    struct text to = text_over(room, room ? REVOCATION_ROOM : 1);
    bool is_sealed =
        room && revocation_write(revocation, &from, err) &&
        envelope_make(REVOCATION_PAYLOAD_TYPE, text_bytes(&from), &envelope, err) &&
        log_sign(&hub->log, envelope.message, signature, err) &&
        envelope_sign(&envelope, key_public(hub->log.key), signature, err) &&
        envelope_write(&envelope, &to, err);
    envelope_done(&envelope);
    if (is_sealed)
        return room;
    free(room);
    return NULL;
}

/* It goes where the warrant went, under a serial of its own. */
static bool keep(struct change *change, const struct record *record,
                 const struct revocation *revocation, const char *envelope, struct error *err)
{
    char serial[WARRANT_SERIAL_MAX + 8];
    int64_t number;
    snprintf(serial, sizeof serial, "%s" WARRANT_REVOKED, revocation->serial);
    return sql_number(change->db, SQL0("SELECT MAX(number) FROM warrant"), 0, &number, err) &&
           database_run(
               change->db,
               SQL("INSERT INTO warrant (serial, record, number, kind, basis, equipment, since,"
                   " until, envelope, compartment, created) SELECT $1, record, $2, "
                   "'revocation',"
                   " basis, equipment, $3, until, $4, compartment, $5 FROM warrant"
                   " WHERE serial = $6 AND record = $7",
                   database_string(serial), database_number(number + 1),
                   database_number(revocation->at_ns), database_string(envelope),
                   database_number(change->now_ns), database_string(revocation->serial),
                   database_number(record->id)),
               NULL, err) &&
           change_happened(change, "warrant", serial, record->compartment, err);
}

static bool log_revoked(struct change *change, const struct record *record,
                        const struct revocation *revocation, struct error *err)
{
    struct entry entry = entry_begin(ENTRY_WARRANT_REVOKED, change->now_ns);
    const struct note_key *issuer = key_public(change->hub->log.key);
    entry_set_text(&entry, ENTRY_ACTOR, bytes_of_string(issuer->name));
    entry_set_text(&entry, ENTRY_BASIS, bytes_of_string(record->subject.basis->id));
    entry_set_text(&entry, ENTRY_REASON, bytes_of_string(revocation->reason));
    entry_set_text(&entry, ENTRY_WARRANT, bytes_of_string(revocation->serial));
    entry_set_time(&entry, ENTRY_TO, revocation->at_ns);
    return change_log(change, &entry, NULL, err);
}

static bool revoke(struct change *change, const struct record *record, const char *serial,
                   struct error *err)
{
    int64_t at_ns = change->now_ns / TIME_SECOND_NS * TIME_SECOND_NS;
    struct revocation revocation = { .issued_ns = at_ns, .at_ns = at_ns };
    struct text of = text_over(revocation.serial, sizeof revocation.serial);
    struct text why = text_over(revocation.reason, sizeof revocation.reason);
    text_put_string(&of, serial);
    text_format(&why, "%s: %s", record->name, procedure_state(&record->subject)->name.en);
    char *envelope = seal(change->hub, &revocation, err);
    bool is_kept = envelope && keep(change, record, &revocation, envelope, err) &&
                   log_revoked(change, record, &revocation, err);
    free(envelope);
    return is_kept;
}

bool warrants_revoke(struct change *change, const struct record *record, struct error *err)
{
    if (!record_is_warrant(record) || procedure_may_feed(&record->subject))
        return true;
    json_t *live =
        rows_array(change->db,
                   SQL("SELECT serial FROM warrant w WHERE record = $1 AND kind = 'warrant'"
                       " AND until > $2 AND NOT EXISTS (SELECT 1 FROM warrant r"
                       " WHERE r.serial = w.serial || '" WARRANT_REVOKED "') ORDER BY number",
                       database_number(record->id), database_number(change->now_ns)),
                   err);
    bool is_done = live != NULL;
    const json_t *row;
    size_t index;
    json_array_foreach(live, index, row) is_done =
        is_done &&
        revoke(change, record, json_string_value(json_object_get(row, "serial")), err);
    json_decref(live);
    return is_done;
}
