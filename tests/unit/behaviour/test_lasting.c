// SPDX-License-Identifier: Apache-2.0
#include "flows.h"

enum { MEMORY = 1 << 20, LINE = 0x0a000005, SERVER = 0x4b007105, OTHERS = 0x46000000 };
#define HOUR 3600.0

/* A connection that was open from at_s on, with so many small packets a second both ways. */
static struct admitted_flow make_long(uint32_t line, uint32_t server, uint16_t port,
                                      double at_s, double seconds)
{
    struct admitted_flow made = make_flow(line, server, port, at_s);
    struct flow_half *halves[] = { &made.flow.forward, &made.flow.reverse };
    for (size_t i = 0; i < 2; i++) {
        halves[i]->last_ns = halves[i]->first_ns + (int64_t)(seconds * 1e9);
        halves[i]->packets = 10 + (uint64_t)seconds;
        halves[i]->octets = 90 * halves[i]->packets;
        halves[i]->payload = 38 * halves[i]->packets;
    }
    return made;
}

/* One connection as our meter reports it: slices of five minutes. */
static void observe_slices(struct bench *bench, uint32_t line, double at_s, double seconds)
{
    uint32_t slice = 0;
    for (double at = 0; at < seconds; at += 300, slice++) {
        struct admitted_flow made = make_long(line, SERVER, 4444, at_s + at, 290);
        made.flow.slice = slice;
        made.flow.continues = at + 300 < seconds;
        made.flow.end = made.flow.continues ? FLOW_END_ACTIVE : FLOW_END_DETECTED;
        bench_observe(bench, made);
    }
}

/* Forty other lines stay connected for some minutes to servers of their own. */
static void add_others(struct bench *bench)
{
    for (uint32_t i = 0; i < 40; i++)
        bench_observe(bench, make_long(LINE + 100 + i, OTHERS + i, 443, i, 120));
}

static void hours_of_slices_are_a_long_connection_before_they_end(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_LASTING, MEMORY);
    check(bench->octets_used <= MEMORY);
    add_others(bench);
    observe_slices(bench, LINE, 0, 6 * HOUR);
    check(bench->caught.count > 0);
    const struct sighting *sighting = last_caught(&bench->caught);
    check(sighting->has_line && sighting->port == 4444);
    check(sighting->score >= 50);
    check(fabs(measure_of(sighting, MEASURE_DURATION) - 6 * HOUR) < 2000);
    check(sighting->connections == 1);
    bench_finish(bench);
    check(fabs(measure_of(last_caught(&bench->caught), MEASURE_DURATION) - 6 * HOUR) < 60);
    check_equal(bench_counter(bench, "lasting: pairs that fired"), 1);
    bench_close(bench);
}

static size_t fired_after(double seconds)
{
    struct bench *bench = bench_open(BEHAVIOUR_LASTING, MEMORY);
    bench_observe(bench, make_long(LINE, SERVER, 4444, 0, seconds));
    bench_finish(bench);
    size_t count = bench->caught.count;
    bench_close(bench);
    return count;
}

static void an_hour_fires_and_less_does_not(void **state)
{
    (void)state;
    check_equal(fired_after(HOUR - 1), 0);
    check(fired_after(HOUR) > 0);
}

static double score_after(double hours, uint16_t port)
{
    struct bench *bench = bench_open(BEHAVIOUR_LASTING, MEMORY);
    bench_observe(bench, make_long(LINE, SERVER, port, 0, hours * HOUR));
    bench_finish(bench);
    double score = last_caught(&bench->caught)->score;
    bench_close(bench);
    return score;
}

static void the_longer_the_stronger(void **state)
{
    (void)state;
    check(score_after(1, 4444) < score_after(4, 4444));
    check(score_after(4, 4444) < score_after(8, 4444));
    check(score_after(8, 4444) < score_after(12, 4444));
    check(score_after(12, 4444) >= 50);
    check(score_after(1, 4444) < 50); /* an hour alone is no finding */
}

static void a_tunnel_or_push_service_is_no_finding(void **state)
{
    (void)state;
    static const uint16_t ports[] = { 500, 4500, 5223, 5228, 1194, 51820 };
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
        check(score_after(24, ports[i]) < 50);
}

static void one_that_reconnects_at_once_is_one(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_LASTING, MEMORY);
    for (int i = 0; i < 20; i++)
        bench_observe(bench, make_long(LINE, SERVER, 4444, i * 600, 590));
    bench_finish(bench);
    check(bench->caught.count > 0);
    check(measure_of(last_caught(&bench->caught), MEASURE_DURATION) > 3 * HOUR);
    bench_close(bench);
}

