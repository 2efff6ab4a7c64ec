// SPDX-License-Identifier: Apache-2.0
#include "law/procedures_private.h"

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
        reading_keep_strings(keep, procedures_schema_guard, (uint8_t *)&guard);
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
        reading_keep_strings(keep, procedures_schema_set, (uint8_t *)&sets[i]);
    }
    step->sets = sets;
    step->set_count = file->count;
}

static struct law_text keep_text(struct arena *keep, const struct law_text *file)
{
    if (!file)
        return (struct law_text){ NULL, NULL };
    return (struct law_text){ reading_keep(keep, file->en), reading_keep(keep, file->ja) };
}

static const struct procedure_votes *keep_votes(struct arena *keep,
                                                const struct file_votes *file)
{
    if (!file)
        return NULL;
    struct file_votes votes = *file;
    struct procedure_votes *out = ARENA_NEW(keep, struct procedure_votes, 1);
    reading_keep_strings(keep, procedures_schema_votes, (uint8_t *)&votes);
    votes.row.excludes = keep_words(keep, &file->excludes);
    votes.row.exclude_count = file->excludes.count;
    *out = votes.row;
    return out;
}

/* A step's own duties are no law's: they hold whenever the step is taken. */
static void keep_duties(struct arena *keep, const struct file_duties *file,
                        struct procedure_step *step)
{
    struct law_notice *duties = ARENA_NEW(keep, struct law_notice, file->count);
    for (unsigned i = 0; i < file->count; i++) {
        duties[i] = file->at[i];
        reading_keep_strings(keep, procedures_schema_duty, (uint8_t *)&duties[i]);
        duties[i].event = "";
        duties[i].force = (struct law_force){ INT64_MIN, INT64_MAX };
    }
    step->duties = duties;
    step->duty_count = file->count;
}

static void keep_echoes(struct arena *keep, const struct file_echoes *file,
                        struct procedure_step *step)
{
    struct procedure_echo *echoes = ARENA_NEW(keep, struct procedure_echo, file->count);
    for (unsigned i = 0; i < file->count; i++) {
        echoes[i] = file->at[i];
        reading_keep_strings(keep, procedures_schema_echo, (uint8_t *)&echoes[i]);
    }
    step->echoes = echoes;
    step->echo_count = file->count;
}

static void keep_choices(struct arena *keep, const struct file_choices *file,
                         struct procedure_field *field)
{
    struct procedure_choice *choices = ARENA_NEW(keep, struct procedure_choice, file->count);
    for (unsigned i = 0; i < file->count; i++) {
        choices[i] = file->at[i];
        reading_keep_strings(keep, procedures_schema_choice, (uint8_t *)&choices[i]);
    }
    field->choices = choices;
    field->choice_count = file->count;
}

enum { LINE_OCTETS = 1024, LINES_OCTETS = 64 << 10, ROWS_MAX = 1000 };

static bool is_of_rows(enum procedure_field_kind kind)
{
    return kind == PROCEDURE_TEXTS || kind == PROCEDURE_FINDINGS;
}

static bool is_long(enum procedure_field_kind kind)
{
    return is_of_rows(kind) || kind == PROCEDURE_LONG_TEXT || kind == PROCEDURE_SELECTORS;
}

/* Nothing is without bounds: where the file sets none, ours hold. */
static void keep_field(struct arena *keep, const struct file_field *file,
                       struct procedure_field *out)
{
    struct file_field field = *file;
    bool has_rows = is_of_rows(file->row.kind);
    reading_keep_strings(keep, procedures_schema_field, (uint8_t *)&field);
    keep_choices(keep, &file->choices, &field.row);
    field.row.help = keep_text(keep, file->help);
    field.row.required_at = keep_words(keep, &file->required_at);
    field.row.required_count = file->required_at.count;
    if (field.row.octets_max == 0)
        field.row.octets_max = is_long(file->row.kind) ? LINES_OCTETS : LINE_OCTETS;
    field.row.at_least = file->at_least ? *file->at_least : has_rows ? 0 : INT64_MIN;
    field.row.at_most = file->at_most ? *file->at_most : has_rows ? ROWS_MAX : INT64_MAX;
    *out = field.row;
}

