// SPDX-License-Identifier: Apache-2.0
/* The meter: packets to bidirectional flows (RFC 7011, RFC 5103) in a table of fixed size.
 *
 * Flows end by idle and active timeout, by TCP, or because the table is full; what ends is
 * handed out at once and overwritten.  Times come from the packets.  A packet out of order or
 * from a clock gone wrong is counted to its flow like any other, but moves the meter's clock
 * only when the packets after it agree.
 *
 * The table is probed by a keyed hash and holds no pointer of the caller's. */
#pragma once

#include "base/arena.h"
#include "base/hash.h"
#include "model/flow.h"
#include "model/summary.h"

struct meter;

struct meter_limits {
    size_t flows_max;
    size_t facts_max;    /* of each kind, over all flows */
    int64_t active_ns;   /* a longer flow is reported in slices */
    int64_t idle_ns;     /* at most METER_IDLE_MAX_S */
    int64_t dns_idle_ns; /* of UDP flows from or to port 53 */
    int64_t closed_ns;   /* how long a closed TCP flow waits for stragglers */
};

enum { METER_IDLE_MAX_S = 480, METER_FACTS_OF_FLOW_MAX = 12, METER_FACTS_OF_PACKET_MAX = 4 };

extern const struct meter_limits meter_defaults;

/* Who is told of what ends.  `ending` comes first, for flows whose stream is not 0: the last
 * chance to attach facts and to let the stream go. */
struct meter_hooks {
    void (*ending)(void *context, uint32_t flow);
    void (*take)(void *context, const struct flow *flow);
    void *context;
};

size_t meter_size(const struct meter_limits *limits);
struct meter *meter_init(const struct meter_limits *limits, struct hash_key key,
                         struct meter_hooks hooks, struct arena *keep);

/* Where a packet was counted; good until the next call. */
struct meter_place {
    uint32_t flow; /* number of the entry */
    bool from_initiator;
    bool is_new;
    bool
        after_gap; /* TCP: octets before this segment, from expected_sequence on, are missing */
    uint32_t expected_sequence;
    uint32_t *stream; /* the caller's own mark on the flow, 0 at its start */
};

/* The same for both directions; to be prefetched some packets ahead of meter_observe. */
uint64_t meter_hash(const struct meter *meter, const struct packet *packet);
void meter_prefetch(const struct meter *meter, uint64_t hash);
void meter_prefetch_entry(const struct meter *meter, uint64_t hash);

struct meter_place meter_observe(struct meter *meter, const struct packet *packet,
                                 uint64_t hash);

/* Copies a fact onto the flow's chain, at most METER_FACTS_OF_PACKET_MAX a packet.  A flow
 * whose chain could not take that many is reported as a slice before its next packet; when the
 * table of facts is full the fact is dropped and counted. */
void meter_attach(struct meter *meter, uint32_t flow, const struct fact *fact);
/* The stream mark of a flow, as in struct meter_place. */
uint32_t *meter_stream(struct meter *meter, uint32_t flow);

/* Live input was quiet for so long: what was idle long enough ends. */
void meter_tick(struct meter *meter, int64_t quiet_ns);
/* Ends everything: the input is over. */
void meter_finish(struct meter *meter);
/* Counters under the stage "meter". */
void meter_count(const struct meter *meter, struct summary *summary);
/* Flows reported as such: slices after the first are not counted again. */
uint64_t meter_flows(const struct meter *meter);
