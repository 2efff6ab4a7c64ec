// SPDX-License-Identifier: Apache-2.0
/* What the tiers of the beacon behaviour find by period, jitter, sampling and clients
 * (detectors.md 1.2 and 2.2, in small), beside people who do the same amount; and that merged
 * states find what one finds. */
#include "flows.h"

enum { MEBIBYTE = 1 << 20, SERVER = 0x4b007105, LINE = 0x0a000005, PACKETS = 12, SEEDS = 20 };
enum { BACKGROUND_LINES = 2000 };

struct cell {
    double period_s, jitter;
    uint32_t rate, lines;
    double days;
    double least; /* share of seeds it must be found in */
    bool of_pair; /* by a pair, else by the server as a whole */
};

struct plan {
    size_t count;
    struct admitted_flow flows[200000];
};

/* Is a call of a dozen packets seen, one packet in so many counted? */
static bool is_seen(struct random *random, uint32_t rate)
{
    return rate == 1 || random_part(random) > pow(1 - 1.0 / rate, PACKETS);
}

static void add_call(struct plan *plan, struct random *random, uint32_t line, double at_s,
                     uint32_t rate)
{
    if (!is_seen(random, rate) || plan->count == sizeof plan->flows / sizeof *plan->flows)
        return;
    struct admitted_flow made = make_flow(line, SERVER, 443, at_s);
    made.flow.observation.rate = rate;
    made.flow.observation.sampling = rate > 1 ? SAMPLING_OPTIONS : SAMPLING_ALL;
    plan->flows[plan->count++] = made;
}

static int by_time(const void *a, const void *b)
{
    int64_t left = flow_end_ns(&((const struct admitted_flow *)a)->flow);
    int64_t right = flow_end_ns(&((const struct admitted_flow *)b)->flow);
    return (left > right) - (left < right);
}

/* Other lines, so that the server is not one that everybody calls. */
static void add_background(struct plan *plan, uint32_t rate)
{
    for (uint32_t i = 0; i < BACKGROUND_LINES; i++) {
        struct admitted_flow made =
            make_flow(0x0a010000 + i, SERVER + 100 + i % 500, 80, i * 0.01);
        made.flow.observation.rate = rate;
        made.flow.observation.sampling = rate > 1 ? SAMPLING_OPTIONS : SAMPLING_ALL;
        plan->flows[plan->count++] = made;
    }
}

static void plan_beacons(struct plan *plan, const struct cell *cell, struct random *random)
{
    plan->count = 0;
    for (uint32_t line = 0; line < cell->lines; line++)
        for (double at_s = 30 + random_part(random) * cell->period_s; at_s < 86400 * cell->days;
             at_s += cell->period_s * (1 + cell->jitter * (2 * random_part(random) - 1)))
            add_call(plan, random, LINE + line, at_s, cell->rate);
    add_background(plan, cell->rate);
    qsort(plan->flows, plan->count, sizeof *plan->flows, by_time);
}

/* As many lines that call as often on average, in sessions of a working day, each person as
 * active as it is. */
static void plan_people(struct plan *plan, const struct cell *cell, struct random *random)
{
    plan->count = 0;
    for (uint32_t line = 0; line < cell->lines; line++) {
        double normal = sqrt(-2 * log(random_part(random))) * cos(6.2832 * random_part(random));
        double calls = 86400 / cell->period_s * exp(normal - 0.5);
        double pause_s = 86400 * 0.6 / fmax(1, calls / 10);
        for (double at_s = 30; at_s < 86400 * cell->days;) {
            double hour = fmod(at_s, 86400) / 3600;
            if (hour > 7 && hour < 22)
                add_call(plan, random, LINE + line, at_s, cell->rate);
            at_s += random_part(random) < 0.9 ? 2 * pow(random_part(random), -1 / 1.2)
                                              : random_exponential(random, pause_s);
        }
    }
    add_background(plan, cell->rate);
    qsort(plan->flows, plan->count, sizeof *plan->flows, by_time);
}

static bool is_found(const struct bench *bench, bool of_pair)
{
    const struct ip_address server = ip_from_v4(SERVER);
    for (size_t i = 0; i < bench->caught.count; i++) {
        const struct sighting *sighting = &bench->caught.sightings[i];
        if (ip_equal(&sighting->server, &server) && sighting->has_line == of_pair)
            return true;
    }
    return false;
}

static bool finds(const struct plan *plan, bool of_pair)
{
    struct bench *bench = bench_open(BEHAVIOUR_BEACON, 4 * MEBIBYTE);
    for (size_t i = 0; i < plan->count; i++)
        bench_observe(bench, plan->flows[i]);
    bench_finish(bench);
    bool found = is_found(bench, of_pair);
    bench_close(bench);
    return found;
}

static const struct cell cells[] = {
    /* pairs, every packet counted: the spread of the intervals */
    { 5, 0.2, 1, 1, 0.1, 0.95, true },
    { 60, 0, 1, 1, 1, 1, true },
    { 60, 0.2, 1, 1, 1, 1, true },
    { 60, 0.5, 1, 1, 1, 0.95, true },
    { 300, 0.5, 1, 1, 1, 0.95, true },
    { 1800, 0.2, 1, 1, 1, 1, true },
    { 1800, 0.5, 1, 1, 1, 0.8, true },
    { 7200, 0.2, 1, 1, 1, 0.8, true },
    { 86400, 0.1, 1, 1, 12, 0.9, true },
    /* one packet in 10 */
    { 60, 0.2, 10, 1, 1, 0.9, true },
    { 300, 0.2, 10, 1, 1, 0.9, true },
    { 1800, 0.2, 10, 1, 1, 0.3, true },
    /* one in 100: the comb */
    { 60, 0, 100, 1, 1, 0.95, true },
    { 60, 0.1, 100, 1, 1, 0.9, true },
    { 300, 0, 100, 1, 1, 0.9, true },
    { 300, 0.1, 100, 1, 1, 0.5, true },
    /* servers as a whole */
    { 60, 0.2, 1000, 10, 1, 0.25, false },
    { 60, 0.5, 1000, 10, 1, 0.25, false },
    { 300, 0.2, 1000, 100, 1, 0.95, false },
    { 900, 0.2, 1000, 100, 1, 0.9, false },
    { 60, 0.2, 100, 3, 1, 0.5, false },
    { 300, 0.5, 100, 10, 1, 0.8, false },
    { 900, 0.2, 100, 10, 1, 0.5, false },
    { 21600, 0.5, 1, 40, 1, 0.8, false },
};

static void what_the_design_promises_is_found_and_people_are_not(void **state)
{
    (void)state;
    struct plan *plan = malloc(sizeof *plan);
    unsigned people = 0, missed = 0;
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        const struct cell *cell = &cells[i];
        unsigned found = 0;
        unsigned twins = 0;
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            struct random random = { seed * 1000 + i };
            plan_beacons(plan, cell, &random);
            found += finds(plan, cell->of_pair);
            plan_people(plan, cell, &random);
            twins += finds(plan, true) || finds(plan, false);
        }
        print_message("%6.0f s jitter %.1f 1:%-4u %3u lines: %2u of %u, people %u\n",
                      cell->period_s, cell->jitter, cell->rate, cell->lines, found, SEEDS,
                      twins);
        missed += found < cell->least * SEEDS;
        people += twins;
    }
    check_equal(missed, 0);
    check(people <= 5); /* of 480 servers */
    free(plan);
}

TESTS(TEST(what_the_design_promises_is_found_and_people_are_not))
