// SPDX-License-Identifier: Apache-2.0
/* Joins fragments of captured datagrams: exporters send messages of up to 65,535 octets.  A
 * bounded table: the oldest gives way, and one whose fragments overlap is refused (RFC 5722).
 * A joined packet stays where it is until join_release. */
#pragma once

#include "source/carried_private.h"

enum {
    JOIN_SLOTS = 64,
    JOIN_OCTETS_MAX = 65535,
    JOIN_BLOCKS = (JOIN_OCTETS_MAX + 7) / 8,
};

enum join_state { JOIN_FREE, JOIN_OPEN, JOIN_HANDED };

struct join_slot {
    enum join_state state;
    struct ip_address source;
    struct ip_address destination;
    uint32_t id;
    uint8_t protocol;
    int64_t first_ns;
    uint32_t total; /* octets of the whole; 0 until the last fragment came */
    uint32_t here;
    uint32_t reach;                           /* end of the piece that lies furthest */
    uint64_t blocks[(JOIN_BLOCKS + 63) / 64]; /* which came, 8 octets each */
    uint8_t octets[JOIN_BLOCKS * 8];
};

struct join {
    uint64_t dropped; /* datagrams that were never whole */
    struct join_slot slots[JOIN_SLOTS];
};

enum join_result { JOIN_TAKEN, JOIN_WHOLE, JOIN_FULL };

/* JOIN_WHOLE: *packet is the payload of the IP packet.  JOIN_FULL: nothing was taken, and
 * join_release must come first. */
MUST_CHECK enum join_result join_add(struct join *join, const struct carried *piece,
                                     int64_t time_ns, struct bytes *packet);
/* What was handed out is no longer used, and is overwritten. */
void join_release(struct join *join);
/* Counts what is still open as dropped. */
void join_finish(struct join *join);
