// SPDX-License-Identifier: Apache-2.0
/* A measure that was approved, an agreement whose conditions are signed: its feed is open once
 * a sensor has the warrant and the period has begun.  The machine's step, which nobody takes by
 * hand. */
#include "hub/warrant_private.h"
#include "hub/work_private.h"

enum { FEEDS_MAX = 32 };

static bool take(struct change *change, struct record *record, const char *step,
                 struct error *err)
{
    /* The sensor's feed is bound to what the warrant names, and the warrant's selectors are
     * those that were approved: that is what was delivered. */
    static const struct procedure_fact facts[] = { { "bound", 1, NULL },
                                                   { "conforms", 1, NULL } };
    const struct procedure_event event = { .name = step,
                                           .actor = PROCEDURE_MACHINE,
                                           .role = PROCEDURE_MACHINE,
                                           .facts = facts,
                                           .fact_count = sizeof facts / sizeof facts[0],
                                           .values = record->values,
                                           .value_count = record->value_count,
                                           .now_ns = change->now_ns };
    const struct record_event what = { .event = &event, .reason = "" };
    struct law_ruling ruling;
    if (!record_tick(change, record, err) || !record_apply(change, record, &what, &ruling, err))
        return false;
    return ruling.is_allowed ||
           error_set(err, 0, "%s: %s %s", record->name, ruling.article, ruling.words);
}

static bool begin_one(struct hub *hub, const char *name, const char *step, struct error *err)
{
    struct change change;
    bool is_failed;
    if (!change_begin(hub, &change, err))
        return false;
    struct record *record = record_load(hub, change.db, name, &is_failed, err);
    bool is_done = record && take(&change, record, step, err) && change_commit(&change, err);
    record_free(record);
    return is_done || change_give_up(&change);
}

static bool begin_those(struct hub *hub, const struct procedure *procedure,
                        const struct procedure_step *step, const char *state, struct error *err)
{
    struct database *db = pool_take(hub);
    json_t *due =
        rows_array(db,
                   SQL("SELECT r.name FROM record r WHERE r.procedure = $3"
                       " AND r.state = $4 AND EXISTS (SELECT 1 FROM warrant w"
                       " JOIN delivery d ON d.serial = w.serial"
                       " WHERE w.record = r.id AND w.kind = 'warrant'"
                       " AND w.since <= $1 AND $1 < w.until AND NOT EXISTS (SELECT 1"
                       " FROM warrant v WHERE v.serial = w.serial || '" WARRANT_REVOKED
                       "')) ORDER BY r.updated LIMIT $2",
                       database_number(hub_now(hub)), database_number(FEEDS_MAX),
                       database_string(procedure->id), database_string(state)),
                   err);
    pool_give(hub, db);
    bool is_read = due != NULL;
    const json_t *row;
    size_t index;
    json_array_foreach(due, index, row)
    {
        const char *name = json_string_value(json_object_get(row, "name"));
        struct error one = { 0 };
        if (!begin_one(hub, name, step->event, &one))
            hub_tell(hub, "error", "feed", json_pack("{s:s}", "why", one.text));
    }
    json_decref(due);
    return is_read;
}

bool work_open_feeds(struct hub *hub, struct error *err)
{
    const struct law *law = hub->settings.law;
    bool is_done = true;
    for (size_t i = 0; i < law->procedure_count; i++) {
        const struct procedure *procedure = &law->procedures[i];
        for (size_t j = 0; j < procedure->step_count; j++) {
            const struct procedure_step *step = &procedure->steps[j];
            for (size_t k = 0; procedure_opens_feed(procedure, step) && k < step->from_count;
                 k++)
                is_done = is_done && begin_those(hub, procedure, step, step->from[k], err);
        }
    }
    return is_done;
}
