// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "assess/assess.h"
#include "assess/budget.h"
#include "base/time.h"
#include "behaviour/behaviour.h"

#include "check.h"

enum { SERVER = 0x4b007105, LINE = 0x0a000005, FINDINGS = 64 };

static const struct hash_key test_key = { { 1, 2, 3, 4 } };
static const struct hash_key other_key = { { 5, 6, 7, 8 } };

static struct assess *open_assess(size_t finding_max, struct hash_key key, void **memory)
{
    static struct poller_name update = { .suffix = { .len = 18, .at = "update.example.net" },
                                         .poller_class = POLLER_UPDATE };
    struct assess_limits limits = { .finding_max = finding_max,
                                    .alerts_per_day = 50,
                                    .pollers = { &update, 1 } };
    size_t size = assess_size(&limits);
    *memory = malloc(size);
    struct arena arena = arena_over(*memory, size);
    return assess_init(&limits, key, &arena);
}

static struct party party_of(uint32_t v4)
{
    return (struct party){ .address = ip_from_v4(v4) };
}

static struct party line_of(uint8_t number)
{
    return (struct party){ .is_pseudonym = true, .pseudonym = { number, 7 } };
}

static struct minimised_sighting beacon_of(uint32_t server, uint8_t line, double score)
{
    return (struct minimised_sighting){
        .sighting = { .behaviour = BEHAVIOUR_BEACON,
                      .direction = DIRECTION_DF,
                      .has_line = true,
                      .protocol = PROTOCOL_TCP,
                      .port = 443,
                      .first_ns = 100 * TIME_DAY_NS + line,
                      .last_ns = 101 * TIME_DAY_NS,
                      .connections = 60,
                      .octets_out = 6000,
                      .octets_in = 12000,
                      .score = score,
                      .measure_count = 2,
                      .measures = { { MEASURE_INTERVAL_SPREAD, 0.1, 0.4, 4, 1 },
                                    { MEASURE_INTERVAL_MEDIAN, 60, 0, 0, 0 } } },
        .server = party_of(server),
        .line = line_of(line),
        .retention_until_ns = 400 * TIME_DAY_NS,
    };
}

static struct minimised_sighting scan_of(uint32_t source, uint64_t connections)
{
    struct minimised_sighting made = beacon_of(source, 0, 70);
    made.sighting.behaviour = BEHAVIOUR_SCAN;
    made.sighting.has_line = false;
    made.sighting.shape = SHAPE_HORIZONTAL;
    made.sighting.connections = connections;
    made.line = (struct party){ .is_pseudonym = false };
    return made;
}

static struct minimised_flow listed_flow(uint32_t server, uint8_t line)
{
    struct minimised_flow flow = {
        .initiator = line_of(line),
        .responder = party_of(server),
        .line_is_initiator = true,
        .direction = DIRECTION_DF,
        .initiator_port = 40000,
        .responder_port = 443,
        .protocol = PROTOCOL_TCP,
        .tcp = FLOW_TCP_CLOSED,
        .start_ns = 100 * TIME_DAY_NS,
        .end_ns = 100 * TIME_DAY_NS + 5,
        .packets_forward = 4,
        .packets_reverse = 3,
        .octets_forward = 400,
        .octets_reverse = 300,
        .why = { .hit_count = 1, .hits = { { .kind = INDICATOR_ADDRESS } } },
        .retention_until_ns = 400 * TIME_DAY_NS,
    };
    memcpy(flow.why.hits[0].value, "75.0.113.5", 11);
    memcpy(flow.why.hits[0].list, "test", 5);
    return flow;
}

static void set_name(struct minimised_flow *flow, struct bytes name)
{
    flow->facts.has_server_name = true;
    flow->facts.server_name.len = (uint8_t)name.len;
    memcpy(flow->facts.server_name.at, name.at, name.len);
}

