// SPDX-License-Identifier: Apache-2.0
/* Segments and datagrams of two flows in any order: each is a head of four octets (flow, side
 * and protocol; how far the sequence moves; length) and its payload.  Facts told are counted,
 * and rooms that held payload are given back whatever comes. */
#include "decode/handshake.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "base/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_fact(void *context, uint32_t flow, const struct fact *fact)
{
    uint64_t *told = context;
    MUST(flow < 2 && fact->kind > FACT_NONE && fact->kind < FACT_KINDS);
    (*told)++;
}

static void try_segment(struct handshakes *handshakes, struct cursor *c, uint32_t *streams,
                        uint32_t *sequences)
{
    uint8_t head = cursor_u8(c);
    int32_t moves = (int8_t)cursor_u8(c);
    struct cursor payload = cursor_take16(c);
    if (c->broken)
        return;
    uint32_t flow = head & 1, side = head >> 1 & 1;
    uint32_t *sequence = &sequences[flow * 2 + side];
    struct decoded decoded = {
        .packet = { .protocol = head & 4 ? PROTOCOL_UDP : PROTOCOL_TCP,
                    .source_port = head & 8 ? 53 : 443,
                    .destination_port = 40000,
                    .payload_octets = (uint32_t)payload.left + (head >> 7),
                    .tcp_sequence = *sequence + (uint32_t)moves },
        .sealed = { payload.at, payload.left },
    };
    struct handshake_place place = { .flow = flow,
                                     .stream = &streams[flow],
                                     .from_initiator = side == 0,
                                     .after_gap = moves > 0,
                                     .expected_sequence = *sequence };
    handshakes_observe(handshakes, &place, &decoded);
    *sequence = decoded.packet.tcp_sequence + (uint32_t)payload.left;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct handshake_limits limits = { .connections_max = 1 };
    static void *memory;
    size_t memory_size = handshakes_size(&limits);
    if (!memory)
        memory = malloc(memory_size);
    MUST(memory);
    struct arena arena = arena_over(memory, memory_size);
    uint64_t told = 0;
    struct fact_sink sink = { on_fact, &told };
    struct handshakes *handshakes = handshakes_init(&limits, sink, &arena);
    uint32_t streams[2] = { 0 }, sequences[4] = { 0 };
    struct cursor c = cursor_over((struct bytes){ data, size });
    while (!c.broken && c.left > 0)
        try_segment(handshakes, &c, streams, sequences);
    handshakes_finish(handshakes, 0, &streams[0]);
    handshakes_finish(handshakes, 1, &streams[1]);
    return 0;
}
