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
#include "behaviour/asked.h"
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

/* Which flows one state must see, all of them: those with an address at one of these ends.
 * With both, a state is shown each flow twice, once for each end it counts. */
enum behaviour_end {
    END_NONE = 0,
    END_INITIATOR = 1,
    END_RESPONDER = 2,
    END_BOTH = 3,
    END_ANY = 4,    /* every flow, once: one state counts for all */
    END_LISTED = 8, /* not to count: an indicator named the flow (heed_listed); all are told */
    END_LINE = 16,  /* not every flow: all are told of each line that calls (active_lines.h) */
};

/* The same of names asked for in DNS. */
enum behaviour_names {
    NAMES_NONE = 0,
    NAMES_BY_DOMAIN = 1, /* all of one registered domain */
    NAMES_BY_LINE = 2,   /* all of one who asks */
    NAMES_ANY = 4,
};

/* An array of a state: no pointers in it, its size fixed by the limits. */
struct behaviour_part {
    void *at;
    size_t octets;
};

enum { BEHAVIOUR_PARTS_MAX = 16 };

struct behaviour_kind {
    enum behaviour_end ends;    /* bits */
    enum behaviour_names names; /* bits */
    /* Of END_ANY and END_LINE: which flows it may want at all, by themselves; the others are
     * not sent to it from other workers.  NULL: all. */
    bool (*wants)(const struct admitted_flow *flow);
    void *(*init)(const struct behaviour_limits *limits, struct hash_key key,
                  struct arena *keep);
    /* From here on each may be NULL, but for finish and count.
     *
     * Tell the processor that observe of this flow comes soon, and change nothing: first what
     * the flow leads to is fetched, then, some flows later, what is found there leads to. */
    void (*expect)(const void *state, const struct admitted_flow *flow);
    void (*expect_more)(const void *state, const struct admitted_flow *flow);
    /* One admitted flow (or slice), for the end that is this state's to count; flows come by
     * the time they ended, not started. */
    void (*observe)(void *state, const struct admitted_flow *flow, enum behaviour_end end,
                    struct sighting_sink sink);
    /* One name that was asked for. */
    void (*observe_name)(void *state, const struct asked_name *asked,
                         struct sighting_sink sink);
    /* What fired, in this state or another, of this behaviour or another: to be remembered.
     * Nothing may fire from here, and it may be called from within observe of this state. */
    void (*heed)(void *state, const struct sighting *sighting);
    /* A flow that an indicator named; likewise. */
    void (*heed_listed)(void *state, const struct admitted_flow *flow);
    /* At the end of input, and now and then on a live one: judge what has not been judged. */
    void (*finish)(void *state, struct sighting_sink sink);
    /* Counters under the stage "behaviour": evictions, what was not looked at and why, and
     * "NAME: units judged", how many units could have been found: alerts are corrected for so
     * many (assess/budget.h). */
    void (*count)(const void *state, struct summary *summary);
    /* All of the state but its pointers and key, so that it can be kept over a restart; gives
     * how many.  A state of the same limits takes them as they are. */
    size_t (*parts)(void *state, struct behaviour_part out[BEHAVIOUR_PARTS_MAX]);
    /* Adds what another state counted, of the same limits and key, that saw other flows: sums,
     * or, maxima.  As if this one had seen them all, up to what eviction lost. */
    void (*merge)(void *state, const void *other);
};

/* What a behaviour gets of the memory of all. */
static inline struct behaviour_limits behaviour_limits_of(enum behaviour behaviour,
                                                          size_t memory_octets)
{
    unsigned share = behaviour_trait(behaviour)->share;
    return (struct behaviour_limits){ .memory_octets = memory_octets / 64 * share };
}

extern const struct behaviour_kind *const behaviour_kinds[BEHAVIOURS];
