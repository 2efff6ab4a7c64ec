// SPDX-License-Identifier: Apache-2.0
#include "behaviour/null.h"

#include "base/must.h"

enum { LEVEL_FIRING = 3 };

/* -log10 of 0.1, 0.01, 0.001, 0.00025, 0.0001 */
static const double weights[NULL_LEVELS] = { 1, 2, 3, 3.602, 4 };

/* `build/tests/bench/null_beacon 400000 1` prints these rows. */
static const struct {
    size_t sightings; /* from here to the next row */
    double spread[NULL_LEVELS];
} rows[NULL_ROWS] = {
    { 6, { 0.503, 0.222, 0.111, 0.078, 0.064 } },
    { 8, { 0.635, 0.333, 0.195, 0.145, 0.124 } },
    { 12, { 0.730, 0.447, 0.281, 0.225, 0.201 } },
    { 16, { 0.796, 0.538, 0.365, 0.303, 0.271 } },
    { 24, { 0.838, 0.616, 0.445, 0.385, 0.345 } },
    { 32, { 0.861, 0.678, 0.508, 0.444, 0.408 } },
    { 48, { 0.874, 0.725, 0.567, 0.505, 0.475 } },
    { 64, { 0.883, 0.756, 0.611, 0.548, 0.513 } },
    { 96, { 0.899, 0.768, 0.641, 0.591, 0.558 } },
};

size_t null_row(size_t sightings)
{
    if (sightings < NULL_SIGHTINGS_LEAST)
        return NULL_ROWS;
    size_t row = 0;
    while (row + 1 < NULL_ROWS && sightings >= rows[row + 1].sightings)
        row++;
    return row;
}

size_t null_least_sightings(size_t row)
{
    return rows[row].sightings;
}

double null_level_weight(size_t level)
{
    return weights[level];
}

double null_threshold(size_t sightings)
{
    size_t row = null_row(sightings);
    return row < NULL_ROWS ? rows[row].spread[LEVEL_FIRING] : 0;
}

double null_weight(size_t sightings, double spread)
{
    size_t row = null_row(sightings);
    if (row == NULL_ROWS || spread < 0)
        return 0;
    const double *edges = rows[row].spread;
    if (spread >= edges[0])
        return 0;
    size_t level = 0;
    while (level + 1 < NULL_LEVELS && spread < edges[level + 1])
        level++;
    if (level + 1 == NULL_LEVELS)
        return weights[level];
    double way = (edges[level] - spread) / (edges[level] - edges[level + 1]);
    return weights[level] + way * (weights[level + 1] - weights[level]);
}
