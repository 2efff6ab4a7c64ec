// SPDX-License-Identifier: Apache-2.0
/* Made-up admitted flows for the tests of behaviours, and a sink that keeps what fired. */
#pragma once

#include <math.h>
#include <stdlib.h>

#include "base/time.h"
#include "behaviour/behaviour.h"

#include "check.h"

#define EPOCH_NS (INT64_C(1790000000) * TIME_SECOND_NS)

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *random) /* splitmix64 */
{
    uint64_t z = (random->state += 0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static inline double random_part(struct random *random) /* in (0, 1) */
{
    return ((double)(random_next(random) >> 11) + 0.5) * 0x1p-53;
}

static inline double random_exponential(struct random *random, double mean)
{
    return -log(random_part(random)) * mean;
}

/* A TCP connection that carried something both ways, from one's own network outward. */
static inline struct admitted_flow make_flow(uint32_t line, uint32_t server, uint16_t port,
                                             double at_s)
{
    int64_t start_ns = EPOCH_NS + (int64_t)(at_s * 1e9);
    int64_t end_ns = start_ns + 200 * TIME_MILLISECOND_NS;
    return (struct admitted_flow){
        .flow = { .initiator = ip_from_v4(line),
                  .responder = ip_from_v4(server),
                  .forward = { 6, 900, 560, start_ns, end_ns, TCP_SYN | TCP_ACK, TCP_SYN, 0,
                               0 },
                  .reverse = { 5, 1200, 900, start_ns, end_ns, TCP_SYN | TCP_ACK,
                               TCP_SYN | TCP_ACK, 0, 0 },
                  .initiator_port = 40000,
                  .responder_port = port,
                  .protocol = PROTOCOL_TCP,
                  .version = 4,
                  .end = FLOW_END_DETECTED,
                  .tcp = FLOW_TCP_CLOSED },
        .direction = DIRECTION_DF,
        .basis = BASIS_OWN,
        .initiator_place = PLACE_OWN,
        .responder_place = PLACE_FOREIGN,
    };
}

/* A SYN that was refused, or not answered at all. */
static inline struct admitted_flow make_attempt(uint32_t line, uint32_t server, uint16_t port,
                                                double at_s, bool refused)
{
    struct admitted_flow made = make_flow(line, server, port, at_s);
    struct flow *flow = &made.flow;
    flow->forward.packets = 1;
    flow->forward.octets = 60;
    flow->forward.payload = 0;
    flow->forward.tcp_flags = TCP_SYN;
    flow->tcp = refused ? FLOW_TCP_REFUSED : FLOW_TCP_ATTEMPT;
    flow->reverse.packets = refused;
    flow->reverse.octets = refused ? 40 : 0;
    flow->reverse.payload = 0;
    flow->reverse.tcp_flags = flow->reverse.first_flags = refused ? TCP_RST | TCP_ACK : 0;
    return made;
}

static inline void turn_to_udp(struct admitted_flow *made, bool answered)
{
    made->flow.protocol = PROTOCOL_UDP;
    made->flow.tcp = FLOW_TCP_NONE;
    made->flow.forward.packets = 1;
    made->flow.forward.tcp_flags = made->flow.forward.first_flags = 0;
    made->flow.reverse.packets = answered;
}

/* Any flow a meter could be made to give: fields at random, times and counts at their ends. */
static inline struct admitted_flow make_any(struct random *random)
{
    static const int64_t times_ns[] = { INT64_MIN, -1, 0, EPOCH_NS, EPOCH_NS + 60, INT64_MAX };
    static const uint64_t counts[] = { 0, 1, 2, 1000, UINT32_MAX, UINT64_MAX / 4 };
    static const uint8_t protocols[] = { PROTOCOL_TCP,    PROTOCOL_UDP,  PROTOCOL_ICMP,
                                         PROTOCOL_ICMPV6, PROTOCOL_SCTP, PROTOCOL_GRE };
    uint64_t dice = random_next(random);
    struct admitted_flow made =
        make_flow((uint32_t)(dice % 7), (uint32_t)(dice >> 8) % 50, (uint16_t)(dice >> 16), 0);
    struct flow_half *halves[] = { &made.flow.forward, &made.flow.reverse };
    for (size_t i = 0; i < 2; i++) {
        uint64_t bits = random_next(random);
        halves[i]->packets = counts[bits % 6];
        halves[i]->octets = counts[(bits >> 8) % 6];
        halves[i]->payload = counts[(bits >> 16) % 6];
        halves[i]->first_ns = times_ns[(bits >> 24) % 6];
        halves[i]->last_ns = times_ns[(bits >> 32) % 6];
        halves[i]->tcp_flags = (uint8_t)(bits >> 40);
        halves[i]->first_flags = (uint8_t)(bits >> 48);
    }
    made.flow.protocol = protocols[(dice >> 32) % 6];
    made.flow.tcp = (uint8_t)((dice >> 40) % FLOW_TCP_STATES);
    made.flow.slice = (dice >> 44) % 8 == 0;
    made.flow.is_turned = (dice >> 48) % 8 == 0;
    made.initiator_place = (enum place)((dice >> 50) % PLACES);
    made.responder_place = (enum place)((dice >> 54) % PLACES);
    return made;
}

enum { CAUGHT_MAX = 4096 };

/* What fired, oldest first; only counted past the room. */
struct caught {
    size_t count;
    struct sighting sightings[CAUGHT_MAX];
};

static inline void catch_sighting(void *context, const struct sighting *sighting)
{
    struct caught *caught = context;
    if (caught->count < CAUGHT_MAX)
        caught->sightings[caught->count] = *sighting;
    caught->count++;
}

static inline const struct sighting *last_caught(const struct caught *caught)
{
    return &caught->sightings[caught->count - 1];
}

/* A behaviour with memory of its own. */
struct bench {
    const struct behaviour_kind *kind;
    void *memory;
    void *state;
    struct caught caught;
    struct sighting_sink sink;
    size_t octets_used;
};

static const struct hash_key test_key = { { 0xa0761d6478bd642f, 0xe7037ed1a0b428db,
                                            0x8ebc6af09c88c6e3, 0x589965cc75374cc3 } };

static inline struct bench *bench_open(enum behaviour behaviour, size_t memory_octets)
{
    struct bench *bench = calloc(1, sizeof *bench);
    bench->kind = behaviour_kinds[behaviour];
    bench->memory = malloc(memory_octets);
    struct arena arena = arena_over(bench->memory, memory_octets);
    struct behaviour_limits limits = { .memory_octets = memory_octets };
    bench->state = bench->kind->init(&limits, test_key, &arena);
    bench->octets_used = memory_octets - arena.left;
    bench->sink = (struct sighting_sink){ catch_sighting, &bench->caught };
    return bench;
}

static inline void bench_close(struct bench *bench)
{
    free(bench->memory);
    free(bench);
}

static inline void bench_observe(struct bench *bench, struct admitted_flow flow)
{
    static const enum behaviour_end ends[] = { END_LINE, END_INITIATOR, END_RESPONDER,
                                               END_ANY };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (bench->kind->ends & ends[i])
            bench->kind->observe(bench->state, &flow, ends[i], bench->sink);
}

static inline void bench_finish(struct bench *bench)
{
    bench->kind->finish(bench->state, bench->sink);
}

static inline uint64_t bench_counter(const struct bench *bench, const char *reason)
{
    static struct summary summary;
    summary = (struct summary){ .files = 0 };
    bench->kind->count(bench->state, &summary);
    for (size_t i = 0; i < summary.counter_count; i++)
        if (strcmp(summary.counters[i].reason, reason) == 0)
            return summary.counters[i].count;
    return 0;
}

static inline double measure_of(const struct sighting *sighting, enum measure_id id)
{
    for (size_t i = 0; i < sighting->measure_count; i++)
        if (sighting->measures[i].id == id)
            return sighting->measures[i].value;
    return -1;
}