static bool keep_step(const struct reading *reading, const struct reading_row *where,
                      const struct file_step *file, struct procedure_step *out)
{
    struct file_step step = *file;
    reading_keep_strings(reading->keep, procedures_schema_step, (uint8_t *)&step);
    if (!reading_force(reading, where, &step.days, &step.row.force))
        return false;
    step.row.from = keep_words(reading->keep, &file->from);
    step.row.from_count = file->from.count;
    keep_guards(reading->keep, &file->guards, &step.row);
    keep_sets(reading->keep, &file->sets, &step.row);
    keep_duties(reading->keep, &file->duties, &step.row);
    keep_echoes(reading->keep, &file->echoes, &step.row);
    step.row.other_roles = keep_words(reading->keep, &file->other_roles);
    step.row.other_role_count = file->other_roles.count;
    step.row.not_by = keep_words(reading->keep, &file->not_by);
    step.row.not_by_count = file->not_by.count;
    step.row.votes = keep_votes(reading->keep, file->votes);
    *out = step.row;
    return true;
}

/* Of a vote that is lost: the step it names is taken by the same vote, and by nobody else. */
static void join_votes(struct procedure_step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool has_lost = steps[i].votes && !steps[i].is_lost && steps[i].votes->lost;
        for (size_t j = 0; has_lost && j < count; j++) {
            if (steps[j].votes || strcmp(steps[j].event, steps[i].votes->lost) != 0)
                continue;
            steps[j].votes = steps[i].votes;
            steps[j].is_lost = true;
        }
    }
}

static bool keep_steps(const struct reading *reading, const char *name,
                       const struct file_steps *file, struct procedure *out)
{
    struct procedure_step *steps = ARENA_NEW(reading->keep, struct procedure_step, file->count);
    for (unsigned i = 0; i < file->count; i++) {
        const struct reading_row where = { name, i, "- event:" };
        if (!keep_step(reading, &where, &file->at[i], &steps[i]))
            return false;
    }
    join_votes(steps, file->count);
    out->steps = steps;
    out->step_count = file->count;
    return true;
}

static void keep_states(struct arena *keep, const struct file_states *file,
                        struct procedure *out)
{
    struct procedure_state *states = ARENA_NEW(keep, struct procedure_state, file->count);
    for (unsigned i = 0; i < file->count; i++) {
        states[i] = file->at[i];
        reading_keep_strings(keep, procedures_schema_state, (uint8_t *)&states[i]);
    }
    out->states = states;
    out->state_count = file->count;
}

static void keep_fields(struct arena *keep, const struct file_fields *file,
                        struct procedure *out)
{
    struct procedure_field *fields = ARENA_NEW(keep, struct procedure_field, file->count);
    for (unsigned i = 0; i < file->count; i++)
        keep_field(keep, &file->at[i], &fields[i]);
    out->fields = fields;
    out->field_count = file->count;
}

static bool keep_procedure(const struct reading *reading, const char *name,
                           const struct file_procedure *file, struct procedure *out)
{
    struct arena *keep = reading->keep;
    struct file_procedure whole = *file;
    const struct reading_row top = { name, 0, "id:" };
    reading_keep_strings(keep, procedures_schema_top, (uint8_t *)&whole);
    *out = whole.row;
    out->version = out->version ? out->version : 1;
    out->help = keep_text(keep, file->help);
    out->bases = keep_words(keep, &file->bases);
    out->basis_count = file->bases.count;
    out->clocks = keep_words(keep, &file->clocks);
    out->clock_count = file->clocks.count;
    keep_states(keep, &file->states, out);
    keep_fields(keep, &file->fields, out);
    return reading_force(reading, &top, &whole.days, &out->force) &&
           keep_steps(reading, name, &file->steps, out);
}

static bool load_one(const struct reading *reading, const char *name, struct procedure *out)
{
    struct yaml_data data;
    if (!reading_load(reading, name, &procedures_schema, &data))
        return false;
    bool is_good = keep_procedure(reading, name, data.at, out);
    yaml_text_free(&procedures_schema, &data);
    return is_good && procedures_check(reading, name, out);
}

bool procedures_load(const struct reading *reading)
{
    const struct sources *sources = reading->sources;
    struct procedure *procedures = ARENA_NEW(reading->keep, struct procedure, sources->count);
    struct law *law = reading->law;
    const char *names[SOURCES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < sources->count; i++) {
        const char *name = sources->files[i].name;
        struct procedure *procedure = &procedures[count];
        if (!procedures_is_file(name))
            continue;
        if (!load_one(reading, name, procedure))
            return false;
        names[count++] = name;
    }
    law->procedures = procedures;
    law->procedure_count = count;
    for (size_t i = 0; i < count; i++) {
        if (!procedures_check_together(reading, names[i], &procedures[i]))
            return false;
    }
    return true;
}
