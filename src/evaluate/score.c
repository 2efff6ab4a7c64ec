// SPDX-License-Identifier: Apache-2.0
#include "evaluate/score.h"

#include "evaluate/sort.h"

const size_t score_cuts[SCORE_CUTS] = { 10, 50, 100 };

const char *score_class_name(enum told_class class)
{
    static const char *const names[] = { "true", "near", "false", "unknown" };
    return names[class];
}

/* Of what no unit of the truth speaks. */
static enum told_class class_of_rest(const struct score_order *order, const struct told *told)
{
    bool is_of_name = told->name.len > 0;
    enum label label = order->labels && !is_of_name
                           ? labels_of(order->labels, &told->ranked.unit)
                           : LABEL_NONE;
    switch (label) {
    case LABEL_MALICIOUS: return TOLD_NEAR;
    case LABEL_BENIGN: return TOLD_FALSE;
    case LABEL_BACKGROUND: return TOLD_UNKNOWN;
    case LABEL_NONE:
    case LABELS: break;
    }
    return order->truth->rest == TRUTH_REST_BENIGN ? TOLD_FALSE : TOLD_UNKNOWN;
}

static enum truth_match best_match(const struct truth *truth, const struct told *told)
{
    enum truth_match best = MATCH_NONE;
    for (size_t i = 0; i < truth->count && best < MATCH_RIGHT; i++) {
        enum truth_match match = truth_match(&truth->units[i], told);
        best = match > best ? match : best;
    }
    return best;
}

enum told_class score_class(const struct score_order *order, const struct told *told)
{
    switch (best_match(order->truth, told)) {
    case MATCH_RIGHT: return TOLD_TRUE;
    case MATCH_NEAR: return TOLD_NEAR;
    case MATCH_LINE:
    case MATCH_NONE: break;
    }
    return class_of_rest(order, told);
}

/* An alert in which a line only takes part detects that line unless it is false. */
static bool detects(const struct score_order *order, const struct truth_unit *unit,
                    const struct told *told, enum truth_match match)
{
    if (match == MATCH_RIGHT)
        return true;
    return match == MATCH_LINE && unit->kind == TRUTH_INFECTED_LINE &&
           score_class(order, told) != TOLD_FALSE;
}

static uint32_t rank_in_kind(const struct score_order *order, size_t at)
{
    uint32_t rank = 1;
    for (size_t i = 0; i < at; i++)
        rank += order->told[i].ranked.kind == order->told[at].ranked.kind;
    return rank;
}

static void note_alert(const struct score_order *order, size_t at, struct unit_score *out)
{
    int64_t alert_ns = order->told[at].ranked.first_alert_ns;
    if (out->rank == 0) {
        out->rank = (uint32_t)at + 1;
        out->rank_in_kind = rank_in_kind(order, at);
        out->alert_ns = alert_ns;
    }
    out->alert_ns = alert_ns < out->alert_ns ? alert_ns : out->alert_ns;
}

static void score_unit(const struct score_order *order, size_t id, struct unit_score *out)
{
    const struct truth_unit *unit = &order->truth->units[id];
    *out = (struct unit_score){ .visible_ns = order->visible_ns[id],
                                .is_visible = order->visible_ns[id] != INT64_MAX };
    for (size_t i = 0; i < order->told_count; i++) {
        enum truth_match match = truth_match(unit, &order->told[i]);
        if (detects(order, unit, &order->told[i], match)) {
            match = MATCH_RIGHT;
            note_alert(order, i, out);
        }
        out->match = match > out->match ? match : out->match;
    }
}

static struct share_score *family_of(struct score *out, const char *name)
{
    for (size_t i = 0; i < out->family_count; i++) {
        if (strcmp(out->families[i].name, name) == 0)
            return &out->families[i].share;
    }
    size_t last = SCORE_FAMILIES_MAX - 1;
    size_t at = out->family_count < SCORE_FAMILIES_MAX ? out->family_count++ : last;
    if (!out->families[at].name)
        out->families[at].name = name;
    return &out->families[at].share;
}

