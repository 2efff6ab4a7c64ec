// SPDX-License-Identifier: Apache-2.0
/* How likely is a value as small as this one without a machine behind it?  The answer comes
 * from tables over simulated people (tests/bench/null_beacon.c, null_pooled.c); no capture
 * was looked at to make them. */
#pragma once

#include <stddef.h>

enum {
    NULL_LEVELS = 5, /* shares of the null series: 0.1, 0.01, 0.001, 0.00025, 0.0001 */
    NULL_SIGHTINGS_LEAST = 6,
};

struct null_row {
    size_t sightings;         /* from here to the next row */
    double edge[NULL_LEVELS]; /* what that share of the null lies below */
};

struct null_table {
    size_t count;
    const struct null_row *rows;
};

extern const struct null_table null_pair_spread; /* of intervals, by merged sightings */
extern const struct null_table null_pair_comb;   /* less the comb of thinly sampled pairs */
extern const struct null_table null_pool_long;   /* less the pooled sum with hours */
extern const struct null_table null_pool_short;  /* the same without hours */

/* Less the sum of all calls of a server in half a day or more, by its sightings: one packet in
 * 20 counted at least, and fewer; of three to seven lines, and of more. */
extern const struct null_table null_server_whole_few;
extern const struct null_table null_server_thin_few;
extern const struct null_table null_server_whole;
extern const struct null_table null_server_thin;

/* The row for so many sightings; NULL when they are fewer than the first row has. */
const struct null_row *null_row(const struct null_table *table, size_t sightings);
double null_level_weight(size_t level); /* -log10 of the level's share */

/* The edge of a level for so many sightings, 0 when there are too few. */
double null_edge(const struct null_table *table, size_t sightings, size_t level);
/* -log10 of the share of the null below this value, 0 to 4. */
double null_weight(const struct null_table *table, size_t sightings, double value);
