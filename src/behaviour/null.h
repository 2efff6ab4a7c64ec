// SPDX-License-Identifier: Apache-2.0
/* How likely is a spread of intervals as small as this one without a machine behind it?  The
 * answer comes from a table over simulated people (tests/bench/null_beacon.c). */
#pragma once

#include <stddef.h>

enum {
    NULL_ROWS = 9,   /* ranges of sightings, the first from SIGHTINGS_LEAST */
    NULL_LEVELS = 5, /* shares of the null series */
    NULL_SIGHTINGS_LEAST = 6,
};

size_t null_row(size_t sightings); /* NULL_ROWS when fewer than the least */
size_t null_least_sightings(size_t row);
double null_level_weight(size_t level); /* -log10 of the level's share */

/* The spread that a share of 2.5e-4 of null series of so many sightings goes below. */
double null_threshold(size_t sightings);
/* -log10 of the share of null series below this spread, 0 to 4. */
double null_weight(size_t sightings, double spread);
