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

/* `build/tests/bench/null_pooled 10000 1` prints these; of so few servers the last two columns
 * are the strangest two and the strangest. */
static const struct null_row pool_long[] = {
    { 100, { -1.645, -2.866, -5.654, -5.970, -6.102 } },
    { 200, { -0.789, -2.057, -5.393, -6.184, -6.416 } },
    { 400, { 0.001, -1.172, -3.800, -4.923, -4.999 } },
    { 800, { 1.127, -0.079, -1.939, -2.898, -4.016 } },
};
static const struct null_row pool_short[] = {
    { 100, { 1.823, 0.513, -1.901, -2.532, -2.562 } },
    { 200, { 2.665, 1.139, -0.918, -2.555, -2.593 } },
    { 400, { 3.460, 2.098, -0.502, -2.801, -2.858 } },
    { 800, { 4.347, 3.294, 1.768, -0.383, -1.514 } },
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
