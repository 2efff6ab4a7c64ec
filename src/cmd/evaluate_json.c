// SPDX-License-Identifier: Apache-2.0
#include "cmd/evaluate_json.h"

#include <math.h>

#include "base/time.h"
#include "base/utf8.h"

static json_t *json_of_text(const struct text *text)
{
    char room[1024];
    struct text clean = text_over(room, sizeof room);
    utf8_put_clean(&clean, text_bytes(text));
    return json_stringn(clean.at, clean.len);
}

static json_t *json_of_number(double number)
{
    return isfinite(number) ? json_real(number) : json_null();
}

static json_t *json_of_count(uint64_t count)
{
    return json_integer(count > INT64_MAX ? INT64_MAX : (json_int_t)count);
}

json_t *evaluate_json_interval(const struct interval *interval)
{
    return json_pack("{s:o, s:o, s:o}", "value", json_of_number(interval->value), "low",
                     json_of_number(interval->low), "high", json_of_number(interval->high));
}

json_t *evaluate_json_share(const struct share_score *share)
{
    struct interval interval = interval_of_share(share->detected, share->units);
    return json_pack("{s:o, s:o, s:o}", "detected", json_of_count(share->detected), "units",
                     json_of_count(share->units), "recall", evaluate_json_interval(&interval));
}

json_t *evaluate_json_exposure(const struct exposure *exposure)
{
    double days = exposure->observed_s / 86400;
    return json_pack("{s:o, s:o, s:o}", "flows", json_of_count(exposure->flows), "lines",
                     json_of_count(exposure->lines), "days", json_of_number(days));
}

static json_t *json_of_unit(const struct truth_unit *unit, const struct unit_score *score)
{
    char room[512];
    struct text text = text_over(room, sizeof room);
    truth_write_unit(unit, &text);
    bool is_detected = score->match == MATCH_RIGHT;
    double seconds = ((double)score->alert_ns - (double)score->visible_ns) / 1e9;
    json_t *object = json_pack(
        "{s:s, s:o, s:s, s:s, s:s, s:b, s:i, s:i}", "kind", truth_kind_name(unit->kind), "unit",
        json_of_text(&text), "family", unit->family, "origin", unit->origin, "match",
        truth_match_name(score->match), "visible", score->is_visible, "rank", (int)score->rank,
        "rank_in_kind", (int)score->rank_in_kind);
    if (object && is_detected && score->is_visible)
        (void)json_object_set_new(object, "seconds", json_of_number(seconds > 0 ? seconds : 0));
    return object;
}

static json_t *json_of_time(const struct survival *time)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "visible", json_of_count(time->spells),
                     "detected", json_of_count(time->detected), "median_s",
                     time->has_median ? json_of_number(time->median_s) : json_null(), "p90_s",
                     time->has_p90 ? json_of_number(time->p90_s) : json_null(), "never_share",
                     json_of_number(time->never_share));
}

static json_t *json_of_precision(const struct score *score)
{
    json_t *list = json_array();
    for (size_t cut = 0; cut < SCORE_CUTS; cut++) {
        const struct precision *precision = &score->precision[cut];
        struct interval share = interval_of_share(precision->right, precision->known);
        (void)json_array_append_new(
            list, json_pack("{s:I, s:I, s:I, s:I, s:o}", "k", (json_int_t)score_cuts[cut],
                            "listed", (json_int_t)precision->listed, "known",
                            (json_int_t)precision->known, "right", (json_int_t)precision->right,
                            "precision", evaluate_json_interval(&share)));
    }
    return list;
}

static json_t *json_of_alerts(const struct score *score)
{
    json_t *object = json_object();
    for (size_t class = 0; class < TOLD_CLASSES; class ++)
        (void)json_object_set_new(object, score_class_name((enum told_class) class),
                                  json_of_count(score->alerts[class]));
    return object;
}

static json_t *json_of_kinds(const struct score *score)
{
    json_t *object = json_object();
    for (size_t kind = 0; kind < TRUTH_KINDS; kind++) {
        if (score->kinds[kind].units > 0)
            (void)json_object_set_new(object, truth_kind_name((enum truth_kind)kind),
                                      evaluate_json_share(&score->kinds[kind]));
    }
    return object;
}

static json_t *json_of_families(const struct score *score)
{
    json_t *object = json_object();
    for (size_t i = 0; i < score->family_count; i++)
        (void)json_object_set_new(object, score->families[i].name,
                                  evaluate_json_share(&score->families[i].share));
    return object;
}

