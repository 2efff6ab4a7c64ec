// SPDX-License-Identifier: Apache-2.0
/* Between the engine (simulate.c) and those who act in it (agents.c). */
#pragma once

#include "simulate/cast.h"
#include "simulate/heap.h"
#include "simulate/simulate.h"

enum { SIMULATE_TALKS_MAX = 1 << 16 };

/* One who acts: a line in an actor, or a scanner, or a flood. */
struct agent {
    struct random random;
    uint32_t actor;
    uint32_t member; /* which of the actor's lines or servers */
    uint32_t count;  /* how often it acted; for people: pages left */
};

struct simulation {
    struct cast cast;
    struct talk_context context;
    struct heap heap;
    struct agent *agents;
    uint32_t agent_count;
    struct talk *talks;
    uint32_t *free_talks;
    uint32_t free_count;
    uint32_t talks_begun; /* those behind it were never in use */
    struct simulate_actor actors[SCENARIO_ACTORS_MAX];
    int64_t end_ns;
    uint8_t (*rooms)[WIRE_FRAME_MAX];
};

/* A cleared talk of this actor that begins at that time; NULL when too many go on (counted). */
struct talk *simulation_open_talk(struct simulation *simulation, const struct agent *agent,
                                  int64_t at_ns, uint64_t seed);

/* How many agents an actor needs. */
uint32_t agent_count(const struct scenario_actor *actor);
/* When the agent acts for the first time, from the start of its actor's time. */
int64_t agent_first_ns(const struct scenario_actor *actor, struct agent *agent);
/* Lets the agent act; gives the time until it acts again, or -1 for never. */
int64_t agent_act(struct simulation *simulation, struct agent *agent, int64_t now_ns);

/* One probe of a scan: which of the scanners tries for the number-th time. */
struct scan_try {
    const struct scenario_actor *scenario;
    uint32_t actor;
    uint32_t member;
    uint32_t number;
};
struct ip_address agent_scan_target(const struct cast *cast, const struct scan_try *try);
