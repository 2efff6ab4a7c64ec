// SPDX-License-Identifier: Apache-2.0
/* The null of the interval comb of a thinly sampled pair: calls by chance and people in
 * sessions, one packet in 21 to 200 counted.  Prints for each range of sightings what the
 * (negative) comb of a share p of them lies below: the table null_pair_comb of
 * src/behaviour/null.c.
 *
 * null_comb [series per row, default 50000] [seed, default 1] */
#include "behaviour/concern.h"

#include "people.h"

static double until_seen(double share, double stay, double least_s, double pause_s)
{
    double calls = 1 + floor(log(uniform()) / log(1 - share));
    double wait_s = 0;
    for (double i = 0; i < calls; i++)
        wait_s += uniform() < stay ? pareto(least_s, 1.2) : -log(uniform()) * pause_s;
    return wait_s;
}

static void make_series(size_t count, struct series *out)
{
    double share = fmin(0.6, between_log(4, 40) / between_log(21, 200));
    bool even = uniform() < 0.5;
    double stay = even ? 0 : 1 - 1 / between_log(2, 40);
    double least_s = between_log(1, 20);
    double pause_s = even ? between_log(10, 3600) : between_log(300, 14400);
    double now_s = 0;
    out->count = count;
    for (size_t i = 0; i < count; i++)
        out->at_s[i] = now_s += until_seen(share, stay, least_s, pause_s);
    series_merge_parallel(out);
}

int main(int argc, char **argv)
{
    size_t per_row = argc > 1 ? strtoul(argv[1], NULL, 10) : 50000;
    random_state = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    double *values = calloc(per_row, sizeof *values);
    for (size_t i = 0; i < null_pair_comb.count; i++) {
        double least = (double)null_pair_comb.rows[i].sightings;
        bool is_last = i + 1 == null_pair_comb.count;
        double most = is_last ? SERIES_MAX : (double)null_pair_comb.rows[i + 1].sightings;
        for (size_t have = 0; have < per_row;) {
            struct series series;
            make_series((size_t)(least + uniform() * (most - least)), &series);
            make_series((size_t)((double)least + uniform() * (double)(most - least)), &series);
            values[have++] = -concern_comb(&series);
        }
        print_row(null_pair_comb.rows[i].sightings, values, per_row);
        (void)fflush(stdout);
    }
    free(values);
    return EXIT_SUCCESS;
}
