// SPDX-License-Identifier: Apache-2.0
/* From a frame to the innermost IP packet it carries: link layers, IPv4 and IPv6 with options
 * and extension headers, fragments, tunnels, and the transport header.  A frame cut short at
 * capture gives the same packet as the whole one as long as its headers are there: lengths
 * come from the headers, never from what was captured.
 *
 * When what a tunnel carries does not decode, the packet is the tunnel's own.  Every frame ends
 * as a packet or in one of the counters. */
#pragma once

#include "base/fault.h"
#include "base/hash.h"
#include "decode/fragments.h"
#include "model/facts.h"
#include "model/frame.h"
#include "model/packet.h"
#include "model/summary.h"

/* A packet with its payload under seal: only decode/handshake.h reads it. */
struct decoded {
    struct packet packet;
    struct bytes sealed;      /* of the transport, as captured, or of a whole datagram */
    bool is_joined;           /* of fragments: sealed is good until the next packet_decode */
    struct tunnel_fact outer; /* of the innermost tunnel; encapsulation 0 when there is none */
};

struct packet_decoder {
    struct fragments *fragments; /* NULL: fragments are not put together */
    uint64_t frames;
    uint64_t packets;
    uint64_t octets;
    uint64_t not_ip;
    uint64_t link_faults[FAULT_KINDS];      /* the frame ends here */
    uint64_t ip_faults[FAULT_KINDS];        /* the frame ends here */
    uint64_t tunnel_faults[FAULT_KINDS];    /* counted as the tunnel's own packet */
    uint64_t transport_faults[FAULT_KINDS]; /* counted as a packet without ports */
    uint64_t length_lies;                   /* IP length longer than the frame: cut to it */
    uint64_t fragments_seen;
};

/* False when the frame holds no IP packet, or none that can be read: it is counted. */
MUST_CHECK bool packet_decode(struct packet_decoder *decoder, const struct frame *frame,
                              struct decoded *out);
/* A hash of the outermost IP addresses, the same for both directions: which worker a frame is
 * for.  0 when there is no IP header. */
uint64_t packet_pair_hash(const struct frame *frame, const struct hash_key *key);
/* Counters under the stage "decode". */
void packet_count(const struct packet_decoder *decoder, struct summary *summary);
