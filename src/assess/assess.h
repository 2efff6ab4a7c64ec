// SPDX-License-Identifier: Apache-2.0
/* Assessment: minimised records and sightings become findings, one for each server or scanner,
 * with score, reasons, numbers, thresholds and rule version.  Takes nothing but minimised
 * data.  Bounded: past the cap the weakest finding is dropped and counted. */
#pragma once

#include "base/arena.h"
#include "base/hash.h"
#include "model/finding.h"
#include "model/poller.h"
#include "model/summary.h"
#include "model/verdict.h"

struct assess;

struct assess_limits {
    size_t finding_max;
    uint32_t alerts_per_day;        /* 0: nothing that rests on statistics is an alert */
    const struct verdict *verdicts; /* newest first; they stay the caller's */
    size_t verdict_count;
    struct pollers pollers; /* known names of them; they stay the caller's */
};

size_t assess_size(const struct assess_limits *limits);
struct assess *assess_init(const struct assess_limits *limits, struct hash_key key,
                           struct arena *keep);
void assess_flow(struct assess *assess, const struct minimised_flow *flow);
void assess_sighting(struct assess *assess, const struct minimised_sighting *sighting);

/* How many units the behaviours judged so far: how many could have looked strange by chance. */
void assess_set_judged(struct assess *assess, const struct summary *summary);

/* All findings, alerts before others and strongest first, into memory of the assessor; they
 * live until the next call. */
const struct finding *assess_findings(struct assess *assess, size_t *count);
void assess_count(const struct assess *assess, struct summary *summary);
