// SPDX-License-Identifier: Apache-2.0
#include "model/rule.h"

#include "base/must.h"

const char *rule_field_name(enum rule_field field)
{
    static const char *const names[RULE_FIELDS] = {
        [RULE_SERVER_PORT] = "server-port", [RULE_PROTOCOL] = "proto",
        [RULE_PACKETS] = "packets",         [RULE_OCTETS] = "octets",
        [RULE_OCTETS_OUT] = "octets-out",   [RULE_OCTETS_IN] = "octets-in",
        [RULE_DURATION_MS] = "duration",    [RULE_TCP_STATE] = "tcp",
        [RULE_TLS_VERSION] = "tls-version", [RULE_DIRECTION] = "direction",
    };
    MUST(field < RULE_FIELDS);
    return names[field];
}

void rule_set_any(struct rule_set *set, const struct mandate *mandate)
{
    memset(set, 0, sizeof *set);
    struct rule_step *step = set->steps;
    *step++ = (struct rule_step){ .operation = RULE_LISTED,
                                  .what = RULE_ANY_KIND,
                                  .list = RULE_ANY_LIST };
    for (uint8_t i = 0; i < BEHAVIOURS; i++) {
        *step++ = (struct rule_step){ .operation = RULE_BEHAVIOUR, .what = i };
        *step++ = (struct rule_step){ .operation = RULE_OR };
    }
    set->step_count = (size_t)(step - set->steps);
    set->rule_count = 1;
    set->rules[0] = (struct rule){ .mandate = *mandate,
                                   .from_ns = INT64_MIN,
                                   .to_ns = INT64_MAX,
                                   .step_count = (uint16_t)set->step_count };
}

static bool ends(const char *text, size_t max)
{
    return memchr(text, '\0', max) != NULL;
}

static bool has_names(const struct mandate *mandate)
{
    return mandate->basis < BASES && ends(mandate->basis_name, BASIS_NAME_MAX) &&
           ends(mandate->warrant, WARRANT_SERIAL_MAX) &&
           ends(mandate->selector, SELECTOR_NAME_MAX);
}

static bool is_step_sound(const struct rule_set *set, const struct rule_step *step)
{
    switch (step->operation) {
    case RULE_AND:
    case RULE_OR:
    case RULE_NOT: return true;
    case RULE_LISTED:
        return (step->list == RULE_ANY_LIST || step->list < set->list_count) &&
               (step->what == RULE_ANY_KIND || step->what < INDICATOR_KINDS) &&
               step->where < RULE_WHERES;
    case RULE_BEHAVIOUR: return step->what < BEHAVIOURS;
    case RULE_FIELD: return step->what < RULE_FIELDS;
    default: return false;
    }
}

/* How deep the stack is after the step; below 1 it has fallen short. */
static int depth_after(const struct rule_step *step, int depth)
{
    switch (step->operation) {
    case RULE_AND:
    case RULE_OR: return depth - 1;
    case RULE_NOT: return depth;
    default: return depth + 1;
    }
}

static bool is_rule_sound(const struct rule_set *set, const struct rule *rule)
{
    int depth = 0;
    if (!has_names(&rule->mandate) || rule->step_first > set->step_count ||
        rule->step_count > set->step_count - rule->step_first)
        return false;
    for (size_t i = 0; i < rule->step_count; i++) {
        const struct rule_step *step = &set->steps[rule->step_first + i];
        depth = depth_after(step, depth);
        if (!is_step_sound(set, step) || depth < 1 || depth > RULE_DEPTH_MAX)
            return false;
    }
    return depth == 1;
}

bool rule_set_is_sound(const struct rule_set *set)
{
    if (set->rule_count > RULES_MAX || set->step_count > RULE_STEPS_MAX ||
        set->list_count > RULE_LISTS_MAX)
        return false;
    for (size_t i = 0; i < set->list_count; i++) {
        if (!ends(set->lists[i], LIST_NAME_MAX))
            return false;
    }
    for (size_t i = 0; i < set->rule_count; i++) {
        if (!is_rule_sound(set, &set->rules[i]))
            return false;
    }
    return true;
}

bool rule_set_is_live(const struct rule_set *set, int64_t time_ns)
{
    for (size_t i = 0; i < set->rule_count; i++) {
        if (set->rules[i].from_ns <= time_ns && time_ns < set->rules[i].to_ns)
            return true;
    }
    return false;
}

int64_t rule_set_boundary_after(const struct rule_set *set, int64_t time_ns)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < set->rule_count; i++) {
        const int64_t ends[] = { set->rules[i].from_ns, set->rules[i].to_ns };
        for (size_t k = 0; k < 2; k++)
            next = ends[k] > time_ns && ends[k] < next ? ends[k] : next;
    }
    return next;
}

bool rule_set_drop_ended(struct rule_set *set, int64_t time_ns)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->rule_count; i++) {
        if (set->rules[i].to_ns > time_ns)
            set->rules[kept++] = set->rules[i];
    }
    bool has_dropped = kept < set->rule_count;
    set->rule_count = kept;
    return has_dropped;
}
