// SPDX-License-Identifier: Apache-2.0
#include "collect/collect.h"

#include "base/time.h"
#include "base/wipe.h"
#include "collect/protocol_private.h"
#include "collect/sflow_private.h"
#include "collect/template_private.h"
#include "collect/templates_table_private.h"
#include "collect/totals_private.h"
#include "collect/view.h"

const struct collect_limits collect_defaults = {
    .exporters_max = 16384,
    .templates_max = 65536,
    .fields_max = 1 << 20,
    .pending_octets = 8 << 20,
    .pending_ns = 30 * 60 * TIME_SECOND_NS,
    .template_ns = 0,
};

size_t collect_size(const struct collect_limits *limits)
{
    return sizeof(struct collect) + alignof(max_align_t) + exporters_size(limits) +
           templates_size(limits) + sflow_size() + totals_size(limits);
}

struct collect *collect_init(const struct collect_limits *limits,
                             const struct collect_policy *policy, struct hash_key key,
                             struct collect_sink sink, struct arena *keep)
{
    struct collect *collect = ARENA_NEW(keep, struct collect, 1);
    collect->limits = *limits;
    collect->sink = sink;
    collect->templates = templates_init(limits, key, keep);
    collect->exporters = exporters_init(limits, policy, key, collect->templates, keep);
    collect->sflow = sflow_init(key, keep);
    collect->totals = totals_init(limits, key, keep);
    return collect;
}

struct flow *collect_next_flow(struct collect *collect)
{
    if (collect->flow_count == COLLECT_FLOWS_MAX)
        collect_flush(collect);
    return &collect->flows[collect->flow_count++];
}

void collect_drop_flow(struct collect *collect)
{
    struct flow *flow = &collect->flows[--collect->flow_count];
    *flow = (struct flow){ .facts = NULL };
}

void collect_flush(struct collect *collect)
{
    if (collect->flow_count > 0)
        collect->sink.take_flows(collect->sink.context, collect->flows, collect->flow_count);
    /* All at once: one by one it is a third of what a record of NetFlow v5 takes. */
    wipe(collect->flows, collect->flow_count * sizeof *collect->flows);
    wipe(collect->facts, collect->fact_count * sizeof *collect->facts);
    collect->flow_count = 0;
    collect->fact_count = 0;
}

/* NetFlow and IPFIX begin with a version of two octets, sFlow with one of four. */
static enum fault read_message(struct collect *collect, const struct export_message *message)
{
    struct cursor c = cursor_over(message->octets);
    uint16_t version = cursor_be16(&c);
    if (version == 0)
        version = cursor_be16(&c) == 5 ? 0 : UINT16_MAX;
    if (c.broken)
        return FAULT_TRUNCATED;
    switch (version) {
    case 5: return netflow5_read(collect, message);
    case 9:
    case 10: return ipfix_read(collect, message);
    case 0: return sflow_read(collect, message);
    default: return FAULT_VERSION;
    }
}

void collect_message(struct collect *collect, const struct export_message *message)
{
    if (message->is_end) {
        exporters_end(collect->exporters, message);
        return;
    }
    collect->messages++;
    collect->octets += message->octets.len;
    collect->faults[read_message(collect, message)]++;
    collect_flush(collect);
}

void collect_finish(struct collect *collect)
{
    pending_lose_all(collect->templates);
    collect_flush(collect);
}

void collect_count(const struct collect *collect, struct summary *summary)
{
    for (size_t fault = 1; fault < FAULT_KINDS; fault++)
        summary_count(summary, "collect", fault_name((enum fault)fault), "messages",
                      collect->faults[fault]);
    sflow_count(collect->sflow, summary);
    const struct templates *templates = collect->templates;
    struct exporters_gone gone = collect_gone(collect);
    const struct counter counters[] = {
        { "collect", "exporter evicted", "exporters", exporters_evicted(collect->exporters) },
        { "collect", "lost by exporters evicted", "flows", (uint64_t)gone.lost_flows },
        { "collect", "without a rate, exporter evicted", "records", gone.rate_unknown },
        { "collect", "template evicted", "templates", templates->evicted },
        { "collect", "template expired", "templates", templates->expired },
        { "collect", "template changed", "templates", templates->changed },
        { "collect", "template withdrawn", "templates", templates->withdrawn },
        { "collect", "template refused", "templates", templates->refused },
        { "collect", "without template", "octets", templates->pending_lost_octets },
        { "collect", "without addresses", "records", collect->records_without_addresses },
        { "collect", "counts nothing", "records", collect->records_empty },
        { "collect", "event", "records", collect->events },
        { "collect", "told before", "records", collect->told_before },
        { "collect", "totals evicted", "flows", totals_evicted(collect->totals) },
        { "collect", "list refused", "lists", collect->lists_refused },
        { "collect", "list without template", "lists", collect->lists_without_template },
        { "collect", "section not decodable", "records", collect->samples_refused },
    };
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        summary_count(summary, counters[i].stage, counters[i].reason, counters[i].unit,
                      counters[i].count);
}