static void a_line_that_comes_back_now_and_then_does_not_stay(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_LASTING, MEMORY);
    for (int i = 0; i < 60; i++)
        bench_observe(bench, make_long(LINE, SERVER, 443, i * 290, 90)); /* calls in a row */
    for (int i = 0; i < 12; i++)
        bench_observe(bench, make_long(LINE + 1, SERVER, 443, i * 3600, 1500));
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    check(bench_counter(bench, "lasting: open for less than its time") > 0);
    bench_close(bench);
}

static void short_connections_leave_no_trace(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_LASTING, MEMORY);
    for (int i = 0; i < 5000; i++)
        bench_observe(bench, make_flow(LINE, SERVER, 443, i * 60));
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    check_equal(bench_counter(bench, "lasting: pairs held"), 0);
    bench_close(bench);
}

static void a_server_many_lines_stay_with_is_not_told(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_LASTING, MEMORY);
    add_others(bench);
    for (uint32_t i = 0; i < 40; i++)
        bench_observe(bench, make_long(LINE + 100 + i, SERVER, 443, 600 + i, 300));
    observe_slices(bench, LINE, 1000, 300);
    bench_observe(bench, make_long(LINE, SERVER, 443, 2000, 10 * HOUR));
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    check(bench_counter(bench, "lasting: server popular") > 0);
    bench_close(bench);
}

/* Every two minutes a packet each way, each seen as a flow of its own. */
static void an_idle_connection_in_pieces_is_one(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_LASTING, MEMORY);
    for (int i = 0; i < 200; i++) {
        struct admitted_flow made = make_long(LINE, SERVER, 4444, i * 120, 0.1);
        made.flow.tcp = FLOW_TCP_MIDSTREAM;
        made.flow.forward.tcp_flags = made.flow.reverse.tcp_flags = TCP_ACK;
        if (i % 2 == 1) { /* the server spoke first */
            struct ip_address address = made.flow.initiator;
            made.flow.initiator = made.flow.responder;
            made.flow.responder = address;
            made.flow.initiator_port = 4444;
            made.flow.responder_port = 40000;
            made.initiator_place = PLACE_FOREIGN;
            made.responder_place = PLACE_OWN;
        }
        bench_observe(bench, made);
    }
    bench_finish(bench);
    check(bench->caught.count > 0);
    struct ip_address line = ip_from_v4(LINE);
    check(ip_equal(&last_caught(&bench->caught)->line, &line));
    check(measure_of(last_caught(&bench->caught), MEASURE_DURATION) > 6 * HOUR);
    bench_close(bench);
}

static struct bench *sampled(uint32_t rate, int sightings, uint16_t ports)
{
    struct bench *bench = bench_open(BEHAVIOUR_LASTING, MEMORY);
    for (int i = 0; i < sightings; i++) {
        struct admitted_flow made = make_long(LINE, SERVER, 4444, i * 2400, 0);
        made.flow.tcp = FLOW_TCP_MIDSTREAM;
        made.flow.forward.packets = 1;
        made.flow.reverse = (struct flow_half){ .packets = 0 };
        made.flow.initiator_port = (uint16_t)(40000 + i % ports);
        made.flow.observation.rate = rate;
        made.flow.observation.sampling = SAMPLING_OPTIONS;
        bench_observe(bench, made);
    }
    bench_finish(bench);
    return bench;
}

static void a_pair_of_ports_seen_again_for_hours_is_found_under_sampling(void **state)
{
    (void)state;
    struct bench *bench = sampled(1000, 12, 1);
    check(bench->caught.count > 0);
    check(measure_of(last_caught(&bench->caught), MEASURE_DURATION) > 7 * HOUR);
    check(measure_of(last_caught(&bench->caught), MEASURE_SAMPLING_RATE) == 1000);
    bench_close(bench);
    bench = sampled(1000, 60, 60); /* as many connections */
    check_equal(bench->caught.count, 0);
    bench_close(bench);
    bench = sampled(1000, 3, 1);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
    bench = sampled(2000, 12, 1);
    check_equal(bench->caught.count, 0);
    check(bench_counter(bench, "lasting: sampled too thinly") > 0);
    bench_close(bench);
}

/* A day of some lines, of which three stay; in order of their ends or not. */
static void observe_day(struct bench *const benches[], size_t count, uint32_t stride)
{
    enum { FLOWS = 3000 };
    for (uint32_t step = 0; step < FLOWS; step++) {
        uint32_t i = (uint32_t)((uint64_t)step * stride % FLOWS);
        uint32_t line = LINE + i % 50;
        uint32_t server = i % 50 < 3 ? SERVER + i % 50 : OTHERS + i * 7 % 40;
        double seconds = i % 50 < 3 ? 1700 : 70 + i % 200;
        bench_observe(benches[i % count], make_long(line, server, 443, i * 25, seconds));
    }
}