static void lines_that_call_one_server_are_one_finding(void **state)
{
    (void)state;
    void *memory;
    struct assess *assess = open_assess(FINDINGS, test_key, &memory);
    struct minimised_sighting sighting = beacon_of(SERVER, 1, 60);
    assess_sighting(assess, &sighting);
    sighting = beacon_of(SERVER, 2, 72);
    assess_sighting(assess, &sighting);
    sighting = beacon_of(SERVER, 1, 61); /* the first again, later */
    sighting.sighting.connections = 90;
    assess_sighting(assess, &sighting);
    size_t count;
    const struct finding *finding = assess_findings(assess, &count);
    check_equal(count, 1);
    check(finding->kind == FINDING_COMMAND_SERVER && finding->port == 443);
    check_equal(finding->line_count, 2);
    check_equal(finding->line_total, 2);
    check_equal(finding->connections, 150);
    check_equal(finding->octets_out, 12000);
    check_equal((int)finding->score, 77); /* 72, and a second line */
    check(finding->lines[0].interval_median_s > 59);
    check_equal(finding->measure_count, 8); /* and its place among the day's */
    check_text(bytes_of_string(finding->rule), "beacon 1");
    check(memcmp(finding->id, "c2-", 3) == 0 && strlen(finding->id) == 15);
    check(finding->first_ns == 100 * TIME_DAY_NS + 1);
    free(memory);
}

static void many_lines_told_again_and_again_are_counted_once(void **state)
{
    (void)state;
    void *memory;
    struct assess *assess = open_assess(FINDINGS, test_key, &memory);
    for (int again = 1; again <= 4; again++)
        for (uint8_t line = 0; line < 200; line++) {
            struct minimised_sighting sighting = beacon_of(SERVER, line, 60);
            sighting.sighting.connections = (uint64_t)(again * 10 + line % 7);
            assess_sighting(assess, &sighting);
        }
    size_t count;
    const struct finding *finding = assess_findings(assess, &count);
    check_equal(count, 1);
    check_equal(finding->line_count, FINDING_LINES_MAX);
    check(finding->line_total > 180 && finding->line_total < 220);
    check(finding->connections <= 46 * FINDING_LINES_MAX);
    free(memory);
}

static void what_is_taken_back_is_not_told(void **state)
{
    (void)state;
    void *memory;
    struct assess *assess = open_assess(FINDINGS, test_key, &memory);
    struct minimised_sighting sighting = beacon_of(SERVER, 1, 60);
    assess_sighting(assess, &sighting);
    size_t count;
    assess_findings(assess, &count);
    check_equal(count, 1);
    sighting.sighting.score = 10;
    assess_sighting(assess, &sighting);
    assess_findings(assess, &count);
    check_equal(count, 0);
    free(memory);
}

static void the_identity_does_not_hang_on_the_key_of_the_run(void **state)
{
    (void)state;
    void *memory[2];
    char id[2][FINDING_ID_MAX];
    for (size_t run = 0; run < 2; run++) {
        struct assess *assess =
            open_assess(FINDINGS, run == 0 ? test_key : other_key, &memory[run]);
        struct minimised_sighting sighting = beacon_of(SERVER, (uint8_t)(run + 1), 60);
        assess_sighting(assess, &sighting);
        size_t count;
        const struct finding *finding = assess_findings(assess, &count);
        memcpy(id[run], finding->id, FINDING_ID_MAX);
    }
    check_text(bytes_of_string(id[0]), id[1]);
    free(memory[0]);
    free(memory[1]);
}

static void a_scanner_is_one_finding_however_often_it_is_told(void **state)
{
    (void)state;
    void *memory;
    struct assess *assess = open_assess(FINDINGS, test_key, &memory);
    for (uint64_t i = 1; i <= 8; i++) {
        struct minimised_sighting sighting = scan_of(SERVER, UINT64_C(50) << i);
        sighting.sighting.port = (uint16_t)i;
        assess_sighting(assess, &sighting);
    }
    size_t count;
    const struct finding *finding = assess_findings(assess, &count);
    check_equal(count, 1);
    check(finding->kind == FINDING_SCANNER && finding->shape == SHAPE_HORIZONTAL);
    check_equal(finding->connections, 50 << 8);
    check_equal(finding->line_count, 0);
    check_text(bytes_of_string(finding->rule), "scan 1");
    free(memory);
}

