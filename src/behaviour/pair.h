// SPDX-License-Identifier: Apache-2.0
/* The wide tier: what is kept of every pair of line and server, 32 octets with its
 * fingerprint, and no address (detectors.md 0.2, 1.3).  A table of two choices; where both
 * buckets are full, only what calls a second time may push the stalest out. */
#pragma once

#include "behaviour/prints.h"
#include "behaviour/sketch.h"

enum {
    PAIR_EARLY = 3,            /* latest calls that can be told again */
    PAIR_PROMOTED = UINT8_MAX, /* in place of a count: the pair is a concern */
    PAIR_SIGHTINGS_MAX = 240,
    PAIR_LOG_STEPS = 4, /* of unsteady, to a doubling */
};

/* Times are ticks (concern.h); gaps and octets are floats of 16 bits (pair_float). */
struct pair {
    uint64_t slots;  /* half-hours with a call, bit 0 that of the latest */
    uint32_t latest; /* start of a call; once promoted, the number of the concern */
    uint16_t gaps[PAIR_EARLY - 1]; /* between the latest calls, the last first */
    uint16_t octets_out;
    uint16_t octets_in;
    uint8_t sightings;
    uint8_t connections;
    uint8_t failed;
    uint8_t unsteady; /* how far neighbouring gaps are apart, summed: log2 in quarters */
};

_Static_assert(sizeof(struct pair) == 24, "with its fingerprint 32 octets");

struct pairs {
    struct prints prints;
    struct pair *at;
    struct seen seen; /* who called when there was no room */
    struct pairs_counts {
        uint64_t evicted;
        uint64_t turned_away;
    } counts;
};

/* What a call of a pair adds to it. */
struct pair_call {
    uint32_t start; /* ticks */
    uint64_t octets_out;
    uint64_t octets_in;
    bool is_new; /* not together with the call before */
    bool failed;
};

/* Exact below 4096, else to one in 4096, rounded down. */
uint16_t pair_float(uint64_t value);
uint64_t pair_float_value(uint16_t stored);

/* Takes the room itself, about 1/48 of it for `seen`. */
void pairs_init(struct pairs *pairs, size_t octets, struct arena *keep);

static inline size_t pairs_find(const struct pairs *pairs, uint64_t print)
{
    return prints_find_two(&pairs->prints, print);
}

/* A slot with a pair of no sightings.  PRINTS_NONE when there is no room and the pair is not
 * known to have called before, unless it must be had.  lost: the concern that a promoted pair
 * had that is pushed out, else UINT32_MAX. */
size_t pairs_take(struct pairs *pairs, uint64_t print, bool is_forced, uint32_t *lost);
/* The same pair under another fingerprint. */
size_t pairs_move(struct pairs *pairs, size_t from, uint64_t print, uint32_t *lost);

/* Starts of its latest calls, the last first; gives how many, at most PAIR_EARLY. */
size_t pair_starts(const struct pair *pair, uint32_t out[PAIR_EARLY]);
void pair_add(struct pair *pair, const struct pair_call *call);
/* Are the gaps, with one more that ends at start, alike enough that a place is worth it where
 * places are short? */
bool pair_is_steady(const struct pair *pair, uint32_t start);
/* Neither of the two is promoted. */
void pair_merge(struct pair *pair, const struct pair *other);
