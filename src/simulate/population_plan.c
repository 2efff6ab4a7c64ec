// SPDX-License-Identifier: Apache-2.0
#include "simulate/population_private.h"

static bool is_word(struct bytes word, const char *name)
{
    size_t len = strlen(name);
    return word.len == len && memcmp(word.at, name, len) == 0;
}

static bool set_span(struct population_plan *plan, uint64_t number, int64_t unit_ns)
{
    if (number == 0 || number > (uint64_t)(366 * TIME_DAY_NS / unit_ns))
        return false;
    plan->span_ns = (int64_t)number * unit_ns;
    return true;
}

static bool set_lines(struct population_plan *plan, uint64_t number)
{
    if (number == 0 || number > POPULATION_LINES_MAX)
        return false;
    plan->lines = (uint32_t)number;
    return true;
}

static bool set_attack(struct population_plan *plan, struct bytes word, uint64_t number)
{
    bool is_all = is_word(word, "attacks");
    bool is_known = is_all;
    for (size_t i = 0; i < POPULATION_ATTACKS; i++) {
        if (!is_all && !is_word(word, population_attacks[i].name))
            continue;
        if (number > POPULATION_PLANTED_MAX)
            return false;
        plan->attacks[i] = (uint32_t)number;
        is_known = true;
    }
    return is_known;
}

static bool set(struct population_plan *plan, struct bytes word, uint64_t number)
{
    if (is_word(word, "seed")) {
        plan->seed = number;
        return true;
    }
    if (is_word(word, "lines"))
        return set_lines(plan, number);
    if (is_word(word, "hours"))
        return set_span(plan, number, 3600 * TIME_SECOND_NS);
    if (is_word(word, "days"))
        return set_span(plan, number, TIME_DAY_NS);
    return set_attack(plan, word, number);
}

/* What stands before the mark, taken off; all when there is none. */
static struct bytes take_until(struct bytes *left, char mark)
{
    const uint8_t *at = left->len > 0 ? memchr(left->at, mark, left->len) : NULL;
    size_t len = at != NULL ? (size_t)(at - left->at) : left->len;
    struct bytes taken = { left->at, len };
    size_t past = at != NULL ? len + 1 : len;
    *left = (struct bytes){ left->at + past, left->len - past };
    return taken;
}

bool population_read(struct bytes spec, struct population_plan *out)
{
    struct population_plan plan = *out;
    uint32_t planted = 0;
    while (spec.len > 0) {
        struct bytes number = take_until(&spec, ',');
        struct bytes word = take_until(&number, '=');
        uint64_t value = 0;
        if (!text_read_u64(number, UINT64_MAX, &value) || !set(&plan, word, value))
            return false;
    }
    for (size_t i = 0; i < POPULATION_ATTACKS; i++)
        planted += plan.attacks[i];
    if (planted > POPULATION_PLANTED_MAX)
        return false;
    *out = plan;
    return true;
}
