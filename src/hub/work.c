// SPDX-License-Identifier: Apache-2.0
#include "hub/work_private.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/time.h"
#include "hub/notices_private.h"
#include "hub/record_private.h"

enum {
    WORK_EVERY_S = 1,
    WORK_RECORDS = 32,
    WORK_ROWS = 5000,
    ASKED_KEPT_S = 24 * 3600,
    WORK_LOG_PAGES = 4096,
    WORK_TIDYINGS = 4
};

struct hub_work {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_running, is_asked_to_end;
};

/* Takes the steps of one record whose clock ran out. */
static bool tick_one(struct hub *hub, const char *name, struct error *err)
{
    struct change change;
    bool is_failed;
    if (!change_begin(hub, &change, err))
        return false;
    struct record *record = record_load(hub, change.db, name, &is_failed, err);
    bool is_done = record ? record_tick(&change, record, err) : !is_failed;
    record_free(record);
    return is_done ? change_commit(&change, err) : change_give_up(&change);
}

static bool tick_due(struct hub *hub, struct error *err)
{
    struct database *db = pool_take(hub);
    json_t *due =
        rows_array(db,
                   SQL("SELECT DISTINCT r.name FROM clock c JOIN record r ON r.id = c.record"
                       " WHERE c.at <= $1 AND r.deadline <= $1 LIMIT $2",
                       database_number(hub_now(hub)), database_number(WORK_RECORDS)),
                   err);
    pool_give(hub, db);
    bool is_done = due != NULL;
    const json_t *row;
    size_t index;
    json_array_foreach(due, index, row)
    {
        struct error one = { 0 };
        if (!tick_one(hub, json_string_value(json_object_get(row, "name")), &one))
            hub_tell(hub, "error", "clock", json_pack("{s:s}", "why", one.text));
    }
    json_decref(due);
    return is_done;
}

/* Art. 25(4): what has reached its date goes, with an entry that says how much. */
static bool erase_old(struct hub *hub, struct error *err)
{
    struct change change;
    int64_t flows = 0, findings = 0;
    if (!change_begin(hub, &change, err))
        return false;
    const struct database_value values[] = { database_number(change.now_ns),
                                             database_number(WORK_ROWS) };
    if (!database_run(
            change.db,
            &(struct database_statement){ "DELETE FROM flow WHERE id IN"
                                          " (SELECT id FROM flow WHERE until <= $1 LIMIT $2)",
                                          values, 2 },
            &flows, err) ||
        !database_run(change.db,
                      &(struct database_statement){
                          "DELETE FROM sighting WHERE finding IN"
                          " (SELECT id FROM finding WHERE until <= $1 ORDER BY id LIMIT $2)",
                          values, 2 },
                      NULL, err) ||
        !database_run(change.db,
                      &(struct database_statement){
                          "DELETE FROM finding WHERE id IN"
                          " (SELECT id FROM finding WHERE until <= $1 ORDER BY id LIMIT $2)",
                          values, 2 },
                      &findings, err))
        return change_give_up(&change);
    if (flows + findings > 0) {
        struct entry entry = entry_begin(ENTRY_RECORD_ERASURE, change.now_ns);
        entry_set_text(&entry, ENTRY_REASON, BYTES("retention"));
        entry_set_count(&entry, ENTRY_RECORDS, (uint64_t)(flows + findings));
        if (!change_log(&change, &entry, NULL, err))
            return change_give_up(&change);
    }
    return change_commit(&change, err);
}

static bool has_old(struct hub *hub, bool *out, struct error *err)
{
    struct database *db = pool_take(hub);
    int64_t flow = INT64_MAX, finding = INT64_MAX;
    bool is_read =
        sql_number(db, SQL0("SELECT MIN(until) FROM flow"), INT64_MAX, &flow, err) &&
        sql_number(db, SQL0("SELECT MIN(until) FROM finding"), INT64_MAX, &finding, err);
    pool_give(hub, db);
    *out = flow <= hub_now(hub) || finding <= hub_now(hub);
    return is_read;
}

