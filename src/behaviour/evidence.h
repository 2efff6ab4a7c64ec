// SPDX-License-Identifier: Apache-2.0
/* From numbers to a sighting: each measure with its threshold and what it weighs, and the
 * score they add up to. */
#pragma once

#include "behaviour/concern.h"
#include "behaviour/pool.h"

/* A score is 100 w / (w + 4) of the weight w of all measures (-log10 of a p-value, at most 4
 * for each family of evidence): one family alone gives 50 at most, twice as much evidence 67,
 * and behaviour alone never reaches what a listed server has. */
#define EVIDENCE_HALF_WEIGHT 4.0

enum { EVIDENCE_LEVEL_FIRING = 3 }; /* of the null: a pair fires falsely in 2.5e-4 */

/* How the server stands among all lines. */
struct surroundings {
    double clients;
    double active_lines;
    bool is_popular;
};

/* A threshold above 0 need not be marked as one. */
void evidence_add(struct sighting *sighting, struct measure measure);

/* Nothing when every packet was counted. */
void evidence_add_rate(struct sighting *sighting, uint32_t rate);

/* How common the server is: rarity weighs for a finding, popularity against it. */
void evidence_add_surroundings(struct sighting *sighting, const struct surroundings *around);

void evidence_of_pair(const struct concern *concern, const struct concern_timing *timing,
                      const struct surroundings *around, struct sighting *out);
/* of: any pair of the server. */
void evidence_of_pool(const struct pool *pool, const struct pool_view *view,
                      const struct concern *of, const struct surroundings *around,
                      struct sighting *out);
