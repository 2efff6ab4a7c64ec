// SPDX-License-Identifier: Apache-2.0
#include "law/procedures_private.h"

#include "law/law.h"
#include "procedure/procedure.h"

enum { WORDS_MAX = 1024, GUARDS_MAX = 16, SETS_MAX = PROCEDURE_CLOCKS_MAX };

#define WORD(key, type, field) \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, field, 1, WORDS_MAX)
#define WORD_OR_NONE(key, type, field)                                                    \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, field, 1, \
                           WORDS_MAX)
#define CLAIM(key, type, field) CYAML_FIELD_BOOL(key, CYAML_FLAG_OPTIONAL, type, field)
#define BOUND(key, type, field) \
    CYAML_FIELD_INT_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, field)
#define TEXT(key, type, field, flags) CYAML_FIELD_MAPPING(key, flags, type, field, text_fields)
#define LIST(key, type, list, entry, most)                                                   \
    CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, list.at, \
                               list.count, &(entry), 0, most)

/* As libcyaml fills them. */
struct file_words {
    char **at;
    unsigned count;
};

struct file_guard {
    struct procedure_guard row;
    int64_t *at_least, *at_most;
};

struct file_guards {
    struct file_guard *at;
    unsigned count;
};

struct file_sets {
    struct procedure_set *at;
    unsigned count;
};

struct file_step {
    struct procedure_step row;
    struct schema_days days;
    struct file_words from;
    struct file_guards guards;
    struct file_sets sets;
};

struct file_states {
    struct procedure_state *at;
    unsigned count;
};

struct file_steps {
    struct file_step *at;
    unsigned count;
};

struct file_procedure {
    struct procedure row;
    struct file_words bases, clocks;
    struct file_states states;
    struct file_steps steps;
};

static const cyaml_schema_field_t text_fields[] = {
    WORD("en", struct law_text, en),
    WORD("ja", struct law_text, ja),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t word_value = { CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *,
                                                                    1, WORDS_MAX) };

static const cyaml_strval_t rule_bits[] = {
    { "basis", 1 << PROCEDURE_RULE_BASIS },
    { "period", 1 << PROCEDURE_RULE_PERIOD },
    { "extension", 1 << PROCEDURE_RULE_EXTENSION },
    { "signers", 1 << PROCEDURE_RULE_SIGNERS },
    { "share", 1 << PROCEDURE_RULE_SHARE },
    { "items", 1 << PROCEDURE_RULE_ITEMS },
    { "retention", 1 << PROCEDURE_RULE_RETENTION },
    { "longer_retention", 1 << PROCEDURE_RULE_LONGER_RETENTION },
    { "handing", 1 << PROCEDURE_RULE_HANDING },
};

static const cyaml_schema_field_t state_fields[] = {
    WORD("id", struct procedure_state, id),
    TEXT("name", struct procedure_state, name, CYAML_FLAG_DEFAULT),
    CLAIM("is_end", struct procedure_state, is_end),
    CLAIM("has_feed", struct procedure_state, has_feed),
    CLAIM("has_use", struct procedure_state, has_use),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t guard_fields[] = {
    WORD_OR_NONE("fact", struct file_guard, row.fact),
    BOUND("at_least", struct file_guard, at_least),
    BOUND("at_most", struct file_guard, at_most),
    WORD_OR_NONE("when", struct file_guard, row.when),
    WORD_OR_NONE("told", struct file_guard, row.told),
    WORD_OR_NONE("before", struct file_guard, row.before),
    WORD_OR_NONE("after", struct file_guard, row.after),
    WORD_OR_NONE("article", struct file_guard, row.article),
    TEXT("words", struct file_guard, row.words, CYAML_FLAG_DEFAULT),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t set_fields[] = {
    WORD("clock", struct procedure_set, clock),
    WORD_OR_NONE("fact", struct procedure_set, fact),
    WORD_OR_NONE("word", struct procedure_set, word),
    CLAIM("clear", struct procedure_set, clear),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t state_value = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct procedure_state, state_fields) };
static const cyaml_schema_value_t guard_value = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct file_guard, guard_fields) };
static const cyaml_schema_value_t set_value = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct procedure_set, set_fields) };

static const cyaml_schema_field_t step_fields[] = {
    WORD("event", struct file_step, row.event),
    LIST("from", struct file_step, from, word_value, PROCEDURE_STATES_MAX),
    WORD("to", struct file_step, row.to),
    WORD_OR_NONE("role", struct file_step, row.role),
    WORD_OR_NONE("second_role", struct file_step, row.second_role),
    WORD_OR_NONE("at", struct file_step, row.at),
    WORD("article", struct file_step, row.article),
    WORD_OR_NONE("in_force_from", struct file_step, days.from),
    WORD_OR_NONE("in_force_to", struct file_step, days.to),
    CYAML_FIELD_FLAGS("rules", CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, struct file_step,
                      row.rules, rule_bits, sizeof rule_bits / sizeof *rule_bits),
    LIST("guards", struct file_step, guards, guard_value, GUARDS_MAX),
    LIST("sets", struct file_step, sets, set_value, SETS_MAX),
    WORD_OR_NONE("entry", struct file_step, row.entry),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t step_value = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct file_step, step_fields) };

