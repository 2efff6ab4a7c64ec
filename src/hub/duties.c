// SPDX-License-Identifier: Apache-2.0
/* Duties to tell that a step brought (LC-15): whoever has to tell says that it was told, and
 * the entry names the one that made it due, so that an overseer can hold them together. */
#include <string.h>

#include "hub/record_private.h"
#include "hub/text_private.h"

enum { DUTIES_LOOKED_AT = 2000 };

static const struct law_notice *find_open(const struct record *record, const char *id)
{
    for (size_t i = 0; i < record->subject.duty_count; i++) {
        const struct procedure_duty *duty = &record->subject.duties[i];
        if (!duty->is_met && strcmp(duty->notice->id, id) == 0)
            return duty->notice;
    }
    return NULL;
}

bool duty_is_his(const struct asking *asking, const struct record *record,
                 const struct law_notice *notice)
{
    for (size_t i = 0; i < asking->actor.role_count; i++) {
        const struct access_role *role = &asking->actor.roles[i];
        bool holds = role->from_ns <= asking->now_ns && asking->now_ns < role->to_ns;
        if (holds && procedure_is_role(&record->subject, notice->from, role->id))
            return true;
    }
    return false;
}

/* ---- what he has to tell ---- */

/* Before the record is read: may a role of his, or one that it plays, have to tell it? */
static bool could_be_his(const struct asking *asking, struct bytes procedure, struct bytes id)
{
    const struct law *law = asking->hub->settings.law;
    char of[48], which[64];
    struct text to_of = text_over(of, sizeof of), to_which = text_over(which, sizeof which);
    text_put(&to_of, procedure);
    text_put(&to_which, id);
    const struct procedure *found = procedure_find(law->procedures, law->procedure_count, of);
    const struct law_notice *notice = found ? procedure_find_notice(law, found, which) : NULL;
    const struct law_role *from = notice ? law_find_role(law, notice->from) : NULL;
    for (size_t i = 0; from && i < asking->actor.role_count; i++) {
        const char *held = asking->actor.roles[i].id;
        if (strcmp(held, from->id) == 0 ||
            (from->played_by && strcmp(held, from->played_by) == 0))
            return true;
    }
    return !found || !from;
}

static void put_duties(struct asking *asking, const struct record *record, json_t *items)
{
    const struct procedure_case *subject = &record->subject;
    for (size_t i = 0; i < subject->duty_count; i++) {
        const struct procedure_duty *duty = &subject->duties[i];
        if (duty->is_met || !duty_is_his(asking, record, duty->notice))
            continue;
        json_array_append_new(
            items, json_pack("{s:{s:s, s:s, s:s, s:s}, s:o, s:s, s:o, s:b, s:s}", "record",
                             "id", record->name, "title", record->title, "procedure",
                             subject->procedure->id, "state", procedure_state(subject)->id,
                             "what", law_text_json(duty->notice->name), "event",
                             duty->notice->id, "due", json_time(duty->due_ns), "is_overdue",
                             duty->due_ns < asking->now_ns, "kind", "duty"));
    }
}

static bool put_record(struct asking *asking, const char *name, json_t *items,
                       struct error *err)
{
    bool is_failed;
    struct access_object object;
    struct record *record = record_load(asking->hub, asking->db, name, &is_failed, err);
    if (!record)
        return !is_failed;
    struct compartment what = record_compartment(record);
    bool is_done = compartment_of(asking, &what, &object, err);
    if (is_done && asking_would(asking, ACTION_STEP, &object))
        put_duties(asking, record, items);
    record_free(record);
    return is_done;
}

