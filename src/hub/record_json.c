// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "hub/record_private.h"
#include "hub/text_private.h"

static bool object_of(const struct asking *asking, const struct record *record,
                      struct access_object *out)
{
    struct error err = { 0 };
    struct compartment what = record_compartment(record);
    return compartment_of((struct asking *)(uintptr_t)asking, &what, out, &err);
}

static bool would(const struct asking *asking, const struct record *record,
                  enum access_action action)
{
    struct access_object object;
    return object_of(asking, record, &object) && asking_would(asking, action, &object);
}

/* He may change its fields, in the state that it is in. */
static bool is_editable(const struct asking *asking, const struct record *record)
{
    return procedure_state(&record->subject)->is_editable &&
           would(asking, record, ACTION_CHANGE);
}

/* Values whose handling the asker may not see are named, with their handling, and not shown. */
json_t *record_fields_json(const struct asking *asking, const struct record *record)
{
    struct access_object object;
    json_t *out = json_object();
    if (!object_of(asking, record, &object))
        return out;
    for (size_t i = 0; i < record->value_count; i++) {
        const char *name = record->values[i].field;
        const struct procedure_field *field =
            procedure_find_field(record->subject.procedure, name);
        bool is_shown = !field->handling ||
                        access_judge_field(
                            asking->hub->settings.law, &asking->actor, &object, field->handling,
                            (struct access_use){ asking->purpose, asking->now_ns })
                            .is_allowed;
        json_object_set_new(out, name,
                            is_shown ? json_incref(json_object_get(record->fields, name))
                                     : json_pack("{s:s}", "withheld", field->handling));
    }
    return out;
}

bool record_shows_all(const struct asking *asking, const struct record *record)
{
    json_t *fields = record_fields_json(asking, record);
    bool is_shown = json_object_size(fields) == record->value_count;
    for (size_t i = 0; i < record->value_count; i++)
        is_shown &=
            !json_object_get(json_object_get(fields, record->values[i].field), "withheld");
    json_decref(fields);
    return is_shown;
}

static json_t *payload_json(const struct record *record)
{
    char hex[2 * HUB_DIGEST_OCTETS + 1];
    struct text to = text_over(hex, sizeof hex);
    if (!record->payload_type)
        return json_null();
    text_put_hex(&to, (struct bytes){ record->payload_digest, HUB_DIGEST_OCTETS });
    return json_pack("{s:s, s:s}", "type", record->payload_type, "digest", hex);
}

static json_t *deadline_json(const struct procedure_case *subject)
{
    int64_t first = procedure_next(subject);
    for (size_t i = 0; i < subject->duty_count; i++) {
        if (!subject->duties[i].is_met && subject->duties[i].due_ns < first)
            first = subject->duties[i].due_ns;
    }
    return first == INT64_MAX ? json_null() : json_time(first);
}

static json_t *duties_json(const struct asking *asking, const struct record *record)
{
    const struct procedure_case *subject = &record->subject;
    bool may_step = subject->duty_count > 0 && would(asking, record, ACTION_STEP);
    json_t *out = json_array();
    for (size_t i = 0; i < subject->duty_count; i++) {
        const struct procedure_duty *duty = &subject->duties[i];
        json_array_append_new(
            out,
            json_pack("{s:s, s:o, s:s, s:s, s:s, s:o, s:o, s:b}", "id", duty->notice->id,
                      "name", law_text_json(duty->notice->name), "from", duty->notice->from,
                      "to", duty->notice->to, "article", duty->notice->article, "due",
                      json_time(duty->due_ns), "met",
                      duty->is_met ? json_time(duty->met_ns) : json_null(), "may_tell",
                      may_step && !duty->is_met && duty_is_his(asking, record, duty->notice)));
    }
    return out;
}

json_t *record_json(const struct asking *asking, const struct record *record)
{
    const struct procedure_case *subject = &record->subject;
    const struct procedure_state *state = procedure_state(subject);
    json_t *out = json_pack("{s:s, s:s, s:I, s:s, s:s, s:o, s:b, s:s, s:o, s:s}", "id",
                            record->name, "procedure", subject->procedure->id, "version",
                            (json_int_t)record->version, "title", record->title, "state",
                            state->id, "state_name", law_text_json(state->name), "is_end",
                            state->is_end, "label", access_label_name(record->label),
                            "organisation", id_json(record->organisation), "sector",
                            sector_name(asking->hub->settings.law, record->sector));
    json_object_set_new(out, "basis",
                        subject->basis ? json_string(subject->basis->id) : json_null());
    json_object_set_new(out, "edition", json_integer(subject->procedure->version));
    json_object_set_new(out, "fields", record_fields_json(asking, record));
    json_object_set_new(out, "created", json_time(record->created_ns));
    json_object_set_new(out, "updated", json_time(record->updated_ns));
    json_object_set_new(out, "by", id_json(record->made_by));
    json_object_set_new(out, "deadline", deadline_json(subject));
    json_object_set_new(out, "duties", duties_json(asking, record));
    json_object_set_new(out, "payload", payload_json(record));
    json_object_set_new(out, "exercise", json_boolean(record->is_exercise));
    json_object_set_new(out, "is_editable", json_boolean(is_editable(asking, record)));
    return out;
}
