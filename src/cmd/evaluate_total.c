// SPDX-License-Identifier: Apache-2.0
#include "cmd/evaluate_total.h"

static void add(struct share_score *sum, const struct share_score *share)
{
    sum->units += share->units;
    sum->detected += share->detected;
}

static struct share_score *family_of(struct evaluate_total *total, const char *name)
{
    for (size_t i = 0; i < total->family_count; i++) {
        if (strcmp(total->families[i].name, name) == 0)
            return &total->families[i].share;
    }
    bool is_full = total->family_count == EVALUATE_FAMILIES_MAX;
    struct evaluate_family *family =
        &total->families[is_full ? EVALUATE_FAMILIES_MAX - 1 : total->family_count++];
    struct text text = text_over(family->name, sizeof family->name);
    text_put_string(&text, name);
    return &family->share;
}

void evaluate_total_add(struct evaluate_total *total, const struct score_order *order,
                        const struct score *score)
{
    const struct exposure *exposure = &order->exposure;
    add(&total->all, &score->all);
    for (size_t kind = 0; kind < TRUTH_KINDS; kind++)
        add(&total->kinds[kind], &score->kinds[kind]);
    for (size_t i = 0; i < score->family_count; i++)
        add(family_of(total, score->families[i].name), &score->families[i].share);
    if (!order->labels && order->truth->rest != TRUTH_REST_BENIGN)
        return;
    double days = exposure->observed_s / 86400;
    total->wrong += score->alerts[TOLD_FALSE];
    total->flows += exposure->flows;
    total->line_days += days * (double)exposure->lines;
}

static double macro_recall(const struct evaluate_total *total)
{
    double sum = 0;
    for (size_t i = 0; i < total->family_count; i++) {
        const struct share_score *share = &total->families[i].share;
        sum += (double)share->detected / (double)share->units;
    }
    return total->family_count == 0 ? 0 : sum / (double)total->family_count;
}

json_t *evaluate_json_total(const struct evaluate_total *total)
{
    struct interval million = interval_of_rate(total->wrong, (double)total->flows / 1e6);
    struct interval day = interval_of_rate(total->wrong, total->line_days / 1e5);
    json_t *kinds = json_object(), *families = json_object();
    for (size_t kind = 0; kind < TRUTH_KINDS; kind++) {
        if (total->kinds[kind].units > 0)
            (void)json_object_set_new(kinds, truth_kind_name((enum truth_kind)kind),
                                      evaluate_json_share(&total->kinds[kind]));
    }
    for (size_t i = 0; i < total->family_count; i++)
        (void)json_object_set_new(families, total->families[i].name,
                                  evaluate_json_share(&total->families[i].share));
    return json_pack("{s:o, s:f, s:o, s:o, s:I, s:{s:I, s:f}, s:o, s:o}", "all",
                     evaluate_json_share(&total->all), "macro_recall", macro_recall(total),
                     "kinds", kinds, "families", families, "false", (json_int_t)total->wrong,
                     "exposure", "flows", (json_int_t)total->flows, "line_days",
                     total->line_days, "false_per_million_flows",
                     evaluate_json_interval(&million), "false_per_day_100k_lines",
                     evaluate_json_interval(&day));
}
