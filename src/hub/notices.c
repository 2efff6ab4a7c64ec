// SPDX-License-Identifier: Apache-2.0
/* Who is to act next is told so: a row for each, when a record came to where his step, vote or
 * duty is.  One row a record and step, however often the record changes; what he may not see
 * (any more) is neither made nor listed. */
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "hub/list_private.h"
#include "hub/meta_private.h"
#include "hub/notices_private.h"
#include "hub/record_private.h"
#include "hub/text_private.h"
#include "hub/who_private.h"

enum { NOTICES_RECORDS = 8, NOTICES_PEOPLE = 500, NOTICES_SHOWN = 200, DUTY_AHEAD_S = 86400 };

/* ---- making them ---- */

struct notice {
    int64_t person, record;
    const char *what;
    int64_t due_ns; /* 0: none */
};

static bool write_notice(struct change *change, const struct notice *notice, struct error *err)
{
    int64_t id;
    return sql_number(change->db, SQL0("SELECT MAX(id) FROM notice"), 0, &id, err) &&
           database_run(
               change->db,
               SQL("INSERT INTO notice (id, person, record, compartment, what, at, due)"
                   " SELECT $1, $2, id, compartment, $4, $5, $6 FROM record WHERE id = $3"
                   " AND NOT EXISTS (SELECT 1 FROM notice WHERE person = $2 AND record = $3"
                   " AND what = $4 AND seen IS NULL)",
                   database_number(id + 1), database_number(notice->person),
                   database_number(notice->record), database_string(notice->what),
                   database_number(change->now_ns),
                   notice->due_ns ? database_number(notice->due_ns) : database_null()),
               NULL, err);
}

static bool tell_one(struct asking *to, int64_t record, const json_t *item, int64_t due_ns,
                     struct error *err)
{
    struct change change;
    json_t *what =
        json_pack("{s:O, s:O, s:O}", "kind", json_object_get(item, "kind"), "event",
                  json_object_get(item, "event"), "text", json_object_get(item, "what"));
    char *text = what ? json_dumps(what, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    bool is_told = text && change_begin(to->hub, &change, err);
    const struct notice notice = { to->actor.person, record, text, due_ns };
    if (is_told)
        is_told = write_notice(&change, &notice, err) ? change_commit(&change, err)
                                                      : change_give_up(&change);
    free(text);
    json_decref(what);
    return is_told;
}

/* For whichever purpose it is that he may act for. */
static bool look_for(struct asking *to, const struct record *record, json_t *items,
                     struct error *err)
{
    const struct law *law = to->hub->settings.law;
    for (size_t i = 0; i < law->purpose_count && json_array_size(items) == 0; i++) {
        to->purpose = law->purposes[i].id;
        bool is_exercise = strcmp(to->purpose, "exercise") == 0;
        if (law->purposes[i].is_refused || is_exercise != record->is_exercise)
            continue;
        if (!my_tasks_of(to, record, items, err))
            return false;
    }
    return true;
}

static bool tell_person(struct hub *hub, struct database *db, int64_t person,
                        const struct record *record, struct error *err)
{
    struct asking to = { .hub = hub, .db = db, .now_ns = hub_now(hub) };
    bool is_known;
    if (!who_load(&to, person, &is_known, err))
        return false;
    to.actor.has_passkey = true; /* he may still sign in by it */
    json_t *items = json_array();
    bool is_done = !is_known || look_for(&to, record, items, err);
    int64_t due_ns = procedure_next(&record->subject);
    if (is_done && json_array_size(items) > 0)
        is_done = tell_one(&to, record->id, json_array_get(items, 0),
                           due_ns == INT64_MAX ? 0 : due_ns, err);
    json_decref(items);
    return is_done;
}

static bool tell_all(struct hub *hub, struct database *db, const char *name, struct error *err)
{
    bool is_failed = false;
    struct record *record = record_load(hub, db, name, &is_failed, err);
    if (!record)
        return !is_failed;
    json_t *people =
        rows_array(db,
                   SQL("SELECT DISTINCT person AS \"person@number\" FROM held_role"
                       " WHERE until > $1 ORDER BY person LIMIT $2",
                       database_number(hub_now(hub)), database_number(NOTICES_PEOPLE)),
                   err);
    bool is_done = people != NULL;
    const json_t *row;
    size_t index;
    json_array_foreach(people, index, row)
    {
        is_done =
            is_done && tell_person(hub, db, json_integer_value(json_object_get(row, "person")),
                                   record, err);
    }
    json_decref(people);
    record_free(record);
    return is_done;
}

static bool note_last(struct hub *hub, int64_t last, struct error *err)
{
    struct change change;
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)last);
    if (!change_begin(hub, &change, err))
        return false;
    if (!database_run(change.db,
                      SQL("INSERT INTO setting (name, value) VALUES ('noticed', $1)"
                          " ON CONFLICT (name) DO UPDATE SET value = $1",
                          database_string(text)),
                      NULL, err))
        return change_give_up(&change);
    return change_commit(&change, err);
}

static bool tell_of(struct hub *hub, struct database *db, const json_t *rows, int64_t *last,
                    struct error *err)
{
    const json_t *row;
    size_t index;
    json_array_foreach(rows, index, row)
    {
        if (!tell_all(hub, db, json_string_value(json_object_get(row, "subject")), err))
            return false;
        *last = json_integer_value(json_object_get(row, "last"));
    }
    return true;
}

