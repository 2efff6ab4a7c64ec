// SPDX-License-Identifier: Apache-2.0
#include "select/select.h"

#include "base/time.h"
#include "check.h"

static _Alignas(16) uint8_t memory[1 << 20];
static _Alignas(16) uint8_t indicator_memory[1 << 20];
static const struct hash_key key = { { 5, 6, 7, 8 } };
static struct selected_flow out;
static struct rule_set any;

static struct select *new_select(size_t concern_max, const struct indicators *indicators)
{
    struct select_limits limits = { .concern_max = concern_max, .quota_max = 64 };
    struct mandate mandate = { .basis_name = "own" };
    rule_set_any(&any, &mandate);
    check(rule_set_is_sound(&any));
    check(select_size(&limits) <= sizeof memory);
    struct arena arena = arena_over(memory, select_size(&limits));
    return select_init(&limits, indicators, &any, key, &arena);
}

static struct admitted_flow flow_of(uint32_t from, uint32_t to, uint16_t port)
{
    return (struct admitted_flow){ .flow = { .initiator = ip_from_v4(from),
                                             .responder = ip_from_v4(to),
                                             .initiator_port = 50000,
                                             .responder_port = port,
                                             .protocol = 6,
                                             .forward = { .packets = 1, .first_ns = 500 } },
                                   .direction = DIRECTION_DF };
}

static bool selects(struct select *select, uint32_t from, uint32_t to, uint16_t port)
{
    struct admitted_flow flow = flow_of(from, to, port);
    return select_flow(select, &flow, &out);
}

enum { LINE = 0x0a000001, OTHER = 0x0a000002, SERVER = 0x1e000201 };

static void fire_beacon(struct select *select, bool has_line)
{
    struct sighting sighting = { .behaviour = BEHAVIOUR_BEACON,
                                 .server = ip_from_v4(SERVER),
                                 .port = 443,
                                 .protocol = 6,
                                 .has_line = has_line,
                                 .score = 77 };
    if (has_line)
        sighting.line = ip_from_v4(LINE);
    struct selected_sighting selected;
    check(select_sighting(select, &sighting, &selected));
    assert_string_equal(selected.mandate.basis_name, "own");
    check_equal((int)selected.sighting.score, 77);
}

static void without_a_selector_nothing_is_selected(void **state)
{
    (void)state;
    struct select *select = new_select(64, NULL);
    check(!selects(select, LINE, SERVER, 443));
}

static void an_indicator_selects_its_flow_with_the_reason(void **state)
{
    (void)state;
    struct arena arena = arena_over(indicator_memory, sizeof indicator_memory);
    struct indicators *set = indicators_init(8, 64, key, &arena);
    struct indicator indicator = { .prefix = { ip_from_v4(SERVER), 128 },
                                   .expires_ns = 501 * TIME_SECOND_NS };
    check(indicators_add_list(set, "a list", &indicator.list));
    check_equal(indicators_add(set, &indicator), INDICATORS_ADDED);
    struct select *select = new_select(64, set);
    check(selects(select, LINE, SERVER, 443));
    check_equal(out.why.hit_count, 1);
    assert_string_equal(out.why.hits[0].value, "30.0.2.1");
    check_equal(out.admitted.direction, DIRECTION_DF);
    check(!selects(select, LINE, OTHER, 443));
    struct admitted_flow late = flow_of(LINE, SERVER, 443);
    late.flow.forward.first_ns = 501 * TIME_SECOND_NS;
    check(!select_flow(select, &late, &out));
    check_equal(select_counts(select).expired_matches, 1);
}

