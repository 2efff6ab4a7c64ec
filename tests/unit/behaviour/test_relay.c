// SPDX-License-Identifier: Apache-2.0
#include "flows.h"

enum { MEBIBYTE = 1 << 20, HOURS = 6 };
static const uint32_t first_line = 0x0a000001;
static const uint32_t controller = 0xc0000201;
static const uint32_t victims = 0xcb007100;

static struct admitted_flow sized(struct admitted_flow made, uint64_t forward, uint64_t reverse,
                                  double seconds)
{
    made.flow.forward.octets = forward;
    made.flow.reverse.octets = reverse;
    made.flow.forward.last_ns += (int64_t)(seconds * 1e9);
    made.flow.reverse.last_ns += (int64_t)(seconds * 1e9);
    return made;
}

static struct admitted_flow inward(struct admitted_flow made)
{
    made.direction = DIRECTION_FD;
    made.initiator_place = PLACE_FOREIGN;
    made.responder_place = PLACE_OWN;
    return made;
}

/* A controller's session every so often, and right after it a connection to one of the victims
 * that carries on what came. */
static void add_relay(struct bench *bench, uint32_t line, uint64_t seed)
{
    struct random random = { seed };
    double at_s = 0;
    while ((at_s += random_exponential(&random, 60)) < HOURS * 3600) {
        uint64_t request = 2000 + random_next(&random) % 40000;
        uint64_t answer = 5000 + random_next(&random) % 400000;
        uint32_t victim = victims + (uint32_t)(random_next(&random) % 40) * 256;
        bench_observe(bench,
                      sized(make_flow(line, victim, 443, at_s + 0.2), request, answer, 5));
        bench_observe(bench, inward(sized(make_flow(controller, line, 8443, at_s),
                                          request + 200, answer + 300, 6)));
    }
}

/* Somebody who serves a page at home and reads the news. */
static void add_person(struct bench *bench, uint32_t line, uint64_t seed)
{
    struct random random = { seed };
    double at_s = 0;
    while ((at_s += random_exponential(&random, 60)) < HOURS * 3600) {
        uint32_t other = 0x2e000000 + (uint32_t)(random_next(&random) % 5000) * 256;
        if (random_next(&random) % 2 == 0)
            bench_observe(bench, inward(sized(make_flow(other, line, 443, at_s), 900,
                                              20000 + random_next(&random) % 90000, 20)));
        else
            bench_observe(bench, sized(make_flow(line, other, 443, at_s), 2000,
                                       50000 + random_next(&random) % 900000, 30));
    }
}

static void a_relay_is_told_with_its_controller(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_RELAY, MEBIBYTE);
    add_relay(bench, first_line, 1);
    bench_finish(bench);
    check(bench->caught.count >= 2);
    const struct sighting *whole = &bench->caught.sightings[0];
    struct ip_address line = ip_from_v4(first_line), caller = ip_from_v4(controller);
    check(ip_equal(&whole->server, &line) && !whole->has_line && whole->score >= 50);
    check(measure_of(whole, MEASURE_CONSERVATION) > 0.9);
    check(measure_of(whole, MEASURE_CORRELATION) >= 0.8);
    check(measure_of(whole, MEASURE_ROLE_DUALITY) >= 0.5);
    check(measure_of(whole, MEASURE_ADJACENCY) >= 5);
    const struct sighting *row = &bench->caught.sightings[1];
    check(row->has_line && ip_equal(&row->line, &caller));
    bench_close(bench);
}

static void who_serves_and_reads_is_not(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_RELAY, MEBIBYTE);
    for (uint32_t i = 0; i < 40; i++)
        add_person(bench, first_line + i, i + 1);
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    check_equal(bench_counter(bench, "relay: lines looked at"), 40);
    bench_close(bench);
}

