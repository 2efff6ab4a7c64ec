// SPDX-License-Identifier: Apache-2.0
/* The null of the server's pooled view: servers that people use, 3 to 60 lines each, some very
 * active and most not, for a day with its night or for a few hours.  Prints for each range of
 * pooled sightings what the (negative) pooled sum of a share p of them lies below: the tables
 * of src/behaviour/null.c.
 *
 * null_pooled [servers per row, default 30000] [seed, default 1] */
#include "base/time.h"
#include "behaviour/pool.h"

#include "people.h"

enum { DAY_S = 86400 };

static void call(struct concern *concern, double at_s)
{
    int64_t start_ns = (int64_t)(at_s * 1e9);
    struct flow flow = { .protocol = PROTOCOL_TCP, .tcp = FLOW_TCP_CLOSED };
    flow.forward = (struct flow_half){ .packets = 8,
                                       .octets = (uint64_t)exp(7 + 1.3 * normal()),
                                       .first_ns = start_ns,
                                       .last_ns = start_ns };
    concern_add_call(concern, &flow);
}

/* Calls of one person in [from_s, from_s + span_s]: evenly random, or sessions. */
static void add_person(struct concern *concern, double calls, double from_s, double span_s)
{
    bool even = uniform() < 1.0 / 3;
    double sessions = even ? calls : fmax(1, calls / between_log(2, 30));
    double mean_s = span_s / sessions;
    double least_s = between_log(1, 10);
    for (double at_s = from_s - log(uniform()) * mean_s; at_s < from_s + span_s;) {
        call(concern, at_s);
        bool stay = !even && uniform() > sessions / calls;
        at_s += stay ? pareto(least_s, 1.2) : -log(uniform()) * mean_s;
    }
}

static bool make_server(bool is_long, struct pool_view *out)
{
    struct pool pool = { .lines = 0 };
    double span_s = is_long ? DAY_S : between_log(1800, DAY_S * 0.45);
    double lines = between_log(3, 60);
    double calls = between_log(POOL_SIGHTINGS_LEAST, 4000) / lines;
    double others = 0;
    for (size_t i = 0; i < (size_t)lines; i++) {
        struct concern concern = { .first_ns = INT64_MAX, .last_ns = INT64_MIN };
        double from_s = is_long ? DAY_S * 0.3 : 0;
        double own_span_s = is_long ? DAY_S * 0.65 : span_s;
        add_person(&concern, fmax(1, calls * exp(normal() - 0.5)), from_s, own_span_s);
        if (concern.sightings > 3)
            pool_add(&pool, &concern);
        else
            others += concern.sightings > 0;
    }
    return pool_look(&pool, others, out) && out->is_long == is_long;
}

static void print_table(bool is_long, size_t per_row)
{
    const struct null_table *table = is_long ? &null_pool_long : &null_pool_short;
    double *rows[ROWS_MAX];
    size_t have[ROWS_MAX] = { 0 };
    for (size_t i = 0; i < table->count; i++)
        rows[i] = calloc(per_row, sizeof **rows);
    for (size_t full = 0; full < table->count;) {
        struct pool_view view;
        if (!make_server(is_long, &view))
            continue;
        size_t index = (size_t)(null_row(table, (size_t)view.sightings) - table->rows);
        if (have[index] == per_row)
            continue;
        rows[index][have[index]++] = -view.sum;
        full += have[index] == per_row;
    }
    for (size_t i = 0; i < table->count; i++) {
        print_row(table->rows[i].sightings, rows[i], per_row);
        free(rows[i]);
    }
}

int main(int argc, char **argv)
{
    size_t per_row = argc > 1 ? strtoul(argv[1], NULL, 10) : 30000;
    random_state = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    puts("pool_long");
    print_table(true, per_row);
    puts("pool_short");
    print_table(false, per_row);
    return EXIT_SUCCESS;
}
