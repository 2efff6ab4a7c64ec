// SPDX-License-Identifier: Apache-2.0
/* One message of NetFlow v5, the octets behind three of the corpus' common head: at most 65535
 * flows, one for 48 octets, and the same message cut by one octet gives no more of them. */
#include "base/must.h"
#include "base/time.h"
#include "collect/collect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD_OCTETS = 24, RECORD_OCTETS = 48 };

static void count_flows(void *context, const struct flow *flows, size_t count)
{
    size_t *total = context;
    *total += count;
    for (size_t i = 0; i < count; i++) {
        MUST(flows[i].version == 4 && flows[i].reverse.packets == 0);
        MUST(flows[i].forward.first_ns <= flows[i].forward.last_ns);
        MUST(flows[i].end == FLOW_END_IDLE || flows[i].end == FLOW_END_DETECTED);
    }
}

static size_t flows_of(const uint8_t *data, size_t size)
{
    static uint8_t memory[1 << 20];
    const struct collect_limits limits = {
        .exporters_max = 4, .templates_max = 4, .fields_max = 1024, .pending_octets = 1024
    };
    MUST(collect_size(&limits) <= sizeof memory);
    struct arena keep = arena_over(memory, sizeof memory);
    size_t total = 0;
    const struct collect_policy policy = { .rules = NULL };
    const struct collect_sink sink = { count_flows, NULL, &total };
    struct collect *collect =
        collect_init(&limits, &policy, (struct hash_key){ { 1, 2, 3, 4 } }, sink, &keep);
    const struct export_message message = { .octets = { data, size },
                                            .exporter = ip_from_v4(0x0a000001),
                                            .received_ns = INT64_C(1700000000) * TIME_SECOND_NS,
                                            .transport = MESSAGE_UDP };
    collect_message(collect, &message);
    return total;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3 + 2 || data[3] != 0 || data[4] != 5)
        return 0;
    data += 3;
    size -= 3;
    size_t whole = flows_of(data, size);
    MUST(size >= HEAD_OCTETS ? whole <= (size - HEAD_OCTETS) / RECORD_OCTETS : whole == 0);
    MUST(flows_of(data, size - 1) <= whole);
    return 0;
}
