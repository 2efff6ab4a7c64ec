// SPDX-License-Identifier: Apache-2.0
/* A bidirectional flow (RFC 7011, RFC 5103): what two end points exchanged, in numbers.  The
 * initiator is who spoke first as far as we saw.  A long flow is reported in slices: each
 * counts only what came since the slice before. */
#pragma once

#include "model/facts.h"
#include "model/observation.h"
#include "model/packet.h"

/* RFC 5102 5.11.3, flowEndReason, by its numbers. */
enum flow_end {
    FLOW_END_IDLE = 1,
    FLOW_END_ACTIVE = 2,
    FLOW_END_DETECTED = 3, /* TCP said so: both FINs, or a RST */
    FLOW_END_FORCED = 4,   /* end of the input */
    FLOW_END_RESOURCES = 5 /* the table, or the flow's chain of facts, was full */
};

enum flow_tcp {
    FLOW_TCP_NONE,        /* not TCP */
    FLOW_TCP_ATTEMPT,     /* SYN, no answer seen */
    FLOW_TCP_REFUSED,     /* SYN answered by RST */
    FLOW_TCP_ESTABLISHED, /* both sides' SYN seen, still open at the end */
    FLOW_TCP_CLOSED,      /* both sides' FIN seen */
    FLOW_TCP_RESET,       /* opened, then ended by RST */
    FLOW_TCP_MIDSTREAM,   /* no SYN seen */
    FLOW_TCP_STATES
};

struct flow_half {
    uint64_t packets;
    uint64_t octets;  /* of IP packets, headers included */
    uint64_t payload; /* octets of transport payload by the headers */
    int64_t first_ns; /* 0 when packets is 0; but of a flow without any, made of facts alone
                         (logs), forward has its time */
    int64_t last_ns;
    uint8_t tcp_flags;      /* all seen, or'ed */
    uint8_t first_flags;    /* of the first packet */
    uint32_t retransmitted; /* TCP segments whose octets came before */
    uint32_t out_of_order;  /* TCP segments that came after a gap, late */
};

struct flow {
    struct ip_address initiator;
    struct ip_address responder;
    struct flow_half forward; /* from the initiator */
    struct flow_half reverse;
    struct observation observation;
    const struct fact *facts; /* oldest first; NULL when none.  Lives as long as the batch */
    uint32_t facts_dropped;   /* by the bounds of the chain or of the table of facts */
    uint32_t slice;           /* 0 for the first report of this flow */
    uint16_t initiator_port;
    uint16_t responder_port; /* ICMP: type * 256 + code of the initiator's message */
    uint16_t encapsulation;
    uint16_t vlan;
    uint8_t protocol;
    uint8_t version;
    uint8_t end;    /* enum flow_end */
    uint8_t tcp;    /* enum flow_tcp */
    bool continues; /* another slice may follow */
    bool is_turned; /* the initiator is inferred from a SYN-ACK, not seen to speak first */
};

const char *flow_end_name(enum flow_end end);
const char *flow_tcp_name(enum flow_tcp state);
/* From the flags of each half, or'ed over the whole flow. */
enum flow_tcp flow_tcp_state(uint8_t protocol, uint8_t forward, uint8_t reverse);

/* Start of the whole: the earlier of the two halves. */
static inline int64_t flow_start_ns(const struct flow *flow)
{
    if (flow->reverse.packets == 0 ||
        (flow->forward.packets > 0 && flow->forward.first_ns <= flow->reverse.first_ns))
        return flow->forward.first_ns;
    return flow->reverse.first_ns;
}

static inline int64_t flow_end_ns(const struct flow *flow)
{
    if (flow->reverse.packets == 0 ||
        (flow->forward.packets > 0 && flow->forward.last_ns >= flow->reverse.last_ns))
        return flow->forward.last_ns;
    return flow->reverse.last_ns;
}

/* Times are the input's word: within these bounds no difference of two overflows. */
static inline bool flow_times_are_sane(const struct flow *flow)
{
    int64_t start_ns = flow_start_ns(flow), end_ns = flow_end_ns(flow);
    return start_ns >= 0 && end_ns >= start_ns && end_ns <= INT64_MAX / 2;
}
