// SPDX-License-Identifier: Apache-2.0
/* A mediator over a small table, flows to give it and what comes out. */
#pragma once

#include "mediate/mediate.h"

#include <stdlib.h>

#include "base/time.h"
#include "check.h"

enum { FLOWS_MAX = 64, FACTS_MAX = 100, OUT_MAX = 1024, CLIENT_PORT = 40000 };

static const struct hash_key key = { { 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9,
                                       0x94d049bb133111eb, 0xd6e8feb86659fd93 } };

static struct flow out[OUT_MAX];
static size_t out_count;
static char names[OUT_MAX]; /* the first letters of those told with flows */
static size_t name_count;
static bool names_from_initiator;
static struct mediate *mediate;
static void *memory;

static void on_flows(void *context, const struct flow *flows, size_t count)
{
    (void)context;
    check(out_count + count <= OUT_MAX);
    memcpy(out + out_count, flows, count * sizeof *flows);
    out_count += count;
    for (size_t i = 0; i < count; i++) {
        for (const struct fact *fact = flows[i].facts; fact; fact = fact->next) {
            names[name_count++] = (char)*fact_server_name(fact).at;
            names_from_initiator = names_from_initiator && fact->from_initiator;
        }
    }
}

static int set_up(void **state)
{
    (void)state;
    struct mediate_limits limits = mediate_defaults;
    limits.flows_max = FLOWS_MAX;
    limits.facts_max = FACTS_MAX;
    size_t size = mediate_size(&limits);
    memory = malloc(size);
    struct arena arena = arena_over(memory, size);
    struct mediate_sink sink = { on_flows, NULL };
    mediate = mediate_init(&limits, key, sink, &arena);
    out_count = name_count = 0;
    names_from_initiator = true;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

#define MEDIATE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
#define MEDIATE_TESTS(...)                                 \
    int main(void)                                         \
    {                                                      \
        const struct CMUnitTest tests[] = { __VA_ARGS__ }; \
        return cmocka_run_group_tests(tests, NULL, NULL);  \
    }

/* One way, TCP, from host a to host b, between these seconds: 10 packets of 100 octets, with
 * every flag of a whole connection.  Host b is a server. */
static struct flow half_from(uint8_t a, uint8_t b, double from_s, double to_s)
{
    return (struct flow){
        .initiator = ip_from_v4(0xc0000200u + a),
        .responder = ip_from_v4(0xc0000200u + b),
        .initiator_port = CLIENT_PORT,
        .responder_port = 443,
        .protocol = PROTOCOL_TCP,
        .version = 4,
        .forward = { .packets = 10,
                     .octets = 1000,
                     .first_ns = (int64_t)(from_s * 1e9),
                     .last_ns = (int64_t)(to_s * 1e9),
                     .tcp_flags = TCP_SYN | TCP_ACK | TCP_PSH | TCP_FIN },
        .observation = { .exporter = 1,
                         .ingress = 1,
                         .egress = 2,
                         .rate = 1,
                         .sampling = SAMPLING_ALL,
                         .time = TIME_EXPORTER,
                         .direction = OBSERVED_INGRESS },
    };
}

/* The answer's half, seen by the same exporter. */
static struct flow answer_to(struct flow flow, double later_s)
{
    struct flow answer = flow;
    answer.initiator = flow.responder;
    answer.responder = flow.initiator;
    answer.initiator_port = flow.responder_port;
    answer.responder_port = flow.initiator_port;
    answer.observation.ingress = flow.observation.egress;
    answer.observation.egress = flow.observation.ingress;
    answer.forward.packets = 20;
    answer.forward.octets = 2000;
    answer.forward.first_ns += (int64_t)(later_s * 1e9);
    answer.forward.last_ns += (int64_t)(later_s * 1e9);
    return answer;
}

UNUSED static struct flow udp_half(uint16_t from_port, uint16_t to_port, double at_s)
{
    struct flow flow = half_from(1, 2, at_s, at_s);
    flow.protocol = PROTOCOL_UDP;
    flow.forward.tcp_flags = 0;
    flow.initiator_port = from_port;
    flow.responder_port = to_port;
    return flow;
}

static void give(struct flow flow)
{
    mediate_flows(mediate, &flow, 1);
}

static uint64_t counted(const char *reason)
{
    static struct summary summary;
    summary = (struct summary){ .counter_count = 0 };
    mediate_count(mediate, &summary);
    for (size_t i = 0; i < summary.counter_count; i++) {
        if (bytes_equal(bytes_of_string(summary.counters[i].reason), bytes_of_string(reason)))
            return summary.counters[i].count;
    }
    return 0;
}

/* The account of halves, by rule, is whole: to be called after the end. */
static void check_account(void)
{
    check_equal(counted("received_halves"),
                counted("handed_on_halves") + counted("slice_joined") +
                    counted("path_changed") + counted("other_exporter") +
                    counted("leaving_too") + counted("other_interface") + counted("came_late") +
                    counted("further_observers"));
}

static void finish(size_t flows)
{
    mediate_finish(mediate);
    check_equal(out_count, flows);
    check_account();
}
