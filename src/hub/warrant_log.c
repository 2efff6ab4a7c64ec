// SPDX-License-Identifier: Apache-2.0
/* What the ledger says of a warrant is what the warrant says: an overseer holds one against the
 * other (docs/ledger.md). */
#include <errno.h>
#include <stdlib.h>

#include "hub/warrant_private.h"
#include "warrant/envelope.h"

static bool read_newest(struct change *change, const struct record *record,
                        struct warrant *warrant, size_t *signers, struct error *err)
{
    struct envelope envelope = { 0 };
    struct database_rows *rows =
        database_ask(change->db,
                     SQL("SELECT envelope FROM warrant WHERE record = $1 AND kind = 'warrant'"
                         " ORDER BY number DESC LIMIT 1",
                         database_number(record->id)),
                     err);
    bool is_read = rows && database_step(rows, err) == DATABASE_ROW &&
                   warrant_read(database_get_text(rows, 0), warrant, err) &&
                   envelope_read(database_get_text(rows, 0), &envelope, err);
    *signers = envelope.signature_count;
    envelope_done(&envelope);
    database_end(rows);
    return is_read || err->text[0] || error_set(err, EINVAL, "%s: no warrant", record->name);
}

static void put_accepted(struct entry *entry, const struct warrant *warrant, size_t signers)
{
    entry_set_text(entry, ENTRY_ACTOR, bytes_of_string(warrant->issuer));
    entry_set_time(entry, ENTRY_FROM, warrant->from_ns);
    entry_set_time(entry, ENTRY_TO, warrant->to_ns);
    entry_set_count(entry, ENTRY_SIGNERS, signers);
    if (*warrant->equipment)
        entry_set_text(entry, ENTRY_EQUIPMENT, bytes_of_string(warrant->equipment));
    if (*warrant->extends)
        entry_set_text(entry, ENTRY_EXTENDS, bytes_of_string(warrant->extends));
    if (warrant->capacity_bits_per_second > 0)
        entry_set_count(entry, ENTRY_CAPACITY, warrant->capacity_bits_per_second);
    if (warrant->share_permille > 0)
        entry_set_count(entry, ENTRY_SHARE, warrant->share_permille);
}

static void put_ended(struct entry *entry, const struct warrant *warrant,
                      const struct record_event *what, int64_t now_ns)
{
    entry_set_text(entry, ENTRY_EVENT, bytes_of_string(what->event->name));
    entry_set_time(entry, ENTRY_TO, warrant->to_ns < now_ns ? warrant->to_ns : now_ns);
    if (*what->reason)
        entry_set_text(entry, ENTRY_REASON, bytes_of_string(what->reason));
}

bool warrant_log(struct change *change, const struct record *record,
                 const struct record_event *what, enum entry_kind kind, struct error *err)
{
    char hex[2 * HUB_DIGEST_OCTETS + 1];
    struct text digest = text_over(hex, sizeof hex);
    struct warrant *warrant = calloc(1, sizeof *warrant);
    struct entry entry = entry_begin(kind, change->now_ns);
    size_t signers;
    bool is_read = warrant && read_newest(change, record, warrant, &signers, err);
    if (is_read) {
        entry_set_text(&entry, ENTRY_WARRANT, bytes_of_string(warrant->serial));
        entry_set_text(&entry, ENTRY_BASIS, bytes_of_string(warrant->basis));
        text_put_hex(&digest, (struct bytes){ warrant->digest, sizeof warrant->digest });
        if (kind == ENTRY_WARRANT_ENDED) {
            put_ended(&entry, warrant, what, change->now_ns);
        } else {
            entry_set_text(&entry, ENTRY_DIGEST, text_bytes(&digest));
            put_accepted(&entry, warrant, signers);
        }
    }
    bool is_logged = is_read && change_log(change, &entry, NULL, err);
    free(warrant);
    return is_logged;
}
