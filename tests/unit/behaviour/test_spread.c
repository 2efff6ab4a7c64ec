// SPDX-License-Identifier: Apache-2.0
#include "flows.h"

enum { MEBIBYTE = 1 << 20 };
static const uint32_t first_line = 0x0a000001; /* 10.0.0.1 and on, over eight /16 */
static const uint32_t known = 0xc0000209;      /* a server that is listed */
static const uint32_t shared = 0xcb007107;     /* the one to be found */
static const uint32_t common = 0x33000001;     /* servers everybody calls */

/* Lines are spread over networks. */
static uint32_t line_of(uint32_t i)
{
    return first_line + (i % 8 << 16) + i / 8;
}

static void call(struct bench *bench, uint32_t line, uint32_t server, double at_s)
{
    bench_observe(bench, make_flow(line_of(line), server, 443, at_s));
}

static void list(struct bench *bench, uint32_t line, double at_s)
{
    struct admitted_flow made = make_flow(line_of(line), known, 443, at_s);
    bench->kind->heed_listed(bench->state, &made);
}

/* 400 lines at their business for so many hours. */
static void add_people(struct bench *bench, double from_s, double hours)
{
    struct random random = { 7 };
    for (double at_s = from_s; at_s < from_s + hours * 3600; at_s += 3)
        call(bench, (uint32_t)(random_next(&random) % 400),
             common + (uint32_t)(random_next(&random) % 50), at_s);
}

static void call_shared(struct bench *bench, uint32_t lines, uint32_t stride)
{
    for (uint32_t hour = 0; hour < 4; hour++)
        for (uint32_t i = 0; i < lines; i++)
            call(bench, i * stride, shared, hour * 3600 + i);
}

static struct bench *with_flagged_lines(uint32_t flagged)
{
    struct bench *bench = bench_open(BEHAVIOUR_SPREAD, MEBIBYTE);
    for (uint32_t i = 0; i < flagged; i++)
        list(bench, i, i);
    return bench;
}

static void what_flagged_lines_share_is_found(void **state)
{
    (void)state;
    struct bench *bench = with_flagged_lines(5);
    add_people(bench, 0, 4);
    call_shared(bench, 5, 1);
    bench_finish(bench);
    check_equal(bench->caught.count, 1 + 5); /* the server, and a row for each of its lines */
    const struct sighting *whole = &bench->caught.sightings[0];
    struct ip_address server = ip_from_v4(shared);
    check(!whole->has_line && ip_equal(&whole->server, &server) && whole->port == 443);
    check(measure_of(whole, MEASURE_FLAGGED_LINES) == 5 && whole->score >= 50);
    check(measure_of(whole, MEASURE_LIFT) > 50);
    check(bench->caught.sightings[3].has_line);
    bench_finish(bench); /* nothing new, so nothing is told again */
    check_equal(bench->caught.count, 6);
    bench_close(bench);
}

