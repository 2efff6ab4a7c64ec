// SPDX-License-Identifier: Apache-2.0
/* The null of the pair's timing test: how steady do calls look that no machine times?  Makes
 * synthetic series (people in sessions with Pareto gaps, Poisson calls, page loads in bursts),
 * cuts and merges them as src/behaviour/beacon.c does, and prints for each range of sightings
 * the spread below which a share p of them lies: the table of src/behaviour/null.c.
 *
 * null_beacon [series per row, default 200000] [seed, default 1] */
#include "behaviour/series.h"

#include "people.h"

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
        bool new_page = uniform() < 1 / parts;
        now_s += new_page ? read_s * exp(1.1 * normal()) : -log(uniform()) * 0.7;
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

static void fill(double *rows[], size_t per_row)
{
    size_t have[ROWS_MAX] = { 0 };
    for (size_t full = 0; full < null_pair_spread.count;) {
        struct series series;
        make_series(&series);
        const struct null_row *row = null_row(&null_pair_spread, series.count);
        size_t index = row ? (size_t)(row - null_pair_spread.rows) : 0;
        if (!row || have[index] == per_row)
            continue;
        double intervals[SERIES_MAX];
        size_t count = series_intervals(&series, intervals);
        rows[index][have[index]++] = series_spread(intervals, count);
        full += have[index] == per_row;
    }
}

int main(int argc, char **argv)
{
    size_t per_row = argc > 1 ? strtoul(argv[1], NULL, 10) : 200000;
    random_state = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    double *rows[ROWS_MAX];
    for (size_t i = 0; i < null_pair_spread.count; i++)
        rows[i] = calloc(per_row, sizeof **rows);
    fill(rows, per_row);
    for (size_t i = 0; i < null_pair_spread.count; i++) {
        print_row(null_pair_spread.rows[i].sightings, rows[i], per_row);
        free(rows[i]);
    }
    return EXIT_SUCCESS;
}
