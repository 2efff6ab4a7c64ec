// SPDX-License-Identifier: Apache-2.0
/* Finding rows of a procedure. */
#include "procedure/guards_private.h"

const struct procedure *procedure_find(const struct procedure *procedures, size_t count,
                                       const char *id)
{
    const struct procedure *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (guards_is_same(procedures[i].id, id) &&
            (!found || procedures[i].version > found->version))
            found = &procedures[i];
    }
    return found;
}

const struct procedure *procedure_find_version(const struct procedure *procedures, size_t count,
                                               const char *id, unsigned version)
{
    for (size_t i = 0; i < count; i++) {
        if (guards_is_same(procedures[i].id, id) && procedures[i].version == version)
            return &procedures[i];
    }
    return NULL;
}

const struct procedure *procedure_find_current(const struct law *law, const char *id,
                                               int64_t now_ns)
{
    for (size_t i = 0; i < law->procedure_count; i++) {
        const struct procedure *procedure = &law->procedures[i];
        if (guards_is_same(procedure->id, id) && law_is_in_force(&procedure->force, now_ns))
            return procedure;
    }
    return NULL;
}

bool procedure_find_state(const struct procedure *procedure, const char *id, size_t *out)
{
    for (size_t i = 0; i < procedure->state_count; i++) {
        if (guards_is_same(procedure->states[i].id, id)) {
            *out = i;
            return true;
        }
    }
    return false;
}

const struct law_notice *
procedure_find_notice(const struct law *law, const struct procedure *procedure, const char *id)
{
    for (size_t i = 0; i < law->notice_count; i++) {
        if (guards_is_same(law->notices[i].id, id))
            return &law->notices[i];
    }
    for (size_t i = 0; i < procedure->step_count; i++) {
        const struct procedure_step *step = &procedure->steps[i];
        for (size_t j = 0; j < step->duty_count; j++) {
            if (guards_is_same(step->duties[j].id, id))
                return &step->duties[j];
        }
    }
    return NULL;
}

static bool needs(const struct procedure_step *step, const struct procedure_field *field)
{
    for (size_t i = 0; i < step->guard_count; i++) {
        if (guards_is_same(step->guards[i].fact, field->id) ||
            guards_is_same(step->guards[i].when, field->id))
            return true;
    }
    for (size_t i = 0; i < step->set_count; i++) {
        if (guards_is_same(step->sets[i].fact, field->id))
            return true;
    }
    return guards_is_required(field, step) || guards_rule_asks(step, field->id);
}

size_t procedure_needs(const struct procedure *procedure, const struct procedure_step *step,
                       const struct procedure_field *out[PROCEDURE_FIELDS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < procedure->field_count && count < PROCEDURE_FIELDS_MAX; i++) {
        if (needs(step, &procedure->fields[i]))
            out[count++] = &procedure->fields[i];
    }
    return count;
}
