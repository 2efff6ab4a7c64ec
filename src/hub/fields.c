// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "base/time.h"
#include "hub/people_private.h"
#include "hub/record_private.h"

static bool is_moment(enum procedure_field_kind kind)
{
    return kind == PROCEDURE_MOMENT || kind == PROCEDURE_DATE;
}

/* Numbers, yes and no, and moments in RFC 3339, as the engine's whole numbers. */
bool field_number(const struct procedure_field *field, const json_t *value, int64_t *out)
{
    if (is_moment(field->kind) && json_is_string(value))
        return time_read(bytes_of_string(json_string_value(value)), out);
    if (field->kind == PROCEDURE_YES_NO && json_is_boolean(value)) {
        *out = json_is_true(value);
        return true;
    }
    if ((field->kind == PROCEDURE_NUMBER || field->kind == PROCEDURE_YES_NO) &&
        json_is_integer(value)) {
        *out = json_integer_value(value);
        return true;
    }
    return false;
}

static bool is_number(enum procedure_field_kind kind)
{
    return kind == PROCEDURE_NUMBER || kind == PROCEDURE_YES_NO || is_moment(kind);
}

/* Lists of texts come as one text, a line each, so that equal lists are equal octets. */
static json_t *as_lines(const json_t *list)
{
    char room[RECORD_NOTE_MAX];
    struct text to = text_over(room, sizeof room);
    const json_t *item;
    size_t index;
    json_array_foreach(list, index, item)
    {
        if (index > 0)
            text_put_char(&to, '\n');
        if (!json_is_string(item))
            return NULL;
        text_put(&to, (struct bytes){ (const uint8_t *)json_string_value(item),
                                      json_string_length(item) });
    }
    return to.cut ? NULL : json_stringn(room, to.len);
}

static struct procedure_value value_of(const struct procedure_field *field, const json_t *value)
{
    struct procedure_value out = { .field = field->id, .kind = field->kind };
    if (is_number(field->kind))
        (void)!field_number(field, value, &out.number);
    else
        out.text = json_string_value(value);
    return out;
}

void fields_bind(struct record *record)
{
    const struct procedure *procedure = record->subject.procedure;
    record->value_count = 0;
    for (size_t i = 0; i < procedure->field_count; i++) {
        const struct procedure_field *field = &procedure->fields[i];
        const json_t *value = json_object_get(record->fields, field->id);
        if (value && !field->is_told && record->value_count < PROCEDURE_FIELDS_MAX)
            record->values[record->value_count++] = value_of(field, value);
    }
}

static json_t *fault_json(const char *field, struct law_text words)
{
    return json_pack("{s:s, s:s, s:s}", "field", field, "message", words.en, "message_ja",
                     words.ja);
}

static bool refuse_faults(struct asking *asking, json_t *faults)
{
    asking->status = 400;
    http_refuse(asking->reply,
                &(struct http_problem){ .status = 400,
                                        .type = "field",
                                        .title = "something is wrong with what was filled in",
                                        .title_ja = "入力内容に誤りがあります",
                                        .more = json_pack("{s:o}", "errors", faults) });
    return true;
}

/* One value into the record's fields, in the form they are kept; NULL: no such value. */
static json_t *kept_form(const struct procedure_field *field, const json_t *given)
{
    int64_t number;
    if (json_is_array(given))
        return is_number(field->kind) ? NULL : as_lines(given);
    if (is_number(field->kind)) {
        if (!field_number(field, given, &number))
            return NULL;
        return field->kind == PROCEDURE_YES_NO ? json_boolean(number != 0)
               : is_moment(field->kind)        ? json_time(number)
                                               : json_integer(number);
    }
    return json_is_string(given) ? json_copy((json_t *)(uintptr_t)given) : NULL;
}

