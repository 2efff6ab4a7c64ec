// SPDX-License-Identifier: Apache-2.0
/* To steps in postfix order; what does not fit leaves the set as it was. */
#include "base/time.h"
#include "selector/terms_private.h"

struct steps {
    struct rule_set *set;
    bool is_full;
};

static void put(struct steps *steps, struct rule_step step)
{
    steps->is_full |= steps->set->step_count == RULE_STEPS_MAX;
    if (!steps->is_full)
        steps->set->steps[steps->set->step_count++] = step;
}

static void put_operator(struct steps *steps, enum rule_operator operation)
{
    put(steps, (struct rule_step){ .operation = (uint8_t)operation });
}

/* The set's name of a list, added when it has none. */
static uint16_t list_of(struct steps *steps, const char *name)
{
    struct rule_set *set = steps->set;
    for (uint16_t i = 0; i < set->list_count; i++) {
        if (strcmp(set->lists[i], name) == 0)
            return i;
    }
    steps->is_full |= set->list_count == RULE_LISTS_MAX;
    if (steps->is_full)
        return 0;
    struct text room = text_over(set->lists[set->list_count], LIST_NAME_MAX);
    text_put_string(&room, name);
    return (uint16_t)set->list_count++;
}

static void put_listed(struct steps *steps, const struct selector *selector,
                       const struct node *node)
{
    const struct subject_row *row = &selector_subjects[node->what];
    uint16_t list = list_of(steps, selector->lists[node->list]);
    bool has_one = false;
    for (uint8_t kind = 0; kind < INDICATOR_KINDS; kind++) {
        if (!(row->kinds >> kind & 1))
            continue;
        put(steps, (struct rule_step){ .operation = RULE_LISTED,
                                       .what = kind,
                                       .where = (uint8_t)row->where,
                                       .list = list });
        if (has_one)
            put_operator(steps, RULE_OR);
        has_one = true;
    }
}

static void put_field(struct steps *steps, const struct selector *selector,
                      const struct node *node)
{
    for (size_t i = 0; i < node->range_count; i++) {
        const struct range *range = &selector->ranges[node->range_first + i];
        put(steps, (struct rule_step){ .operation = RULE_FIELD,
                                       .what = node->what,
                                       .low = range->low,
                                       .high = range->high });
        if (i > 0)
            put_operator(steps, RULE_OR);
    }
}

static void put_test(struct steps *steps, const struct selector *selector,
                     const struct node *node)
{
    if (node->kind == NODE_LISTED)
        put_listed(steps, selector, node);
    else if (node->kind == NODE_FIELD)
        put_field(steps, selector, node);
    else
        put(steps, (struct rule_step){
                       .operation = RULE_BEHAVIOUR, .what = node->what, .low = node->score });
}

static void put_condition(struct steps *steps, const struct selector *selector)
{
    for (struct walk walk = walk_begin(selector); !walk_is_over(&walk); walk_on(&walk)) {
        const struct node *node = &selector->nodes[walk.at];
        bool is_left = !node_is_group(node) || walk.event == WALK_LEAVE;
        if (!node_is_group(node))
            put_test(steps, selector, node);
        if (is_left && node->is_negated)
            put_operator(steps, RULE_NOT);
        /* After each child but the first. */
        if (is_left && node->parent != NO_NODE &&
            selector->nodes[node->parent].first != walk.at)
            put_operator(steps,
                         selector->nodes[node->parent].kind == NODE_AND ? RULE_AND : RULE_OR);
    }
}

/* One's own network has every direction, and some that nobody knows. */
static void put_scope(struct steps *steps, uint32_t directions)
{
    bool has_one = false;
    if (directions == OWN_NETWORK)
        return;
    for (uint64_t i = 0; i < DIRECTIONS; i++) {
        if (!(directions >> i & 1))
            continue;
        put(steps, (struct rule_step){
                       .operation = RULE_FIELD, .what = RULE_DIRECTION, .low = i, .high = i });
        if (has_one)
            put_operator(steps, RULE_OR);
        has_one = true;
    }
    put_operator(steps, RULE_AND);
}

static struct rule rule_of(const struct selector *selector, const struct rule *head)
{
    struct rule rule = *head;
    struct selector_cost cost;
    selector_measure(selector, &cost);
    struct text name = text_over(rule.mandate.selector, sizeof rule.mandate.selector);
    text_put_string(&name, selector->name);
    rule.from_ns = selector->from_ns > head->from_ns ? selector->from_ns : head->from_ns;
    rule.to_ns = selector->to_ns < head->to_ns ? selector->to_ns : head->to_ns;
    rule.items = (uint16_t)cost.items_min;
    rule.kinds = cost.kinds;
    rule.sampling_max = selector->sampling_max;
    rule.servers_per_day_max = selector->servers_per_day;
    rule.retention_span_ns = (int64_t)selector->keep_days * TIME_DAY_NS;
    return rule;
}

bool selector_compile(const struct selector *selector, const struct rule *head,
                      struct rule_set *set)
{
    size_t step_count = set->step_count, list_count = set->list_count;
    struct steps steps = { .set = set, .is_full = set->rule_count == RULES_MAX };
    put_condition(&steps, selector);
    put_scope(&steps, selector->directions);
    if (steps.is_full) {
        set->step_count = step_count;
        set->list_count = list_count;
        return false;
    }
    struct rule *rule = &set->rules[set->rule_count++];
    *rule = rule_of(selector, head);
    rule->step_first = (uint16_t)step_count;
    rule->step_count = (uint16_t)(set->step_count - step_count);
    return true;
}