static void a_listed_server_is_one_finding_with_its_lines_and_names(void **state)
{
    (void)state;
    void *memory;
    struct assess *assess = open_assess(FINDINGS, test_key, &memory);
    for (uint8_t line = 0; line < 40; line++)
        for (uint8_t i = 0; i <= line % 3; i++) {
            struct minimised_flow flow = listed_flow(SERVER, line);
            flow.slice = i == 2;
            set_name(&flow, line % 2 == 0 ? BYTES("a.example") : BYTES("b.example"));
            assess_flow(assess, &flow);
        }
    size_t count;
    const struct finding *finding = assess_findings(assess, &count);
    check_equal(count, 1);
    check(finding->kind == FINDING_INDICATOR && finding->score >= 70);
    check_equal(finding->line_count, FINDING_LINES_MAX);
    check(finding->line_total >= 38 && finding->line_total <= 42);
    check_equal(finding->connections, 40 + 26); /* third flows are slices of the second */
    check_equal(finding->name_count, 2);
    check_equal(finding->hit_count, 1);
    check_equal(finding->port, 443);
    check(memcmp(finding->id, "ioc-", 4) == 0);
    free(memory);
}

static struct minimised_flow dns_flow(uint32_t resolver, uint8_t line)
{
    struct minimised_flow flow = listed_flow(resolver, line);
    flow.responder_port = 53;
    flow.protocol = PROTOCOL_UDP;
    flow.facts.has_dns = true;
    flow.why.hits[0].kind = INDICATOR_DOMAIN;
    flow.why.hits[0].in_dns = true;
    memcpy(flow.why.hits[0].value, "bad.example", 12);
    set_name(&flow, BYTES("www.bad.example"));
    return flow;
}

static void a_listed_name_asked_in_dns_is_told_by_name(void **state)
{
    (void)state;
    void *memory;
    struct assess *assess = open_assess(FINDINGS, test_key, &memory);
    for (uint8_t resolver = 0; resolver < 3; resolver++) {
        struct minimised_flow flow =
            dns_flow(SERVER + (uint32_t)resolver, (uint8_t)(1 + resolver % 2));
        flow.facts.dns_answer_count = 1;
        flow.facts.dns_answers[0] = ip_from_v4(SERVER + 90);
        assess_flow(assess, &flow);
    }
    size_t count;
    const struct finding *finding = assess_findings(assess, &count);
    check_equal(count, 1); /* three resolvers, one name */
    check(finding_is_of_name(finding) && finding->port == 0 && finding->protocol == 0);
    check_text(fact_name_bytes(&finding->subject_name), "bad.example");
    check(ip_is_zero(&finding->subject.address));
    check_equal(finding->connections, 3);
    check_equal(finding->line_count, 2); /* who asked */
    check_text(bytes_of_string(finding->hits[0].value), "bad.example");
    check_text(fact_name_bytes(&finding->names[0]), "www.bad.example");
    struct ip_address answer = ip_from_v4(SERVER + 90);
    check(finding->address_count == 1 && ip_equal(&finding->addresses[0], &answer));
    free(memory);
}

static void a_name_with_a_listed_address_is_the_subject_not_the_resolver(void **state)
{
    (void)state;
    void *memory;
    struct assess *assess = open_assess(FINDINGS, test_key, &memory);
    struct minimised_flow flow = dns_flow(SERVER, 1);
    flow.why.hits[0].kind = INDICATOR_ADDRESS;
    memcpy(flow.why.hits[0].value, "75.0.113.9", 11);
    assess_flow(assess, &flow);
    size_t count;
    const struct finding *finding = assess_findings(assess, &count);
    check_equal(count, 1);
    check_text(fact_name_bytes(&finding->subject_name), "www.bad.example");
    check_text(bytes_of_string(finding->hits[0].value), "75.0.113.9");
    free(memory);
}

static void a_query_for_two_listed_names_is_told_of_each(void **state)
{
    (void)state;
    void *memory;
    struct assess *assess = open_assess(FINDINGS, test_key, &memory);
    struct minimised_flow flow = dns_flow(SERVER, 1);
    flow.why.hits[1] = flow.why.hits[0];
    memcpy(flow.why.hits[1].value, "worse.example", 14);
    flow.why.hit_count = 2;
    assess_flow(assess, &flow);
    size_t count;
    const struct finding *findings = assess_findings(assess, &count);
    check_equal(count, 2);
    check(findings[0].hit_count == 1 && findings[1].hit_count == 1);
    check_equal(findings[0].name_count + findings[1].name_count, 1);
    free(memory);
}

