// SPDX-License-Identifier: Apache-2.0
/* Handshake facts out of payloads: tells the protocol by its first octets, on any port, puts
 * TCP segments and QUIC datagrams together within bounds, and reads DNS, TLS, QUIC, SSH and
 * HTTP/1 with the parsers of decode/parsers.h.  The only reader of sealed payloads: what it has
 * read it forgets, and room that held payload is overwritten when its flow is through.
 *
 * Each side of a connection is read until its handshake is over, and not an octet further. */
#pragma once

#include "base/arena.h"
#include "decode/packet.h"

struct handshakes;

struct handshake_limits {
    size_t connections_max; /* whose handshake is under way in pieces, at a time */
};

/* Where facts go; the fact is good during the call only. */
struct fact_sink {
    void (*take)(void *context, uint32_t flow, const struct fact *fact);
    void *context;
};

size_t handshakes_size(const struct handshake_limits *limits);
struct handshakes *handshakes_init(const struct handshake_limits *limits, struct fact_sink sink,
                                   struct arena *keep);

/* Which flow a payload is of, as the caller's meter tells. */
struct handshake_place {
    uint32_t flow;
    uint32_t *stream; /* our mark on the flow: 0 at its start */
    bool from_initiator;
    bool
        after_gap; /* TCP: octets before this segment, from expected_sequence on, are missing */
    uint32_t expected_sequence;
};

void handshakes_observe(struct handshakes *handshakes, const struct handshake_place *place,
                        const struct decoded *decoded);
/* The flow ends: what was read in part is told as far as it goes, and its room is freed. */
void handshakes_finish(struct handshakes *handshakes, uint32_t flow, uint32_t *stream);
/* The batch is over: what the last messages were read into is overwritten.  What is under way
 * in pieces stays until its flow is through. */
void handshakes_release(struct handshakes *handshakes);
/* Counters under the stage "decode": facts by kind, faults by protocol and reason. */
void handshakes_count(const struct handshakes *handshakes, struct summary *summary);

/* Both sides are through: nothing more to be read of this flow. */
static inline bool handshake_is_over(uint32_t stream)
{
    return (stream & 3) == 3;
}