static void merge_one(struct record *record, const char *name, const json_t *given,
                      json_t *faults)
{
    static const struct law_text unknown = { "this procedure has no such field",
                                             "この手続にはない項目です" };
    static const struct law_text bad = { "this value does not fit the field",
                                         "項目の形式に合わない値です" };
    const struct procedure_field *field = procedure_find_field(record->subject.procedure, name);
    if (!field || field->is_told) {
        json_array_append_new(faults, fault_json(name, unknown));
        return;
    }
    if (json_is_null(given)) {
        json_object_del(record->fields, name);
        return;
    }
    json_t *kept = kept_form(field, given);
    if (kept)
        json_object_set_new(record->fields, name, kept);
    else
        json_array_append_new(faults, fault_json(name, bad));
}

/* Whom it is of, and whom it newly names. */
static bool find_strangers(struct asking *asking, const struct record *record,
                           const json_t *given, json_t *faults, struct error *err)
{
    bool is_known;
    if (!organisation_exists(asking, record->organisation, &is_known, err))
        return false;
    if (!is_known)
        json_array_append_new(faults, fault_json("organisation", organisation_unknown));
    for (size_t i = 0; i < record->value_count; i++) {
        const struct procedure_value *value = &record->values[i];
        uint64_t id;
        if (value->kind != PROCEDURE_ORGANISATION || !json_object_get(given, value->field))
            continue;
        if (!text_read_u64(bytes_of_string(value->text), INT64_MAX, &id))
            id = 0;
        if (!organisation_exists(asking, (int64_t)id, &is_known, err))
            return false;
        if (!is_known)
            json_array_append_new(faults, fault_json(value->field, organisation_unknown));
    }
    return true;
}

bool fields_merge(struct asking *asking, struct record *record, const json_t *given,
                  bool *is_refused, struct error *err)
{
    struct procedure_fault found[PROCEDURE_FAULTS_MAX];
    json_t *faults = json_array(), *value;
    const char *name;
    json_object_foreach((json_t *)(uintptr_t)given, name, value)
        merge_one(record, name, value, faults);
    fields_bind(record);
    size_t count = procedure_check(record->subject.procedure, NULL, record->values,
                                   record->value_count, found);
    for (size_t i = 0; i < count && i < PROCEDURE_FAULTS_MAX; i++)
        json_array_append_new(faults, fault_json(found[i].field, found[i].words));
    if (!find_strangers(asking, record, given, faults, err)) {
        json_decref(faults);
        return false;
    }
    *is_refused = json_array_size(faults) > 0;
    if (*is_refused)
        return refuse_faults(asking, faults);
    json_decref(faults);
    return true;
}

/* What only the hub itself may say: how a vote went, what a sensor did. */
static bool is_ours(const char *name)
{
    static const char *const ours[] = { "signers", "quorum", "majority", "reasons",
                                        "conforms" };
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (strcmp(name, ours[i]) == 0)
            return true;
    }
    return false;
}

static bool read_fact(const struct procedure_field *field, const json_t *given,
                      struct procedure_fact *out)
{
    *out = (struct procedure_fact){ .name = field->id };
    if (is_number(field->kind))
        return field_number(field, given, &out->number);
    out->word = json_string_value(given);
    return out->word != NULL;
}

bool facts_read(struct asking *asking, const struct procedure *procedure, const json_t *given,
                struct facts *out)
{
    static const struct law_text unknown = { "nothing of that name is told with a step",
                                             "この段階で示す項目ではありません" };
    static const struct law_text bad = { "this value does not fit", "形式に合わない値です" };
    const char *name;
    json_t *value;
    out->count = 0;
    json_object_foreach((json_t *)(uintptr_t)given, name, value)
    {
        const struct procedure_field *field = procedure_find_field(procedure, name);
        if (!field || !field->is_told || is_ours(name) || out->count == PROCEDURE_FACTS_MAX)
            return !refuse_field(asking, name, unknown);
        if (json_is_null(value))
            continue;
        if (!read_fact(field, value, &out->at[out->count]))
            return !refuse_field(asking, name, bad);
        out->count++;
    }
    return true;
}
