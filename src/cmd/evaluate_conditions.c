// SPDX-License-Identifier: Apache-2.0
#include "cmd/evaluate_conditions.h"

#include <stdarg.h>
#include <stdio.h>

struct maker {
    const struct evaluate_options *options;
    const struct evaluate_set *set;
    struct evaluate_conditions *out;
};

static struct evaluate_condition *begin(const struct maker *maker)
{
    struct evaluate_conditions *out = maker->out;
    bool is_full = out->count == EVALUATE_CONDITIONS_MAX;
    struct evaluate_condition *condition = &out->list[is_full ? out->count - 1 : out->count++];
    *condition = (struct evaluate_condition){ 0 };
    condition->reading.seed = condition->how.seed = maker->options->seed;
    condition->how.own_count = maker->set->own_count;
    memcpy(condition->how.own, maker->set->own, sizeof condition->how.own);
    return condition;
}

PRINTF(2, 3)
static void name(struct evaluate_condition *condition, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(condition->name, sizeof condition->name, format, arguments);
    va_end(arguments);
}

static void add_rates(const struct maker *maker)
{
    const struct evaluate_sweep *rates = &maker->options->sampling;
    for (size_t i = 0; i < rates->count; i++) {
        if (rates->values[i] < 2)
            continue; /* that is the whole */
        struct evaluate_condition *condition = begin(maker);
        name(condition, "sampled 1:%.0f", rates->values[i]);
        condition->reading.rate = condition->how.rate = (uint32_t)rates->values[i];
    }
}

static void add_sweeps(const struct maker *maker)
{
    const struct evaluate_options *options = maker->options;
    for (size_t i = 0; i < options->loss.count; i++) {
        struct evaluate_condition *condition = begin(maker);
        name(condition, "%.3g %% lost", options->loss.values[i]);
        condition->how.loss = options->loss.values[i] / 100;
    }
    for (size_t i = 0; i < options->active.count; i++) {
        struct evaluate_condition *condition = begin(maker);
        name(condition, "active timeout %.0f s", options->active.values[i]);
        condition->reading.active_ns = (int64_t)(options->active.values[i] * 1e9);
    }
    if (options->clock_error_s > 0) {
        struct evaluate_condition *condition = begin(maker);
        name(condition, "clocks off by up to %.0f s", options->clock_error_s);
        condition->how.clock_error_ns = (int64_t)(options->clock_error_s * 1e9);
    }
}

static void add_permutations(const struct maker *maker)
{
    const struct evaluate_options *options = maker->options;
    if (options->permutes || options->tests_leaks) {
        struct evaluate_condition *condition = begin(maker);
        name(condition, "addresses permuted");
        condition->how.permutes = condition->how.keeps_networks = true;
    }
    if (options->permutes_hosts) {
        struct evaluate_condition *condition = begin(maker);
        name(condition, "hosts permuted");
        condition->how.permutes = true;
    }
}

static void add_others(const struct maker *maker)
{
    const struct evaluate_options *options = maker->options;
    if (options->drops_ports || options->tests_leaks) {
        struct evaluate_condition *condition = begin(maker);
        name(condition, "ports dropped");
        condition->how.drops_ports = true;
    }
    if (options->shift_s > 0 || options->tests_leaks) {
        /* Not a whole number of days: the time of day is to go, too. */
        double shift_s = options->shift_s > 0 ? options->shift_s : 86400 * 100.37;
        struct evaluate_condition *condition = begin(maker);
        name(condition, "times shifted");
        condition->how.shift_ns = (int64_t)(shift_s * 1e9);
    }
    if (options->shuffles_files) {
        struct evaluate_condition *condition = begin(maker);
        name(condition, "files shuffled");
        condition->reading.is_shuffled = true;
    }
}

void evaluate_conditions_of(const struct evaluate_options *options,
                            const struct evaluate_set *set, struct evaluate_conditions *out)
{
    const struct maker maker = { options, set, out };
    out->count = 0;
    name(begin(&maker), "whole");
    add_rates(&maker);
    add_sweeps(&maker);
    add_permutations(&maker);
    add_others(&maker);
}
