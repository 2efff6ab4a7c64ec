// SPDX-License-Identifier: Apache-2.0
/* A line that takes sessions from outside and opens some itself, in slots of five minutes: what
 * tells one that hands on from one that serves or uses (detectors.md 4.2, r1 to r4, r7). */
#pragma once

#include "base/time.h"
#include "behaviour/sketch.h"
#include "model/admitted.h"

enum { RELAY_SLOTS = 48, RELAY_CONTROLLERS = 4, RELAY_STARTS = 8 };
#define RELAY_SLOT_NS (300 * TIME_SECOND_NS)

struct relay_slot {
    float received; /* octets, from both sides */
    float sent;
    uint16_t network; /* hash of the first network called, 0 when none */
    bool has_several; /* networks were called */
    bool is_called;   /* a session from outside was open */
};

/* Who holds sessions to the line. */
struct relay_controller {
    struct ip_address address;
    uint64_t octets;
};

struct relay_view {
    double slots;        /* with traffic */
    double duality;      /* r1, share of slots; negative when too few */
    double conservation; /* r2, sent for each received; negative when too little */
    double correlation;  /* of the slots' series, by rank */
    double adjacency;    /* r3, sigma; negative when it cannot be told */
    double networks;     /* r4 */
};

struct relay_line {
    struct ip_address address;
    int64_t first_ns, last_ns;
    int64_t slot_latest; /* five minutes since 1970 */
    int64_t slot_remembered;
    double received, sent;
    double inward_octets; /* of sessions from outside, both ways */
    double called_s;      /* how long sessions from outside were open, all together */
    uint32_t connections; /* both ways */
    uint32_t outward;     /* of these */
    uint32_t adjacent;    /* outward, begun right after one from outside began */
    uint32_t inward;
    uint32_t rate;
    uint8_t place, line_class, direction, basis, outside_place;
    bool is_exposed; /* scanned, or sent to unused addresses */
    bool fired;
    uint8_t inward_next, outward_next;
    int64_t inward_ns[RELAY_STARTS];  /* when the latest sessions from outside began */
    int64_t outward_ns[RELAY_STARTS]; /* when those outward did; 0 once found adjacent */
    struct sketch networks;           /* called, /24 or /48 */
    struct relay_slot slots[RELAY_SLOTS];
    struct relay_controller controllers[RELAY_CONTROLLERS]; /* the largest */
    struct relay_view best;                                 /* of the windows before */
};
/* Is the line called, or does it call?  Each flow is added once. */
void relay_add_inward(struct relay_line *line, const struct flow *flow);
void relay_add_outward(struct relay_line *line, const struct flow *flow, uint64_t network);
void relay_merge(struct relay_line *into, const struct relay_line *other);
/* Of the window now, or an earlier one that said more. */
void relay_look(const struct relay_line *line, struct relay_view *out);
/* The ring moves on: what it says is remembered when it says more than before. */
void relay_remember(struct relay_line *line);
