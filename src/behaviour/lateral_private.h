// SPDX-License-Identifier: Apache-2.0
/* What is kept of hosts inside that administer each other: hints, each worth little, and which
 * host they lead on to. */
#pragma once

#include "behaviour/behaviour.h"
#include "behaviour/evidence.h"
#include "behaviour/prints.h"
#include "behaviour/sketch.h"

enum hint {
    HINT_NEW_EDGE,  /* administers a host it never did before */
    HINT_FAN,       /* one service of ten hosts or more within an hour */
    HINT_PEER,      /* a workstation administers a workstation */
    HINT_REVERSED,  /* SSH in which the one called gives the orders */
    HINT_INITIATES, /* a server that only ever answered */
    HINT_SPRAY,     /* many accounts, few tries each */
    HINT_ACCOUNT,   /* an account from a source it never came from */
    HINT_PERSON,    /* a service's account at a desktop */
    HINT_WEAK,      /* a ticket sealed with RC4 */
    HINTS
};

enum {
    EDGE_PARTS = 2,
    LATERAL_FAN_LEAST = 10,
    LATERAL_ACCOUNTS_LEAST = 20,
    LATERAL_TRIES_MOST = 3
};

/* Edges (who, whom, service) of 15 to 30 days: two Bloom filters by absolute time, or'ed when
 * merged. */
struct edges {
    uint64_t *words[2];
    uint64_t lines; /* of 64 octets, of each */
};

/* A host inside; its addresses are sealed until it fires. */
struct mover {
    struct ip_address address;
    struct ip_address reached_from;
    int64_t first_ns;
    int64_t last_ns;
    int64_t began_ns;        /* first administered another; 0 never */
    int64_t hint_ns[HINTS];  /* the latest of its own; 0 never */
    int64_t reach_ns[HINTS]; /* of hosts that reached it */
    uint64_t octets_out;
    uint64_t octets_in;
    uint32_t connections;
    uint16_t port; /* lowest that it administered by a hint; 0 none */
    uint16_t fan;  /* most hosts within an hour */
    uint8_t told;  /* bits of what was said: see lateral.c */
    uint8_t direction;
    uint8_t basis;
    uint8_t place;
    uint8_t reached_place;
    bool is_server; /* answered at a port of servers */
    struct sketch clients;
    struct sketch targets; /* of hints */
};

/* Hosts that one host tried on one service, by half-hours. */
struct fan {
    int64_t slot; /* the latest; 0 none */
    struct sketch hosts[2];
    uint32_t tries[2];
};

/* Bits 1 << enum hint, of hints within a day of one another, and whether they make a path. */
struct path {
    uint32_t own;
    uint32_t reached;
    bool is_path;
};

void edges_init(struct edges *edges, size_t octets, struct arena *keep);
void edges_expect(const struct edges *edges, uint64_t hash, int64_t generation);
/* Was it there?  It is now, in this generation; the one before is asked too. */
bool edges_add(struct edges *edges, uint64_t hash, int64_t generation);
bool edges_has(const struct edges *edges, uint64_t hash);
void edges_forget(struct edges *edges, int64_t generation);
void edges_merge(struct edges *edges, const struct edges *other, int64_t generation);
/* EDGE_PARTS of them. */
void edges_parts(const struct edges *edges, struct behaviour_part *out);

/* How many hosts within the last half to whole hour, with this one. */
double fan_add(struct fan *fan, int64_t time_ns, uint64_t host);
double fan_tries(const struct fan *fan); /* in the same time, with repetitions */
void fan_merge(struct fan *fan, const struct fan *other);

struct path path_of(const struct mover *mover);
void mover_merge(struct mover *mover, const struct mover *other);
void mover_add_measures(struct sighting *sighting, const struct mover *mover,
                        const struct path *path);
