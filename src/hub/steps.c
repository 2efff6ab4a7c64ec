// SPDX-License-Identifier: Apache-2.0
/* Steps: which there are, why not, and taking one. */
#include <string.h>

#include "hub/record_private.h"
#include "hub/text_private.h"
#include "hub/vote_private.h"

static bool holds(const struct asking *asking, const struct access_role *role)
{
    return role->from_ns <= asking->now_ns && asking->now_ns < role->to_ns;
}

static struct procedure_event event_of(const struct asking *asking, const struct record *record,
                                       const struct procedure_step *step,
                                       const struct asking_actor *actor, const char *role)
{
    return (struct procedure_event){ .name = step->event,
                                     .actor = actor->text,
                                     .role = role,
                                     .values = record->values,
                                     .value_count = record->value_count,
                                     .now_ns = asking->now_ns };
}

const char *record_role_for(const struct asking *asking, const struct record *record,
                            const struct procedure_step *step, struct law_ruling *why)
{
    struct asking_actor actor = asking_name(asking->actor.person);
    *why = (struct law_ruling){ 0 };
    for (size_t i = 0; i < asking->actor.role_count; i++) {
        const struct access_role *role = &asking->actor.roles[i];
        if (!holds(asking, role))
            continue;
        struct procedure_event event = event_of(asking, record, step, &actor, role->id);
        struct law_ruling ruling = procedure_offer(&record->subject, step, &event);
        if (ruling.is_allowed) {
            *why = ruling;
            return role->id;
        }
        if (why->words[0] == '\0' || procedure_is_role(&record->subject, step->role, role->id))
            *why = ruling;
    }
    return NULL;
}

static json_t *field_json(const struct procedure_field *field)
{
    json_t *choices = json_array();
    for (size_t i = 0; i < field->choice_count; i++)
        json_array_append_new(choices,
                              json_pack("{s:s, s:o}", "id", field->choices[i].id, "name",
                                        law_text_json(field->choices[i].name)));
    json_t *required = json_array();
    for (size_t i = 0; i < field->required_count; i++)
        json_array_append_new(required, json_string(field->required_at[i]));
    json_t *out =
        json_pack("{s:s, s:o, s:s, s:b, s:o, s:o}", "id", field->id, "name",
                  law_text_json(field->name), "type", procedure_field_kind_name(field->kind),
                  "is_told", field->is_told, "choices", choices, "required_at", required);
    json_object_set_new(out, "help", field->help.en ? law_text_json(field->help) : json_null());
    json_object_set_new(out, "label",
                        field->handling ? json_string(field->handling) : json_null());
    return out;
}

static bool is_machines(const struct procedure_step *step)
{
    return step->at || strcmp(step->role, PROCEDURE_MACHINE) == 0;
}

static json_t *step_json(const struct asking *asking, const struct record *record,
                         const struct procedure_step *step)
{
    const struct procedure_field *needs[PROCEDURE_FIELDS_MAX];
    struct law_ruling why;
    const char *role = record_role_for(asking, record, step, &why);
    size_t count = procedure_needs(record->subject.procedure, step, needs);
    json_t *fields = json_array(), *facts = json_array();
    for (size_t i = 0; i < count; i++) {
        if (needs[i]->is_told)
            json_array_append_new(facts, field_json(needs[i]));
        else
            json_array_append_new(fields, json_string(needs[i]->id));
    }
    struct law_text words = { why.words, why.words_ja };
    return json_pack("{s:s, s:o, s:b, s:o, s:s, s:o, s:o, s:b, s:b, s:s, s:b}", "event",
                     step->event, "name", law_text_json(step->name), "allowed",
                     role != NULL && step->votes == NULL, "why_not",
                     role ? json_null() : law_text_json(words), "article",
                     role ? step->article : why.article, "needs", fields, "facts", facts,
                     "is_weighty", step->is_weighty, "is_voted", step->votes != NULL, "second",
                     step->second_role ? step->second_role : "", "is_next",
                     procedure_is_next(&record->subject, step));
}

