// SPDX-License-Identifier: Apache-2.0
/* Tables of the baselines: one record for each unit, first come first kept.  A full table
 * takes no more and counts what it refused. */
#pragma once

#include "base/index.h"
#include "evaluate/baseline.h"

struct whom {
    struct ip_address server; /* or whoever the rule is about */
    struct ip_address line;   /* zero when the unit is no pair */
    uint16_t port;
    uint8_t protocol;
    uint8_t kind; /* of rules that count several things in one table */
};

struct units {
    struct hash_key key;
    struct index index;
    struct whom *at;
    uint8_t *records;
    size_t record_octets;
    size_t count;
    size_t max;
    uint64_t refused;
};

size_t units_size(size_t max, size_t record_octets);
/* record_octets is a multiple of 8. */
void units_init(struct units *units, size_t max, size_t record_octets, struct hash_key key,
                struct arena *keep);
/* The record of a unit, zero when it is new; NULL when there is no room for it. */
void *units_take(struct units *units, const struct whom *unit);
/* The same, NULL when it is not there. */
void *units_find(const struct units *units, const struct whom *unit);
void units_clear(struct units *units);
/* Of a state that is one table. */
uint64_t units_refused(const void *state);

static inline void *units_record(const struct units *units, size_t at)
{
    return units->records + at * units->record_octets;
}

/* The best of what is put, sorted at the end: a heap with the worst on top. */
struct best {
    struct ranked *out;
    size_t max;
    size_t count;
};

void best_put(struct best *best, const struct ranked *ranked);
/* Highest first, then by unit, so that the order never depends on that of flows; gives how
 * many. */
size_t best_sort(struct best *best);

/* A row of a pair or a lone unit, its score still to be told. */
struct ranked ranked_of(const struct whom *unit, enum finding_kind kind);

/* Times a clock may have shown: from 1970 to 2106. */
static inline bool is_time_plausible(int64_t time_ns)
{
    return time_ns >= 0 && time_ns / INT64_C(1000000000) <= UINT32_MAX;
}

static inline bool is_inside(enum place place)
{
    return place == PLACE_OWN || place == PLACE_DOMESTIC;
}

/* From a line to the world: what baselines for command servers look at. */
static inline bool is_outward(const struct admitted_flow *admitted)
{
    return admitted_line_is_initiator(admitted) &&
           !(is_inside(admitted->initiator_place) && is_inside(admitted->responder_place)) &&
           is_time_plausible(flow_start_ns(&admitted->flow)) &&
           is_time_plausible(flow_end_ns(&admitted->flow));
}

static inline struct whom unit_of_pair(const struct flow *flow)
{
    return (struct whom){ .server = flow->responder,
                          .line = flow->initiator,
                          .port = flow->responder_port,
                          .protocol = flow->protocol };
}

static inline struct whom unit_of_server(const struct flow *flow)
{
    return (struct whom){ .server = flow->responder,
                          .port = flow->responder_port,
                          .protocol = flow->protocol };
}

extern const struct baseline_kind baseline_random;
extern const struct baseline_kind baseline_popularity;
extern const struct baseline_kind baseline_long;
extern const struct baseline_kind baseline_rita;
extern const struct baseline_kind baseline_sentinel;
extern const struct baseline_kind baseline_flare;
extern const struct baseline_kind baseline_elastic;
extern const struct baseline_kind baseline_nemea;
extern const struct baseline_kind baseline_slips;