static bool forget_asked(struct hub *hub, struct error *err)
{
    struct change change;
    if (!change_begin(hub, &change, err))
        return false;
    if (!database_run(change.db,
                      SQL("DELETE FROM asked WHERE at < $1",
                          database_number(change.now_ns - ASKED_KEPT_S * TIME_SECOND_NS)),
                      NULL, err) ||
        !database_run(change.db,
                      SQL("DELETE FROM happening WHERE at < $1",
                          database_number(change.now_ns - ASKED_KEPT_S * TIME_SECOND_NS)),
                      NULL, err))
        return change_give_up(&change);
    return change_commit(&change, err);
}

/* With PostgreSQL the lock goes with its connection: it is taken again, or another has it. */
static void keep_lock(struct hub *hub)
{
    struct error err = { 0 };
    bool is_kept = database_lock_keep(hub->lock, &err);
    if (atomic_exchange(&hub->is_alone, is_kept) != is_kept)
        hub_tell(hub, is_kept ? "info" : "error", "lock",
                 json_pack("{s:s}", "why", is_kept ? "it is ours again" : err.text));
}

/* What is long is done beside those who write, and again what came meanwhile, each time less;
 * then, while none does, the little that is left, so that the log can begin anew. */
static bool tidy(struct hub *hub, struct error *err)
{
    int64_t pages = WORK_LOG_PAGES;
    for (unsigned i = 0; i < WORK_TIDYINGS && pages >= WORK_LOG_PAGES; i++) {
        if (!database_tidy(hub->tidier, &pages, err))
            return false;
    }
    if (pages < WORK_LOG_PAGES)
        return true;
    turns_wait(&hub->writing);
    bool is_done = database_tidy(hub->tidier, &pages, err);
    turns_end(&hub->writing);
    return is_done;
}

static bool turn(struct hub *hub, unsigned count, struct error *err)
{
    bool is_old = false;
    if (!tidy(hub, err))
        return false;
    keep_lock(hub);
    if (!atomic_load(&hub->is_alone))
        return true;
    if (!seen_turn(hub, err) || !tick_due(hub, err) || !work_open_feeds(hub, err) ||
        (count % 10 == 0 && !has_old(hub, &is_old, err)))
        return false;
    if (is_old && !erase_old(hub, err))
        return false;
    if (!notices_turn(hub, err) || (count % 60 == 0 && !notices_of_duties(hub, err)))
        return false;
    return count % 600 != 0 || forget_asked(hub, err);
}

static bool wait_a_turn(struct hub_work *work)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WORK_EVERY_S;
    pthread_mutex_lock(&work->lock);
    if (!work->is_asked_to_end)
        pthread_cond_timedwait(&work->changed, &work->lock, &until);
    bool goes_on = !work->is_asked_to_end;
    pthread_mutex_unlock(&work->lock);
    return goes_on;
}

static void *run(void *context)
{
    struct hub *hub = context;
    for (unsigned count = 1; wait_a_turn(hub->work); count++) {
        struct error err = { 0 };
        if (!turn(hub, count, &err))
            hub_tell(hub, "error", "work", json_pack("{s:s}", "why", err.text));
    }
    return NULL;
}

bool work_start(struct hub *hub, struct error *err)
{
    hub->work = calloc(1, sizeof *hub->work);
    if (!hub->work)
        return error_set(err, ENOMEM, "work");
    pthread_mutex_init(&hub->work->lock, NULL);
    pthread_cond_init(&hub->work->changed, NULL);
    hub->work->is_running = pthread_create(&hub->work->thread, NULL, run, hub) == 0;
    return hub->work->is_running || error_set(err, errno, "thread of the hub's work");
}

void work_stop(struct hub *hub)
{
    struct hub_work *work = hub->work;
    if (work && work->is_running) {
        pthread_mutex_lock(&work->lock);
        work->is_asked_to_end = true;
        pthread_cond_signal(&work->changed);
        pthread_mutex_unlock(&work->lock);
        pthread_join(work->thread, NULL);
    }
    free(work);
    hub->work = NULL;
}
