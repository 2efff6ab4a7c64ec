// SPDX-License-Identifier: Apache-2.0
/* The null of the pair's timing test: how steady do calls look that no machine times?  Makes
 * synthetic series (people in sessions with Pareto gaps, Poisson calls, page loads in bursts),
 * cuts and merges them as src/behaviour/beacon.c does, and prints for each range of sightings
 * the spread below which a share p of them lies: the table of src/behaviour/null.c.
 *
 * null_beacon [series per row, default 200000] [seed, default 1] */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "behaviour/null.h"
#include "behaviour/series.h"

static uint64_t random_state;

static double uniform(void) /* splitmix64, in (0, 1) */
{
    uint64_t z = (random_state += 0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return ((double)((z ^ z >> 31) >> 11) + 0.5) * 0x1p-53;
}

static double between_log(double low, double high)
{
    return low * exp(uniform() * log(high / low));
}

static double pareto(double least, double shape)
{
    return least * pow(uniform(), -1 / shape);
}

/* Independent calls, 10 s to 2 h apart on average. */
static void make_poisson(double *at_s, size_t count)
{
    double mean_s = between_log(10, 7200);
    double now_s = 0;
    for (size_t i = 0; i < count; i++)
        at_s[i] = now_s += -log(uniform()) * mean_s;
}

/* Sessions of a few calls with Pareto gaps, sessions minutes to hours apart. */
static void make_sessions(double *at_s, size_t count)
{
    double calls = between_log(2, 40);
    double pause_s = between_log(300, 14400);
    double shape = 1.0 + 0.6 * uniform();
    double least_s = between_log(1, 20);
    double now_s = 0;
    for (size_t i = 0; i < count; i++) {
        bool new_session = uniform() < 1 / calls;
        now_s += new_session ? -log(uniform()) * pause_s : pareto(least_s, shape);
        at_s[i] = now_s;
    }
}

/* Pages of several connections each, read for a lognormal time. */
static void make_pages(double *at_s, size_t count)
{
    double read_s = between_log(10, 300);
    double parts = 1 + 6 * uniform();
    double now_s = 0;
    for (size_t i = 0; i < count; i++) {
        double normal = sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform());
        bool new_page = uniform() < 1 / parts;
        now_s += new_page ? read_s * exp(1.1 * normal) : -log(uniform()) * 0.7;
        at_s[i] = now_s;
    }
}

/* A new merged series of any length the ring can hold. */
static void make_series(struct series *out)
{
    static void (*const makers[])(double *, size_t) = { make_poisson, make_sessions,
                                                        make_pages };
    out->count = (size_t)between_log(6, SERIES_MAX + 0.99);
    makers[(size_t)(uniform() * 3)](out->at_s, out->count);
    series_merge_bursts(out);
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static void fill(double *rows[], size_t per_row)
{
    size_t have[NULL_ROWS] = { 0 };
    for (size_t full = 0; full < NULL_ROWS;) {
        struct series series;
        make_series(&series);
        size_t row = null_row(series.count);
        if (row == NULL_ROWS || have[row] == per_row)
            continue;
        double intervals[SERIES_MAX];
        size_t count = series_intervals(&series, intervals);
        rows[row][have[row]++] = series_spread(intervals, count);
        full += have[row] == per_row;
    }
}

int main(int argc, char **argv)
{
    size_t per_row = argc > 1 ? strtoul(argv[1], NULL, 10) : 200000;
    random_state = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    double *rows[NULL_ROWS];
    for (size_t i = 0; i < NULL_ROWS; i++)
        rows[i] = calloc(per_row, sizeof **rows);
    fill(rows, per_row);
    for (size_t i = 0; i < NULL_ROWS; i++) {
        qsort(rows[i], per_row, sizeof **rows, compare);
        printf("    { %3zu, {", null_least_sightings(i));
        for (size_t level = 0; level < NULL_LEVELS; level++) {
            double exceeding = pow(10, -null_level_weight(level)) * (double)per_row;
            printf(" %.3f%s", rows[i][(size_t)exceeding],
                   level + 1 < NULL_LEVELS ? "," : " } },\n");
        }
        free(rows[i]);
    }
    return EXIT_SUCCESS;
}
