// SPDX-License-Identifier: Apache-2.0
/* Simulated people, and the printing of null tables. */
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "behaviour/null.h"

enum { ROWS_MAX = 16 };

static uint64_t random_state;

static inline double uniform(void) /* splitmix64, in (0, 1) */
{
    uint64_t z = (random_state += 0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return ((double)((z ^ z >> 31) >> 11) + 0.5) * 0x1p-53;
}

static inline double between_log(double low, double high)
{
    return low * exp(uniform() * log(high / low));
}

static inline double pareto(double least, double shape)
{
    return least * pow(uniform(), -1 / shape);
}

static inline double normal(void)
{
    return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform());
}

static inline int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Sorts the values and prints what each level's share of them lies below. */
static inline void print_row(size_t sightings, double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    printf("    { %zu, {", sightings);
    for (size_t level = 0; level < NULL_LEVELS; level++) {
        double exceeding = pow(10, -null_level_weight(level)) * (double)count;
        printf(" %.3f%s", values[(size_t)exceeding], level + 1 < NULL_LEVELS ? "," : " } },\n");
    }
}
