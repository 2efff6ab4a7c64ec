// SPDX-License-Identifier: Apache-2.0
/* What the tiers of the beacon behaviour hold and cost: so many pairs of line and server, six
 * to a server, all called once a round in an order without pattern, an hour a round.  One line
 * a round: seconds of CPU, calls a second with and without telling the processor ahead, pairs
 * held and evicted, concerns.  "making" is what making the flows costs and is in the others.
 *
 * bench_ladder [pairs, default 1000000] [octets of memory; default what the pairs take]
 *              [rounds, default 3] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/must.h"
#include "base/time.h"
#include "behaviour/behaviour.h"
#include "system/memory.h"

enum { RING = 64, AHEAD = 32, MORE_AHEAD = 16, PAIRS_OF_SERVER = 6, COUNTERS_SHOWN = 9 };

static const struct hash_key key = { { 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9,
                                       0x94d049bb133111eb, 0x2545f4914f6cdd1d } };

static double now_s(void)
{
    struct timespec now;
    MUST(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct traffic {
    uint64_t pairs;
    uint64_t span; /* the power of two from there on */
    uint64_t at;   /* of the round, below span */
    uint64_t round;
    struct admitted_flow ring[RING];
};

/* The next pair of an order that visits each once. */
static uint64_t next_pair(struct traffic *traffic)
{
    uint64_t pair;
    do {
        uint64_t mixed = traffic->at++ * UINT64_C(0x9e3779b97f4a7c15) & (traffic->span - 1);
        pair = (mixed ^ mixed >> 9 ^ traffic->round * 0x5bd1e995) & (traffic->span - 1);
    } while (pair >= traffic->pairs);
    return pair;
}

static const struct admitted_flow *make_flow(struct traffic *traffic, uint64_t number)
{
    struct admitted_flow *out = &traffic->ring[number % RING];
    uint64_t pair = next_pair(traffic);
    double part = (double)number / (double)traffic->pairs;
    int64_t start_ns = INT64_C(1790000000) * TIME_SECOND_NS +
                       (int64_t)(((double)traffic->round + part) * 3600e9);
    out->flow.initiator = ip_from_v4(0x0a000000U + (uint32_t)(pair * 7919 % 5000011));
    out->flow.responder = ip_from_v4(0x20000000U + (uint32_t)(pair / PAIRS_OF_SERVER));
    out->flow.forward.first_ns = out->flow.reverse.first_ns = start_ns;
    out->flow.forward.last_ns = out->flow.reverse.last_ns = start_ns;
    return out;
}

static void init_traffic(struct traffic *traffic, uint64_t pairs)
{
    const struct admitted_flow any = {
        .flow = { .forward = { .packets = 6, .octets = 900 },
                  .reverse = { .packets = 5, .octets = 1200 },
                  .responder_port = 443,
                  .protocol = PROTOCOL_TCP,
                  .version = 4,
                  .tcp = FLOW_TCP_CLOSED },
        .direction = DIRECTION_DF,
        .initiator_place = PLACE_OWN,
        .responder_place = PLACE_FOREIGN,
    };
    *traffic = (struct traffic){ .pairs = pairs, .span = 1 };
    while (traffic->span < pairs)
        traffic->span *= 2;
    for (size_t i = 0; i < RING; i++)
        traffic->ring[i] = any;
}

static void drop(void *context, const struct sighting *sighting)
{
    (void)context;
    (void)sighting;
}

static double run_round(struct traffic *traffic, void *state, bool tells_ahead)
{
    const struct behaviour_kind *kind = behaviour_kinds[BEHAVIOUR_BEACON];
    const struct sighting_sink sink = { drop, NULL };
    double begin_s = now_s();
    traffic->at = 0;
    for (uint64_t i = 0; i < traffic->pairs + AHEAD; i++) {
        if (i < traffic->pairs) {
            const struct admitted_flow *flow = make_flow(traffic, i);
            if (state && tells_ahead)
                kind->expect(state, flow);
        }
        uint64_t more = i - MORE_AHEAD;
        if (state && tells_ahead && i >= MORE_AHEAD && more < traffic->pairs)
            kind->expect_more(state, &traffic->ring[more % RING]);
        if (state && i >= AHEAD)
            kind->observe(state, &traffic->ring[(i - AHEAD) % RING], END_RESPONDER, sink);
    }
    traffic->round++;
    return now_s() - begin_s;
}

static void show(const void *state)
{
    static const char *const shown[COUNTERS_SHOWN] = {
        "beacon: pairs held",
        "beacon: pairs evicted",
        "beacon: pairs turned away once",
        "beacon: pairs too uneven for a full table",
        "beacon: servers held",
        "beacon: servers evicted",
        "beacon: concerns held",
        "beacon: concerns evicted",
        "beacon: servers of concern held",
    };
    static struct summary summary;
    summary = (struct summary){ .files = 0 };
    behaviour_kinds[BEHAVIOUR_BEACON]->count(state, &summary);
    for (size_t i = 0; i < summary.counter_count; i++)
        for (size_t j = 0; j < COUNTERS_SHOWN; j++)
            if (strcmp(summary.counters[i].reason, shown[j]) == 0)
                printf("    %-44s %12llu\n", shown[j],
                       (unsigned long long)summary.counters[i].count);
}

int main(int argc, char **argv)
{
    enum { PAIR_OCTETS = 32, SLACK = 1 << 20 };
    uint64_t pairs = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    double fitting = (double)pairs * PAIR_OCTETS / 0.93 * 49 / 48 * 32 / 24;
    size_t octets = argc > 2 ? strtoull(argv[2], NULL, 10) : (size_t)fitting + SLACK;
    unsigned long rounds = argc > 3 ? strtoul(argv[3], NULL, 10) : 3;
    struct arena arena;
    struct error err;
    static struct traffic traffic;
    MUST(memory_reserve(octets + SLACK, MEMORY_LARGE_PAGES, &arena, &err));
    struct behaviour_limits limits = { .memory_octets = octets };
    void *state = behaviour_kinds[BEHAVIOUR_BEACON]->init(&limits, key, &arena);
    init_traffic(&traffic, pairs);
    printf("%llu pairs in %zu octets, %.1f octets a pair with all tiers\n",
           (unsigned long long)pairs, octets, (double)octets / (double)pairs);
    printf("making: %.1f ns a flow\n", run_round(&traffic, NULL, false) * 1e9 / (double)pairs);
    init_traffic(&traffic, pairs);
    for (unsigned long round = 0; round < rounds; round++) {
        bool tells_ahead = round + 1 < rounds || rounds == 1;
        double took_s = run_round(&traffic, state, tells_ahead);
        printf("round %lu%s: %.2f s, %.2f M calls/s\n", round + 1,
               tells_ahead ? "" : ", nothing told ahead", took_s, (double)pairs / took_s / 1e6);
    }
    show(state);
    return EXIT_SUCCESS;
}
