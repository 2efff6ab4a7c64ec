// SPDX-License-Identifier: Apache-2.0
#include "pipeline/exported.h"

#include "collect/view.h"

struct exported {
    struct flow_sink sink;
    struct collect *collect;
    struct packet_decoder decoder;
    uint64_t messages;
    uint64_t records;
};

static void on_flows(void *context, const struct flow *flows, size_t count)
{
    struct exported *exported = context;
    exported->records += count;
    exported->sink.take(exported->sink.context, flows, count);
}

/* A packet that an exporter picked out is a flow of one packet. */
static void on_sample(void *context, const struct frame_sample *sample)
{
    struct exported *exported = context;
    struct decoded decoded;
    if (!packet_decode(&exported->decoder, &sample->frame, &decoded))
        return;
    const struct packet *packet = &decoded.packet;
    struct flow flow = { .initiator = packet->source,
                         .responder = packet->destination,
                         .initiator_port = packet->source_port,
                         .responder_port = packet->destination_port,
                         .protocol = packet->protocol,
                         .version = packet->version,
                         .encapsulation = packet->encapsulation,
                         .vlan = packet->vlan,
                         .end = FLOW_END_ACTIVE,
                         .forward = { .packets = 1,
                                      .octets = packet->octets,
                                      .payload = packet->payload_octets,
                                      .first_ns = packet->time_ns,
                                      .last_ns = packet->time_ns,
                                      .tcp_flags = packet->tcp_flags,
                                      .first_flags = packet->tcp_flags },
                         .observation = sample->observation };
    on_flows(exported, &flow, 1);
}

size_t exported_size(const struct collect_limits *limits)
{
    return sizeof(struct exported) + alignof(max_align_t) + collect_size(limits);
}

struct exported *exported_init(const struct collect_limits *limits,
                               const struct collect_policy *policy, struct hash_key key,
                               struct flow_sink sink, struct arena *keep)
{
    struct exported *exported = ARENA_NEW(keep, struct exported, 1);
    struct collect_sink collected = { .take_flows = on_flows,
                                      .take_sample = on_sample,
                                      .context = exported };
    exported->sink = sink;
    exported->collect = collect_init(limits, policy, key, collected, keep);
    return exported;
}

void exported_run(struct exported *exported, const struct message_batch *messages)
{
    for (size_t i = 0; i < messages->count; i++) {
        exported->messages += messages->messages[i].octets.len > 0; /* else an end */
        collect_message(exported->collect, &messages->messages[i]);
    }
}

void exported_finish(struct exported *exported)
{
    collect_finish(exported->collect);
}

struct collect *exported_collect(struct exported *exported)
{
    return exported->collect;
}

static void add_exporter(const struct exporter_view *view, struct summary *summary)
{
    if (view->messages == 0) /* of an earlier run, and silent in this */
        return;
    struct summary_exporter exporter = { .address = view->address,
                                         .domain = view->domain,
                                         .protocol = export_protocol_name(view->protocol),
                                         .messages = view->messages,
                                         .records = view->records,
                                         .lost_flows = view->lost_flows,
                                         .octets_without_template = view->pending_lost_octets,
                                         .records_without_rate = view->rate_unknown,
                                         .rate_least = view->rate_least,
                                         .rate_most = view->rate_most,
                                         .rate_origin = view->rate_origin,
                                         .has_clock = view->has_clock,
                                         .clock_error_ns = view->clock_error_ns };
    summary_add_exporter(summary, &exporter);
}

void exported_summarise(const struct exported *exported, struct summary *summary)
{
    struct exporter_view view;
    for (size_t i = 0; collect_exporter(exported->collect, i, &view); i++)
        add_exporter(&view, summary);
    summary->messages += exported->messages; /* exporters that made room told of theirs */
    summary->records += exported->records;
    collect_count(exported->collect, summary);
    packet_count(&exported->decoder, summary);
}