/* Names of records with a duty that may be his, each once, the nearest first. */
static json_t *find_records(struct asking *asking, size_t max, struct error *err)
{
    struct database_rows *rows = database_ask(
        asking->db,
        SQL("SELECT r.name, r.procedure, d.notice FROM duty d JOIN record r ON r.id = d.record"
            " WHERE d.met IS NULL AND r.compartment IN"
            " (SELECT compartment FROM visible WHERE view = $1) ORDER BY d.due LIMIT $2",
            database_number(asking->view), database_number(DUTIES_LOOKED_AT)),
        err);
    json_t *names = rows ? json_object() : NULL;
    enum database_step step = DATABASE_FAILED;
    while (rows && (step = database_step(rows, err)) == DATABASE_ROW) {
        struct bytes name = database_get_text(rows, 0);
        if (json_object_size(names) < max &&
            could_be_his(asking, database_get_text(rows, 1), database_get_text(rows, 2)))
            json_object_setn_new(names, (const char *)name.at, name.len, json_true());
    }
    if (rows)
        database_end(rows);
    if (step == DATABASE_END)
        return names;
    json_decref(names);
    return NULL;
}

bool duties_mine(struct asking *asking, json_t *items, size_t max, struct error *err)
{
    json_t *names = find_records(asking, max, err);
    const char *name;
    json_t *unused;
    bool is_done = names != NULL;
    json_object_foreach(names, name, unused)
    {
        is_done = is_done && put_record(asking, name, items, err);
    }
    json_decref(names);
    return is_done;
}

/* ---- telling ---- */

/* The entry that made it due: of the kind the law names, or the step itself. */
static bool find_cause(struct change *change, const struct record *record,
                       const struct law_notice *notice, int64_t *out, struct error *err)
{
    const char *kind = notice->event ? notice->event : "procedure_step";
    return sql_number(change->db,
                      SQL("SELECT MAX(number) FROM entry WHERE subject = $1 AND kind = $2",
                          database_string(record->name), database_string(kind)),
                      -1, out, err);
}

static bool write_told(struct change *change, struct record *record,
                       const struct law_notice *notice, struct error *err)
{
    struct asking_actor actor = asking_name(change->person);
    int64_t cause;
    if (!find_cause(change, record, notice, &cause, err))
        return false;
    struct entry entry = entry_begin(ENTRY_NOTICE, change->now_ns);
    entry_set_text(&entry, ENTRY_ACTOR, bytes_of_string(actor.text));
    entry_set_text(&entry, ENTRY_ARTICLE, bytes_of_string(notice->article));
    entry_set_text(&entry, ENTRY_DUTY, bytes_of_string(notice->id));
    entry_set_text(&entry, ENTRY_RECIPIENT, bytes_of_string(notice->to));
    entry_set_text(&entry, ENTRY_SUBJECT, bytes_of_string(record->name));
    if (cause >= 0)
        entry_set_count(&entry, ENTRY_NUMBER, (uint64_t)cause);
    return procedure_tell(&record->subject, notice->id, change->now_ns) &&
           change_log(change, &entry, NULL, err) && record_save(change, record, err);
}

static bool tell(struct asking *asking, struct change *change, struct record *record,
                 const json_t *body, struct error *err)
{
    static const struct law_text none = { "no such duty is open here",
                                          "該当する未履行の通知義務がありません" };
    static const struct law_text others = { "it is for somebody else to tell",
                                            "通知すべき者ではありません" };
    const char *id;
    if (!body_text(asking, body, "duty", 63, &id))
        return true;
    const struct law_notice *notice = find_open(record, id);
    if (!notice)
        return refuse_as(asking, 409, "duty", none);
    if (!duty_is_his(asking, record, notice))
        return refuse_as(asking, 403, "duty", others);
    return write_told(change, record, notice, err);
}

bool duties_tell(struct asking *asking, struct error *err)
{
    struct change change;
    bool is_failed;
    json_t *body = asking_body(asking);
    if (!body)
        return true;
    if (!change_of(asking, &change, err)) {
        json_decref(body);
        return false;
    }
    struct record *record = record_of(asking, change.db, ACTION_STEP, &is_failed, err);
    bool is_done = record ? tell(asking, &change, record, body, err) : !is_failed;
    if (!record || asking->status != 0 || !is_done)
        (void)change_give_up(&change);
    else
        is_done = change_commit(&change, err) &&
                  answer_version(asking, 200, record_json(asking, record), record->version);
    record_free(record);
    json_decref(body);
    return is_done;
}
