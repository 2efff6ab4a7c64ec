// SPDX-License-Identifier: Apache-2.0
/* A sequence of messages, each behind an octet for who sent it and how and two for its length:
 * whatever they say, flows are sane, there are no more of them than octets, and the collector's
 * tables hold until the end. */
#include "base/must.h"
#include "base/time.h"
#include "collect/collect.h"
#include "collect/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tally {
    size_t octets;
    size_t flows;
};

static void take_flows(void *context, const struct flow *flows, size_t count)
{
    struct tally *tally = context;
    MUST(count > 0 && count <= COLLECT_FLOWS_MAX);
    tally->flows += count;
    for (size_t i = 0; i < count; i++) {
        const struct flow *flow = &flows[i];
        MUST(flow->version == 4 || flow->version == 6);
        MUST(flow->forward.packets > 0 || flow->reverse.packets > 0);
        MUST(flow->observation.exporter > 0);
        MUST(flow->end >= FLOW_END_IDLE && flow->end <= FLOW_END_RESOURCES);
        MUST(flow->forward.payload <= flow->forward.octets);
        for (const struct fact *fact = flow->facts; fact; fact = fact->next)
            MUST(fact->kind < FACT_KINDS && fact_server_name(fact).len > 0);
    }
}

static void take_sample(void *context, const struct frame_sample *sample)
{
    (void)context;
    MUST(sample->frame.captured.len > 0);
    MUST(sample->frame.wire_len >= sample->frame.captured.len);
    volatile uint8_t last = sample->frame.captured.at[sample->frame.captured.len - 1];
    (void)last;
}

static void view_all(const struct collect *collect)
{
    struct exporter_view exporter;
    struct template_view template;
    struct template_field_view field;
    for (size_t i = 0; collect_exporter(collect, i, &exporter); i++)
        for (size_t j = 0; collect_template(collect, i, j, &template); j++)
            for (size_t k = 0; k < template.field_count; k++)
                MUST(collect_template_field(collect, i, j, k, &field));
}

static void receive_all(struct collect *collect, const uint8_t *data, size_t size)
{
    int64_t now_ns = INT64_C(1700000000) * TIME_SECOND_NS;
    while (size >= 3) {
        size_t len = (size_t)(data[1] << 8 | data[2]);
        if (len > size - 3)
            len = size - 3;
        const struct export_message message = {
            .octets = { data + 3, len },
            .exporter = ip_from_v4(0x0a000000U + (data[0] & 7U)),
            .session = data[0] & 8 ? 1 : 0,
            .received_ns = now_ns,
            .port = 4739,
            .transport = data[0] & 8 ? MESSAGE_TCP : MESSAGE_UDP,
            .is_end = (data[0] & 0x90) == 0x90,
        };
        collect_message(collect, &message);
        now_ns += TIME_SECOND_NS * (data[0] >> 5);
        data += 3 + len;
        size -= 3 + len;
    }
    collect_finish(collect);
    view_all(collect);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory[1 << 20];
    const struct collect_limits limits = { .exporters_max = 4,
                                           .templates_max = 16,
                                           .fields_max = 2048,
                                           .pending_octets = 8192,
                                           .pending_ns = 20 * TIME_SECOND_NS,
                                           .template_ns = 60 * TIME_SECOND_NS };
    MUST(collect_size(&limits) <= sizeof memory);
    struct arena keep = arena_over(memory, sizeof memory);
    struct tally tally = { .octets = size };
    const struct collect_policy policy = { .rules = NULL };
    const struct collect_sink sink = { take_flows, take_sample, &tally };
    receive_all(
        collect_init(&limits, &policy, (struct hash_key){ { 1, 2, 3, 4 } }, sink, &keep), data,
        size);
    MUST(tally.flows <= tally.octets);
    return 0;
}