static void add(struct share_score *share, bool is_detected)
{
    share->units++;
    share->detected += is_detected;
}

static double recall(const struct share_score *share)
{
    return share->units == 0 ? 0 : (double)share->detected / (double)share->units;
}

static void sum_units(const struct score_order *order, struct score *out)
{
    for (size_t i = 0; i < order->truth->count; i++) {
        const struct truth_unit *unit = &order->truth->units[i];
        struct unit_score *result = &out->units[i];
        score_unit(order, i, result);
        bool is_detected = result->match == MATCH_RIGHT;
        add(&out->all, is_detected);
        add(&out->kinds[unit->kind], is_detected);
        add(family_of(out, unit->family), is_detected);
        out->near += result->match == MATCH_NEAR;
        out->invisible += !result->is_visible;
    }
    for (size_t i = 0; i < out->family_count; i++)
        out->macro_recall += recall(&out->families[i].share) / (double)out->family_count;
}

static void sum_alerts(const struct score_order *order, struct score *out)
{
    for (size_t i = 0; i < order->told_count; i++) {
        enum told_class class = score_class(order, &order->told[i]);
        out->alerts[class]++;
        out->told++;
        for (size_t cut = 0; cut < SCORE_CUTS; cut++) {
            bool is_within = i < score_cuts[cut];
            out->precision[cut].listed += is_within;
            out->precision[cut].right += is_within && class == TOLD_TRUE;
            out->precision[cut].known += is_within && class <= TOLD_FALSE;
        }
    }
}

static double seconds_between(int64_t from_ns, int64_t to_ns)
{
    double span = ((double)to_ns - (double)from_ns) / 1e9;
    return span > 0 ? span : 0;
}

static void sum_rates(const struct score_order *order, struct score *out)
{
    const struct exposure *exposure = &order->exposure;
    double days = exposure->observed_s / 86400;
    uint64_t wrong = out->alerts[TOLD_FALSE];
    out->false_per_million = interval_of_rate(wrong, (double)exposure->flows / 1e6);
    out->false_per_day = interval_of_rate(wrong, days * (double)exposure->lines / 1e5);
}

/* Of visible units: from their first flow on, and never beyond the end of the input. */
static void sum_times(const struct score_order *order, struct score *out)
{
    static struct spell spells[TRUTH_UNITS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < order->truth->count; i++) {
        const struct unit_score *unit = &out->units[i];
        bool is_detected = unit->match == MATCH_RIGHT && unit->alert_ns != 0;
        int64_t until_ns = is_detected ? unit->alert_ns : order->exposure.last_ns;
        if (unit->is_visible)
            spells[count++] = (struct spell){
                .length_s = seconds_between(unit->visible_ns, until_ns),
                .is_detected = is_detected,
            };
    }
    out->time = survival_of(spells, count);
}

static int compare_addresses(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(struct ip_address));
}

static void sum_lines(const struct score_order *order, struct score *out)
{
    static struct ip_address lines[SCORE_TOLD_MAX * (FINDING_LINES_MAX + 1)];
    size_t count = 0, max = sizeof lines / sizeof *lines;
    for (size_t i = 0; i < order->told_count; i++) {
        const struct told *told = &order->told[i];
        if (told->ranked.has_line && count < max)
            lines[count++] = told->ranked.line;
        for (size_t line = 0; line < told->line_count && count < max; line++)
            lines[count++] = told->lines[line];
    }
    if (count > 0)
        sort_run(lines, count, sizeof *lines, compare_addresses);
    for (size_t i = 0; i < count; i++)
        out->lines_revealed += i == 0 || !ip_equal(&lines[i], &lines[i - 1]);
}

void score_run(const struct score_order *order, struct score *out)
{
    memset(out, 0, sizeof *out);
    sum_units(order, out);
    sum_alerts(order, out);
    sum_rates(order, out);
    sum_times(order, out);
    sum_lines(order, out);
}
