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

/* `build/tests/bench/null_comb 100000 1` prints these. */
static const struct null_row pair_comb[] = {
    { 6, { -2.817, -3.078, -3.256, -3.323, -3.346 } },
    { 8, { -2.972, -3.368, -3.651, -3.782, -3.844 } },
    { 12, { -3.055, -3.527, -3.892, -4.058, -4.190 } },
    { 16, { -3.104, -3.633, -4.063, -4.266, -4.332 } },
    { 24, { -3.131, -3.706, -4.167, -4.384, -4.571 } },
    { 32, { -3.158, -3.784, -4.247, -4.516, -4.704 } },
    { 48, { -3.173, -3.842, -4.396, -4.711, -4.861 } },
};
/* `build/tests/bench/null_server 8000 1` prints these; the last two columns rest on the
 * strangest two and one servers. */
static const struct null_row server_whole[] = {
    { 30, { -4.274, -5.274, -5.707, -5.970, -6.166 } },
    { 60, { -3.641, -4.873, -5.621, -6.032, -6.242 } },
    { 100, { -3.009, -4.090, -4.891, -5.227, -5.369 } },
    { 200, { -2.066, -3.158, -3.956, -4.232, -4.525 } },
    { 400, { -1.337, -2.442, -3.391, -3.851, -4.005 } },
    { 800, { -0.648, -1.831, -2.722, -3.070, -3.301 } },
};
static const struct null_row server_whole_few[] = {
    { 30, { -2.522, -4.775, -5.901, -6.137, -6.766 } },
    { 60, { -1.760, -3.998, -5.648, -6.035, -6.330 } },
    { 100, { -1.161, -3.417, -5.390, -6.132, -6.582 } },
    { 200, { -0.542, -2.790, -5.513, -5.977, -7.020 } },
    { 400, { 0.189, -1.829, -4.608, -6.090, -6.473 } },
    { 800, { 0.808, -1.465, -4.136, -5.428, -5.777 } },
};
static const struct null_row server_thin[] = {
    { 30, { -4.906, -5.517, -5.933, -6.108, -6.159 } },
    { 60, { -4.125, -5.209, -5.841, -6.042, -6.436 } },
    { 100, { -3.281, -4.273, -4.843, -5.075, -5.338 } },
    { 200, { -2.258, -3.232, -3.843, -4.029, -4.352 } },
    { 400, { -1.345, -2.276, -2.802, -2.906, -2.985 } },
    { 800, { -0.521, -1.484, -2.129, -2.243, -2.424 } },
};
static const struct null_row server_thin_few[] = {
    { 30, { -3.246, -5.379, -6.235, -6.402, -6.448 } },
    { 60, { -2.356, -4.579, -6.195, -6.436, -6.485 } },
    { 100, { -1.579, -3.910, -5.937, -6.406, -7.183 } },
    { 200, { -0.597, -2.705, -5.129, -6.343, -6.546 } },
    { 400, { 0.334, -1.955, -4.379, -4.949, -6.109 } },
    { 800, { 1.271, -0.867, -3.304, -5.513, -6.302 } },
};

#define TABLE(rows)                           \
    {                                         \
        sizeof(rows) / sizeof *(rows), (rows) \
    }
const struct null_table null_pair_spread = TABLE(pair_spread);
const struct null_table null_pair_comb = TABLE(pair_comb);
const struct null_table null_server_whole = TABLE(server_whole);
const struct null_table null_server_whole_few = TABLE(server_whole_few);
const struct null_table null_server_thin = TABLE(server_thin);
const struct null_table null_server_thin_few = TABLE(server_thin_few);
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
