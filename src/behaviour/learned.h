// SPDX-License-Identifier: Apache-2.0
/* What timing looks like on this network: for each number of sightings, service and time of
 * day a histogram of how strange servers were by the built-in tables (null.h).
 *
 * p = (LEARNED_PRIOR p0 + C') / (LEARNED_PRIOR + 0.99 n), where n servers were learned, C of
 * them as strange as this one or stranger, and C' = max(0, C - n / 100): the strangest
 * hundredth is what we look for, not what is harmless.  It only ever makes alerts rarer: p is
 * never below p0, and at most LEARNED_FACTOR times p0 unless more than LEARNED_SERVERS_LEAST
 * support it.
 *
 * Poisoning: a network (/24 or /48) counts once a day for each histogram, and nothing of a day
 * is used on that day.  Who owns the share x of the n networks of a histogram, all as strange
 * as can be, changes nothing while x <= 1/100; moves p to at most LEARNED_FACTOR p0 with up to
 * LEARNED_SERVERS_LEAST networks; and beyond to at most p0 + (x - 0.01) / 0.99. */
#pragma once

#include "base/hash.h"
#include "base/ip.h"
#include "model/summary.h"

enum {
    LEARNED_PRIOR = 1000, /* servers that the built-in table counts for */
    LEARNED_FACTOR = 10,
    LEARNED_SERVERS_LEAST = 20,
    LEARNED_BINS = 6, /* of sightings: each twice the one before */
    LEARNED_CLASSES = 6,
    LEARNED_HOURS = 4,
    LEARNED_BUCKETS = 32, /* eighths of a decade of p0 */
    LEARNED_SEEN_WORDS = 8192,
};

enum learned_statistic { LEARNED_PAIR, LEARNED_POOL, LEARNED_STATISTICS };

struct learned_table {
    int64_t day; /* the last one that is in it */
    uint32_t counts[LEARNED_STATISTICS][LEARNED_BINS][LEARNED_CLASSES][LEARNED_HOURS]
                   [LEARNED_BUCKETS];
};

/* No pointers in it, and all zero is an empty one. */
struct learned {
    struct learned_table before; /* all days before the last one of an earlier run */
    struct learned_table eve;    /* that last day: used on later days only */
    struct learned_table now;    /* of this run: used by the next */
    int64_t seen_day;
    uint64_t seen[LEARNED_SEEN_WORDS]; /* who was counted on that day: a Bloom filter */
    uint64_t again;                    /* not counted a second time */
};

/* What was judged, and where it belongs. */
struct learned_case {
    enum learned_statistic statistic;
    double sightings;
    uint8_t protocol;
    uint16_t port;
    int64_t at_ns; /* when it was last seen */
    struct ip_address server;
    double prior_weight; /* -log10 p0, 0 to 4 */
};

struct learned_verdict {
    double weight; /* -log10 p */
    uint64_t samples;
};

/* A new run: what the last one learned becomes of use.  Before anything is noted, after loading
 * and merging. */
void learned_begin(struct learned *learned);
void learned_note(struct learned *learned, const struct hash_key *key,
                  const struct learned_case *of);
/* learned may be NULL: the built-in table alone. */
struct learned_verdict learned_weigh(const struct learned *learned,
                                     const struct learned_case *of);
/* Sums.  A network seen by both counts once for each. */
void learned_merge(struct learned *into, const struct learned *from);
