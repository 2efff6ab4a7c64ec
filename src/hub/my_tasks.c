// SPDX-License-Identifier: Apache-2.0
/* What waits for somebody: steps his roles may take, votes he has not cast, duties that are
 * due, and tasks he was given; the first of each kind by deadline. */
#include <string.h>

#include "hub/kept_tasks_private.h"
#include "hub/record_private.h"
#include "hub/text_private.h"
#include "hub/vote_private.h"

enum { TASKS_LOOKED_AT = 100, TASKS_SHOWN = 100, DUTIES_SHOWN = 50 };

static bool has_cast(const struct asking *asking, const struct procedure_ballot *ballot)
{
    struct asking_actor me = asking_name(asking->actor.person);
    for (size_t i = 0; i < ballot->vote_count; i++) {
        if (strcmp(ballot->votes[i].person, me.text) == 0 &&
            memcmp(ballot->votes[i].digest, ballot->digest, sizeof ballot->digest) == 0)
            return true;
    }
    return false;
}

static bool has_vote(const struct asking *asking, const struct record *record,
                     const struct procedure_ballot *ballot)
{
    struct asking_actor me = asking_name(asking->actor.person);
    for (size_t i = 0; i < ballot->seat_count; i++) {
        if (strcmp(ballot->seats[i].person, me.text) == 0)
            return procedure_excluded(&record->subject, ballot->step->votes, &ballot->seats[i])
                       .en == NULL;
    }
    return false;
}

static void add(json_t *items, const struct record *record, const char *kind,
                const struct procedure_step *step, int64_t now_ns)
{
    int64_t due_ns = procedure_next(&record->subject);
    json_t *due = due_ns == INT64_MAX ? json_null() : json_time(due_ns);
    json_array_append_new(items,
                          json_pack("{s:{s:s, s:s, s:s, s:s}, s:o, s:s, s:o, s:b, s:s}",
                                    "record", "id", record->name, "title", record->title,
                                    "procedure", record->subject.procedure->id, "state",
                                    procedure_state(&record->subject)->id, "what",
                                    law_text_json(step->name), "event", step->event, "due", due,
                                    "is_overdue", due_ns < now_ns, "kind", kind));
}

/* His to take, once what it asks for is filled in. */
static bool is_mine(const struct asking *asking, const struct record *record,
                    const struct procedure_step *step)
{
    struct asking_actor me = asking_name(asking->actor.person);
    for (size_t i = 0; i < step->not_by_count; i++) {
        if (procedure_has_part(&record->subject, step->not_by[i], me.text))
            return false;
    }
    for (size_t i = 0; i < asking->actor.role_count; i++) {
        const struct access_role *role = &asking->actor.roles[i];
        bool holds = role->from_ns <= asking->now_ns && asking->now_ns < role->to_ns;
        if (holds && procedure_is_role(&record->subject, step->role, role->id))
            return true;
    }
    return false;
}

static bool look_at(struct asking *asking, const struct record *record, json_t *items,
                    struct error *err)
{
    const struct procedure *procedure = record->subject.procedure;
    struct compartment what = record_compartment(record);
    struct access_object object;
    struct ballot_room room;
    const struct procedure_ballot *ballot = &room.ballot;
    if (!compartment_of(asking, &what, &object, err) ||
        !ballot_load(asking->hub, asking->db, record, &room, err))
        return false;
    if (ballot->step && asking_would(asking, ACTION_VOTE, &object) &&
        has_vote(asking, record, ballot) && !has_cast(asking, ballot))
        add(items, record, "vote", ballot->step, asking->now_ns);
    bool may_step = asking_would(asking, ACTION_STEP, &object);
    for (size_t i = 0; may_step && i < procedure->step_count; i++) {
        const struct procedure_step *step = &procedure->steps[i];
        if (!step->votes && procedure_is_next(&record->subject, step) &&
            is_mine(asking, record, step)) {
            add(items, record, "step", step, asking->now_ns);
            break; /* one line a record */
        }
    }
    return true;
}