bool steps_list(struct asking *asking, struct error *err)
{
    bool is_failed;
    struct record *record = record_of(asking, asking->db, ACTION_READ, &is_failed, err);
    if (!record)
        return !is_failed;
    json_t *items = json_array();
    const struct procedure *procedure = record->subject.procedure;
    for (size_t i = 0; i < procedure->step_count; i++) {
        const struct procedure_step *step = &procedure->steps[i];
        if (!is_machines(step) && procedure_starts_here(&record->subject, step))
            json_array_append_new(items, step_json(asking, record, step));
    }
    record_free(record);
    return answer(asking, 200, json_pack("{s:o, s:n}", "items", items, "next"));
}

static json_t *states_json(const struct procedure *procedure)
{
    json_t *out = json_array();
    for (size_t i = 0; i < procedure->state_count; i++)
        json_array_append_new(out, json_pack("{s:s, s:o, s:b}", "id", procedure->states[i].id,
                                             "name", law_text_json(procedure->states[i].name),
                                             "is_end", procedure->states[i].is_end));
    return out;
}

static json_t *law_step_json(const struct procedure *procedure,
                             const struct procedure_step *step)
{
    const struct procedure_field *needs[PROCEDURE_FIELDS_MAX];
    size_t count = procedure_needs(procedure, step, needs);
    json_t *from = json_array(), *fields = json_array();
    for (size_t i = 0; i < step->from_count; i++)
        json_array_append_new(from, json_string(step->from[i]));
    for (size_t i = 0; i < count; i++)
        json_array_append_new(fields, json_string(needs[i]->id));
    json_t *out = json_pack("{s:s, s:o, s:o, s:s, s:s, s:o, s:s, s:b}", "event", step->event,
                            "name", law_text_json(step->name), "from", from, "to", step->to,
                            "role", step->role ? step->role : "", "needs", fields, "article",
                            step->article, "is_weighty", step->is_weighty);
    if (step->votes)
        json_object_set_new(out, "votes",
                            json_pack("{s:s, s:i, s:i}", "role", step->votes->role, "of",
                                      (int)step->votes->seats, "quorum",
                                      (int)step->votes->quorum));
    return out;
}

static json_t *procedure_json(const struct procedure *procedure, bool is_whole)
{
    json_t *bases = json_array();
    for (size_t i = 0; i < procedure->basis_count; i++)
        json_array_append_new(bases, json_string(procedure->bases[i]));
    json_t *out =
        json_pack("{s:s, s:i, s:o, s:o, s:s}", "id", procedure->id, "version",
                  (int)procedure->version, "name", law_text_json(procedure->name), "bases",
                  bases, "prefix", procedure->prefix ? procedure->prefix : "");
    json_object_set_new(out, "states", states_json(procedure));
    if (!is_whole)
        return out;
    json_t *fields = json_array(), *steps = json_array();
    for (size_t i = 0; i < procedure->field_count; i++)
        json_array_append_new(fields, field_json(&procedure->fields[i]));
    for (size_t i = 0; i < procedure->step_count; i++)
        json_array_append_new(steps, law_step_json(procedure, &procedure->steps[i]));
    json_object_set_new(out, "fields", fields);
    json_object_set_new(out, "steps", steps);
    return out;
}

bool procedures_list(struct asking *asking, struct error *err)
{
    (void)err;
    const struct law *law = asking->hub->settings.law;
    json_t *items = json_array();
    for (size_t i = 0; i < law->procedure_count; i++) {
        const struct procedure *procedure = &law->procedures[i];
        if (procedure->prefix)
            json_array_append_new(items, procedure_json(procedure, false));
    }
    return answer(asking, 200, json_pack("{s:o, s:n}", "items", items, "next"));
}

