// SPDX-License-Identifier: Apache-2.0
/* Captures and logs read once into flows in memory, the way sekisho watch reads them, with the
 * labels that stand in logs. */
#pragma once

#include "cmd/evaluate_sets.h"
#include "evaluate/labels.h"
#include "evaluate/tape.h"
#include "model/rule.h"

/* How it is read; what is done to flows afterwards is perturb.h. */
struct evaluate_reading {
    uint32_t rate;     /* of captures: one frame in so many is decoded; 0 and 1: all */
    uint64_t seed;     /* which */
    int64_t active_ns; /* 0: the meter's default */
    bool is_shuffled;  /* the files in another order */
    const struct rule_set *rules; /* the gate's and the feed's, under which it is read */
    size_t flows_max;
};

struct evaluate_input {
    struct tape tape;
    struct labels *labels; /* NULL when the set has none */
    bool is_frames;        /* so that packets can be sampled before they are decoded */
    uint64_t frames;       /* those dropped included */
    uint64_t records;      /* of logs */
    double cpu_s;          /* of reading */
    size_t troubles;       /* files that could not be read whole */
    struct arena memory;
};

MUST_CHECK bool evaluate_input_read(const struct evaluate_set *set,
                                    const struct evaluate_reading *how,
                                    struct evaluate_input *out, struct error *err);
void evaluate_input_close(struct evaluate_input *input);
