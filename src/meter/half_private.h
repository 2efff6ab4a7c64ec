// SPDX-License-Identifier: Apache-2.0
/* One direction of a flow in the table. */
#pragma once

#include "model/flow.h"

struct half {
    int64_t first_ns;
    int64_t last_ns;
    uint64_t octets;
    uint64_t payload;
    uint32_t packets;
    uint32_t next_sequence;
    uint32_t retransmitted;
    uint32_t out_of_order;
    uint32_t hole_from, hole_to; /* sequence numbers not seen yet, when has_hole */
    uint8_t tcp_flags;
    uint8_t first_flags;
    bool has_sequence;
    bool has_hole;
};

void half_count(struct half *half, const struct packet *packet);
/* TCP: whether octets before this packet's, sent by the same side, have not been seen. */
static inline bool half_has_gap_before(const struct half *half, const struct packet *packet)
{
    return half->has_sequence && (int32_t)(packet->tcp_sequence - half->next_sequence) > 0;
}

struct flow_half half_out(const struct half *half);
/* Starts the next slice: counters from 0, the sequence goes on. */
void half_restart(struct half *half);