static void a_name_is_told_by_its_server_unless_others_asked_too(void **state)
{
    (void)state;
    void *memory;
    struct assess *assess = open_assess(FINDINGS, test_key, &memory);
    struct minimised_flow asked = dns_flow(SERVER, 1);
    assess_flow(assess, &asked);
    struct minimised_flow called = listed_flow(SERVER + 9, 1);
    called.why.hits[0] = asked.why.hits[0];
    called.why.hits[0].in_dns = false;
    assess_flow(assess, &called);
    size_t count;
    const struct finding *finding = assess_findings(assess, &count);
    check_equal(count, 1);
    check(!finding_is_of_name(finding) && finding->name_count == 1);
    asked = dns_flow(SERVER, 2); /* a line that asked and did not call */
    assess_flow(assess, &asked);
    finding = assess_findings(assess, &count);
    check_equal(count, 2);
    check(!finding_is_of_name(&finding[0]) && finding_is_of_name(&finding[1]));
    check_equal(finding[1].line_count, 2);
    free(memory);
}

static void a_server_called_by_rule_is_what_a_listed_name_resolved_to(void **state)
{
    (void)state;
    void *memory;
    struct assess *assess = open_assess(FINDINGS, test_key, &memory);
    struct minimised_sighting sighting = beacon_of(SERVER + 9, 1, 60);
    assess_sighting(assess, &sighting);
    struct minimised_flow asked = dns_flow(SERVER, 1);
    asked.facts.dns_answer_count = 1;
    asked.facts.dns_answers[0] = ip_from_v4(SERVER + 9);
    assess_flow(assess, &asked);
    for (int again = 0; again < 2; again++) {
        size_t count;
        const struct finding *finding = assess_findings(assess, &count);
        check_equal(count, 1);
        check(finding->kind == FINDING_COMMAND_SERVER && finding->score > 90);
        check_equal(finding->hit_count, 1);
        check_equal(finding->measure_count, 4);
    }
    free(memory);
}

static void a_server_listed_and_called_by_rule_is_one_stronger_finding(void **state)
{
    (void)state;
    void *memory;
    struct assess *assess = open_assess(FINDINGS, test_key, &memory);
    struct minimised_sighting sighting = beacon_of(SERVER, 1, 60);
    assess_sighting(assess, &sighting);
    struct minimised_flow flow = listed_flow(SERVER, 1);
    flow.why.by_behaviour[BEHAVIOUR_BEACON] = true;
    set_name(&flow, BYTES("c2.example"));
    assess_flow(assess, &flow);
    sighting = beacon_of(SERVER + 1, 1, 80);
    assess_sighting(assess, &sighting);
    for (int again = 0; again < 2; again++) {
        size_t count;
        const struct finding *finding = assess_findings(assess, &count);
        check_equal(count, 2);
        check(finding[0].kind == FINDING_COMMAND_SERVER && finding[0].score > 90);
        check_equal(finding[0].hit_count, 1);
        check_equal(finding[0].name_count, 1);
        check_equal(finding[0].measure_count, 4);
        check_equal(finding[1].hit_count, 0);
    }
    free(memory);
}

static void findings_come_strongest_first_and_the_weakest_go(void **state)
{
    (void)state;
    void *memory;
    struct assess *assess = open_assess(8, test_key, &memory);
    for (uint32_t i = 0; i < 40; i++) {
        struct minimised_sighting sighting = beacon_of(SERVER + i * 7 % 40, 1, 55 + i * 7 % 40);
        assess_sighting(assess, &sighting);
    }
    size_t count;
    const struct finding *findings = assess_findings(assess, &count);
    check_equal(count, 8);
    for (size_t i = 0; i < count; i++)
        check_equal((int)findings[i].score, 94 - (int)i);
    struct summary summary = { .files = 0 };
    assess_count(assess, &summary);
    check_equal(summary.counters[0].count, 32);
    struct minimised_sighting sighting = beacon_of(SERVER + 39, 2, 94);
    assess_sighting(assess, &sighting); /* still found after they moved */
    findings = assess_findings(assess, &count);
    check_equal(findings[0].line_count, 2);
    check_equal(count, 8);
    free(memory);
}