/* Every alert that is not true, so that a person can look at it. */
static json_t *json_of_others(const struct score_order *order)
{
    enum { SHOWN_MAX = 64 };
    json_t *list = json_array();
    for (size_t i = 0; i < order->told_count && json_array_size(list) < SHOWN_MAX; i++) {
        const struct told *told = &order->told[i];
        enum told_class class = score_class(order, told);
        char room[512];
        struct text text = text_over(room, sizeof room);
        if (class == TOLD_TRUE)
            continue;
        if (told->name.len > 0)
            text_put(&text, fact_name_bytes(&told->name));
        else
            ip_write(&told->ranked.unit, &text);
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:i, s:o, s:I}", "class", score_class_name(class),
                            "kind", finding_kind_name(told->ranked.kind), "unit",
                            json_of_text(&text), "port", (int)told->ranked.port, "score",
                            json_of_number(told->ranked.score), "rank", (json_int_t)i + 1));
    }
    return list;
}

json_t *evaluate_json_score(const struct score_order *order, const struct score *score)
{
    bool is_known = order->labels || order->truth->rest == TRUTH_REST_BENIGN;
    json_t *object = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "all",
        evaluate_json_share(&score->all), "kinds", json_of_kinds(score), "families",
        json_of_families(score), "macro_recall", json_of_number(score->macro_recall), "near",
        json_of_count(score->near), "invisible", json_of_count(score->invisible), "alerts",
        json_of_alerts(score), "precision", json_of_precision(score), "time",
        json_of_time(&score->time), "lines_revealed", json_of_count(score->lines_revealed));
    if (!object)
        return NULL;
    (void)json_object_set_new(object, "false_per_million_flows",
                              is_known ? evaluate_json_interval(&score->false_per_million)
                                       : json_null());
    (void)json_object_set_new(object, "false_per_day_100k_lines",
                              is_known ? evaluate_json_interval(&score->false_per_day)
                                       : json_null());
    json_t *units = json_array();
    for (size_t i = 0; i < order->truth->count; i++)
        (void)json_array_append_new(units,
                                    json_of_unit(&order->truth->units[i], &score->units[i]));
    (void)json_object_set_new(object, "units", units);
    (void)json_object_set_new(object, "other_alerts", json_of_others(order));
    return object;
}

json_t *evaluate_json_brief(const struct score_order *order)
{
    static struct score score;
    score_run(order, &score);
    return json_pack("{s:o, s:o, s:o, s:o}", "all", evaluate_json_share(&score.all), "kinds",
                     json_of_kinds(&score), "alerts", json_of_alerts(&score), "precision",
                     json_of_precision(&score));
}

static uint32_t best_rank(const struct score_order *order)
{
    static struct score score;
    uint32_t best = 0;
    score_run(order, &score);
    for (size_t i = 0; i < order->truth->count; i++) {
        if (score.units[i].rank > 0 && (best == 0 || score.units[i].rank < best))
            best = score.units[i].rank;
    }
    return best;
}

json_t *evaluate_json_baseline(const struct score_order *order, const struct told *ranked,
                               size_t count, const struct baseline_kind *kind)
{
    static struct told alerts[SCORE_TOLD_MAX];
    size_t alert_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (ranked[i].ranked.is_alert)
            alerts[alert_count++] = ranked[i];
    }
    struct score_order own = *order, first = *order, all = *order;
    own.told = alerts;
    own.told_count = alert_count;
    first.told = all.told = ranked;
    first.told_count = order->told_count < count ? order->told_count : count;
    all.told_count = count;
    return json_pack("{s:s, s:s, s:I, s:o, s:o, s:i}", "name", kind->name, "source",
                     kind->source, "ranked", (json_int_t)count, "by_threshold",
                     evaluate_json_brief(&own), "by_our_count", evaluate_json_brief(&first),
                     "best_rank", (int)best_rank(&all));
}

json_t *evaluate_json_set(const struct evaluate_set *set)
{
    char room[2 * EVALUATE_SPLIT_OCTETS + 1];
    struct text split = text_over(room, sizeof room);
    text_put_hex(&split, (struct bytes){ set->split, sizeof set->split });
    json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:b}", "name", set->name,
                               "family", set->family, "origin", set->origin, "split", room,
                               "captures", (json_int_t)set->capture_count, "rest",
                               set->truth.rest == TRUTH_REST_BENIGN ? "benign" : "unknown",
                               "labels", set->has_labels);
    if (object && set->note)
        (void)json_object_set_new(object, "note", json_string(set->note));
    if (object && set->missing)
        (void)json_object_set_new(object, "missing", json_string(set->missing));
    return object;
}
