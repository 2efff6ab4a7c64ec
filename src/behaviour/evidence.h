// SPDX-License-Identifier: Apache-2.0
/* From numbers to a sighting: each measure with its threshold and what it weighs, and the
 * score they add up to (model/weight.h). */
#pragma once

#include "behaviour/concern.h"
#include "behaviour/learned.h"
#include "behaviour/pool.h"

enum { EVIDENCE_LEVEL_FIRING = 3 }; /* of the null: a pair fires falsely in 2.5e-4 */

/* How the server stands among all lines. */
struct surroundings {
    double clients;
    double active_lines;
    bool is_popular;
    const struct learned *learned; /* what timing looks like here, or NULL */
};

/* Lines from which on a server is popular: one in five of a small network (at least ten), 200
 * of a middling one, one in a thousand of a carrier. */
double evidence_popular_from(double active_lines);

/* A threshold above 0 need not be marked as one. */
void evidence_add(struct sighting *sighting, struct measure measure);

/* Nothing when every packet was counted. */
void evidence_add_rate(struct sighting *sighting, uint32_t rate);

/* How common the server is: rarity weighs for a finding, popularity against it. */
void evidence_add_surroundings(struct sighting *sighting, const struct surroundings *around);

/* What of a pair, or of a server as a whole, is held against what was learned. */
struct learned_case evidence_case_of_pair(const struct concern *concern,
                                          const struct concern_timing *timing);
struct learned_case evidence_case_of_pool(const struct pool *pool, const struct pool_view *view,
                                          const struct concern *of);

void evidence_of_pair(const struct concern *concern, const struct concern_timing *timing,
                      const struct surroundings *around, struct sighting *out);
/* of: any pair of the server. */
void evidence_of_pool(const struct pool *pool, const struct pool_view *view,
                      const struct concern *of, const struct surroundings *around,
                      struct sighting *out);