static const cyaml_schema_field_t procedure_fields[] = {
    WORD("id", struct file_procedure, row.id),
    TEXT("name", struct file_procedure, row.name, CYAML_FLAG_DEFAULT),
    LIST("bases", struct file_procedure, bases, word_value, LAW_ROWS_MAX),
    LIST("clocks", struct file_procedure, clocks, word_value, PROCEDURE_CLOCKS_MAX),
    LIST("states", struct file_procedure, states, state_value, PROCEDURE_STATES_MAX),
    LIST("steps", struct file_procedure, steps, step_value, PROCEDURE_STEPS_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t procedure_value = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_POINTER, struct file_procedure, procedure_fields) };

static const char folder[] = "procedures/";

bool procedures_is_file(const char *name)
{
    return strncmp(name, folder, strlen(folder)) == 0;
}

static const char *const *keep_words(struct arena *keep, const struct file_words *file)
{
    const char **words = ARENA_NEW(keep, const char *, file->count);
    for (unsigned i = 0; i < file->count; i++)
        words[i] = reading_keep(keep, file->at[i]);
    return words;
}

static void keep_guards(struct arena *keep, const struct file_guards *file,
                        struct procedure_step *step)
{
    struct procedure_guard *guards = ARENA_NEW(keep, struct procedure_guard, file->count);
    for (unsigned i = 0; i < file->count; i++) {
        struct file_guard guard = file->at[i];
        reading_keep_strings(keep, guard_fields, (uint8_t *)&guard);
        guard.row.at_least = guard.at_least ? *guard.at_least : INT64_MIN;
        guard.row.at_most = guard.at_most ? *guard.at_most : INT64_MAX;
        guards[i] = guard.row;
    }
    step->guards = guards;
    step->guard_count = file->count;
}

static void keep_sets(struct arena *keep, const struct file_sets *file,
                      struct procedure_step *step)
{
    struct procedure_set *sets = ARENA_NEW(keep, struct procedure_set, file->count);
    for (unsigned i = 0; i < file->count; i++) {
        sets[i] = file->at[i];
        reading_keep_strings(keep, set_fields, (uint8_t *)&sets[i]);
    }
    step->sets = sets;
    step->set_count = file->count;
}

static bool keep_step(const struct reading *reading, const struct reading_row *where,
                      const struct file_step *file, struct procedure_step *out)
{
    struct file_step step = *file;
    reading_keep_strings(reading->keep, step_fields, (uint8_t *)&step);
    if (!reading_force(reading, where, &step.days, &step.row.force))
        return false;
    step.row.from = keep_words(reading->keep, &file->from);
    step.row.from_count = file->from.count;
    keep_guards(reading->keep, &file->guards, &step.row);
    keep_sets(reading->keep, &file->sets, &step.row);
    *out = step.row;
    return true;
}

static bool keep_procedure(const struct reading *reading, const char *name,
                           const struct file_procedure *file, struct procedure *out)
{
    struct arena *keep = reading->keep;
    struct file_procedure whole = *file;
    reading_keep_strings(keep, procedure_fields, (uint8_t *)&whole);
    struct procedure_state *states =
        ARENA_NEW(keep, struct procedure_state, file->states.count);
    struct procedure_step *steps = ARENA_NEW(keep, struct procedure_step, file->steps.count);
    for (unsigned i = 0; i < file->states.count; i++) {
        states[i] = file->states.at[i];
        reading_keep_strings(keep, state_fields, (uint8_t *)&states[i]);
    }
    for (unsigned i = 0; i < file->steps.count; i++) {
        const struct reading_row where = { name, i, "- event:" };
        if (!keep_step(reading, &where, &file->steps.at[i], &steps[i]))
            return false;
    }
    *out = (struct procedure){ .id = whole.row.id,
                               .name = whole.row.name,
                               .bases = keep_words(keep, &file->bases),
                               .basis_count = file->bases.count,
                               .clocks = keep_words(keep, &file->clocks),
                               .clock_count = file->clocks.count,
                               .states = states,
                               .state_count = file->states.count,
                               .steps = steps,
                               .step_count = file->steps.count };
    return true;
}

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0)
            return true;
    }
    return false;
}

static bool is_state(const struct procedure *procedure, const char *id)
{
    for (size_t i = 0; i < procedure->state_count; i++) {
        if (strcmp(procedure->states[i].id, id) == 0)
            return true;
    }
    return false;
}

static bool is_notice(const struct law *law, const char *id)
{
    for (size_t i = 0; i < law->notice_count; i++) {
        if (strcmp(law->notices[i].id, id) == 0)
            return true;
    }
    return false;
}

