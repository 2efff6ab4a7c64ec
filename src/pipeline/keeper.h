// SPDX-License-Identifier: Apache-2.0
/* The keeper: what happens to minimised records and sightings.  They are assessed, and records
 * are handed to whoever stores or sends them on.  Nothing else leaves the checkpoint
 * (pipeline.h), so nothing but minimised data comes here. */
#pragma once

#include "assess/assess.h"
#include "model/record.h"
#include "model/summary.h"

enum { KEEPER_ALERTS_PER_DAY = 50, KEEPER_ALERTS_PER_DAY_MAX = 1000000 };

struct keeper_settings {
    struct assess_limits assess;
    struct hash_key key;
    /* Takes each record; it must be kept, or its loss remembered, before it returns. */
    void (*keep)(void *context, const struct minimised_flow *flow);
    void *context;
};

struct keeper;

struct keeper_settings keeper_defaults(size_t memory_octets);
size_t keeper_size(const struct keeper_settings *settings);
struct keeper *keeper_init(const struct keeper_settings *settings, struct arena *keep);

void keeper_take_flow(struct keeper *keeper, const struct minimised_flow *flow);
void keeper_take_sighting(struct keeper *keeper, const struct minimised_sighting *sighting);

/* How many units the behaviours judged so far, by their counters in the account. */
void keeper_set_judged(struct keeper *keeper, const struct summary *summary);

/* Alerts before others, strongest first; good until the next call. */
const struct finding *keeper_findings(struct keeper *keeper, size_t *count);
void keeper_count(const struct keeper *keeper, struct summary *summary);