static void rules_are_named_as_the_behaviours_name_them(void **state)
{
    (void)state;
    void *memory;
    struct assess *assess = open_assess(FINDINGS, test_key, &memory);
    struct minimised_sighting sighting = beacon_of(SERVER, 1, 90);
    assess_sighting(assess, &sighting);
    sighting = scan_of(SERVER, 50);
    assess_sighting(assess, &sighting);
    size_t count;
    const struct finding *findings = assess_findings(assess, &count);
    check_equal(count, 2);
    check_text(bytes_of_string(findings[0].rule), behaviour_trait(BEHAVIOUR_BEACON)->rule);
    check_text(bytes_of_string(findings[1].rule), behaviour_trait(BEHAVIOUR_SCAN)->rule);
    free(memory);
}

static double told(const struct finding *finding, enum measure_id id)
{
    const struct measure *measure = measure_find(finding->measures, finding->measure_count, id);
    return measure ? measure->value : -1;
}

/* With 0 alerts a day a listed server stays an alert, and comes first, weaker though it is. */
static void what_is_listed_is_outside_the_budget(void **state)
{
    (void)state;
    struct assess_limits limits = { .finding_max = FINDINGS };
    size_t size = assess_size(&limits);
    void *memory = malloc(size);
    struct arena arena = arena_over(memory, size);
    struct assess *assess = assess_init(&limits, test_key, &arena);
    struct minimised_sighting sighting = beacon_of(SERVER, 1, 99);
    assess_sighting(assess, &sighting);
    struct minimised_flow flow = listed_flow(SERVER + 1, 1);
    assess_flow(assess, &flow);
    size_t count;
    const struct finding *findings = assess_findings(assess, &count);
    check_equal(count, 2);
    check(findings[0].kind == FINDING_INDICATOR && finding_is_alert(&findings[0]));
    check(told(&findings[0], MEASURE_RANK) < 0);
    check(!finding_is_alert(&findings[1]));
    struct summary summary = { .frames = 0 };
    assess_count(assess, &summary);
    check_equal(summary.counter_count, 1);
    check_text(bytes_of_string(summary.counters[0].reason),
               "not alerted: over the day's budget");
    free(memory);
}

/* However strange: base rates forbid it (detectors.md 0.1). */
static void one_kind_of_evidence_is_no_alert(void **state)
{
    (void)state;
    void *memory;
    size_t count;
    struct assess *assess = open_assess(FINDINGS, test_key, &memory);
    struct minimised_sighting sighting = beacon_of(SERVER, 1, 90);
    assess_sighting(assess, &sighting);
    const struct finding *findings = assess_findings(assess, &count);
    check(count == 1 && !finding_is_alert(&findings[0]));
    check_equal((int)told(&findings[0], MEASURE_FAMILIES), 1);
    sighting.sighting.connections = 100; /* a long series is more than its table can say */
    assess_sighting(assess, &sighting);
    findings = assess_findings(assess, &count);
    check(finding_is_alert(&findings[0]));
    sighting.sighting.connections = 99;
    assess_sighting(assess, &sighting);
    findings = assess_findings(assess, &count);
    check(!finding_is_alert(&findings[0]));
    struct sighting *fired = &sighting.sighting;
    fired->measures[fired->measure_count++] =
        (struct measure){ MEASURE_ACTIVE_SLOTS, 1, 0.5, 1, 1 };
    fired->score++;
    assess_sighting(assess, &sighting);
    findings = assess_findings(assess, &count);
    check(finding_is_alert(&findings[0]));
    check_equal((int)told(&findings[0], MEASURE_FAMILIES), 2);
    free(memory);
}

static void alerts_are_corrected_for_the_units_judged(void **state)
{
    (void)state;
    void *memory;
    struct assess *assess = open_assess(FINDINGS, test_key, &memory);
    struct minimised_sighting sighting = beacon_of(SERVER, 1, 90);
    assess_sighting(assess, &sighting); /* its timing weighs 4: p = 1e-4 */
    size_t count;
    const struct finding *findings = assess_findings(assess, &count);
    struct summary summary = { .frames = 0 };
    summary_count(&summary, "behaviour", "beacon: units judged", "units", 900);
    summary_count(&summary, "behaviour", "scan: units judged", "units", 1000000);
    assess_set_judged(assess, &summary);
    findings = assess_findings(assess, &count);
    check_equal((int)(told(&findings[0], MEASURE_FALSE_DISCOVERY) * 1000 + 0.5), 90);
    check_equal((int)told(&findings[0], MEASURE_UNITS_JUDGED), 900);
    summary.counters[0].count = 1100;
    assess_set_judged(assess, &summary);
    findings = assess_findings(assess, &count);
    check_equal(count, 1);
    check(told(&findings[0], MEASURE_FALSE_DISCOVERY) > BUDGET_FALSE_DISCOVERY);
    free(memory);
}

