// SPDX-License-Identifier: Apache-2.0
#include "meter/half_private.h"

#include "base/attr.h"

/* RFC 9293 3.4: sequence numbers are compared by the sign of their difference. */
static void track_sequence(struct half *half, const struct packet *packet)
{
    uint32_t end = packet->tcp_sequence + packet->payload_octets +
                   !!(packet->tcp_flags & TCP_SYN) + !!(packet->tcp_flags & TCP_FIN);
    if (end == packet->tcp_sequence)
        return;
    int32_t ahead = (int32_t)(packet->tcp_sequence - half->next_sequence);
    if (!half->has_sequence || ahead >= 0) {
        half->has_gap |= half->has_sequence && ahead > 0;
        half->has_sequence = true;
        half->next_sequence = end;
        return;
    }
    if (half->has_gap)
        half->out_of_order++;
    else
        half->retransmitted++;
    if ((int32_t)(end - half->next_sequence) > 0)
        half->next_sequence = end;
}

void half_count(struct half *half, const struct packet *packet)
{
    if (half->packets == 0) {
        half->first_ns = half->last_ns = packet->time_ns;
        half->first_flags = packet->tcp_flags;
    }
    if (packet->time_ns > half->last_ns)
        half->last_ns = packet->time_ns;
    if (UNLIKELY(packet->time_ns < half->first_ns))
        half->first_ns = packet->time_ns;
    half->packets++;
    half->octets += packet->octets;
    half->payload += packet->payload_octets;
    half->tcp_flags |= packet->tcp_flags;
    if (packet->protocol == PROTOCOL_TCP && !packet->is_fragment)
        track_sequence(half, packet);
}

struct flow_half half_out(const struct half *half)
{
    return (struct flow_half){
        .packets = half->packets,
        .octets = half->octets,
        .payload = half->payload,
        .first_ns = half->first_ns,
        .last_ns = half->last_ns,
        .tcp_flags = half->tcp_flags,
        .first_flags = half->first_flags,
        .retransmitted = half->retransmitted,
        .out_of_order = half->out_of_order,
    };
}

void half_restart(struct half *half)
{
    *half = (struct half){ .next_sequence = half->next_sequence,
                           .has_sequence = half->has_sequence,
                           .has_gap = half->has_gap };
}
