// SPDX-License-Identifier: Apache-2.0
/* Baselines: what others publish, and what costs nothing, each run on the flows our own
 * detectors see and ranked by the same measure (../shared/science/numbers-to-beat.md 5.5).
 * Written from the published descriptions; none of them feeds a finding.
 *
 * They take flows as they are, however sampled: that is part of what is compared. */
#pragma once

#include "base/arena.h"
#include "base/hash.h"
#include "model/admitted.h"
#include "model/finding.h"

enum baseline {
    BASELINE_RANDOM,
    BASELINE_POPULARITY,
    BASELINE_LONG,
    BASELINE_RITA,
    BASELINE_SENTINEL,
    BASELINE_FLARE,
    BASELINE_ELASTIC,
    BASELINE_NEMEA,
    BASELINE_SLIPS,
    BASELINES, /* how many */
};

/* What one rule says of one unit. */
struct ranked {
    enum finding_kind kind;
    struct ip_address unit; /* the server, scanner, victim or line */
    struct ip_address line; /* the other end, when the rule speaks of a pair */
    uint16_t port;          /* of the first flow that counted; 0 when the rule knows none */
    uint8_t protocol;
    bool has_line;
    double score;           /* in the rule's own terms; only the order is comparable */
    bool is_alert;          /* past the threshold the rule's authors ship */
    int64_t first_alert_ns; /* when that was first known; 0 without an alert */
};

struct baseline_kind {
    const char *name;
    const char *source; /* where the rule is described */
    /* Octets that init takes of the arena: up to some hundreds of millions, of which few are
     * touched.  Meant to be fresh from the system (is_clear). */
    size_t (*size)(void);
    void *(*init)(struct hash_key key, struct arena *keep);
    /* Flows come by the time they ended. */
    void (*observe)(void *state, const struct admitted_flow *flow);
    /* The units with the highest scores, highest first; gives how many.  Judges what is still
     * open, so nothing is observed afterwards. */
    size_t (*rank)(void *state, struct ranked *out, size_t max);
    /* Units and sightings that found no room. */
    uint64_t (*refused)(const void *state);
};

extern const struct baseline_kind *const baseline_kinds[BASELINES];