bool notices_turn(struct hub *hub, struct error *err)
{
    struct database *db = pool_take(hub);
    int64_t last = 0, before;
    json_t *rows = NULL;
    bool is_done = sql_number(db,
                              SQL0("SELECT CAST(value AS BIGINT) FROM setting"
                                   " WHERE name = 'noticed'"),
                              0, &last, err);
    before = last;
    if (is_done)
        rows = rows_array(db,
                          SQL("SELECT subject, MAX(id) AS \"last@number\" FROM happening"
                              " WHERE id > $1 AND kind = 'record' GROUP BY subject"
                              " ORDER BY MAX(id) LIMIT $2",
                              database_number(last), database_number(NOTICES_RECORDS)),
                          err);
    is_done = rows && tell_of(hub, db, rows, &last, err);
    json_decref(rows);
    pool_give(hub, db);
    return is_done && (last == before || note_last(hub, last, err));
}

/* ---- duties that fall due: told to whoever made the last step, and who acts next ---- */

bool notices_of_duties(struct hub *hub, struct error *err)
{
    struct change change;
    int64_t id;
    if (!change_begin(hub, &change, err))
        return false;
    if (!sql_number(change.db, SQL0("SELECT MAX(id) FROM notice"), 0, &id, err) ||
        !database_run(
            change.db,
            SQL("INSERT INTO notice (id, person, record, compartment, what, at, due)"
                " SELECT $1 + ROW_NUMBER() OVER (ORDER BY d.due, d.record, d.number), p.person,"
                " r.id, r.compartment, '{\"event\":\"' || d.notice || '\",\"kind\":\"duty\"}',"
                " $2, d.due FROM duty d JOIN record r ON r.id = d.record"
                " JOIN (SELECT record, MAX(person) AS person FROM part GROUP BY record) p"
                " ON p.record = r.id WHERE d.met IS NULL AND d.due < $3 AND NOT EXISTS"
                " (SELECT 1 FROM notice n WHERE n.record = r.id AND n.due = d.due AND n.what ="
                " '{\"event\":\"' || d.notice || '\",\"kind\":\"duty\"}') LIMIT 100",
                database_number(id), database_number(change.now_ns),
                database_number(change.now_ns + DUTY_AHEAD_S * TIME_SECOND_NS)),
            NULL, err))
        return change_give_up(&change);
    return change_commit(&change, err);
}

/* ---- listing them ---- */

static json_t *text_of(const struct asking *asking, const char *what, json_t *item)
{
    json_t *told = json_loads(what ? what : "", 0, NULL);
    json_t *text = json_incref(json_object_get(told, "text"));
    const char *event = json_string_value(json_object_get(told, "event"));
    json_object_set(item, "kind", json_object_get(told, "kind"));
    json_object_set(item, "event", json_object_get(told, "event"));
    const struct law *law = asking->hub->settings.law;
    for (size_t i = 0; !text && event && i < law->notice_count; i++) {
        if (strcmp(law->notices[i].id, event) == 0)
            text = law_text_json(law->notices[i].name);
    }
    json_decref(told);
    return text ? text : law_text_json((struct law_text){ "a duty", "義務" });
}

bool notices_list(struct asking *asking, struct error *err)
{
    int64_t view, unread = 0;
    json_t *item;
    size_t index;
    if (!compartment_view(asking, ACTION_LIST, &view, err))
        return false;
    json_t *items = rows_array(
        asking->db,
        SQL("SELECT n.id AS \"id@id\", n.at AS \"at@time\", r.name AS record, n.what AS told,"
            " n.due AS \"due@time\", CASE WHEN n.seen IS NULL THEN 0 ELSE 1 END AS"
            " \"is_read@flag\" FROM notice n JOIN record r ON r.id = n.record"
            " WHERE n.person = $1 AND r.compartment IN"
            " (SELECT compartment FROM visible WHERE view = $2)"
            " ORDER BY CASE WHEN n.seen IS NULL THEN 0 ELSE 1 END, n.id DESC LIMIT $3",
            database_number(asking->actor.person), database_number(view),
            database_number(NOTICES_SHOWN)),
        err);
    if (!items)
        return false;
    json_array_foreach(items, index, item)
    {
        json_object_set_new(
            item, "text",
            text_of(asking, json_string_value(json_object_get(item, "told")), item));
        json_object_del(item, "told");
        unread += json_is_false(json_object_get(item, "is_read"));
    }
    return answer(asking, 200,
                  json_pack("{s:o, s:n, s:I, s:b, s:I}", "items", items, "next", "count",
                            (json_int_t)json_array_size(items), "count_is_exact",
                            json_array_size(items) < NOTICES_SHOWN, "unread",
                            (json_int_t)unread));
}

bool notices_read(struct asking *asking, struct error *err)
{
    struct change change;
    int64_t changed = 0;
    if (!change_of(asking, &change, err))
        return false;
    if (!database_run(change.db,
                      SQL("UPDATE notice SET seen = COALESCE(seen, $3) WHERE id = $1 AND"
                          " person = $2",
                          database_number(asking_id(asking, "id")),
                          database_number(asking->actor.person),
                          database_number(change.now_ns)),
                      &changed, err))
        return change_give_up(&change);
    if (!change_commit(&change, err))
        return false;
    return changed ? answer_nothing(asking) : refuse_unknown(asking);
}
