// SPDX-License-Identifier: Apache-2.0
#include "model/summary.h"

#include "base/must.h"

void summary_count(struct summary *summary, const char *stage, const char *reason,
                   const char *unit, uint64_t count)
{
    if (count == 0)
        return;
    MUST(summary->counter_count < SUMMARY_COUNTERS_MAX);
    summary->counters[summary->counter_count++] =
        (struct counter){ stage, reason, unit, count };
}

static bool comes_before(const struct summary_exporter *a, const struct summary_exporter *b)
{
    return a->lost_flows > b->lost_flows ||
           (a->lost_flows >= b->lost_flows && a->records > b->records);
}

void summary_add_exporter(struct summary *summary, const struct summary_exporter *exporter)
{
    size_t at = summary->exporter_count;
    summary->exporter_total++;
    while (at > 0 && comes_before(exporter, &summary->exporters[at - 1]))
        at--;
    if (at == SUMMARY_EXPORTERS_MAX)
        return;
    if (summary->exporter_count < SUMMARY_EXPORTERS_MAX)
        summary->exporter_count++;
    size_t moved = summary->exporter_count - 1 - at;
    memmove(&summary->exporters[at + 1], &summary->exporters[at],
            moved * sizeof *summary->exporters);
    summary->exporters[at] = *exporter;
}

static bool same(const char *a, const char *b)
{
    size_t len = strlen(a);
    return len == strlen(b) && memcmp(a, b, len) == 0;
}

static void merge_counter(struct summary *into, const struct counter *from)
{
    for (size_t i = 0; i < into->counter_count; i++) {
        struct counter *counter = &into->counters[i];
        if (same(counter->stage, from->stage) && same(counter->reason, from->reason)) {
            counter->count += from->count;
            return;
        }
    }
    summary_count(into, from->stage, from->reason, from->unit, from->count);
}

static void merge_times(struct summary *into, const struct summary *from)
{
    if (from->first_ns == 0 && from->last_ns == 0)
        return;
    bool is_empty = into->first_ns == 0 && into->last_ns == 0;
    if (is_empty || from->first_ns < into->first_ns)
        into->first_ns = from->first_ns;
    if (is_empty || from->last_ns > into->last_ns)
        into->last_ns = from->last_ns;
}

void summary_merge_counters(struct summary *into, const struct summary *from)
{
    for (size_t i = 0; i < from->counter_count; i++)
        merge_counter(into, &from->counters[i]);
}

void summary_merge(struct summary *into, const struct summary *from)
{
    into->frames += from->frames;
    into->packets += from->packets;
    into->octets += from->octets;
    into->messages += from->messages;
    into->records += from->records;
    into->lines += from->lines;
    into->basis = from->basis;
    into->funnel.flows_seen += from->funnel.flows_seen;
    into->funnel.flows_admitted += from->funnel.flows_admitted;
    into->funnel.flows_selected += from->funnel.flows_selected;
    into->funnel.slices_selected += from->funnel.slices_selected;
    into->funnel.records_kept += from->funnel.records_kept;
    into->funnel.octets_copied += from->funnel.octets_copied;
    into->funnel.findings += from->funnel.findings;
    merge_times(into, from);
    summary_merge_counters(into, from);
    size_t more = from->exporter_total - from->exporter_count;
    for (size_t i = 0; i < from->exporter_count; i++)
        summary_add_exporter(into, &from->exporters[i]);
    into->exporter_total += more;
}
