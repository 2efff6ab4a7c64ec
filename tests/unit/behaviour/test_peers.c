// SPDX-License-Identifier: Apache-2.0
#include "flows.h"

enum { MEMORY = 4 << 20 };
static const uint32_t bots = 0x0a000001, people = 0x0a010001;

/* A small datagram to a peer, answered or not. */
static void contact(struct bench *bench, uint32_t line, uint32_t peer, double at_s,
                    bool answered)
{
    struct admitted_flow made = make_flow(line, peer, 20000, at_s);
    turn_to_udp(&made, answered);
    made.flow.initiator_port = 30000;
    made.flow.forward.octets = 120;
    made.flow.reverse.octets = answered ? 140 : 0;
    bench_observe(bench, made);
}

/* Bots choose of one pool of scattered peers, half of which are gone; day by day. */
static void add_bot(struct bench *bench, uint32_t line, int days, uint64_t seed)
{
    struct random random = { seed };
    for (int day = 0; day < days; day++)
        for (int i = 0; i < 60; i++) {
            uint32_t peer = 0x2e000000 + (uint32_t)(random_next(&random) % 150) * 0x30407;
            contact(bench, line, peer, day * 86400 + i * 60, peer / 7 % 2);
        }
}

/* As many peers, and nobody else has them. */
static void add_loner(struct bench *bench, uint32_t line, int days, uint64_t seed)
{
    struct random random = { seed };
    for (int i = 0; i < 60 * days; i++)
        contact(bench, line, 0x51000000 + (uint32_t)(random_next(&random) % 0x1000000), i * 600,
                i % 2);
}

static void bots_that_share_peers_are_a_group(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_PEERS, MEMORY);
    for (uint32_t i = 0; i < 5; i++)
        add_bot(bench, bots + i, 4, i + 1);
    for (uint32_t i = 0; i < 40; i++)
        add_loner(bench, people + i, 4, i + 100);
    bench_finish(bench);
    check_equal(bench->caught.count, 5);
    const struct sighting *whole = &bench->caught.sightings[0];
    struct ip_address lowest = ip_from_v4(bots);
    check(!whole->has_line && ip_equal(&whole->server, &lowest));
    check(measure_of(whole, MEASURE_MEMBERS) == 5);
    check(measure_of(whole, MEASURE_OVERLAP) > 0.2);
    check(bench->caught.sightings[4].has_line);
    bench_finish(bench); /* nobody joined, so nothing is told again */
    check_equal(bench->caught.count, 5);
    bench_close(bench);
}

static void overlap_of_one_day_alone_is_not_told(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_PEERS, MEMORY);
    for (uint32_t i = 0; i < 5; i++)
        add_bot(bench, bots + i, 1, i + 1);
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    struct sighting fired = { .behaviour = BEHAVIOUR_SCAN, .server = ip_from_v4(bots + 2) };
    bench->kind->heed(bench->state, &fired); /* but with a member that scans it is */
    bench_finish(bench);
    check_equal(bench->caught.count, 5);
    check(measure_of(&bench->caught.sightings[0], MEASURE_FLAGGED_LINES) == 1);
    check(bench->caught.sightings[0].score >= 50);
    bench_close(bench);
}

static void two_are_no_group(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_PEERS, MEMORY);
    add_bot(bench, bots, 4, 1);
    add_bot(bench, bots + 1, 4, 2);
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

/* A server of a game that all know is shared, and says nothing. */
static void what_everybody_has_joins_nobody(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_PEERS, MEMORY);
    for (uint32_t i = 0; i < 40; i++) {
        add_loner(bench, people + i, 4, i + 100);
        for (uint32_t server = 0; server < 20; server++)
            contact(bench, people + i, 0x33000001 + server * 0x10000, server, true);
    }
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

static void add_share(struct bench *bench, uint32_t line, uint32_t part)
{
    struct random random = { line };
    for (uint32_t i = 0; i < 240; i++) {
        uint32_t peer = 0x2e000000 + (uint32_t)(random_next(&random) % 150) * 0x30407;
        if (part == 3 || i % 3 == part)
            contact(bench, line, peer, i / 60 * 86400 + i * 60, peer / 7 % 2);
    }
}

static void three_that_merge_find_what_one_finds(void **state)
{
    (void)state;
    struct bench *whole = bench_open(BEHAVIOUR_PEERS, MEMORY), *parts[3];
    for (uint32_t part = 0; part < 3; part++) {
        parts[part] = bench_open(BEHAVIOUR_PEERS, MEMORY);
        for (uint32_t i = 4; i-- > 0;)
            add_share(parts[part], bots + i, part);
    }
    for (uint32_t i = 0; i < 4; i++)
        add_share(whole, bots + i, 3);
    parts[2]->kind->merge(parts[2]->state, parts[1]->state);
    parts[2]->kind->merge(parts[2]->state, parts[0]->state);
    bench_finish(parts[2]);
    bench_finish(whole);
    check_equal(whole->caught.count, 4);
    check_equal(parts[2]->caught.count, whole->caught.count);
    const struct sighting *a = &whole->caught.sightings[0];
    const struct sighting *b = &parts[2]->caught.sightings[0];
    check(ip_equal(&a->server, &b->server) && a->connections == b->connections);
    check(fabs(a->score - b->score) < 1e-9);
    check(fabs(measure_of(a, MEASURE_OVERLAP) - measure_of(b, MEASURE_OVERLAP)) < 1e-9);
    for (size_t i = 0; i < 3; i++)
        bench_close(parts[i]);
    bench_close(whole);
}

static void anything_at_all_stays_within_bounds(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_PEERS, 1 << 18);
    struct random random = { 3 };
    for (uint32_t i = 0; i < 300000; i++) {
        struct admitted_flow made = make_any(&random);
        made.flow.initiator_port = 5000;
        bench_observe(bench, made);
        contact(bench, people + (uint32_t)random_next(&random) % 3000,
                (uint32_t)random_next(&random), i, false);
    }
    bench_finish(bench);
    check(bench_counter(bench, "peers: lines evicted") > 0);
    check(bench_counter(bench, "peers: more candidates than can be compared") > 0);
    check(bench->octets_used <= 1 << 18);
    bench_close(bench);
}

TESTS(TEST(bots_that_share_peers_are_a_group), TEST(overlap_of_one_day_alone_is_not_told),
      TEST(two_are_no_group), TEST(what_everybody_has_joins_nobody),
      TEST(three_that_merge_find_what_one_finds), TEST(anything_at_all_stays_within_bounds))
