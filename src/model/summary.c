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
