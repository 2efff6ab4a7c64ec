// SPDX-License-Identifier: Apache-2.0
#include "procedure/fields.h"

#include "base/ip.h"
#include "procedure/guards_private.h"

#define SAY(en, ja) ((struct law_text){ en, ja })

enum { ID_OCTETS_MAX = 64 };

static const struct {
    const char *name;
    bool is_number;
    bool is_list; /* one a line */
    bool has_lines;
    bool is_id;
} kinds[PROCEDURE_FIELD_KINDS] = {
    [PROCEDURE_TEXT] = { .name = "text" },
    [PROCEDURE_LONG_TEXT] = { .name = "long_text", .has_lines = true },
    [PROCEDURE_NUMBER] = { .name = "number", .is_number = true },
    [PROCEDURE_MOMENT] = { .name = "moment", .is_number = true },
    [PROCEDURE_DATE] = { .name = "date", .is_number = true },
    [PROCEDURE_CHOICE] = { .name = "choice" },
    [PROCEDURE_YES_NO] = { .name = "yes_no", .is_number = true },
    [PROCEDURE_DIGEST] = { .name = "digest" },
    [PROCEDURE_FINDING] = { .name = "finding", .is_id = true },
    [PROCEDURE_FINDINGS] = { .name = "findings", .is_list = true, .is_id = true },
    [PROCEDURE_RECORD] = { .name = "record", .is_id = true },
    [PROCEDURE_ORGANISATION] = { .name = "organisation", .is_id = true },
    [PROCEDURE_ADDRESS] = { .name = "address" },
    [PROCEDURE_SELECTORS] = { .name = "selectors", .has_lines = true },
    [PROCEDURE_TEXTS] = { .name = "texts", .is_list = true },
};

const char *procedure_field_kind_name(enum procedure_field_kind kind)
{
    return kinds[kind].name;
}

const struct procedure_field *procedure_find_field(const struct procedure *procedure,
                                                   const char *id)
{
    for (size_t i = 0; i < procedure->field_count; i++) {
        if (guards_is_same(procedure->fields[i].id, id))
            return &procedure->fields[i];
    }
    return NULL;
}

const struct procedure_value *procedure_find_value(const struct procedure_value *values,
                                                   size_t count, const char *field)
{
    for (size_t i = 0; i < count; i++) {
        if (guards_is_same(values[i].field, field))
            return &values[i];
    }
    return NULL;
}

bool procedure_is_empty(const struct procedure_value *value)
{
    return !kinds[value->kind].is_number && (!value->text || value->text[0] == '\0');
}

static bool is_choice(const struct procedure_field *field, const char *text)
{
    for (size_t i = 0; i < field->choice_count; i++) {
        if (guards_is_same(field->choices[i].id, text))
            return true;
    }
    return false;
}

static bool is_digest(struct bytes text)
{
    uint8_t digest[32];
    return text_read_hex(text, digest, sizeof digest);
}

static bool is_address(struct bytes text)
{
    struct ip_prefix prefix;
    return ip_prefix_read(text, &prefix);
}

static bool is_id(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.at[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '-' && c != '_')
            return false;
    }
    return text.len > 0 && text.len <= ID_OCTETS_MAX;
}

/* Controls have no place in what people read, but for the ends of lines. */
static bool has_controls(struct bytes text, bool may_have_lines)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.at[i];
        if (c == 0x7f || (c < ' ' && !(may_have_lines && (c == '\n' || c == '\t'))))
            return true;
    }
    return false;
}

/* The rows of a list: none is empty; how many. */
static bool count_rows(const struct procedure_field *field, struct bytes text, int64_t *out)
{
    for (*out = 0; text.len > 0; ++*out) {
        struct bytes row = bytes_slice(text, 0, bytes_find(text, '\n'));
        text = bytes_slice(text, row.len + 1, text.len);
        if (row.len == 0 || (kinds[field->kind].is_id && !is_id(row)))
            return false;
    }
    return true;
}

