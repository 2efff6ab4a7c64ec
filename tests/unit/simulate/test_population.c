// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/time.h"
#include "model/packet.h"
#include "simulate/population.h"

#include "check.h"

struct crowd {
    struct population *population;
    void *memory;
};

static struct crowd crowd_open(const char *spec)
{
    struct population_plan plan = population_plan_default();
    check(population_read((struct bytes){ (const uint8_t *)spec, strlen(spec) }, &plan));
    size_t octets = population_size(&plan);
    struct crowd crowd = { .memory = malloc(octets) };
    struct arena arena = arena_over(crowd.memory, octets);
    crowd.population = population_init(&plan, &arena);
    return crowd;
}

static uint64_t digest_of(const char *spec)
{
    static const struct hash_key key = { { 1, 2, 3, 4 } };
    struct crowd crowd = crowd_open(spec);
    struct flow flow;
    uint64_t digest = 0;
    while (population_next(crowd.population, &flow, NULL)) {
        uint64_t words[] = { ip_to_v4(&flow.initiator), ip_to_v4(&flow.responder),
                             flow.responder_port,       flow.forward.octets,
                             flow.reverse.packets,      (uint64_t)flow_end_ns(&flow),
                             flow.initiator_port,       flow.facts != NULL };
        digest ^= hash_bytes(&key, (struct bytes){ (const uint8_t *)words, sizeof words });
        digest = digest << 1 | digest >> 63;
    }
    free(crowd.memory);
    return digest;
}

static void the_same_seed_gives_the_same_flows_on_every_machine(void **unused)
{
    (void)unused;
    uint64_t digest = digest_of("lines=50,hours=2,seed=9,attacks=1");
    check(digest == digest_of("lines=50,hours=2,seed=9,attacks=1"));
    check(digest != digest_of("lines=50,hours=2,seed=10,attacks=1"));
    check_equal(digest, UINT64_C(0xe0fed6a318e72dcd));
}

static void flows_come_by_the_time_they_ended_within_the_span(void **unused)
{
    (void)unused;
    struct crowd crowd = crowd_open("lines=200,hours=3,attacks=3");
    struct flow flow;
    int64_t start_ns = population_plan_default().start_ns;
    int64_t last_ns = start_ns;
    while (population_next(crowd.population, &flow, NULL)) {
        check(flow_end_ns(&flow) >= last_ns && flow_start_ns(&flow) >= start_ns);
        check(flow_start_ns(&flow) <= flow_end_ns(&flow));
        check(flow.forward.packets > 0 && flow.forward.octets >= flow.forward.payload);
        check((flow.reverse.packets == 0) == (flow.reverse.first_ns == 0));
        check(flow.tcp == FLOW_TCP_NONE || flow.tcp == FLOW_TCP_ESTABLISHED ||
              flow.tcp == flow_tcp_state(flow.protocol, flow.forward.tcp_flags,
                                         flow.reverse.tcp_flags));
        last_ns = flow_end_ns(&flow);
    }
    check(last_ns > start_ns + 2 * 3600 * TIME_SECOND_NS);
    check(last_ns < start_ns + 3 * 3600 * TIME_SECOND_NS);
    free(crowd.memory);
}

static void each_attack_is_planted_as_its_truth_says(void **unused)
{
    (void)unused;
    struct crowd crowd = crowd_open("lines=300,hours=12,attacks=3");
    const struct population_truth *truth = NULL;
    size_t count = population_truth(crowd.population, &truth);
    check_equal(count, 3 * POPULATION_ATTACKS);
    static uint64_t flows[3 * POPULATION_ATTACKS + 1];
    memset(flows, 0, sizeof flows);
    struct flow flow;
    uint32_t planted;
    while (population_next(crowd.population, &flow, &planted)) {
        flows[planted]++;
        const struct population_truth *of = planted > 0 ? &truth[planted - 1] : NULL;
        if (of == NULL)
            continue;
        check(flow.protocol == of->protocol);
        check(of->port == 0 || flow.responder_port == of->port || of->kind == FINDING_RELAY);
        check(flow_end_ns(&flow) >= of->first_ns);
        bool is_of_unit = of->name.len > 0 || !ip_equal(&of->unit, &of->unit_last) ||
                          ip_equal(&flow.initiator, &of->unit) ||
                          ip_equal(&flow.responder, &of->unit);
        check(is_of_unit);
    }
    for (size_t i = 0; i < count; i++)
        check(flows[i + 1] > 0);
    check(flows[0] > 100000);
    free(crowd.memory);
}