static void check_same(struct bench *a, struct bench *b)
{
    a->caught.count = b->caught.count = 0;
    bench_finish(a);
    bench_finish(b);
    check(a->caught.count == 3 && b->caught.count == 3);
    for (size_t i = 0; i < a->caught.count; i++) {
        bool found = false;
        for (size_t j = 0; j < b->caught.count; j++) {
            const struct sighting *x = &a->caught.sightings[i], *y = &b->caught.sightings[j];
            found |= ip_equal(&x->line, &y->line) && x->first_ns == y->first_ns &&
                     x->last_ns == y->last_ns && x->octets_out == y->octets_out &&
                     x->connections == y->connections && fabs(x->score - y->score) < 1e-9;
        }
        check(found);
    }
}

static void three_sensors_joined_find_what_one_does_in_any_order(void **state)
{
    (void)state;
    struct bench *one = bench_open(BEHAVIOUR_LASTING, MEMORY);
    struct bench *turned = bench_open(BEHAVIOUR_LASTING, MEMORY);
    struct bench *three[3];
    for (size_t i = 0; i < 3; i++)
        three[i] = bench_open(BEHAVIOUR_LASTING, MEMORY);
    observe_day((struct bench *[]){ one }, 1, 1);
    observe_day((struct bench *[]){ turned }, 1, 1009);
    observe_day(three, 3, 1);
    three[0]->kind->merge(three[0]->state, three[1]->state);
    three[0]->kind->merge(three[0]->state, three[2]->state);
    check_same(one, three[0]);
    check_same(one, turned);
    for (size_t i = 0; i < 3; i++)
        bench_close(three[i]);
    bench_close(one);
    bench_close(turned);
}

static void a_flood_does_not_push_a_long_connection_out(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_LASTING, 64 * 1024);
    check(bench->octets_used <= 64 * 1024);
    for (uint32_t i = 0; i < 60; i++) {
        struct admitted_flow made = make_long(LINE, SERVER, 4444, i * 300, 290);
        made.flow.slice = i;
        made.flow.continues = true;
        bench_observe(bench, made);
        for (uint32_t j = 0; j < 500; j++)
            bench_observe(bench,
                          make_long(LINE + 1 + j, OTHERS + i * 500 + j, 443, i * 300, 61));
    }
    bench_finish(bench);
    check(bench->caught.count > 0);
    check(bench_counter(bench, "lasting: pairs evicted") > 20000);
    check_equal(bench_counter(bench, "lasting: pairs that fired"), 1);
    bench_close(bench);
}

static void any_flow_is_taken(void **state)
{
    (void)state;
    struct random random = { 11 };
    struct bench *bench = bench_open(BEHAVIOUR_LASTING, MEMORY);
    struct bench *other = bench_open(BEHAVIOUR_LASTING, MEMORY);
    for (int i = 0; i < 100000; i++)
        bench_observe(i % 2 == 0 ? bench : other, make_any(&random));
    bench->kind->merge(bench->state, other->state);
    bench_finish(bench);
    for (size_t i = 0; i < bench->caught.count && i < CAUGHT_MAX; i++)
        check(bench->caught.sightings[i].score >= 0 && bench->caught.sightings[i].score <= 100);
    struct behaviour_part parts[BEHAVIOUR_PARTS_MAX];
    check(bench->kind->parts(bench->state, parts) <= BEHAVIOUR_PARTS_MAX);
    bench_close(bench);
    bench_close(other);
}

TESTS(TEST(hours_of_slices_are_a_long_connection_before_they_end),
      TEST(an_hour_fires_and_less_does_not), TEST(the_longer_the_stronger),
      TEST(a_tunnel_or_push_service_is_no_finding), TEST(one_that_reconnects_at_once_is_one),
      TEST(a_line_that_comes_back_now_and_then_does_not_stay),
      TEST(short_connections_leave_no_trace), TEST(a_server_many_lines_stay_with_is_not_told),
      TEST(an_idle_connection_in_pieces_is_one),
      TEST(a_pair_of_ports_seen_again_for_hours_is_found_under_sampling),
      TEST(three_sensors_joined_find_what_one_does_in_any_order),
      TEST(a_flood_does_not_push_a_long_connection_out), TEST(any_flow_is_taken))
