// SPDX-License-Identifier: Apache-2.0
/* Datagrams behind two octets of length, from one agent.  The head of a packet lies within its
 * datagram, a frame is never shorter than it, and what is not known of an observation is 0. */
#include <stdlib.h>

#include "base/cursor.h"
#include "base/must.h"
#include "collect/collect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bytes datagram;

static void check_observation(const struct observation *observation)
{
    MUST(observation->exporter >= 1);
    MUST(observation->sampling < SAMPLING_ORIGINS);
    MUST((observation->rate == 0) == (observation->sampling == SAMPLING_UNKNOWN));
    MUST(observation->time < TIME_QUALITIES);
    MUST(observation->direction <= OBSERVED_EGRESS);
}

static void take_flows(void *context, const struct flow *flows, size_t count)
{
    (void)context;
    MUST(count <= COLLECT_FLOWS_MAX);
    for (size_t i = 0; i < count; i++) {
        check_observation(&flows[i].observation);
        MUST(flows[i].forward.packets == 1 && flows[i].reverse.packets == 0);
        MUST(flows[i].version == 4 || flows[i].version == 6);
    }
}

static void take_sample(void *context, const struct frame_sample *sample)
{
    (void)context;
    struct bytes head = sample->frame.captured;
    check_observation(&sample->observation);
    MUST(head.len > 0 && head.len <= datagram.len && head.len <= sample->frame.wire_len);
    MUST(head.at >= datagram.at && head.at + head.len <= datagram.at + datagram.len);
}

static void read_datagram(struct collect *collect, struct bytes octets)
{
    if (octets.len < 4 || memcmp(octets.at, "\0\0\0\5", 4) != 0)
        return; /* what is not sFlow has targets of its own */
    datagram = octets;
    struct export_message message = { .octets = octets,
                                      .exporter = ip_from_v4(0xc0000201),
                                      .received_ns = 1700000000000000000,
                                      .port = 6343,
                                      .transport = MESSAGE_UDP };
    collect_message(collect, &message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct collect_limits limits = {
        .exporters_max = 4, .templates_max = 4, .fields_max = 16, .pending_octets = 1024
    };
    static const struct hash_key key = { { 1, 2, 3, 4 } };
    static const struct collect_policy policy = { 0 };
    static const struct collect_sink sink = { take_flows, take_sample, NULL };
    static struct summary summary;
    size_t memory_size = collect_size(&limits);
    void *memory = malloc(memory_size);
    MUST(memory);
    struct arena arena = arena_over(memory, memory_size);
    struct collect *collect = collect_init(&limits, &policy, key, sink, &arena);
    struct cursor c = cursor_over((struct bytes){ data, size });
    while (!c.broken && c.left > 0) {
        struct cursor one = cursor_take16(&c);
        read_datagram(collect, cursor_rest(&one));
    }
    collect_finish(collect);
    memset(&summary, 0, sizeof summary);
    collect_count(collect, &summary);
    free(memory);
    return 0;
}
