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
