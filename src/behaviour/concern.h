// SPDX-License-Identifier: Apache-2.0
/* One pair of line and server that called often enough to be timed: the ring of its latest
 * calls and what can be told from it (detectors.md 0.2, tier C).  Its addresses are sealed
 * until it fires (docs/decisions/0010-beacon-tiers.md). */
#pragma once

#include "base/time.h"
#include "behaviour/series.h"
#include "model/admitted.h"
#include "model/sighting.h"

enum { CONCERN_STARTS = SERIES_MAX, CONCERN_SIZES = 64 };

/* Starts are kept in 1/64 s of a clock that wraps after two years. */
#define CONCERN_TICK_NS (TIME_SECOND_NS / 64)
enum { CONCERN_TICKS_A_SECOND = 64 };

struct concern {
    uint64_t print;        /* of the pair; 0 when its place in the wide tier is lost */
    uint64_t server_print; /* of the server and port */
    struct ip_address server;
    struct ip_address line;
    int64_t first_ns;
    int64_t last_ns;
    uint64_t octets_out;
    uint64_t octets_in;
    uint64_t slots;      /* half-hours with a call, bit 0 the latest */
    int64_t slot_latest; /* half-hours since 1970 */
    uint32_t connections;
    uint32_t sightings; /* connections that did not come together with another */
    uint32_t failed;    /* connections refused or not answered */
    uint32_t judge_at;  /* sightings */
    uint32_t judged;    /* sightings when it last was */
    uint32_t next;      /* of the same server */
    uint32_t rate;      /* of sampling, the same for all calls; 0 when nobody told */
    uint16_t port;
    uint8_t protocol;
    uint8_t direction;
    uint8_t basis;
    uint8_t server_place;
    uint8_t line_place;
    bool fired;
    uint16_t hours[24];              /* calls by hour of the day, UTC */
    uint32_t starts[CONCERN_STARTS]; /* ticks */
    uint32_t sizes[CONCERN_SIZES];   /* octets from the line */
    uint32_t sized;                  /* sightings whose size was seen, a ring too */
};

static inline size_t concern_sizes(const struct concern *concern)
{
    return concern->sized < CONCERN_SIZES ? concern->sized : CONCERN_SIZES;
}

/* What the ring tells. */
struct concern_timing {
    size_t sightings; /* after bursts were merged */
    double span_s;
    double median_s;
    double spread;
    double rita;
    double comb;         /* of the latest intervals, where sampling is thin */
    bool is_thin;        /* sampled too thinly for spread to tell: the comb does */
    double active_share; /* of half-hours; negative when the span is too short */
    double size_spread;  /* negative when there are too few */
};

static inline uint32_t concern_ticks(int64_t time_ns)
{
    return (uint32_t)(uint64_t)(time_ns / CONCERN_TICK_NS);
}

/* Do two starts belong to one sighting? */
static inline bool concern_together(uint32_t a, uint32_t b)
{
    int32_t apart = (int32_t)(a - b);
    return apart < CONCERN_TICKS_A_SECOND && apart > -CONCERN_TICKS_A_SECOND;
}

static inline bool concern_call_failed(const struct flow *flow)
{
    return flow->protocol == PROTOCOL_TCP
               ? flow->tcp == FLOW_TCP_ATTEMPT || flow->tcp == FLOW_TCP_REFUSED
               : flow->reverse.packets == 0;
}

/* A sighting from before the record was made, of unknown size. */
void concern_add_earlier(struct concern *concern, int64_t start_ns);
void concern_add_call(struct concern *concern, const struct flow *flow);
/* False when there are too few sightings, or the calls are a stream rather than a series. */
bool concern_measure(const struct concern *concern, struct concern_timing *out);
/* The merged series of the ring, in seconds before the latest call. */
void concern_series(const struct concern *concern, struct series *out);
/* Interval comb of a sampled series (detectors.md 1.2): its latest 48 intervals. */
double concern_comb(const struct series *series);
/* Adds what another state saw of the same pair. */
void concern_merge(struct concern *concern, const struct concern *other);
