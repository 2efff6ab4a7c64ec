// SPDX-License-Identifier: Apache-2.0
/* What holds of any lines of any log.  Lines take turns between two files, so that plans and
 * values of one must not show in the other. */
#pragma once

#include <stdlib.h>

#include "base/must.h"
#include "logs/logs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct logs_seen {
    uint64_t flows;
    uint64_t facts;
};

static void logs_see(void *context, const struct flow *flow)
{
    struct logs_seen *seen = context;
    seen->flows++;
    MUST(flow->end >= FLOW_END_IDLE && flow->end <= FLOW_END_RESOURCES);
    MUST(flow->tcp < FLOW_TCP_STATES && (flow->version == 4 || flow->version == 6));
    MUST(flow->reverse.packets > 0 || flow->reverse.first_ns == 0);
    MUST(flow->forward.payload <= flow->forward.octets);
    MUST(flow_end_ns(flow) >= flow_start_ns(flow));
    for (const struct fact *fact = flow->facts; fact; fact = fact->next) {
        seen->facts++;
        MUST(fact->kind > FACT_NONE && fact->kind < FACT_KINDS);
        MUST(!fact->next || fact->next->time_ns >= fact->time_ns);
        if (fact->kind == FACT_DNS)
            MUST(fact->dns.answer_count <= FACT_DNS_ANSWERS_MAX);
        if (fact->kind == FACT_SSH)
            MUST(fact->ssh.banner_len <= FACT_BANNER_MAX);
        if (fact->kind == FACT_HTTP)
            MUST(fact->http.agent_len <= FACT_AGENT_MAX);
    }
}

static uint64_t logs_sum(const struct summary *summary, const char *unit)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < summary->counter_count; i++) {
        if (strcmp(summary->counters[i].unit, unit) == 0)
            sum += summary->counters[i].count;
    }
    return sum;
}

static uint64_t logs_counted(const struct summary *summary, const char *reason,
                             const char *unit)
{
    for (size_t i = 0; i < summary->counter_count; i++) {
        if (strcmp(summary->counters[i].reason, reason) == 0 &&
            strcmp(summary->counters[i].unit, unit) == 0)
            return summary->counters[i].count;
    }
    return 0;
}

static void logs_hold(struct bytes text)
{
    static const struct logs_limits limits = { .facts_max = 8 };
    static struct line_batch batch;
    static struct summary summary;
    static void *memory;
    uint64_t lines = 0;
    struct logs_seen seen = { 0 };
    size_t size = logs_size(&limits);
    if (!memory)
        memory = malloc(size);
    MUST(memory != NULL);
    struct arena arena = arena_over(memory, size);
    struct hash_key key = { { 1, 2, 3, 4 } };
    struct logs *logs = logs_init(&limits, key, (struct logs_sink){ logs_see, &seen }, &arena);
    while (text.len > 0) {
        batch.count = 0;
        while (text.len > 0 && batch.count < LINE_BATCH_MAX) {
            size_t len = bytes_find(text, '\n');
            batch.lines[batch.count++] =
                (struct log_line){ .text = bytes_slice(text, 0, len),
                                   .number = lines + batch.count,
                                   .file = len > 0 && text.at[len - 1] == ' ',
                                   .starts = lines + batch.count == 1 };
            text = bytes_slice(text, len + 1, text.len);
        }
        lines += batch.count;
        logs_run(logs, &batch);
    }
    logs_finish(logs);
    summary.counter_count = 0;
    logs_count(logs, &summary);
    MUST(logs_sum(&summary, "lines") == lines);
    MUST(seen.facts ==
         logs_counted(&summary, "joined", "facts") + logs_counted(&summary, "alone", "facts"));
    MUST(seen.flows == logs_counted(&summary, "flows", "lines") +
                           logs_counted(&summary, "of facts alone", "flows"));
}
