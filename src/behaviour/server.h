// SPDX-License-Identifier: Apache-2.0
/* The server tier: what is kept of every server and port that lines call, and, once it is
 * called often by few, of all its calls together: five statistics that add up over workers,
 * hours and sensors (detectors.md 2.2).  They tell a command server where each line alone is
 * seen too seldom to be timed, as under packet sampling. */
#pragma once

#include "behaviour/pool.h"
#include "behaviour/prints.h"
#include "behaviour/sketch.h"

enum {
    HUB_SAMPLE = 64,
    HUB_GAPS_OF_LINE = 64, /* no line speaks for all */
    HUB_FROM = 16,         /* sightings from which on a server may have one */
    HUB_SAMPLED_FROM = 4,  /* where most are not seen */
};
#define SERVER_NONE UINT32_MAX

/* Of every server, under its fingerprint; no address. */
struct server {
    struct sketch clients;
    uint32_t first_s; /* seconds since 1970 */
    uint32_t sightings;
    uint32_t hub;      /* its record, or SERVER_NONE */
    uint32_t concerns; /* first of the chain, while pools are judged */
    uint32_t judged;   /* pooled sightings when it last was */
    bool fired;
};

/* Of a server of concern: one record for all its lines; of them only hashes. */
struct hub {
    uint64_t print; /* of the server; 0 when its place is lost */
    struct ip_address server;
    int64_t first_ns;
    int64_t last_ns;
    uint64_t octets_out;
    uint64_t octets_in;
    uint32_t connections;
    uint32_t sightings;
    uint32_t earlier; /* sightings of the server before it had the record */
    uint32_t judged;
    uint32_t rate;
    uint16_t port;
    uint8_t protocol;
    uint8_t direction;
    uint8_t basis;
    uint8_t server_place;
    bool fired;
    uint8_t sampled;             /* lines in the sample */
    uint32_t sample[HUB_SAMPLE]; /* the smallest hashes of lines */
    uint32_t sightings_of[HUB_SAMPLE];
    uint32_t hours[24];             /* sightings by hour of the day, UTC */
    uint16_t gaps[COMB_GAPS_MAX];   /* between calls of one line, by their logarithm */
    uint32_t sizes[POOL_SIZE_BINS]; /* octets from the line, fifths of a doubling */
};

/* One call as the server sees it. */
struct hub_call {
    uint64_t line; /* hash */
    int64_t start_ns;
    double gap_s;  /* since the line called before; negative when that is not known */
    size_t before; /* sightings of the line before, as far as known */
    uint64_t octets;
};

void hub_add(struct hub *hub, const struct hub_call *call);
/* False when there are too few sightings or lines, or half a day was not seen yet. */
bool hub_look(const struct hub *hub, struct pool_view *out);
/* Both of the same server. */
void hub_merge(struct hub *hub, const struct hub *other);