/* A beacon with the names of flows and the standing of its server. */
static const struct finding *judge_named(struct assess *assess, const char *name,
                                         double clients)
{
    struct minimised_sighting sighting = beacon_of(SERVER, 1, 72);
    sighting.sighting.measures[2] = (struct measure){ MEASURE_CLIENTS, clients, 0, 0, 0 };
    sighting.sighting.measures[3] = (struct measure){ MEASURE_ACTIVE_SLOTS, 1, 0.5, 4, 1 };
    sighting.sighting.measure_count = 4;
    assess_sighting(assess, &sighting);
    struct minimised_flow flow = listed_flow(SERVER, 1);
    flow.why.hit_count = 0;
    flow.why.by_behaviour[BEHAVIOUR_BEACON] = true;
    set_name(&flow, bytes_of_string(name));
    assess_flow(assess, &flow);
    size_t count;
    const struct finding *finding = assess_findings(assess, &count);
    check_equal(count, 1);
    return finding;
}

static double share_of(const struct finding *finding)
{
    const struct measure *poller =
        measure_find(finding->measures, finding->measure_count, MEASURE_POLLER);
    check(poller && poller->has_threshold);
    return poller->value;
}

static void a_known_poller_weighs_less_and_is_told(void **state)
{
    (void)state;
    void *memory;
    struct assess *assess = open_assess(FINDINGS, test_key, &memory);
    const struct finding *finding = judge_named(assess, "eu.update.example.net", 250);
    check_equal((int)(share_of(finding) * 10 + 0.5), 6);
    check(finding->score >= 50 && finding->score < 72);
    check(measure_find(finding->measures, finding->measure_count, MEASURE_POLLER_NAME) != NULL);
    free(memory);
}

static void a_name_alone_takes_nothing_from_the_score(void **state)
{
    (void)state;
    void *memory;
    struct assess *assess = open_assess(FINDINGS, test_key, &memory);
    const struct finding *finding = judge_named(assess, "eu.update.example.net", 2);
    check_equal((int)(share_of(finding) * 10 + 0.5), 3);
    check_equal((int)finding->score, 72);
    finding = judge_named(assess, "www.example.org", 250); /* the server has two names now */
    check_equal((int)(share_of(finding) * 10 + 0.5), 3);
    check_equal((int)finding->score, 72);
    free(memory);
}

TESTS(TEST(what_is_listed_is_outside_the_budget), TEST(one_kind_of_evidence_is_no_alert),
      TEST(alerts_are_corrected_for_the_units_judged),
      TEST(lines_that_call_one_server_are_one_finding),
      TEST(many_lines_told_again_and_again_are_counted_once),
      TEST(what_is_taken_back_is_not_told),
      TEST(the_identity_does_not_hang_on_the_key_of_the_run),
      TEST(a_scanner_is_one_finding_however_often_it_is_told),
      TEST(a_listed_server_is_one_finding_with_its_lines_and_names),
      TEST(a_listed_name_asked_in_dns_is_told_by_name),
      TEST(a_name_with_a_listed_address_is_the_subject_not_the_resolver),
      TEST(a_query_for_two_listed_names_is_told_of_each),
      TEST(a_name_is_told_by_its_server_unless_others_asked_too),
      TEST(a_server_called_by_rule_is_what_a_listed_name_resolved_to),
      TEST(a_server_listed_and_called_by_rule_is_one_stronger_finding),
      TEST(a_known_poller_weighs_less_and_is_told),
      TEST(a_name_alone_takes_nothing_from_the_score),
      TEST(findings_come_strongest_first_and_the_weakest_go),
      TEST(rules_are_named_as_the_behaviours_name_them))
