// SPDX-License-Identifier: Apache-2.0
/* The null of all calls of a server together, sampled or not: servers that people use, 3 to
 * 200 lines each, some very active and most not, for a day with its night.  Prints for each
 * range of sightings what the (negative) sum of a share p of them lies below: the tables
 * null_server_* of src/behaviour/null.c.
 *
 * null_server [servers per row, default 30000] [seed, default 1] */
#include "behaviour/server.h"

#include "people.h"

enum { DRAWN_MAX = 8 }; /* pauses of a session that stand for all */

static const double day_s = 86400;

/* What sampling leaves of one person: how many calls go by between two that are seen. */
struct habit {
    double seen;       /* share of calls that are seen */
    double stay;       /* of calls, that the next comes in the same session */
    double least_s;    /* between calls of a session, Pareto */
    double pause_s;    /* between sessions, exponential */
    double octets_log; /* of one packet or of all */
};

static double next_seen(const struct habit *habit)
{
    if (habit->stay == 0) /* what is left of calls by chance is by chance */
        return -log(uniform()) * habit->pause_s / habit->seen;
    double calls = habit->seen < 1 ? 1 + floor(log(uniform()) / log(1 - habit->seen)) : 1;
    double wait_s = 0;
    double stays = 0;
    for (double i = 0; i < calls; i++)
        if (uniform() < habit->stay)
            stays++;
        else
            wait_s -= log(uniform()) * habit->pause_s;
    double drawn = fmin(stays, DRAWN_MAX);
    for (double i = 0; i < drawn; i++)
        wait_s += pareto(habit->least_s, 1.2) * stays / drawn;
    return wait_s;
}

/* Sightings of one person in [from_s, to_s]: evenly random, or sessions. */
static void add_person(struct hub *hub, const struct habit *habit, double from_s, double to_s)
{
    struct hub_call call = { .line = (uint64_t)(uniform() * 0x1p63) * 2 };
    double latest_s = -1;
    for (double at_s = from_s - log(uniform()) * habit->pause_s / habit->seen; at_s < to_s;
         at_s += next_seen(habit)) {
        if (latest_s >= 0 && at_s - latest_s < 1)
            continue;
        call.start_ns = (int64_t)(at_s * 1e9);
        call.gap_s = latest_s < 0 ? -1 : at_s - latest_s;
        call.octets = (uint64_t)exp(habit->octets_log + 1.3 * normal());
        hub_add(hub, &call);
        call.before++;
        latest_s = at_s;
    }
}

static bool make_server(enum pool_form form, double sightings, struct pool_view *out)
{
    bool is_thin = form == POOL_THIN || form == POOL_THIN_FEW;
    bool is_few = form == POOL_WHOLE_FEW || form == POOL_THIN_FEW;
    double rate = is_thin ? between_log(21, 2000) : between_log(1, 20);
    double lines = is_few ? between_log(3, 12) : between_log(8, 200);
    double share = fmin(1, 12 / rate); /* of calls of a dozen packets */
    double calls = fmax(1, sightings / lines / share);
    struct hub hub = { .rate = (uint32_t)rate, .last_ns = (int64_t)(day_s * 1e9) };
    for (size_t i = 0; i < (size_t)lines; i++) {
        double own = fmax(0.5, calls * exp(normal() - 0.5));
        bool even = uniform() < 1.0 / 3;
        double sessions = even ? own : fmax(0.5, own / between_log(2, 30));
        struct habit habit = { .seen = share,
                               .stay = even ? 0 : fmax(0, 1 - sessions / own),
                               .least_s = between_log(1, 10),
                               .pause_s = day_s * 0.65 / sessions,
                               .octets_log = 7 };
        add_person(&hub, &habit, day_s * 0.3, day_s * 0.95);
    }
    return hub_look(&hub, out) && out->form == form;
}

static void print_table(enum pool_form form, size_t per_row)
{
    const struct null_table *table = pool_null(form);
    for (size_t i = 0; i < table->count; i++) {
        double *values = calloc(per_row, sizeof *values);
        double least = (double)table->rows[i].sightings;
        double most = i + 1 < table->count ? (double)table->rows[i + 1].sightings : 2 * least;
        for (size_t have = 0; have < per_row;) {
            struct pool_view view;
            if (!make_server(form, between_log(least * 0.7, most * 1.4), &view))
                continue;
            if (view.sightings >= least && view.sightings < most)
                values[have++] = -view.sum;
        }
        print_row(table->rows[i].sightings, values, per_row);
        (void)fflush(stdout);
        free(values);
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        enum pool_form form;
    } tables[] = { { "server_whole_few", POOL_WHOLE_FEW },
                   { "server_whole", POOL_WHOLE },
                   { "server_thin_few", POOL_THIN_FEW },
                   { "server_thin", POOL_THIN } };
    size_t per_row = argc > 1 ? strtoul(argv[1], NULL, 10) : 30000;
    random_state = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        puts(tables[i].name);
        print_table(tables[i].form, per_row);
    }
    return EXIT_SUCCESS;
}
