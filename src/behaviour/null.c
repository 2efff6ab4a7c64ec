// SPDX-License-Identifier: Apache-2.0
#include "behaviour/null.h"

#include "base/must.h"

/* -log10 of 0.1, 0.01, 0.001, 0.00025, 0.0001 */
static const double weights[NULL_LEVELS] = { 1, 2, 3, 3.602, 4 };

/* `build/tests/bench/null_beacon 400000 1` prints these rows. */
static const struct null_row pair_spread[] = {
    { 6, { 0.503, 0.219, 0.111, 0.076, 0.056 } },
    { 8, { 0.634, 0.330, 0.190, 0.144, 0.123 } },
    { 12, { 0.731, 0.446, 0.287, 0.233, 0.204 } },
    { 16, { 0.795, 0.536, 0.366, 0.302, 0.269 } },
    { 24, { 0.839, 0.617, 0.444, 0.382, 0.356 } },
    { 32, { 0.861, 0.676, 0.508, 0.447, 0.412 } },
    { 48, { 0.873, 0.723, 0.565, 0.503, 0.473 } },
    { 64, { 0.884, 0.758, 0.611, 0.546, 0.521 } },
    { 96, { 0.898, 0.765, 0.637, 0.587, 0.560 } },
};

/* `build/tests/bench/null_pooled 30000 1` prints these; the last two columns rest on the
 * strangest seven and three servers. */
static const struct null_row pool_long[] = {
    { 100, { -1.663, -2.847, -5.309, -5.970, -6.403 } },
    { 200, { -0.792, -2.079, -5.029, -6.060, -6.184 } },
    { 400, { -0.001, -1.206, -3.841, -4.923, -5.801 } },
    { 800, { 1.126, -0.063, -2.219, -4.013, -5.659 } },
};
static const struct null_row pool_short[] = {
    { 100, { 1.805, 0.361, -2.081, -2.566, -2.754 } },
    { 200, { 2.689, 1.234, -1.743, -2.612, -2.786 } },
    { 400, { 3.427, 2.069, -0.336, -2.193, -2.581 } },
    { 800, { 4.383, 3.254, 1.425, 0.281, -0.800 } },
};

#define TABLE(rows)                           \
    {                                         \
        sizeof(rows) / sizeof *(rows), (rows) \
    }
const struct null_table null_pair_spread = TABLE(pair_spread);
const struct null_table null_pool_long = TABLE(pool_long);
const struct null_table null_pool_short = TABLE(pool_short);

const struct null_row *null_row(const struct null_table *table, size_t sightings)
{
    const struct null_row *found = NULL;
    for (size_t i = 0; i < table->count && sightings >= table->rows[i].sightings; i++)
        found = &table->rows[i];
    return found;
}

double null_level_weight(size_t level)
{
    return weights[level];
}

double null_edge(const struct null_table *table, size_t sightings, size_t level)
{
    MUST(level < NULL_LEVELS);
    const struct null_row *row = null_row(table, sightings);
    return row ? row->edge[level] : 0;
}

/* Straight lines between levels. */
double null_weight(const struct null_table *table, size_t sightings, double value)
{
    const struct null_row *row = null_row(table, sightings);
    if (!row || value >= row->edge[0])
        return 0;
    size_t level = 0;
    while (level + 1 < NULL_LEVELS && value < row->edge[level + 1])
        level++;
    if (level + 1 == NULL_LEVELS)
        return weights[level];
    double way = (row->edge[level] - value) / (row->edge[level] - row->edge[level + 1]);
    return weights[level] + way * (weights[level + 1] - weights[level]);
}