static struct law_text find_text_fault(const struct procedure_field *field, struct bytes text)
{
    int64_t rows = 1;
    bool is_list = kinds[field->kind].is_list;
    if (text.len > field->octets_max)
        return SAY("it is too long", "長すぎる");
    if (has_controls(text, kinds[field->kind].has_lines || is_list))
        return SAY("it has characters that cannot be shown", "表示できない文字がある");
    if (field->kind == PROCEDURE_CHOICE && !is_choice(field, (const char *)text.at))
        return SAY("it is none of the choices", "選択肢にない");
    if (field->kind == PROCEDURE_DIGEST && !is_digest(text))
        return SAY("it is no SHA-256 digest", "SHA-256のダイジェストでない");
    if (field->kind == PROCEDURE_ADDRESS && !is_address(text))
        return SAY("it is no address or network", "アドレス又はネットワークでない");
    if (is_list && !count_rows(field, text, &rows))
        return SAY("a row of the list is none", "一覧に不正な行がある");
    if (!is_list && kinds[field->kind].is_id && !is_id(text))
        return SAY("it is no identifier", "識別子でない");
    if (is_list && (rows < field->at_least || rows > field->at_most))
        return SAY("there are too few or too many", "数が範囲外である");
    return SAY(NULL, NULL);
}

static struct law_text find_number_fault(const struct procedure_field *field, int64_t number)
{
    if (field->kind == PROCEDURE_YES_NO && number != 0 && number != 1)
        return SAY("it is yes or no", "はい又はいいえで答える");
    if (number < field->at_least || number > field->at_most)
        return SAY("it is out of range", "範囲外である");
    return SAY(NULL, NULL);
}

static struct law_text find_fault(const struct procedure_field *field,
                                  const struct procedure_value *value)
{
    if (!field)
        return SAY("there is no such field", "その項目はない");
    if (field->is_told)
        return SAY("it is told with a step", "手続の際に示すものである");
    if (field->kind != value->kind)
        return SAY("it is of another type", "型が異なる");
    if (kinds[field->kind].is_number)
        return find_number_fault(field, value->number);
    if (procedure_is_empty(value))
        return SAY(NULL, NULL);
    return find_text_fault(field, bytes_of_string(value->text));
}

struct faults {
    struct procedure_fault *at;
    size_t count;
};

static void put_fault(struct faults *faults, const char *id,
                      const struct procedure_field *field, struct law_text words)
{
    if (faults->count < PROCEDURE_FAULTS_MAX)
        faults->at[faults->count] = (struct procedure_fault){
            .field = id, .name = field ? field->name : SAY(id, id), .words = words
        };
    faults->count++;
}

bool guards_is_required_at(const struct procedure_field *field, const char *event)
{
    for (size_t i = 0; i < field->required_count; i++) {
        if (guards_is_same(field->required_at[i], event))
            return true;
    }
    return false;
}

bool guards_is_required(const struct procedure_field *field, const struct procedure_step *step)
{
    for (size_t i = 0; i < step->echo_count; i++) {
        if (guards_is_same(step->echoes[i].field, field->id))
            return true;
    }
    return guards_is_required_at(field, step->event);
}

static void check_required(const struct procedure *procedure, const char *event,
                           const struct procedure_value *values, size_t count,
                           struct faults *faults)
{
    for (size_t i = 0; i < procedure->field_count; i++) {
        const struct procedure_field *field = &procedure->fields[i];
        const struct procedure_value *value = procedure_find_value(values, count, field->id);
        if (!field->is_told && guards_is_required_at(field, event) &&
            (!value || procedure_is_empty(value)))
            put_fault(faults, field->id, field, SAY("it is needed", "必要である"));
    }
}

size_t procedure_check(const struct procedure *procedure, const char *event,
                       const struct procedure_value *values, size_t count,
                       struct procedure_fault out[PROCEDURE_FAULTS_MAX])
{
    struct faults faults = { .at = out };
    for (size_t i = 0; i < count; i++) {
        const struct procedure_field *field = procedure_find_field(procedure, values[i].field);
        struct law_text words = find_fault(field, &values[i]);
        if (!words.en && procedure_find_value(values, i, values[i].field))
            words = SAY("it is given twice", "重複している");
        if (words.en)
            put_fault(&faults, values[i].field, field, words);
    }
    if (event)
        check_required(procedure, event, values, count, &faults);
    return faults.count;
}
