// SPDX-License-Identifier: Apache-2.0
/* All behaviours of one pipeline: the table behaviour_kinds with a state for each row. */
#pragma once

#include "base/text.h"
#include "behaviour/behaviour.h"

/* Of several pipelines that share the work: who counts what by server or source, and who must
 * know of what fired.  All NULL for one pipeline alone. */
struct ensemble_peers {
    void (*observe)(void *context, enum behaviour_end end,
                    const struct admitted_flow *admitted);
    void (*observe_name)(void *context, enum behaviour_names names,
                         const struct asked_name *asked);
    void (*sighted)(void *context, const struct sighting *sighting);
    void (*listed)(void *context, const struct admitted_flow *admitted);
    void *context;
};

struct ensemble {
    struct hash_key key;
    struct sighting_sink sink; /* set once initialised, as are peers */
    struct ensemble_peers peers;
    void *states[BEHAVIOURS];
    struct asked_name asked; /* the name in hand */
};

/* What is counted in one place for all that share the work (END_ANY, NAMES_ANY) takes `sharers`
 * times its part there, 1 elsewhere: it is no less than for one pipeline alone. */
size_t ensemble_size(size_t memory_octets, size_t sharers);
void ensemble_init(struct ensemble *ensemble, size_t memory_octets, size_t sharers,
                   struct hash_key key, struct arena *keep);

void ensemble_expect(const struct ensemble *ensemble, const struct admitted_flow *admitted);
void ensemble_expect_more(const struct ensemble *ensemble,
                          const struct admitted_flow *admitted);
/* An admitted flow and the names in its facts: by these behaviours, or by those of whoever
 * counts what they are of. */
void ensemble_run(struct ensemble *ensemble, const struct admitted_flow *admitted);
/* Would any behaviour want it that is told of all (END_ANY, END_LINE)? */
bool ensemble_wants(enum behaviour_end end, const struct admitted_flow *admitted);
/* What is this pipeline's own to count. */
void ensemble_observe(struct ensemble *ensemble, enum behaviour_end end,
                      const struct admitted_flow *admitted);
void ensemble_observe_name(struct ensemble *ensemble, enum behaviour_names names,
                           const struct asked_name *asked);
void ensemble_heed(struct ensemble *ensemble, const struct sighting *sighting);
/* An indicator named the flow: these behaviours are told, and the peers. */
void ensemble_run_listed(struct ensemble *ensemble, const struct admitted_flow *admitted);
void ensemble_judge(struct ensemble *ensemble);
void ensemble_count(const struct ensemble *ensemble, struct summary *summary);
void ensemble_erase(struct ensemble *ensemble);

enum { ENSEMBLE_PARTS_MAX = BEHAVIOURS * BEHAVIOUR_PARTS_MAX };

/* All that would be lost with the process, array by array; gives how many. */
size_t ensemble_parts(struct ensemble *ensemble, struct behaviour_part out[ENSEMBLE_PARTS_MAX]);
/* What those arrays are: two ensembles of one description can take each other's. */
void ensemble_describe(struct ensemble *ensemble, struct text *out);
/* Adds what another of the same memory and key counted. */
void ensemble_merge(struct ensemble *into, const struct ensemble *other);
