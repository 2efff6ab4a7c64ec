// SPDX-License-Identifier: Apache-2.0
#include "pipeline/pipeline.h"

#include <stdlib.h>

#include "check.h"
#include "wire.h"

static struct pipeline *pipeline;
static void *memory;

static int set_up(void **state)
{
    (void)state;
    struct pipeline_settings settings = pipeline_defaults(PIPELINE_FRAMES, (size_t)64 << 20);
    settings.depth = PIPELINE_FACTS;
    settings.fragments_max = 4; /* one set: every datagram competes for the same rooms */
    settings.key = (struct hash_key){ { 1, 2, 3, 4 } };
    size_t size = pipeline_size(&settings);
    memory = calloc(1, size);
    struct arena arena = arena_over(memory, size);
    pipeline = pipeline_init(&settings, &arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

static uint64_t counted(const char *reason)
{
    struct summary summary = { .counter_count = 0 };
    pipeline_summarise(pipeline, &summary);
    for (size_t i = 0; i < summary.counter_count; i++) {
        if (strcmp(summary.counters[i].reason, reason) == 0)
            return summary.counters[i].count;
    }
    return 0;
}

/* The two fragments of a datagram from one host to another. */
static void put_fragments(struct wire wires[2], const struct wire *whole, uint8_t host)
{
    size_t len = wire_len(whole), cut = 16;
    for (size_t i = 0; i < 2; i++) {
        wires[i] = wire_with("");
        wire_front(&wires[i], whole->room + whole->start + i * cut, i == 0 ? cut : len - cut);
        wire_ipv4(&wires[i], PROTOCOL_UDP, host, 200, i == 0 ? 0x2000 : 2);
    }
}

static void datagrams_joined_in_one_batch_do_not_mix(void **state)
{
    (void)state;
    static const uint8_t query[] = { 0, 7,   1, 0,   0,   1,   0,   0, 0, 0, 0, 0,
                                     1, 'a', 4, 't', 'e', 's', 't', 0, 0, 1, 0, 1 };
    static struct wire wires[4];
    struct wire whole = wire_with("");
    wire_front(&whole, query, sizeof query);
    wire_udp(&whole, 5000, 53);
    put_fragments(&wires[0], &whole, 1);
    whole = wire_with("what is no message of any known protocol");
    wire_udp(&whole, 6000, 6000);
    put_fragments(&wires[2], &whole, 2);
    static struct frame_batch batch;
    for (size_t i = 0; i < 4; i++)
        batch.frames[batch.count++] = wire_frame(&wires[i], LINK_RAW);
    pipeline_run_frames(pipeline, &batch);
    check_equal(counted("fragments_completed"), 2);
    check_equal(counted("facts_dns"), 1);
}

static void the_tables_fit_in_the_memory_asked_for(void **state)
{
    (void)state;
    for (size_t octets = PIPELINE_MEMORY_MIN; octets <= (size_t)4 << 30; octets += octets / 4) {
        struct pipeline_settings settings = pipeline_defaults(PIPELINE_FRAMES, octets);
        check(pipeline_size(&settings) <= octets);
        check(pipeline_size(&settings) > octets / 4);
    }
}

struct kept {
    uint64_t flows, sightings;
};

static void keep_flow(void *context, const struct minimised_flow *flow)
{
    (void)flow;
    ((struct kept *)context)->flows++;
}

static void keep_sighting(void *context, const struct minimised_sighting *sighting)
{
    (void)sighting;
    ((struct kept *)context)->sightings++;
}

/* A line of 192.0.2.0/24 calls servers, some often, some of which do not answer. */
static struct flow made_up_flow(uint32_t i)
{
    int64_t start_ns = INT64_C(1790000000000000000) + (int64_t)i * 1000000000;
    uint32_t server = i % 7 == 0 ? 0xc6336401U : 0xc6120000U + i * 2654435761U % 50000;
    bool is_answered = i % 3 != 0;
    return (struct flow){
        .initiator = ip_from_v4(0xc0000200U + i % 5),
        .responder = ip_from_v4(server),
        .forward = { .packets = 2,
                     .octets = 120,
                     .first_ns = start_ns,
                     .last_ns = start_ns,
                     .tcp_flags = TCP_SYN,
                     .first_flags = TCP_SYN },
        .reverse = { .packets = is_answered,
                     .octets = 60,
                     .first_ns = start_ns,
                     .last_ns = start_ns },
        .responder_port = 443,
        .protocol = PROTOCOL_TCP,
        .tcp = is_answered ? FLOW_TCP_CLOSED : FLOW_TCP_ATTEMPT,
        .observation = { .rate = 1, .time = TIME_EXPORTER },
    };
}

static void run_flows(size_t run, struct summary *summary, struct kept *kept)
{
    enum { FLOWS = 4096 };
    static struct flow flows[FLOWS];
    for (uint32_t i = 0; i < FLOWS; i++)
        flows[i] = made_up_flow(i);
    struct pipeline_settings settings = pipeline_defaults(PIPELINE_LINES, (size_t)64 << 20);
    settings.gate = (struct gate_policy){ .basis = BASIS_OWN, .all_is_own = true };
    settings.key = (struct hash_key){ { 1, 2, 3, 4 } };
    settings.records = (struct record_sink){ keep_flow, keep_sighting, kept };
    static struct rule_set any;
    rule_set_any(&any, &(struct mandate){ .basis = BASIS_OWN });
    settings.rules = &any;
    size_t size = pipeline_size(&settings);
    void *room = calloc(1, size);
    struct arena arena = arena_over(room, size);
    struct pipeline *flow_pipeline = pipeline_init(&settings, &arena);
    for (size_t i = 0; i < FLOWS; i += run)
        pipeline_run_flows(flow_pipeline, flows + i, FLOWS - i < run ? FLOWS - i : run);
    pipeline_flush(flow_pipeline);
    pipeline_judge(flow_pipeline);
    *summary = (struct summary){ .counter_count = 0 };
    pipeline_summarise(flow_pipeline, summary);
    free(room);
}

static void flows_in_runs_give_what_flows_one_by_one_give(void **state)
{
    (void)state;
    static const size_t runs[] = { 7, 32, 64, 4096 };
    struct summary single, together;
    struct kept kept = { 0 }, kept_together;
    run_flows(1, &single, &kept);
    check_equal(single.funnel.flows_admitted, 4096);
    check(kept.flows > 0 && kept.sightings > 0);
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        kept_together = (struct kept){ 0 };
        run_flows(runs[i], &together, &kept_together);
        check_equal(kept_together.flows, kept.flows);
        check_equal(kept_together.sightings, kept.sightings);
        check(memcmp(&together, &single, sizeof single) == 0);
    }
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
TESTS(EACH(datagrams_joined_in_one_batch_do_not_mix),
      TEST(flows_in_runs_give_what_flows_one_by_one_give),
      TEST(the_tables_fit_in_the_memory_asked_for))
