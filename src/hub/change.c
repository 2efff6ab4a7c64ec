// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "base/must.h"
#include "hub/asking_private.h"
#include "hub/core_private.h"

/* A request that may be sent twice (Idempotency-Key) is written down with its change, so that
 * the second finds it whatever became of the first's answer. */
static bool note_asked(struct change *change, struct error *err)
{
    const struct asking *asking = change->asking;
    if (!asking || !asking->once)
        return true;
    return database_run(
        change->db,
        SQL("INSERT INTO asked (person, name, digest, status, body, at)"
            " VALUES ($1, $2, $3, 0, '', $4)",
            database_number(change->person), database_string(asking->once),
            database_blob((struct bytes){ asking->once_digest, HUB_DIGEST_OCTETS }),
            database_number(change->now_ns)),
        NULL, err);
}

/* After a commit of which it is not known whether it was made (the connection went), the table
 * is asked where it ends; before, no entry would find its place again. */
static bool find_end(struct hub *hub, struct error *err)
{
    int64_t last;
    if (hub->entries >= 0)
        return true;
    if (!sql_number(hub->writer, SQL0("SELECT MAX(number) FROM entry"), -1, &last, err))
        return false;
    hub->entries = last + 1;
    return true;
}

bool change_begin(struct hub *hub, struct change *out, struct error *err)
{
    *out = (struct change){ .hub = hub, .db = hub->writer, .committed = -1 };
    turns_wait(&hub->writing);
    if (hub->entries - atomic_load(&hub->log.committed) > HUB_BEHIND_MAX) {
        turns_end(&hub->writing);
        return error_set(err, EBUSY, "the ledger is behind: no change is made until it is not");
    }
    if (!atomic_load(&hub->is_alone)) {
        turns_end(&hub->writing);
        return error_set(err, EBUSY, "another hub may have this database: no change is made");
    }
    if (!database_begin(hub->writer, true, err)) {
        turns_end(&hub->writing);
        return false;
    }
    out->now_ns = hub_now(hub);
    out->is_begun = true;
    return find_end(hub, err) || change_give_up(out);
}

bool change_of(struct asking *asking, struct change *out, struct error *err)
{
    if (!change_begin(asking->hub, out, err))
        return false;
    out->person = asking->actor.person;
    out->asking = asking;
    out->is_of_work = asking->request->method != HTTP_GET;
    return note_asked(out, err) || change_give_up(out);
}

/* Those who listen are many: what is nothing to them (batches of records, who signed in, who
 * looked) does not make them all look. */
static void tell_others(const struct change *change)
{
    struct hub *hub = change->hub;
    if (change->is_of_policy)
        atomic_fetch_add(&hub->policy, 1);
    if (change->is_of_work)
        atomic_fetch_add(&hub->worked, 1);
    if (!change->has_happened && !change->is_of_policy && !change->is_of_work)
        return;
    atomic_fetch_add(&hub->happened, 1);
    if (hub->people)
        http_wake(hub->people);
}

bool change_commit(struct change *change, struct error *err)
{
    struct hub *hub = change->hub;
    MUST(change->is_begun);
    if (!database_commit(change->db, err)) {
        hub->entries = -1;
        return change_give_up(change);
    }
    change->is_begun = false;
    if (change->committed >= 0)
        hub->entries = change->committed + 1;
    tell_others(change);
    turns_end(&hub->writing);
    log_wake(hub);
    return true;
}

bool change_give_up(struct change *change)
{
    if (change->is_begun) {
        database_give_up(change->db);
        change->is_begun = false;
        turns_end(&change->hub->writing);
    }
    return false;
}

static struct bytes entry_text(const struct entry *entry, enum entry_field field)
{
    return entry_has(entry, field) ? entry->values[field].text : BYTES("");
}

bool change_log(struct change *change, const struct entry *entry, int64_t *number,
                struct error *err)
{
    char room[ENTRY_OCTETS_MAX + 1];
    struct text text = text_over(room, sizeof room);
    enum fault fault = entry_write(entry, &text);
    if (fault != FAULT_NONE)
        return error_set(err, EINVAL, "%s: no entry of the ledger: %s",
                         entry_kind_name(entry->kind), fault_name(fault));
    int64_t at = change->committed < 0 ? change->hub->entries : change->committed + 1;
    if (!database_run(change->db,
                      SQL("INSERT INTO entry (number, at, kind, actor, subject, octets)"
                          " VALUES ($1, $2, $3, $4, $5, $6)",
                          database_number(at), database_number(change->now_ns),
                          database_string(entry_kind_name(entry->kind)),
                          database_text(entry_text(entry, ENTRY_ACTOR)),
                          database_text(entry_text(entry, ENTRY_SUBJECT)),
                          database_blob(text_bytes(&text))),
                      NULL, err))
        return false;
    change->committed = at;
    if (number)
        *number = at;
    return true;
}

bool change_document(struct change *change, const json_t *document,
                     uint8_t digest[HUB_DIGEST_OCTETS], struct error *err)
{
    char *text = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
    if (!text)
        return error_set(err, ENOMEM, "document");
    json_digest(document, digest);
    bool is_kept = database_run(change->db,
                                SQL("INSERT INTO document (digest, octets) VALUES ($1, $2)"
                                    " ON CONFLICT (digest) DO NOTHING",
                                    database_blob((struct bytes){ digest, HUB_DIGEST_OCTETS }),
                                    database_string(text)),
                                NULL, err);
    free(text);
    return is_kept;
}

bool change_happened(struct change *change, const char *kind, const char *subject,
                     int64_t compartment, struct error *err)
{
    int64_t id;
    change->is_of_work = change->is_of_work || strcmp(kind, "finding") != 0;
    change->has_happened = true;
    return sql_number(change->db, SQL0("SELECT MAX(id) FROM happening"), 0, &id, err) &&
           database_run(change->db,
                        SQL("INSERT INTO happening (id, at, kind, subject, compartment)"
                            " VALUES ($1, $2, $3, $4, $5)",
                            database_number(id + 1), database_number(change->now_ns),
                            database_string(kind), database_string(subject),
                            database_number(compartment)),
                        NULL, err);
}