static void calls_come_at_their_period_within_the_jitter(void **unused)
{
    (void)unused;
    struct crowd crowd = crowd_open("lines=100,hours=6,beacon=3");
    const struct population_truth *truth = NULL;
    check_equal(population_truth(crowd.population, &truth), 3);
    for (size_t i = 0; i < 3; i++)
        check(truth[i].lines >= 1 && truth[i].unit_last.octets[15] == 1);
    /* The second: 300 s, 20 %, three lines. */
    check(truth[1].period_ns == 300 * TIME_SECOND_NS && truth[1].lines == 3);
    struct ip_address line = population_line(crowd.population, truth[1].first_line);
    struct flow flow;
    int64_t last_ns = 0;
    size_t calls = 0;
    uint32_t planted;
    while (population_next(crowd.population, &flow, &planted)) {
        if (planted != 2 || !ip_equal(&flow.initiator, &line) || truth[1].lines > 3)
            continue;
        int64_t gap_ns = flow.forward.first_ns - last_ns;
        if (last_ns != 0)
            check(gap_ns >= 240 * TIME_SECOND_NS && gap_ns <= 360 * TIME_SECOND_NS);
        last_ns = flow.forward.first_ns;
        calls++;
    }
    check(calls >= 30);
    free(crowd.memory);
}

static void people_sleep_servers_are_unequal_and_things_are_alike(void **unused)
{
    (void)unused;
    struct crowd crowd = crowd_open("lines=2000,hours=24");
    struct flow flow;
    uint64_t people[24] = { 0 };
    uint64_t web = 0;
    uint64_t popular = 0;
    uint64_t things = 0;
    uint64_t names = 0;
    uint64_t nowhere = 0;
    uint64_t failed = 0;
    while (population_next(crowd.population, &flow, NULL)) {
        check(population_is_line(&flow.initiator));
        bool is_thing = flow.responder_port == 8883 && flow.protocol == PROTOCOL_TCP;
        check(!is_thing || flow.forward.octets == 840);
        things += is_thing;
        names += flow.facts != NULL;
        nowhere += flow.facts != NULL && flow.facts->dns.response_code == 3;
        bool is_web = flow.responder_port == 443 && flow.protocol == PROTOCOL_UDP;
        failed += flow.tcp == FLOW_TCP_ATTEMPT || flow.tcp == FLOW_TCP_REFUSED;
        web += is_web;
        popular += is_web && ip_to_v4(&flow.responder) >> 24 == 0xfb;
        people[(size_t)(flow_end_ns(&flow) / (3600 * TIME_SECOND_NS) % 24)] += is_web;
    }
    check(people[20] > 3 * people[4] && people[4] > 0);
    /* 64 of 2048 servers: 6 of 11 octaves and a little. */
    check(popular * 100 > web * 50 && popular * 100 < web * 65);
    /* A fifth of the lines, every 30 to 600 s: on average one in 75.8 s for these 24. */
    check(things > 300000 && things < 700000);
    check(nowhere * 100 > names * 10 && nowhere * 100 < names * 18);
    check(failed > 0);
    free(crowd.memory);
}

static void plans_are_read_and_bad_ones_refused(void **unused)
{
    (void)unused;
    struct population_plan plan = population_plan_default();
    static const char good[] = "lines=70,days=3,seed=8,attacks=1,beacon=9,slow_scan=0";
    check(population_read((struct bytes){ (const uint8_t *)good, sizeof good - 1 }, &plan));
    check(plan.lines == 70 && plan.span_ns == 3 * TIME_DAY_NS && plan.seed == 8);
    check(plan.attacks[POPULATION_BEACON] == 9 && plan.attacks[POPULATION_SLOW_SCAN] == 0);
    check(plan.attacks[POPULATION_LATERAL] == 1);
    static const char *const bad[] = { "lines",   "lines=",   "lines=0", "lines=5000000",
                                       "hours=0", "days=400", "worms=1", "attacks=100",
                                       "=1",      "lines=1;" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check(
            !population_read((struct bytes){ (const uint8_t *)bad[i], strlen(bad[i]) }, &plan));
    check_equal(plan.lines, 70);
    check(population_read((struct bytes){ NULL, 0 }, &plan));
}

static void one_line_for_an_hour_is_a_population_too(void **unused)
{
    (void)unused;
    struct crowd crowd = crowd_open("lines=1,hours=1,attacks=2");
    struct flow flow;
    size_t flows = 0;
    while (population_next(crowd.population, &flow, NULL))
        flows++;
    check(flows > 1000);
    free(crowd.memory);
}

TESTS(TEST(the_same_seed_gives_the_same_flows_on_every_machine),
      TEST(flows_come_by_the_time_they_ended_within_the_span),
      TEST(each_attack_is_planted_as_its_truth_says),
      TEST(calls_come_at_their_period_within_the_jitter),
      TEST(people_sleep_servers_are_unequal_and_things_are_alike),
      TEST(plans_are_read_and_bad_ones_refused), TEST(one_line_for_an_hour_is_a_population_too))
