// SPDX-License-Identifier: Apache-2.0
/* Flows in the order they ended: those of the input, alone or laid over a background, which is
 * another capture or a synthetic population.  Of the input addresses are mapped, so that its
 * lines are lines of the background, and times moved into the background's: neither address nor
 * clock tells them apart (numbers-to-beat.md 5.3, 8). */
#pragma once

#include "cmd/evaluate_input.h"
#include "evaluate/perturb.h"
#include "simulate/population.h"

struct evaluate_background {
    bool is_there;
    bool is_population;
    struct population_plan plan;
    struct population *population;
    struct arena population_memory;
    struct evaluate_input input; /* else */
    size_t line_count;
    struct ip_address *lines; /* of the captures */
    struct arena lines_memory;
    int64_t first_ns, last_ns;
    uint64_t seed;
};

struct evaluate_feed {
    const struct tape *tape;
    struct evaluate_background *background; /* NULL: none */
    struct perturbation mixing;             /* of the tape, over a background */
    size_t at, background_at;
    bool has_ours, has_theirs;
    bool takes_ours, takes_theirs; /* what stands was given out: the next is wanted */
    struct flow ours, theirs;
    struct perturb_room room;
};

MUST_CHECK bool evaluate_background_open(const struct evaluate_options *options,
                                         const struct rule_set *rules,
                                         struct evaluate_background *out, struct error *err);
/* Where the lines of a population are. */
struct ip_prefix evaluate_background_own(void);
/* What is planted in the population, as units. */
void evaluate_background_truth(const struct evaluate_background *background, struct truth *out);

void evaluate_feed_open(const struct tape *tape, struct evaluate_background *background,
                        struct evaluate_feed *out);
/* From the start, once more: the same flows again. */
void evaluate_feed_begin(struct evaluate_feed *feed);
/* A flow and its facts stand until the next call. */
MUST_CHECK bool evaluate_feed_next(struct evaluate_feed *feed, struct flow *out);
