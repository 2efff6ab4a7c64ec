// SPDX-License-Identifier: Apache-2.0
/* Behaviours: bounded statistics over everything admitted, sealed until a selector fires.
 * Nothing here can be read out but a sighting, and a sighting comes only from thresholds of
 * the rule in force (../shared/science/detectors.md sections 0 to 2 and 5).
 *
 * Every behaviour is one row of the table behaviour_kinds: the pipeline runs the table and
 * knows none of them by name. */
#pragma once

#include "base/arena.h"
#include "base/hash.h"
#include "model/admitted.h"
#include "model/sighting.h"
#include "model/summary.h"

/* Where fired sightings go; called during observe and finish. */
struct sighting_sink {
    void (*take)(void *context, const struct sighting *sighting);
    void *context;
};

struct behaviour_limits {
    size_t memory_octets; /* what this behaviour may take of the arena, all tables together */
};

struct behaviour_kind {
    const char *name;
    const char *rule; /* name and version, as findings carry it: "beacon 1" */
    /* What it counts over many pairs is of the responder, else of the initiator: one state must
     * see all flows of one such address. */
    bool is_of_responder;
    void *(*init)(const struct behaviour_limits *limits, struct hash_key key,
                  struct arena *keep);
    /* Tell the processor that observe of this flow comes soon, and change nothing: first what
     * the flow leads to is fetched, then, some flows later, what is found there leads to. */
    void (*expect)(const void *state, const struct admitted_flow *flow);
    void (*expect_more)(const void *state, const struct admitted_flow *flow);
    /* One admitted flow (or slice); flows come by the time they ended, not started. */
    void (*observe)(void *state, const struct admitted_flow *flow, struct sighting_sink sink);
    /* At the end of input, and now and then on a live one: judge what has not been judged. */
    void (*finish)(void *state, struct sighting_sink sink);
    /* Counters under the stage "behaviour": evictions, what was not looked at and why. */
    void (*count)(const void *state, struct summary *summary);
};

extern const struct behaviour_kind *const behaviour_kinds[BEHAVIOURS];
