// SPDX-License-Identifier: Apache-2.0
/* Three states of the beacon behaviour that saw a third each, joined, find what one finds; so
 * does one that saw the flows in another order, and one that was put away and taken up. */
#include "behaviour/server.h"

#include "flows.h"

enum { MEBIBYTE = 1 << 20, SERVER = 0x4b007100, LINE = 0x0a000100, FLOWS_MAX = 200000 };

static struct admitted_flow flows[FLOWS_MAX];
static size_t flow_count;

struct found {
    bool of_server[64];
    bool of_pair[64];
};

static void add_flow(uint32_t line, uint32_t server, double at_s, uint32_t rate)
{
    struct admitted_flow made = make_flow(line, server, 443, at_s);
    made.flow.observation.rate = rate;
    made.flow.observation.sampling = rate > 1 ? SAMPLING_OPTIONS : SAMPLING_ALL;
    check(flow_count < FLOWS_MAX);
    flows[flow_count++] = made;
}

static int by_time(const void *a, const void *b)
{
    int64_t left = flow_end_ns(&((const struct admitted_flow *)a)->flow);
    int64_t right = flow_end_ns(&((const struct admitted_flow *)b)->flow);
    return (left > right) - (left < right);
}

/* Servers 0 to 9 are called by one line each on time, 10 to 12 by twelve lines each that are
 * sampled too thinly to time one, 20 to 49 by people, over a day that has midnight in it. */
static void make_flows(void)
{
    struct random random = { 11 };
    flow_count = 0;
    for (uint32_t i = 0; i < 10; i++)
        for (double at_s = i; at_s < 86400; at_s += 600 * (0.8 + 0.4 * random_part(&random)))
            add_flow(LINE + i, SERVER + i, at_s, 1);
    for (uint32_t i = 0; i < 36; i++)
        for (double at_s = i; at_s < 86400; at_s += random_exponential(&random, 2500))
            add_flow(LINE + i, SERVER + 10 + i % 3, at_s, 1000);
    for (uint32_t i = 0; i < 300; i++) {
        double calls = 60 * exp(2 * random_part(&random) - 1);
        for (double at_s = 20000; at_s < 75000;) {
            add_flow(LINE + 50 + i, SERVER + 20 + i % 30, at_s, i % 2 ? 1 : 1000);
            bool stay = random_part(&random) < 0.6;
            at_s += stay ? 1 + random_exponential(&random, 10)
                         : random_exponential(&random, 55000 / calls);
        }
    }
    for (uint32_t i = 0; i < 15000; i++) /* what all lines do, so that each worker knows them */
        add_flow(LINE + 500 + i % 500, SERVER + 100 + i % 353, i * 5.0, i % 3 ? 1 : 1000);
    qsort(flows, flow_count, sizeof *flows, by_time);
}

static struct found found_by(struct bench *bench)
{
    struct found found = { .of_pair = { false } };
    bench_finish(bench);
    for (size_t i = 0; i < bench->caught.count; i++) {
        const struct sighting *sighting = &bench->caught.sightings[i];
        uint32_t server = ip_to_v4(&sighting->server) - SERVER;
        check(server < 64);
        (sighting->has_line ? found.of_pair : found.of_server)[server] = true;
    }
    return found;
}

static struct found found_by_one(void)
{
    struct bench *bench = bench_open(BEHAVIOUR_BEACON, 48 * MEBIBYTE);
    for (size_t i = 0; i < flow_count; i++)
        bench_observe(bench, flows[i]);
    struct found found = found_by(bench);
    bench_close(bench);
    return found;
}

static void check_same(const struct found *a, const struct found *b)
{
    for (size_t i = 0; i < 64; i++) {
        check_equal(a->of_pair[i], b->of_pair[i]);
        check_equal(a->of_server[i], b->of_server[i]);
    }
}

static void one_state_finds_what_was_planted(void **state)
{
    (void)state;
    make_flows();
    struct found found = found_by_one();
    for (size_t i = 0; i < 64; i++) {
        check_equal(found.of_pair[i], i < 10);
        check_equal(found.of_server[i], i >= 10 && i < 13);
    }
}

static size_t third_by_line(const struct flow *flow, size_t index)
{
    (void)index;
    return ip_to_v4(&flow->initiator) % 3;
}

static size_t third_by_time(const struct flow *flow, size_t index)
{
    (void)flow;
    return 3 * index / flow_count;
}

static void check_thirds(size_t (*third_of)(const struct flow *, size_t))
{
    make_flows();
    struct found one = found_by_one();
    struct bench *bench[3];
    for (size_t i = 0; i < 3; i++)
        bench[i] = bench_open(BEHAVIOUR_BEACON, 48 * MEBIBYTE);
    for (size_t i = 0; i < flow_count; i++)
        bench_observe(bench[third_of(&flows[i].flow, i)], flows[i]);
    bench[0]->kind->merge(bench[0]->state, bench[2]->state);
    bench[0]->kind->merge(bench[0]->state, bench[1]->state);
    struct found joined = found_by(bench[0]);
    check_same(&one, &joined);
    for (size_t i = 0; i < 3; i++)
        bench_close(bench[i]);
}

static void three_states_by_line_find_what_one_finds(void **state)
{
    (void)state;
    check_thirds(third_by_line);
}

static void three_states_by_time_find_what_one_finds(void **state)
{
    (void)state;
    check_thirds(third_by_time);
}

