// SPDX-License-Identifier: Apache-2.0
/* The rows of behaviour_kinds, and how all of them make a score of their evidence. */
#pragma once

#include "behaviour/behaviour.h"

/* A score is 12.5 for each unit of weight (-log10 of a p-value, at most 4 for each family of
 * evidence), held within 0 and 100: one family alone gives 50 at most. */
#define BEHAVIOUR_SCORE_PER_WEIGHT 12.5

extern const struct behaviour_kind behaviour_beacon;
extern const struct behaviour_kind behaviour_scan;