bool procedures_show(struct asking *asking, struct error *err)
{
    (void)err;
    const struct law *law = asking->hub->settings.law;
    const struct procedure *procedure = procedure_find(law->procedures, law->procedure_count,
                                                       http_variable(asking->request, "id"));
    return procedure ? answer(asking, 200, procedure_json(procedure, true))
                     : refuse_unknown(asking);
}

/* ---- taking a step ---- */

struct taking {
    const struct procedure_step *step;
    const char *role, *reason;
    json_t *facts_told; /* borrowed */
    struct facts facts;
    int64_t first; /* of a step that two take: who proposed it */
    char first_role[ACCESS_RULE_MAX];
    bool is_other; /* than what the first proposed */
};

/* What is told with a step, as it is kept and compared. */
static char *facts_text(const struct taking *taking)
{
    json_t *facts = taking->facts_told ? json_incref(taking->facts_told) : json_object();
    char *text = json_dumps(facts, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(facts);
    return text;
}

static const struct procedure_step *find_step(const struct record *record, const char *event)
{
    const struct procedure *procedure = record->subject.procedure;
    for (size_t i = 0; i < procedure->step_count; i++) {
        const struct procedure_step *step = &procedure->steps[i];
        if (strcmp(step->event, event) == 0 && procedure_starts_here(&record->subject, step))
            return step;
    }
    return NULL;
}

static bool read_taking(struct asking *asking, const struct record *record, const json_t *body,
                        struct taking *out)
{
    static const struct law_text no_step = { "this step does not lead on from here",
                                             "現在の状態からは進められない段階です" };
    static const struct law_text voted = { "this step is taken by vote",
                                           "この段階は票決によります" };
    static const struct law_text passkey = { "this step needs a session opened by a passkey",
                                             "この段階にはパスキーによるサインインが必要です" };
    const char *event;
    if (!body_text(asking, body, "event", 63, &event) ||
        !body_text(asking, body, "reason", 1000, &out->reason))
        return false;
    out->step = find_step(record, event);
    if (!out->step || is_machines(out->step))
        return !refuse_as(asking, 409, "step", no_step);
    if (out->step->votes)
        return !refuse_as(asking, 409, "voted", voted);
    if (out->step->is_weighty && !asking->actor.has_passkey &&
        !asking->hub->settings.is_exercise)
        return !refuse_as(asking, 403, "passkey-wanted", passkey);
    out->facts_told = json_object_get(body, "facts");
    return facts_read(asking, record->subject.procedure, out->facts_told, &out->facts);
}

/* A step of two: the first proposes, the second, another person, takes it with him: the same.
 */
static bool find_proposal(struct change *change, const struct record *record,
                          struct taking *taking, struct error *err)
{
    struct database_rows *rows = database_ask(
        change->db,
        SQL("SELECT person, role, facts FROM proposal WHERE record = $1 AND event = $2"
            " AND version = $3 AND person <> $4",
            database_number(record->id), database_string(taking->step->event),
            database_number(record->version), database_number(change->person)),
        err);
    if (!rows)
        return false;
    enum database_step step = database_step(rows, err);
    if (step == DATABASE_ROW) {
        struct text to = text_over(taking->first_role, sizeof taking->first_role);
        taking->first = database_get_number(rows, 0);
        text_put(&to, database_get_text(rows, 1));
        char *facts = facts_text(taking);
        taking->is_other =
            !facts || !bytes_equal(database_get_text(rows, 2), bytes_of_string(facts));
        free(facts);
    }
    database_end(rows);
    return step != DATABASE_FAILED;
}

static bool holds_second(const struct asking *asking, const struct record *record,
                         const struct procedure_step *step)
{
    for (size_t i = 0; i < asking->actor.role_count; i++) {
        const struct access_role *role = &asking->actor.roles[i];
        if (holds(asking, role) &&
            procedure_is_role(&record->subject, step->second_role, role->id))
            return true;
    }
    return false;
}

static bool propose(struct asking *asking, struct change *change, const struct record *record,
                    const struct taking *taking, struct error *err)
{
    char *facts = facts_text(taking);
    bool is_kept =
        facts &&
        database_run(change->db,
                     SQL("INSERT INTO proposal (record, event, person, role, facts,"
                         " reason, version, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
                         " ON CONFLICT (record, event) DO UPDATE SET person = $3,"
                         " role = $4, facts = $5, reason = $6, version = $7, at = $8",
                         database_number(record->id), database_string(taking->step->event),
                         database_number(change->person), database_string(taking->role),
                         database_string(facts), database_string(taking->reason),
                         database_number(record->version), database_number(change->now_ns)),
                     NULL, err);
    free(facts);
    if (!is_kept)
        return change_give_up(change);
    return change_commit(change, err) &&
           answer(asking, 202,
                  json_pack("{s:s, s:s}", "event", taking->step->event, "waits_for",
                            taking->step->second_role));
}

static bool apply(struct asking *asking, struct change *change, struct record *record,
                  const struct taking *taking, struct error *err)
{
    struct law_ruling ruling;
    struct asking_actor actor = asking_name(change->person), first = asking_name(taking->first);
    bool is_of_two = taking->first != 0;
    struct procedure_event event =
        event_of(asking, record, taking->step, is_of_two ? &first : &actor,
                 is_of_two ? taking->first_role : taking->role);
    event.now_ns = change->now_ns;
    event.facts = taking->facts.at;
    event.fact_count = taking->facts.count;
    event.second_actor = is_of_two ? actor.text : NULL;
    event.second_role = is_of_two ? taking->step->second_role : NULL;
    const struct record_event what = { .event = &event,
                                       .facts = taking->facts_told,
                                       .reason = taking->reason,
                                       .person = is_of_two ? taking->first : change->person,
                                       .second = is_of_two ? change->person : 0 };
    if (!record_apply(change, record, &what, &ruling, err))
        return change_give_up(change);
    if (!ruling.is_allowed) {
        (void)change_give_up(change);
        return refuse_law(asking, 409, &ruling);
    }
    return change_commit(change, err) &&
           answer_version(asking, 200, record_json(asking, record), record->version);
}

static bool take(struct asking *asking, struct change *change, struct record *record,
                 const json_t *body, struct error *err)
{
    static const struct law_text other = { "the other proposed something else than that",
                                           "提案された内容と異なります" };
    struct taking taking = { 0 };
    struct law_ruling why;
    if (!read_taking(asking, record, body, &taking)) {
        (void)change_give_up(change);
        return true;
    }
    if (taking.step->second_role && !find_proposal(change, record, &taking, err))
        return change_give_up(change);
    if (taking.first != 0 && holds_second(asking, record, taking.step) && taking.is_other) {
        (void)change_give_up(change);
        return refuse_as(asking, 409, "other-facts", other);
    }
    if (taking.first != 0 && holds_second(asking, record, taking.step))
        return apply(asking, change, record, &taking, err);
    taking.first = 0;
    taking.role = record_role_for(asking, record, taking.step, &why);
    if (!taking.role) {
        (void)change_give_up(change);
        return refuse_law(asking, 403, &why);
    }
    return taking.step->second_role ? propose(asking, change, record, &taking, err)
                                    : apply(asking, change, record, &taking, err);
}

bool steps_take(struct asking *asking, struct error *err)
{
    struct change change;
    bool is_failed, is_done = true;
    json_t *body = asking_body(asking);
    if (!body)
        return true;
    if (!change_of(asking, &change, err)) {
        json_decref(body);
        return false;
    }
    struct record *record = record_of(asking, change.db, ACTION_STEP, &is_failed, err);
    if (!record) {
        (void)change_give_up(&change);
        is_done = !is_failed;
    } else if (!asking_matches_if_told(asking, record->version)) {
        (void)change_give_up(&change);
    } else if (!record_tick(&change, record, err)) {
        is_done = change_give_up(&change);
    } else {
        is_done = take(asking, &change, record, body, err);
    }
    record_free(record);
    json_decref(body);
    return is_done;
}
