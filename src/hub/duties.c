// SPDX-License-Identifier: Apache-2.0
/* Duties to tell that a step brought (LC-15): whoever has to tell says that it was told, and
 * the entry names the one that made it due, so that an overseer can hold them together. */
#include <string.h>

#include "hub/record_private.h"

static const struct law_notice *find_open(const struct record *record, const char *id)
{
    for (size_t i = 0; i < record->subject.duty_count; i++) {
        const struct procedure_duty *duty = &record->subject.duties[i];
        if (!duty->is_met && strcmp(duty->notice->id, id) == 0)
            return duty->notice;
    }
    return NULL;
}

static const char *role_for(const struct asking *asking, const struct record *record,
                            const struct law_notice *notice)
{
    for (size_t i = 0; i < asking->actor.role_count; i++) {
        const struct access_role *role = &asking->actor.roles[i];
        bool holds = role->from_ns <= asking->now_ns && asking->now_ns < role->to_ns;
        if (holds && procedure_is_role(&record->subject, notice->from, role->id))
            return role->id;
    }
    return NULL;
}

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
    if (!role_for(asking, record, notice))
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
    if (asking->status != 0 || !is_done)
        (void)change_give_up(&change);
    else
        is_done = change_commit(&change, err) &&
                  answer_version(asking, 200, record_json(asking, record), record->version);
    record_free(record);
    json_decref(body);
    return is_done;
}
