// SPDX-License-Identifier: Apache-2.0
/* One run: flows in memory, as a sceptic changed them, through the pipeline of sekisho watch,
 * and by the way through the baselines.  What is told at its end, and when it was first told.
 */
#pragma once

#include "cmd/evaluate_feed.h"
#include "evaluate/score.h"

struct evaluate_order {
    struct evaluate_feed *feed;
    const struct truth *truth; /* as the perturbation leaves it */
    const struct perturbation *how;
    const struct places *places; /* NULL: all is own */
    const struct rule_set *rules;
    bool with_baselines;
    int64_t every_ns;
    size_t memory_octets;
};

struct evaluate_run {
    size_t told_count;   /* alerts */
    size_t listed_count; /* and with them what found no place in its day's budget */
    struct told *told;   /* ours, best first */
    size_t ranked_count[BASELINES];
    struct told *ranked[BASELINES];
    struct exposure exposure;
    int64_t *visible_ns; /* of each unit */
    uint64_t lost;       /* flows that the perturbation left nothing of */
    double cpu_s;        /* of the detectors' pass, and of the baselines' */
    double baselines_cpu_s;
    size_t state_octets;
};

/* The memory of the result stands until the next run. */
MUST_CHECK bool evaluate_judge(const struct evaluate_order *order, struct evaluate_run *out,
                               struct error *err);