static void what_everybody_calls_is_not(void **state)
{
    (void)state;
    struct bench *bench = with_flagged_lines(5);
    add_people(bench, 0, 4);
    call_shared(bench, 400, 1);
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

static void two_flagged_lines_or_one_network_are_too_few(void **state)
{
    (void)state;
    struct bench *bench = with_flagged_lines(2);
    add_people(bench, 0, 4);
    call_shared(bench, 2, 1);
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
    bench = bench_open(BEHAVIOUR_SPREAD, MEBIBYTE);
    for (uint32_t i = 0; i < 5; i++)
        list(bench, i * 8, i); /* all of one /16 */
    add_people(bench, 0, 4);
    call_shared(bench, 5, 8);
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

static void what_is_known_already_is_not_told_again(void **state)
{
    (void)state;
    struct bench *bench = with_flagged_lines(5);
    add_people(bench, 0, 4);
    call_shared(bench, 5, 1);
    struct sighting fired = { .behaviour = BEHAVIOUR_BEACON,
                              .server = ip_from_v4(shared),
                              .port = 443,
                              .protocol = PROTOCOL_TCP };
    bench->kind->heed(bench->state, &fired);
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

static void lines_that_beacon_or_scan_are_flagged_too(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_SPREAD, MEBIBYTE);
    for (uint32_t i = 0; i < 4; i++) {
        struct sighting fired = { .behaviour = i % 2 ? BEHAVIOUR_BEACON : BEHAVIOUR_SCAN,
                                  .has_line = i % 2,
                                  .line = ip_from_v4(line_of(i)),
                                  .server = ip_from_v4(i % 2 ? known : line_of(i)),
                                  .server_place = i % 2 ? PLACE_FOREIGN : PLACE_OWN };
        bench->kind->heed(bench->state, &fired);
    }
    add_people(bench, 0, 4);
    call_shared(bench, 4, 1);
    bench_finish(bench);
    check_equal(bench->caught.count, 5);
    bench_close(bench);
}

/* Each saw a third of the lines; none of them enough. */
static void three_that_merge_find_what_one_finds(void **state)
{
    (void)state;
    struct bench *parts[3];
    struct bench *whole = with_flagged_lines(6);
    for (uint32_t part = 0; part < 3; part++) {
        parts[part] = bench_open(BEHAVIOUR_SPREAD, MEBIBYTE);
        for (uint32_t i = part; i < 6; i += 3)
            list(parts[part], i, i);
    }
    struct random random = { 11 };
    for (double at_s = 0; at_s < 4 * 3600; at_s += 3) {
        uint32_t line = (uint32_t)(random_next(&random) % 400);
        uint32_t server = common + (uint32_t)(random_next(&random) % 50);
        call(whole, line, server, at_s);
        call(parts[line % 3], line, server, at_s);
    }
    for (uint32_t i = 0; i < 24; i++) {
        call(whole, i % 6, shared, i * 600);
        call(parts[i % 3], i % 6, shared, i * 600);
    }
    for (uint32_t part = 0; part < 3; part++)
        bench_finish(parts[part]);
    check_equal(parts[0]->caught.count + parts[1]->caught.count + parts[2]->caught.count, 0);
    parts[0]->kind->merge(parts[0]->state, parts[1]->state);
    parts[0]->kind->merge(parts[0]->state, parts[2]->state);
    bench_finish(parts[0]);
    bench_finish(whole);
    check_equal(whole->caught.count, 7);
    check_equal(parts[0]->caught.count, whole->caught.count);
    const struct sighting *a = &whole->caught.sightings[0];
    const struct sighting *b = &parts[0]->caught.sightings[0];
    check(memcmp(&a->server, &b->server, sizeof a->server) == 0);
    check(fabs(a->score - b->score) < 1e-9 && a->connections == b->connections);
    for (uint32_t part = 0; part < 3; part++)
        bench_close(parts[part]);
    bench_close(whole);
}

static void anything_at_all_stays_within_bounds(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_SPREAD, 1 << 16);
    struct random random = { 3 };
    for (uint32_t i = 0; i < 200000; i++) {
        struct admitted_flow made = make_any(&random);
        made.flow.responder = ip_from_v4((uint32_t)random_next(&random));
        made.flow.initiator = ip_from_v4((uint32_t)(random_next(&random) % 5000));
        if (i % 2 == 0)
            bench->kind->heed_listed(bench->state, &made);
        bench_observe(bench, made);
    }
    bench_finish(bench);
    check(bench_counter(bench, "spread: servers evicted") > 0);
    check(bench_counter(bench, "spread: flagged lines evicted") > 0);
    check(bench->octets_used <= 1 << 16);
    bench_close(bench);
}

TESTS(TEST(what_flagged_lines_share_is_found), TEST(what_everybody_calls_is_not),
      TEST(two_flagged_lines_or_one_network_are_too_few),
      TEST(what_is_known_already_is_not_told_again),
      TEST(lines_that_beacon_or_scan_are_flagged_too),
      TEST(three_that_merge_find_what_one_finds), TEST(anything_at_all_stays_within_bounds))
