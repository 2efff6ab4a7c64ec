// SPDX-License-Identifier: Apache-2.0
#include "behaviour/scan_private.h"

#include "base/must.h"

enum { PROBE_PACKETS_MAX = 2, RATE_MOST = 1000 };

static const char *const reason_names[SCAN_REASONS] = {
    [SCAN_REASON_EMPTY] = "scan: no packets counted",
    [SCAN_REASON_SAMPLED] = "scan: sampled",
    [SCAN_REASON_SLICE] = "scan: later slice of a flow",
    [SCAN_REASON_TURNED] = "scan: who began is not known",
    [SCAN_REASON_BACKSCATTER] = "scan: an answer without its question",
    [SCAN_REASON_MULTICAST] = "scan: to many at once",
    [SCAN_REASON_MIDSTREAM] = "scan: began before the capture",
    [SCAN_REASON_ICMP] = "scan: ICMP that asks nothing",
    [SCAN_REASON_PROTOCOL] = "scan: other protocol",
};

const char *scan_reason_name(enum scan_reason reason)
{
    MUST(reason < SCAN_REASONS);
    return reason_names[reason];
}

static bool is_echo(const struct flow *flow)
{
    unsigned type = flow->responder_port >> 8;
    if (flow->protocol == PROTOCOL_ICMPV6)
        return type == 128;
    return type == 8 || type == 13 || type == 17; /* echo, timestamp, address mask */
}

enum scan_transport scan_transport_of(const struct flow *flow)
{
    switch (flow->protocol) {
    case PROTOCOL_TCP: return SCAN_OVER_TCP;
    case PROTOCOL_UDP: return SCAN_OVER_UDP;
    case PROTOCOL_ICMP:
    case PROTOCOL_ICMPV6: return SCAN_OVER_ICMP;
    case PROTOCOL_SCTP: return SCAN_OVER_SCTP;
    default: return SCAN_OVERS;
    }
}

/* Packets outside of any connection that ask for an answer: NULL, FIN and XMAS have no ACK;
 * ACK and window probes are answered by a RST alone. */
static bool is_odd_probe(const struct flow *flow)
{
    const struct flow_half *forward = &flow->forward;
    if (forward->packets == 0 || forward->packets > PROBE_PACKETS_MAX || forward->payload > 0 ||
        (forward->first_flags & (TCP_SYN | TCP_RST)) != 0)
        return false;
    bool refused = flow->reverse.packets > 0 && (flow->reverse.first_flags & TCP_RST) != 0;
    return (forward->first_flags & TCP_ACK) == 0 || refused;
}

/* Of a sampled flow the answer may be what was not counted: it would look like a failure.  What
 * can be told is which packets begin connections; UDP has no such packets. */
static enum scan_reason reason_to_leave_sampled(const struct flow *flow)
{
    bool is_icmp = flow->protocol == PROTOCOL_ICMP || flow->protocol == PROTOCOL_ICMPV6;
    if (observation_rate(&flow->observation) > RATE_MOST ||
        !(flow->protocol == PROTOCOL_TCP || is_icmp))
        return SCAN_REASON_SAMPLED;
    if (flow->forward.packets == 0)
        return SCAN_REASON_TURNED;
    if (ip_is_multicast(&flow->responder))
        return SCAN_REASON_MULTICAST;
    return is_icmp && !is_echo(flow) ? SCAN_REASON_ICMP : SCAN_REASONS;
}

uint64_t scan_probe_packets(const struct flow *flow)
{
    bool is_syn_alone = flow->forward.tcp_flags == TCP_SYN;
    return flow->protocol != PROTOCOL_TCP || is_syn_alone ? flow->forward.packets : 0;
}

enum scan_reason scan_reason_to_leave(const struct flow *flow)
{
    if (flow->forward.packets == 0 && flow->reverse.packets == 0)
        return SCAN_REASON_EMPTY;
    if (observation_rate(&flow->observation) > 1)
        return reason_to_leave_sampled(flow);
    if (flow->slice > 0)
        return SCAN_REASON_SLICE;
    if (flow->is_turned || flow->forward.packets == 0)
        return SCAN_REASON_TURNED;
    if (ip_is_multicast(&flow->responder))
        return SCAN_REASON_MULTICAST;
    if (flow->protocol == PROTOCOL_ICMP || flow->protocol == PROTOCOL_ICMPV6)
        return is_echo(flow) ? SCAN_REASONS : SCAN_REASON_ICMP;
    if (flow->protocol == PROTOCOL_TCP && flow->tcp == FLOW_TCP_MIDSTREAM) {
        if ((flow->forward.first_flags & (TCP_RST | TCP_SYN)) != 0)
            return SCAN_REASON_BACKSCATTER;
        return is_odd_probe(flow) ? SCAN_REASONS : SCAN_REASON_MIDSTREAM;
    }
    return scan_transport_of(flow) == SCAN_OVERS ? SCAN_REASON_PROTOCOL : SCAN_REASONS;
}

/* A client that acknowledges was answered, even where only its side of the traffic passes
 * here. */
static enum scan_contact tcp_contact(const struct flow *flow)
{
    bool attempt = flow->tcp == FLOW_TCP_ATTEMPT || flow->tcp == FLOW_TCP_NONE;
    if (flow->tcp == FLOW_TCP_REFUSED || flow->tcp == FLOW_TCP_MIDSTREAM)
        return SCAN_FAILED;
    if (attempt && (flow->forward.tcp_flags & TCP_ACK) == 0)
        return SCAN_FAILED;
    if (flow->forward.payload == 0 && flow->reverse.payload == 0)
        return SCAN_OPEN; /* opened and nothing said: says neither this nor that */
    return SCAN_ANSWERED;
}

enum scan_contact scan_contact_of(const struct flow *flow)
{
    if (flow->protocol == PROTOCOL_TCP)
        return tcp_contact(flow);
    return flow->reverse.packets > 0 ? SCAN_ANSWERED : SCAN_FAILED;
}
