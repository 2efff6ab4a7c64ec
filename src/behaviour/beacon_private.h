// SPDX-License-Identifier: Apache-2.0
/* The state of the beacon behaviour, shared by what fills it (beacon.c), what judges it
 * (beacon_judge.c) and what keeps and joins it (beacon_merge.c). */
#pragma once

#include "behaviour/active_lines.h"
#include "behaviour/behaviour.h"
#include "behaviour/call_private.h"
#include "behaviour/concern.h"
#include "behaviour/evidence.h"
#include "behaviour/pair.h"
#include "behaviour/server.h"

enum {
    BEACON_JUDGE_FIRST = 8,     /* sightings; then at each doubling */
    BEACON_COMB_RATE_MAX = 200, /* sampled more thinly, nothing tells of a pair (detectors.md
                                   1.3: one in ten calls of 10 to 20 packets must be seen) */
};

/* Everything that is no array, no pointer and no key. */
struct beacon_totals {
    struct active_lines lines; /* of all states that share the work */
    double active_lines;       /* how many they are */
    int64_t day;               /* whose key is in force; days since 1970 */
    int64_t old_day;           /* whose key still finds pairs */
    int64_t latest_ns;         /* end of the latest flow */
    uint32_t concern_used;     /* from the front; none is given back but by eviction */
    uint32_t concern_hand;
    uint32_t hub_used; /* likewise */
    uint32_t hub_hand;
    uint64_t left_out[CALL_REASONS];
    uint64_t units_judged;
    uint64_t left_popular;
    uint64_t left_dns;
    uint64_t left_sampled;
    uint64_t left_uneven;
    uint64_t servers_evicted;
    uint64_t concerns_evicted;
    uint64_t fired_evicted;
    uint64_t hubs_evicted;
    uint64_t fired;
    uint64_t servers_fired;
};

struct beacon {
    struct hash_key key;
    struct hash_key day_key; /* of fingerprints of pairs */
    struct hash_key old_key;
    int64_t key_day; /* the day they are for */
    struct pairs pairs;
    struct prints server_prints;
    struct server *servers;
    uint32_t *server_pairs; /* of each server; apart, since those of a bucket are compared */
    struct concern *concerns;
    uint32_t concern_max;
    struct hub *hubs;
    uint32_t hub_max;
    struct beacon_totals totals;
    struct learned *learned; /* NULL where there is no room for it */
    /* Of this run alone, so that whoever takes the state up again begins anew: */
    bool is_learning;
    int64_t finished_day; /* of the last flow when all was judged, 0 before */
};

/* The fingerprint of a pair changes every day; that of a server does not. */
uint64_t beacon_print_of(const struct hash_key *day_key, uint64_t line, uint64_t server);
uint64_t beacon_hash_address(const struct beacon *beacon, const struct ip_address *address);
/* Those of the day in force: made from the day, so that a state taken up again has them. */
void beacon_take_keys(struct beacon *beacon);
void beacon_turn_day(struct beacon *beacon, int64_t day);
/* The slot of a server, taken for it when it has none. */
size_t beacon_server(struct beacon *beacon, uint64_t print);
/* A record for a concern or a hub, another one's when there is none free. */
uint32_t beacon_take_concern(struct beacon *beacon, int64_t now_ns);
uint32_t beacon_take_hub(struct beacon *beacon);
/* After a promoted pair was pushed out: judged no more but at the end. */
void beacon_lose(struct beacon *beacon, uint32_t concern);

struct surroundings beacon_surroundings(const struct beacon *beacon, uint64_t server_print);
void beacon_judge(struct beacon *beacon, struct concern *concern, struct sighting_sink sink);
void beacon_finish(void *state, struct sighting_sink sink);
size_t beacon_parts(void *state, struct behaviour_part out[BEHAVIOUR_PARTS_MAX]);
void beacon_merge(void *state, const void *other);
