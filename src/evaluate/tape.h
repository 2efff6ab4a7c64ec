// SPDX-License-Identifier: Apache-2.0
/* Flows with their facts in memory, so that the same input can be run many times: whole,
 * thinned, permuted, mixed.  Bounded; what does not fit is counted. */
#pragma once

#include "base/arena.h"
#include "model/flow.h"

struct tape {
    struct flow *flows; /* as they came, by the time they ended */
    size_t count;
    size_t max;
    struct arena facts;
    uint64_t lost; /* flows */
    uint64_t facts_lost;
};

size_t tape_size(size_t flows_max, size_t facts_octets);
void tape_init(struct tape *tape, size_t flows_max, size_t facts_octets, struct arena *keep);
void tape_put(struct tape *tape, const struct flow *flow);
/* By the time they ended. */
void tape_sort(struct tape *tape);