static struct bench *of_class(enum line_class line_class, enum place place)
{
    struct bench *bench = bench_open(BEHAVIOUR_RELAY, MEBIBYTE);
    struct admitted_flow made = inward(make_flow(controller, first_line, 8443, 1));
    made.responder_class = line_class;
    made.responder_place = place;
    bench_observe(bench, made);
    return bench;
}

/* The safeguards of section 4.2. */
static void only_equipment_and_own_lines_are_looked_at(void **state)
{
    (void)state;
    static const struct {
        enum line_class line_class;
        enum place place;
        uint64_t looked;
    } cases[] = {
        { CLASS_EQUIPMENT, PLACE_DOMESTIC, 1 }, { CLASS_UNKNOWN, PLACE_DOMESTIC, 0 },
        { CLASS_FIXED, PLACE_DOMESTIC, 0 },     { CLASS_UNKNOWN, PLACE_OWN, 1 },
        { CLASS_HOSTING, PLACE_OWN, 0 },        { CLASS_SHARED, PLACE_OWN, 0 },
        { CLASS_PUBLIC_RELAY, PLACE_OWN, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench *bench = of_class(cases[i].line_class, cases[i].place);
        check_equal(bench_counter(bench, "relay: lines looked at"), cases[i].looked);
        bench_close(bench);
    }
}

static void one_controller_of_many_lines_speaks_for_each(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_RELAY, MEBIBYTE);
    for (uint32_t i = 0; i < 8; i++)
        add_relay(bench, first_line + i, i + 9);
    bench_finish(bench);
    check(measure_of(last_caught(&bench->caught), MEASURE_CONTROLLED_LINES) >= 5);
    check(last_caught(&bench->caught)->score > 60);
    bench_close(bench);
}

static void three_that_merge_find_what_one_finds(void **state)
{
    (void)state;
    struct bench *whole = bench_open(BEHAVIOUR_RELAY, MEBIBYTE), *parts[3];
    for (size_t i = 0; i < 3; i++)
        parts[i] = bench_open(BEHAVIOUR_RELAY, MEBIBYTE);
    for (uint32_t i = 0; i < 9; i++) {
        add_relay(whole, first_line + i, i + 9);
        add_relay(parts[i % 3], first_line + i, i + 9);
    }
    parts[0]->kind->merge(parts[0]->state, parts[1]->state);
    parts[0]->kind->merge(parts[0]->state, parts[2]->state);
    bench_finish(parts[0]);
    bench_finish(whole);
    check_equal(whole->caught.count, 18); /* nine lines, each with the controller */
    check_equal(parts[0]->caught.count, whole->caught.count);
    const struct sighting *a = last_caught(&whole->caught), *b = last_caught(&parts[0]->caught);
    check(fabs(measure_of(a, MEASURE_CONTROLLED_LINES) -
               measure_of(b, MEASURE_CONTROLLED_LINES)) < 1e-9);
    for (size_t i = 0; i < 3; i++)
        bench_close(parts[i]);
    bench_close(whole);
}

static void anything_at_all_stays_within_bounds(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_RELAY, 1 << 17);
    struct random random = { 3 };
    for (uint32_t i = 0; i < 200000; i++) {
        struct admitted_flow made = make_any(&random);
        made.flow.responder = ip_from_v4((uint32_t)random_next(&random) % 3000);
        bench_observe(bench, made);
        if (i % 3 == 0)
            bench_observe(bench, inward(make_flow((uint32_t)random_next(&random),
                                                  first_line + i % 900, 80, i)));
    }
    bench_finish(bench);
    check(bench_counter(bench, "relay: lines evicted") > 0);
    check(bench->octets_used <= 1 << 17);
    bench_close(bench);
}

TESTS(TEST(a_relay_is_told_with_its_controller), TEST(who_serves_and_reads_is_not),
      TEST(only_equipment_and_own_lines_are_looked_at),
      TEST(one_controller_of_many_lines_speaks_for_each),
      TEST(three_that_merge_find_what_one_finds), TEST(anything_at_all_stays_within_bounds))
