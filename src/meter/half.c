// SPDX-License-Identifier: Apache-2.0
#include "meter/half_private.h"

#include "base/attr.h"

/* RFC 9293 3.4: sequence numbers are compared by the sign of their difference. */
static bool is_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

/* Octets went missing.  Of several holes only their common span is known. */
static void open_hole(struct half *half, uint32_t to)
{
    if (!half->has_hole)
        half->hole_from = half->next_sequence;
    half->hole_to = to;
    half->has_hole = true;
}

/* True when the segment brings some of what was missing. */
static bool fill_hole(struct half *half, uint32_t from, uint32_t to)
{
    if (!half->has_hole || !is_before(from, half->hole_to) || !is_before(half->hole_from, to))
        return false;
    bool at_start = !is_before(half->hole_from, from), at_end = !is_before(to, half->hole_to);
    if (at_start)
        half->hole_from = to;
    if (at_end)
        half->hole_to = from;
    half->has_hole = is_before(half->hole_from, half->hole_to);
    return true;
}

/* RFC 9293 3.8.4: the octet before the next, or nothing, sent to be acknowledged again. */
static bool is_keep_alive(const struct half *half, const struct packet *packet)
{
    return packet->tcp_sequence == half->next_sequence - 1 && packet->payload_octets <= 1 &&
           !(packet->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST));
}

static void track_sequence(struct half *half, const struct packet *packet)
{
    uint32_t end = packet->tcp_sequence + packet->payload_octets +
                   !!(packet->tcp_flags & TCP_SYN) + !!(packet->tcp_flags & TCP_FIN);
    if (end == packet->tcp_sequence)
        return;
    if (!half->has_sequence || !is_before(packet->tcp_sequence, half->next_sequence)) {
        if (half->has_sequence && packet->tcp_sequence != half->next_sequence)
            open_hole(half, packet->tcp_sequence);
        half->has_sequence = true;
        half->next_sequence = end;
        return;
    }
    if (is_keep_alive(half, packet))
        return;
    if (fill_hole(half, packet->tcp_sequence, end))
        half->out_of_order++;
    else
        half->retransmitted++;
    if (is_before(half->next_sequence, end))
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
                           .hole_from = half->hole_from,
                           .hole_to = half->hole_to,
                           .has_sequence = half->has_sequence,
                           .has_hole = half->has_hole };
}
