// SPDX-License-Identifier: Apache-2.0
#include "assess/alerts_private.h"

#include "assess/subject_private.h"
#include "base/must.h"
#include "base/time.h"
#include "model/weight.h"

static bool is_judged_of(const struct counter *counter, struct bytes name)
{
    struct bytes reason = bytes_of_string(counter->reason);
    static const char rest[] = ": units judged";
    return bytes_equal(bytes_of_string(counter->stage), bytes_of_string("behaviour")) &&
           bytes_equal(bytes_slice(reason, 0, name.len), name) && reason.len > name.len &&
           bytes_equal(bytes_slice(reason, name.len, reason.len - name.len),
                       bytes_of_string(rest));
}

/* "beacon" of "beacon 1" */
static struct bytes behaviour_of(enum finding_kind kind)
{
    struct bytes rule = bytes_of_string(finding_trait(kind)->rule);
    size_t len = 0;
    while (len < rule.len && rule.at[len] != ' ')
        len++;
    return bytes_slice(rule, 0, len);
}

void alerts_set_judged(struct alerts *alerts, const struct summary *summary)
{
    for (unsigned kind = 0; kind < FINDING_KINDS; kind++) {
        alerts->judged[kind] = 0;
        for (size_t i = 0; i < summary->counter_count; i++)
            if (is_judged_of(&summary->counters[i], behaviour_of((enum finding_kind)kind)))
                alerts->judged[kind] += summary->counters[i].count;
    }
}

static bool is_listed(const struct finding *finding)
{
    return measure_find(finding->measures, finding->measure_count, MEASURE_INDICATOR_HITS);
}

/* The newest that is about it, or NULL. */
static const struct verdict *verdict_on(const struct alerts *alerts,
                                        const struct finding *finding)
{
    for (size_t i = 0; i < alerts->verdict_count; i++)
        if (verdict_fits(&alerts->verdicts[i], finding))
            return &alerts->verdicts[i];
    return NULL;
}

static uint64_t subject_hash(const struct finding *finding)
{
    return finding_is_of_name(finding) ? subject_name_hash(&finding->subject_name)
                                       : subject_line_hash(&finding->subject);
}

static struct budget_item item_of(const struct alerts *alerts, const struct finding *finding)
{
    return (struct budget_item){
        .day = finding->first_ns / TIME_DAY_NS - (finding->first_ns % TIME_DAY_NS < 0),
        .test = (unsigned)finding->kind,
        .subject = subject_hash(finding),
        .judged = alerts->judged[finding->kind],
        .p_value = weight_p_value(finding->measures, finding->measure_count),
    };
}

static void add(struct finding *finding, struct measure measure)
{
    MUST(finding->measure_count < FINDING_MEASURES_MAX);
    finding->measures[finding->measure_count++] = measure;
}

/* detectors.md 0.1: no statistic of one kind is an alert, base rates forbid it.  But for a long
 * series: its p-value is smaller by far than the smallest that the table of the null has. */
enum { FAMILIES_LEAST = 2, SERIES_LONG = 100 };

static unsigned families_least(const struct finding *finding)
{
    bool is_long =
        finding->kind == FINDING_COMMAND_SERVER && finding->connections >= SERIES_LONG;
    return is_long ? 1 : FAMILIES_LEAST;
}

static void add_place(const struct alerts *alerts, const struct budget_item *item,
                      struct finding *finding)
{
    size_t families = weight_families(finding->measures, finding->measure_count);
    const struct measure measures[] = {
        { MEASURE_P_VALUE, item->p_value, 0, 0, 0 },
        { MEASURE_FALSE_DISCOVERY, item->false_discovery, BUDGET_FALSE_DISCOVERY, 0, 1 },
        { MEASURE_RANK, item->rank, alerts->alerts_per_day, 0, 1 },
        { MEASURE_UNITS_JUDGED, (double)item->judged, 0, 0, 0 },
        { MEASURE_FAMILIES, (double)families, families_least(finding), 0, 1 },
    };
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
        add(finding, measures[i]);
}

/* One that is unsure changes nothing, but is told. */
static void mark_verdict(struct alerts *alerts, struct finding *finding)
{
    const struct verdict *verdict = verdict_on(alerts, finding);
    if (!verdict)
        return;
    bool is_harmless =
        verdict->opinion == OPINION_HARMLESS || verdict->opinion == OPINION_POLLER;
    alerts->by_verdict += is_harmless;
    add(finding, (struct measure){ MEASURE_VERDICT, (double)verdict->id, 0, 0, is_harmless });
}

/* Does it compete for a place of the day? */
static bool is_ranked(const struct alerts *alerts, const struct finding *finding)
{
    const struct verdict *verdict = verdict_on(alerts, finding);
    return !is_listed(finding) && (!verdict || verdict->opinion == OPINION_UNSURE);
}

void alerts_mark(struct alerts *alerts, struct finding *findings, size_t count)
{
    alerts->by_verdict = 0;
    for (size_t i = 0; i < count; i++)
        mark_verdict(alerts, &findings[i]);
    size_t item_count = 0;
    for (size_t i = 0; i < count; i++)
        if (is_ranked(alerts, &findings[i]))
            alerts->items[item_count++] = item_of(alerts, &findings[i]);
    budget_fill(alerts->items, item_count, alerts->alerts_per_day);
    alerts->over_budget = alerts->by_chance = 0;
    const struct budget_item *item = alerts->items;
    for (size_t i = 0; i < count; i++) {
        if (!is_ranked(alerts, &findings[i]))
            continue;
        bool by_chance = item->false_discovery > BUDGET_FALSE_DISCOVERY;
        alerts->by_chance += by_chance;
        alerts->over_budget += !by_chance && !item->is_alert;
        add_place(alerts, item++, &findings[i]);
    }
}