static void indicators_are_exchanged_between_two_flows(void **state)
{
    (void)state;
    struct arena arena = arena_over(indicator_memory, sizeof indicator_memory);
    struct indicators *set = indicators_init(8, 64, key, &arena);
    struct indicator indicator = { .prefix = { ip_from_v4(SERVER), 128 },
                                   .expires_ns = INT64_MAX };
    check(indicators_add_list(set, "a list", &indicator.list));
    check_equal(indicators_add(set, &indicator), INDICATORS_ADDED);
    struct select *select = new_select(64, NULL);
    check(!selects(select, LINE, SERVER, 443));
    select_set_indicators(select, set);
    check(selects(select, LINE, SERVER, 443));
    select_set_indicators(select, NULL);
    check(!selects(select, LINE, SERVER, 443));
}

static void after_a_pair_fired_its_flows_are_selected_and_no_others(void **state)
{
    (void)state;
    struct select *select = new_select(64, NULL);
    fire_beacon(select, true);
    check(selects(select, LINE, SERVER, 443));
    check(out.why.by_behaviour[BEHAVIOUR_BEACON]);
    check(!out.why.by_behaviour[BEHAVIOUR_SCAN]);
    check_equal(out.why.hit_count, 0);
    check(!selects(select, LINE, SERVER, 444));
    check(!selects(select, OTHER, SERVER, 443));
    struct admitted_flow turned = flow_of(SERVER, LINE, 50000);
    turned.flow.initiator_port = 443;
    check(select_flow(select, &turned, &out));
}

static void after_a_server_fired_flows_of_every_line_to_it_are_selected(void **state)
{
    (void)state;
    struct select *select = new_select(64, NULL);
    fire_beacon(select, false);
    check(selects(select, LINE, SERVER, 443));
    check(selects(select, OTHER, SERVER, 443));
    check(!selects(select, OTHER, SERVER, 80));
    struct admitted_flow udp = flow_of(OTHER, SERVER, 443);
    udp.flow.protocol = 17;
    check(!select_flow(select, &udp, &out));
}

static void of_a_scan_64_flows_are_kept_and_the_others_counted(void **state)
{
    (void)state;
    struct select *select = new_select(64, NULL);
    struct sighting sighting = { .behaviour = BEHAVIOUR_SCAN, .server = ip_from_v4(SERVER) };
    struct selected_sighting selected;
    check(select_sighting(select, &sighting, &selected));
    for (uint32_t i = 0; i < 64; i++) {
        check(selects(select, SERVER, LINE + i, 22));
        check(out.why.by_behaviour[BEHAVIOUR_SCAN]);
    }
    check(!selects(select, SERVER, LINE, 22));
    check_equal(select_counts(select).host_flows_left, 1);
    check(select_sighting(select, &sighting, &selected)); /* fires again: still 64 in all */
    check(!selects(select, SERVER, LINE, 22));
    check(!selects(select, LINE, SERVER, 22)); /* what goes to the source is not of the scan */
}

static void the_table_of_concerns_is_bounded_and_counts_what_it_forgets(void **state)
{
    (void)state;
    enum { CONCERNS = 16, FIRED = 200 };
    struct select *select = new_select(CONCERNS, NULL);
    struct selected_sighting selected;
    for (uint32_t i = 0; i < FIRED; i++) {
        struct sighting sighting = { .server = ip_from_v4(SERVER + i),
                                     .port = 443,
                                     .protocol = 6 };
        check(select_sighting(select, &sighting, &selected));
        check(selects(select, LINE, SERVER + i, 443));
    }
    size_t kept = 0;
    for (uint32_t i = 0; i < FIRED; i++)
        kept += selects(select, LINE, SERVER + i, 443);
    check(kept <= CONCERNS);
    check_equal(select_counts(select).concern_evicted, FIRED - kept);
}

TESTS(TEST(without_a_selector_nothing_is_selected),
      TEST(an_indicator_selects_its_flow_with_the_reason),
      TEST(indicators_are_exchanged_between_two_flows),
      TEST(after_a_pair_fired_its_flows_are_selected_and_no_others),
      TEST(after_a_server_fired_flows_of_every_line_to_it_are_selected),
      TEST(of_a_scan_64_flows_are_kept_and_the_others_counted),
      TEST(the_table_of_concerns_is_bounded_and_counts_what_it_forgets))
