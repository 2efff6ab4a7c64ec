// SPDX-License-Identifier: Apache-2.0
#include "pipeline/pipeline.h"

#include <stdlib.h>

#include "check.h"
#include "wire.h"

static struct pipeline *pipeline;
static void *memory;

static const struct rule_set *any_rule(void)
{
    static struct rule_set any;
    rule_set_any(&any, &(struct mandate){ .basis = BASIS_OWN });
    return &any;
}

static int set_up(void **state)
{
    (void)state;
    struct pipeline_settings settings = pipeline_defaults(PIPELINE_FRAMES, (size_t)64 << 20);
    settings.depth = PIPELINE_FACTS;
    settings.rules = any_rule();
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
    settings.rules = any_rule();
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
/* What crosses the boundary of two warrants, and a third that is not there. */
enum { BOUNDARY_NS = 1000, TAKEN_MAX = 8 };

struct taken {
    size_t count;
    struct minimised_flow flows[TAKEN_MAX];
};

static void take_flow(void *context, const struct minimised_flow *flow)
{
    struct taken *taken = context;
    if (taken->count < TAKEN_MAX)
        taken->flows[taken->count++] = *flow;
}

static void add_warrant(struct rule_set *set, const char *serial, int64_t from_ns,
                        int64_t to_ns)
{
    struct rule *rule = &set->rules[set->rule_count];
    *rule = (struct rule){ .from_ns = from_ns,
                           .to_ns = to_ns,
                           .by_event_time = true,
                           .step_first = (uint16_t)set->step_count,
                           .step_count = 1 };
    memcpy(rule->mandate.warrant, serial, strlen(serial));
    set->steps[set->step_count++] = (struct rule_step){ .operation = RULE_LISTED,
                                                        .what = RULE_ANY_KIND,
                                                        .list = RULE_ANY_LIST };
    set->rule_count++;
}

/* 192.0.2.200 is listed: who it calls is selected. */
static const struct indicators *one_indicator(void)
{
    static _Alignas(64) uint8_t room[1 << 20];
    struct arena arena = arena_over(room, sizeof room);
    struct indicators *set = indicators_init(4, 64, (struct hash_key){ { 1 } }, &arena);
    struct indicator indicator = { .kind = INDICATOR_ADDRESS,
                                   .prefix = { ip_from_v4(0xc00002c8U), 128 },
                                   .expires_ns = INT64_MAX };
    uint16_t list = 0;
    check(indicators_add_list(set, "listed", &list));
    check_equal(indicators_add(set, &indicator), INDICATORS_ADDED);
    return set;
}

static struct pipeline *under_warrants(const struct rule_set *rules, struct taken *taken)
{
    struct pipeline_settings settings = pipeline_defaults(PIPELINE_FRAMES, (size_t)64 << 20);
    settings.gate = (struct gate_policy){ .basis = BASIS_OWN, .all_is_own = true };
    settings.key = (struct hash_key){ { 1, 2, 3, 4 } };
    settings.records = (struct record_sink){ take_flow, keep_sighting, taken };
    settings.indicators = one_indicator();
    settings.minimise.lines_in_clear = true;
    settings.rules = rules;
    size_t size = pipeline_size(&settings);
    free(memory);
    memory = calloc(1, size);
    struct arena arena = arena_over(memory, size);
    return pipeline_init(&settings, &arena);
}

static void run_datagram(struct pipeline *run, int64_t time_ns)
{
    static struct frame_batch batch;
    struct wire wire = wire_with("what is no message of any known protocol");
    wire_udp(&wire, 6000, 6000);
    wire_ipv4(&wire, PROTOCOL_UDP, 1, 200, 0);
    batch.count = 1;
    batch.frames[0] = wire_frame(&wire, LINK_RAW);
    batch.frames[0].time_ns = time_ns;
    pipeline_run_frames(run, &batch);
}

static void a_flow_over_the_end_of_a_warrant_is_parted_there(void **state)
{
    (void)state;
    static struct rule_set rules;
    struct taken taken = { .count = 0 };
    add_warrant(&rules, "first", 0, BOUNDARY_NS);
    add_warrant(&rules, "second", BOUNDARY_NS, 2 * BOUNDARY_NS);
    struct pipeline *run = under_warrants(&rules, &taken);
    for (int64_t time_ns = BOUNDARY_NS - 3; time_ns < BOUNDARY_NS + 4; time_ns++)
        run_datagram(run, time_ns);
    run_datagram(run, 2 * BOUNDARY_NS);
    pipeline_flush(run);
    check_equal(taken.count, 2);
    check_text(bytes_of_string(taken.flows[0].why.mandate.warrant), "first");
    check_equal(taken.flows[0].packets_forward, 3);
    check_equal(taken.flows[0].end_ns, BOUNDARY_NS - 1);
    check_text(bytes_of_string(taken.flows[1].why.mandate.warrant), "second");
    check_equal(taken.flows[1].packets_forward, 4);
    check_equal(taken.flows[1].start_ns, BOUNDARY_NS);
    struct summary summary = { .counter_count = 0 };
    pipeline_summarise(run, &summary);
    check_equal(summary.frames, 8);
    check_equal(summary.packets, 7); /* the last was not even decoded */
}

static void what_is_under_a_warrant_revoked_is_forgotten(void **state)
{
    (void)state;
    static struct rule_set rules, none;
    struct taken taken = { .count = 0 };
    add_warrant(&rules, "revoked", 0, BOUNDARY_NS);
    struct pipeline *run = under_warrants(&rules, &taken);
    run_datagram(run, 1);
    pipeline_set_rules(run, &none);
    run_datagram(run, 2);
    pipeline_flush(run);
    check_equal(taken.count, 0);
    pipeline_set_rules(run, &rules); /* another that comes later */
    run_datagram(run, 3);
    pipeline_flush(run);
    check_equal(taken.count, 1);
    check_equal(taken.flows[0].packets_forward, 1);
}

static void without_rules_nothing_is_looked_at(void **state)
{
    (void)state;
    struct taken taken = { .count = 0 };
    struct pipeline *run = under_warrants(NULL, &taken);
    run_datagram(run, 1);
    pipeline_flush(run);
    struct summary summary = { .counter_count = 0 };
    pipeline_summarise(run, &summary);
    check_equal(taken.count + summary.packets + summary.funnel.flows_seen, 0);
    check_equal(summary.frames, 1);
}

TESTS(EACH(datagrams_joined_in_one_batch_do_not_mix),
      TEST(flows_in_runs_give_what_flows_one_by_one_give),
      TEST(the_tables_fit_in_the_memory_asked_for),
      EACH(a_flow_over_the_end_of_a_warrant_is_parted_there),
      EACH(what_is_under_a_warrant_revoked_is_forgotten),
      EACH(without_rules_nothing_is_looked_at))