bool my_tasks_of(struct asking *asking, const struct record *record, json_t *items,
                 struct error *err)
{
    return procedure_state(&record->subject)->is_end || look_at(asking, record, items, err);
}

static bool own_tasks(struct asking *asking, json_t *items, struct error *err)
{
    json_t *rows = rows_array(
        asking->db,
        SQL("SELECT r.name AS id, r.title, r.procedure, r.state, t.text, t.due AS \"due@time\","
            " t.due AS \"due_ns@number\" FROM task t JOIN record r ON r.id = t.record"
            " WHERE t.assignee = $1 AND t.done IS NULL AND r.compartment IN"
            " (SELECT compartment FROM visible WHERE view = $2) ORDER BY t.due LIMIT 100",
            database_number(asking->actor.person), database_number(asking->view)),
        err);
    const json_t *row;
    size_t index;
    json_array_foreach(rows, index, row)
    {
        const char *text = json_string_value(json_object_get(row, "text"));
        int64_t due_ns = json_integer_value(json_object_get(row, "due_ns"));
        json_array_append_new(
            items,
            json_pack("{s:{s:O, s:O, s:O, s:O}, s:{s:s, s:s}, s:s, s:O, s:b, s:s}", "record",
                      "id", json_object_get(row, "id"), "title", json_object_get(row, "title"),
                      "procedure", json_object_get(row, "procedure"), "state",
                      json_object_get(row, "state"), "what", "en", text ? text : "", "ja",
                      text ? text : "", "event", "", "due", json_object_get(row, "due"),
                      "is_overdue", due_ns != 0 && due_ns < asking->now_ns, "kind", "task"));
    }
    json_decref(rows);
    return rows != NULL;
}

static json_t *find_first(struct asking *asking, int64_t work, struct error *err)
{
    return rows_array(
        asking->db,
        SQL("SELECT r.name AS id FROM (SELECT w.id, w.deadline, w.updated FROM"
            " (SELECT compartment FROM visible WHERE view = $1) AS v CROSS JOIN record w"
            " WHERE w.compartment = v.compartment"
            " ORDER BY CASE WHEN w.deadline IS NULL THEN 1 ELSE 0 END, w.deadline,"
            " w.updated DESC LIMIT $2) AS x JOIN record r ON r.id = x.id"
            " ORDER BY CASE WHEN x.deadline IS NULL THEN 1 ELSE 0 END, x.deadline,"
            " x.updated DESC",
            database_number(work), database_number(TASKS_LOOKED_AT)),
        err);
}

static json_t *first_records(struct asking *asking, struct error *err)
{
    int64_t work;
    uint64_t stamp = kept_stamp(asking->hub);
    if (!compartment_work(asking, &work, err))
        return NULL;
    json_t *rows = kept_first_give(asking, work);
    if (rows || !(rows = find_first(asking, work, err)))
        return rows;
    kept_first_keep(asking, work, rows, stamp);
    return rows;
}

bool my_tasks(struct asking *asking, struct error *err)
{
    int64_t view;
    uint64_t worked = atomic_load(&asking->hub->worked); /* before any of it is read */
    if (!compartment_view(asking, ACTION_LIST, &view, err))
        return false;
    if (kept_tasks_give(asking))
        return true;
    json_t *items = json_array();
    json_t *rows = first_records(asking, err);
    bool is_done =
        rows && own_tasks(asking, items, err) && duties_mine(asking, items, DUTIES_SHOWN, err);
    const json_t *row;
    size_t index;
    json_array_foreach(rows, index, row)
    {
        bool is_failed;
        struct record *record =
            is_done && json_array_size(items) < TASKS_SHOWN
                ? record_load(asking->hub, asking->db,
                              json_string_value(json_object_get(row, "id")), &is_failed, err)
                : NULL;
        if (record && !procedure_state(&record->subject)->is_end)
            is_done = look_at(asking, record, items, err);
        record_free(record);
    }
    json_decref(rows);
    if (!is_done) {
        json_decref(items);
        return false;
    }
    json_t *tasks = json_pack("{s:o, s:n}", "items", items, "next");
    kept_tasks_keep(asking, tasks, worked);
    return answer(asking, 200, tasks);
}
