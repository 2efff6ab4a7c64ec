// SPDX-License-Identifier: Apache-2.0
/* Our own IPFIX messages read back, where a sensor sends its records to a hub.  Nothing but
 * what exchange/ipfix.h writes is taken: another template, set, element or sequence is refused,
 * so that whoever may send records can send nothing else in them.  Pure. */
#pragma once

#include "base/fault.h"
#include "exchange/ipfix.h"

/* One end: an address, or the 21 letters of a pseudonym ("line-..."). */
struct received_party {
    bool is_pseudonym;
    struct ip_address address;
    struct bytes pseudonym; /* in the message */
};

/* A record as it came.  What struct minimised_flow is where it was made, this is where it is
 * received: nobody here minimised it.  Texts stay in the message: printable ASCII. */
struct received_flow {
    struct received_party initiator, responder;
    uint16_t initiator_port, responder_port;
    uint8_t protocol;
    uint8_t end; /* enum flow_end */
    int64_t start_ns, end_ns;
    uint64_t packets_forward, packets_reverse;
    uint64_t octets_forward, octets_reverse;
    uint32_t sampling_rate; /* 0: nobody told */
    bool line_is_initiator; /* this and all that follow: only with has_mandate */
    bool has_mandate;       /* without one, nothing says until when it may be kept */
    enum direction direction;
    struct bytes basis, warrant, selector;
    struct bytes server_name;   /* empty: none */
    int64_t retention_until_ns; /* in whole milliseconds */
};

struct received_taker {
    /* False ends the reading: with FAULT_LIMIT. */
    bool (*take)(void *context, const struct received_flow *flow);
    void *context;
};

struct received_account {
    uint64_t messages, records;
    uint32_t domain;
};

/* All messages of one batch, which begins with its templates and at sequence 0.  Records are
 * handed on as they are read, those before a fault, too: keep none of them unless FAULT_NONE
 * came.  FAULT_UNSUPPORTED: a template that is not ours. */
MUST_CHECK enum fault ipfix_read_batch(struct bytes batch, const struct received_taker *taker,
                                       struct received_account *out);