/* A step, while it is checked. */
struct checking {
    const struct reading *reading;
    const struct procedure *procedure;
    const struct procedure_step *step;
    struct reading_row where;
};

static bool refuse(const struct checking *checking, const char *words, const char *what)
{
    return reading_refuse(checking->reading, &checking->where, words, what);
}

static bool check_clock(const struct checking *checking, const char *clock)
{
    return !clock ||
           is_one_of(clock, checking->procedure->clocks, checking->procedure->clock_count) ||
           refuse(checking, "clocks: has no", clock);
}

static bool check_role(const struct checking *checking, const char *role)
{
    return !role || strcmp(role, "*") == 0 || law_find_role(checking->reading->law, role) ||
           refuse(checking, "roles.yaml has no", role);
}

static bool check_states(const struct checking *checking)
{
    const struct procedure_step *step = checking->step;
    for (size_t i = 0; i < step->from_count; i++) {
        if (strcmp(step->from[i], "*") != 0 && !is_state(checking->procedure, step->from[i]))
            return refuse(checking, "states: has no", step->from[i]);
    }
    if (step->from_count == 0)
        return refuse(checking, "a step needs from:", "");
    return strcmp(step->to, "same") == 0 || strcmp(step->to, "previous") == 0 ||
           is_state(checking->procedure, step->to) ||
           refuse(checking, "states: has no", step->to);
}

static bool check_guards(const struct checking *checking)
{
    for (size_t i = 0; i < checking->step->guard_count; i++) {
        const struct procedure_guard *guard = &checking->step->guards[i];
        if (!check_clock(checking, guard->before) || !check_clock(checking, guard->after))
            return false;
        if (guard->told && !is_notice(checking->reading->law, guard->told))
            return refuse(checking, "notices.yaml has no", guard->told);
        if (!guard->fact && !guard->told && !guard->before && !guard->after)
            return refuse(checking, "a guard asks for fact, told, before or after", "");
    }
    return true;
}

static bool check_sets(const struct checking *checking)
{
    for (size_t i = 0; i < checking->step->set_count; i++) {
        const struct procedure_set *set = &checking->step->sets[i];
        if (!check_clock(checking, set->clock))
            return false;
        if (set->word && !law_find_time_word(checking->reading->law, set->word))
            return refuse(checking, "time.yaml has no", set->word);
        if ((set->word != NULL) + (set->fact != NULL) + set->clear > 1)
            return refuse(checking, "a clock is set to one thing: fact, word or clear", "");
    }
    return true;
}

static bool check_step(const struct checking *checking)
{
    const struct procedure_step *step = checking->step;
    if (!step->at && !step->role)
        return refuse(checking, "a step needs role:, or at: a clock", "");
    if (step->at && (step->role || step->second_role || step->guard_count > 0 || step->rules))
        return refuse(checking, "a step that takes itself asks nobody and nothing", "");
    return check_states(checking) && check_role(checking, step->role) &&
           check_role(checking, step->second_role) && check_clock(checking, step->at) &&
           check_guards(checking) && check_sets(checking);
}

static bool check_procedure(const struct reading *reading, const char *name,
                            const struct procedure *procedure)
{
    struct reading_row top = { name, 0, "bases:" };
    if (procedure->state_count == 0)
        return reading_refuse(reading, &top, "a procedure needs states:", "");
    for (size_t i = 0; i < procedure->basis_count; i++) {
        if (!law_find_basis(reading->law, bytes_of_string(procedure->bases[i])))
            return reading_refuse(reading, &top, "bases.yaml has no", procedure->bases[i]);
    }
    for (size_t i = 0; i < procedure->step_count; i++) {
        const struct checking checking = { .reading = reading,
                                           .procedure = procedure,
                                           .step = &procedure->steps[i],
                                           .where = { name, i, "- event:" } };
        if (!check_step(&checking))
            return false;
    }
    return true;
}

static bool load_one(const struct reading *reading, const char *name, struct procedure *out)
{
    struct yaml_data data;
    if (!reading_load(reading, name, &procedure_value, &data))
        return false;
    bool is_good = keep_procedure(reading, name, data.at, out);
    yaml_text_free(&procedure_value, &data);
    return is_good && check_procedure(reading, name, out);
}

bool procedures_load(const struct reading *reading)
{
    const struct sources *sources = reading->sources;
    struct procedure *procedures = ARENA_NEW(reading->keep, struct procedure, sources->count);
    struct law *law = reading->law;
    for (size_t i = 0; i < sources->count; i++) {
        const char *name = sources->files[i].name;
        struct procedure *procedure = &procedures[law->procedure_count];
        if (!procedures_is_file(name))
            continue;
        if (!load_one(reading, name, procedure))
            return false;
        if (procedure_find(procedures, law->procedure_count, procedure->id))
            return reading_refuse(reading, &(struct reading_row){ name, 0, "id:" },
                                  "there is already a procedure with the id", procedure->id);
        law->procedure_count++;
    }
    law->procedures = procedures;
    return true;
}