/* Workers share flows by server: each has a state of its own, and nothing is joined. */
static void one_two_or_eight_workers_find_the_same(void **state)
{
    (void)state;
    make_flows();
    struct found one = found_by_one();
    for (size_t workers = 2; workers <= 8; workers += 6) {
        struct found all = { .of_pair = { false } };
        for (size_t worker = 0; worker < workers; worker++) {
            struct bench *bench = bench_open(BEHAVIOUR_BEACON, 48 * MEBIBYTE);
            for (size_t i = 0; i < flow_count; i++)
                if (ip_to_v4(&flows[i].flow.responder) * 2654435761U % workers == worker)
                    bench_observe(bench, flows[i]);
            struct found found = found_by(bench);
            for (size_t i = 0; i < 64; i++) {
                all.of_pair[i] |= found.of_pair[i];
                all.of_server[i] |= found.of_server[i];
            }
            bench_close(bench);
        }
        check_same(&one, &all);
    }
}

/* Nobody of the three saw enough. */
static void what_no_third_finds_the_whole_does(void **state)
{
    (void)state;
    struct bench *bench[3];
    for (uint32_t i = 0; i < 3; i++)
        bench[i] = bench_open(BEHAVIOUR_BEACON, MEBIBYTE);
    for (unsigned i = 0; i < 12; i++)
        bench_observe(bench[i / 4], make_flow(LINE, SERVER, 443, i * 7000.0));
    for (uint32_t i = 0; i < 3; i++) {
        bench_finish(bench[i]);
        check_equal(bench[i]->caught.count, 0);
    }
    bench[2]->kind->merge(bench[2]->state, bench[0]->state);
    bench[2]->kind->merge(bench[2]->state, bench[1]->state);
    bench_finish(bench[2]);
    check_equal(bench[2]->caught.count, 1);
    check_equal(last_caught(&bench[2]->caught)->connections, 12);
    for (uint32_t i = 0; i < 3; i++)
        bench_close(bench[i]);
}

static void the_order_within_a_minute_does_not_matter(void **state)
{
    (void)state;
    make_flows();
    struct found one = found_by_one();
    struct random random = { 12 };
    static struct admitted_flow moved[FLOWS_MAX];
    memcpy(moved, flows, flow_count * sizeof *flows);
    for (size_t i = 0; i < flow_count; i++) { /* a swap of two that are within a minute */
        size_t j = i + random_next(&random) % 20;
        if (j < flow_count &&
            flow_end_ns(&moved[j].flow) - flow_end_ns(&flows[i].flow) < 60 * TIME_SECOND_NS) {
            struct admitted_flow held = moved[i];
            moved[i] = moved[j];
            moved[j] = held;
        }
    }
    memcpy(flows, moved, flow_count * sizeof *flows);
    struct found other = found_by_one();
    check_same(&one, &other);
}

static void a_state_put_away_and_taken_up_goes_on(void **state)
{
    (void)state;
    make_flows();
    struct found one = found_by_one();
    struct bench *first = bench_open(BEHAVIOUR_BEACON, 48 * MEBIBYTE);
    struct bench *second = bench_open(BEHAVIOUR_BEACON, 48 * MEBIBYTE);
    for (size_t i = 0; i < flow_count / 2; i++)
        bench_observe(first, flows[i]);
    struct behaviour_part from[BEHAVIOUR_PARTS_MAX], to[BEHAVIOUR_PARTS_MAX];
    size_t count = first->kind->parts(first->state, from);
    check_equal(second->kind->parts(second->state, to), count);
    for (size_t i = 0; i < count; i++) {
        check_equal(from[i].octets, to[i].octets);
        memcpy(to[i].at, from[i].at, to[i].octets);
    }
    for (size_t i = flow_count / 2; i < flow_count; i++) {
        bench_observe(first, flows[i]);
        bench_observe(second, flows[i]);
    }
    uint64_t held = bench_counter(first, "beacon: pairs held");
    check_equal(bench_counter(second, "beacon: pairs held"), held);
    struct found found = found_by(second);
    for (size_t i = 0; i < first->caught.count; i++) { /* some before it was put away */
        const struct sighting *sighting = &first->caught.sightings[i];
        if (sighting->has_line)
            found.of_pair[ip_to_v4(&sighting->server) - SERVER] = true;
    }
    check_same(&one, &found);
    bench_close(first);
    bench_close(second);
}

static void five_statistics_add_up_in_any_order(void **state)
{
    (void)state;
    struct random random = { 3 };
    static struct hub whole, parts[3];
    for (unsigned i = 0; i < 5000; i++) {
        uint64_t line = (random_next(&random) % 200 + 1) * UINT64_C(0x9e3779b97f4a7c15);
        struct hub_call call = { line, EPOCH_NS + i * TIME_SECOND_NS,
                                 (double)(random_next(&random) % 5000), 3,
                                 random_next(&random) % 3000 };
        hub_add(&whole, &call);
        hub_add(&parts[random_next(&random) % 3], &call);
    }
    whole.last_ns = parts[0].last_ns = parts[1].last_ns = parts[2].last_ns = TIME_DAY_NS;
    hub_merge(&parts[2], &parts[0]);
    hub_merge(&parts[2], &parts[1]);
    struct pool_view one, joined;
    check(hub_look(&whole, &one) && hub_look(&parts[2], &joined));
    check(one.dispersion == joined.dispersion && one.entropy == joined.entropy);
    check(one.comb == joined.comb && one.modes == joined.modes && one.sum == joined.sum);
}

TESTS(TEST(one_state_finds_what_was_planted), TEST(three_states_by_line_find_what_one_finds),
      TEST(three_states_by_time_find_what_one_finds),
      TEST(one_two_or_eight_workers_find_the_same), TEST(what_no_third_finds_the_whole_does),
      TEST(the_order_within_a_minute_does_not_matter),
      TEST(a_state_put_away_and_taken_up_goes_on), TEST(five_statistics_add_up_in_any_order))
