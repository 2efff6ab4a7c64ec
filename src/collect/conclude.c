// SPDX-License-Identifier: Apache-2.0
/* What follows of a flow's counters and flags, for every protocol alike. */
#include "collect/reading_private.h"

/* From the flags of one or both sides. */
static enum flow_tcp tcp_of(const struct flow *flow)
{
    unsigned forward = flow->forward.tcp_flags, reverse = flow->reverse.tcp_flags;
    unsigned either = forward | reverse, both = forward & reverse;
    if (!(either & TCP_SYN))
        return FLOW_TCP_MIDSTREAM;
    if (both & TCP_FIN)
        return FLOW_TCP_CLOSED;
    if (flow->reverse.packets == 0 && !(forward & TCP_ACK))
        return FLOW_TCP_ATTEMPT;
    if (flow->reverse.packets > 0 && (reverse & TCP_RST) && !(reverse & TCP_SYN))
        return FLOW_TCP_REFUSED;
    return either & TCP_RST ? FLOW_TCP_RESET : FLOW_TCP_ESTABLISHED;
}

/* The least it can have been: TCP's head is taken with the options of a SYN. */
static uint64_t payload_of(const struct flow *flow, const struct flow_half *half)
{
    uint64_t head = flow->version == 6 ? 40 : 20;
    if (flow->protocol == PROTOCOL_TCP)
        head += 40;
    else
        head += 8;                /* UDP, and the usual messages of ICMP */
    if (half->packets >> 48 != 0) /* no number of packets; and no product beyond 64 bits */
        return 0;
    uint64_t heads = half->packets * head;
    return half->octets > heads ? half->octets - heads : 0;
}

void flow_conclude(struct flow *flow, uint64_t reason)
{
    flow->forward.payload = payload_of(flow, &flow->forward);
    if (flow->reverse.packets > 0)
        flow->reverse.payload = payload_of(flow, &flow->reverse);
    unsigned flags = flow->forward.tcp_flags | flow->reverse.tcp_flags;
    bool is_tcp = flow->protocol == PROTOCOL_TCP;
    if (is_tcp)
        flow->tcp = (uint8_t)tcp_of(flow);
    if (reason >= FLOW_END_IDLE && reason <= FLOW_END_RESOURCES)
        flow->end = (uint8_t)reason;
    else
        flow->end = is_tcp && flags & (TCP_FIN | TCP_RST) ? FLOW_END_DETECTED : FLOW_END_IDLE;
    flow->continues = flow->end == FLOW_END_ACTIVE;
}
