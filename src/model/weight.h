// SPDX-License-Identifier: Apache-2.0
/* What measures weigh together.  A weight is -log10 of a p-value, at most 4; measures of one
 * family look at the same thing, so of a family only the heaviest counts; families add up
 * (../shared/science/detectors.md 0.5). */
#pragma once

#include <stddef.h>

#include "model/measure.h"

#define WEIGHT_MOST 4.0
/* A score is 100 w / (w + 4): one family alone gives 50 at most, twice as much evidence 67,
 * and behaviour alone never reaches what a listed server has. */
#define WEIGHT_HALF 4.0

enum family {
    FAMILY_OTHER, /* whatever has no family of its own */
    FAMILY_TIMING,
    FAMILY_SIZE,
    FAMILY_PERSISTENCE,
    FAMILY_RARITY,
    FAMILY_FAILURE,
    FAMILY_BREADTH,
    FAMILY_VOLUME,
    FAMILY_FORM, /* what the traffic is made of */
    FAMILY_INFORMATION,
    FAMILY_WORDS,
    FAMILY_ADDRESSES,
    FAMILY_ROLE,
    FAMILY_CONSERVATION,
    FAMILY_ECHO,
    FAMILY_COMPANY, /* who else calls it, or is like it */
    FAMILY_OVERLAP, /* of contacts in common */
    FAMILY_ACCOUNTS,
    FAMILY_DEVIATION, /* from what is usual for it */
    FAMILY_NOVELTY,
    FAMILY_POLLER, /* only ever against */
    FAMILY_LISTED,
    FAMILY_CONTEXT, /* says something about the others and never weighs */
    FAMILIES
};

enum family measure_family(enum measure_id id);
const char *family_name(enum family family);

/* Of each family the heaviest for and the heaviest against, added up. */
double weight_total(const struct measure *measures, size_t count);
/* How many families speak for it. */
size_t weight_families(const struct measure *measures, size_t count);
double weight_score(double total);
/* How likely the families weigh as much together without cause, were they independent: Fisher's
 * method over the families that were looked at.  (10 to the minus total would be too small: of
 * several p-values one is small by chance.) */
double weight_p_value(const struct measure *measures, size_t count);
