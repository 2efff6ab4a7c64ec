// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"
#include "check.h"
#include "select/select.h"

static _Alignas(16) uint8_t memory[1 << 20];
static _Alignas(16) uint8_t indicator_memory[1 << 20];
static const struct hash_key key = { { 5, 6, 7, 8 } };
static struct rule_set rules;
static struct selected_flow out;
static struct select *selects_by;

#define LINE UINT32_C(0x0a000001)
#define SERVER UINT32_C(0xc0000201)
#define BOTH UINT32_C(0xc0000202)
#define NOBODY UINT32_C(0xc6336401)

#define LISTED(kind, name)                                       \
    {                                                            \
        .operation = RULE_LISTED, .what = (kind), .list = (name) \
    }
#define ALL_KINDS RULE_ANY_KIND
#define FIELD(field, from, to)                                                         \
    {                                                                                  \
        .operation = RULE_FIELD, .what = (uint8_t)(field), .low = (from), .high = (to) \
    }
#define FIRED(behaviour, score)                                          \
    {                                                                    \
        .operation = RULE_BEHAVIOUR, .what = (behaviour), .low = (score) \
    }
#define AND                   \
    {                         \
        .operation = RULE_AND \
    }
#define OR                   \
    {                        \
        .operation = RULE_OR \
    }
#define NOT                   \
    {                         \
        .operation = RULE_NOT \
    }

/* Lists of the set by number; "missing" is in no file. */
enum { LIST_A, LIST_B, LIST_MISSING };

static void name_lists(void)
{
    static const char *const names[] = { "a", "b", "missing" };
    for (size_t i = 0; i < 3; i++) {
        struct text room = text_over(rules.lists[i], LIST_NAME_MAX);
        text_put_string(&room, names[i]);
    }
    rules.list_count = 3;
}

/* Adds one rule of these steps, under a warrant named after its place. */
static struct rule *add_rule(const struct rule_step *steps, size_t count)
{
    struct rule *rule = &rules.rules[rules.rule_count++];
    *rule = (struct rule){ .from_ns = INT64_MIN,
                           .to_ns = INT64_MAX,
                           .step_first = (uint16_t)rules.step_count,
                           .step_count = (uint16_t)count };
    rule->mandate.warrant[0] = (char)('0' + rules.rule_count);
    memcpy(rules.steps + rules.step_count, steps, count * sizeof *steps);
    rules.step_count += count;
    return rule;
}

#define RULE(...)                                       \
    add_rule((const struct rule_step[]){ __VA_ARGS__ }, \
             sizeof((const struct rule_step[]){ __VA_ARGS__ }) / sizeof(struct rule_step))

static void list(struct indicators *set, const char *name, const char *value)
{
    struct indicator indicator;
    char room[INDICATOR_TEXT_MAX + 256];
    struct text scratch = text_over(room, sizeof room);
    check_equal(indicator_read(bytes_of_string(value), &scratch, &indicator), FAULT_NONE);
    check(indicators_add_list(set, name, &indicator.list));
    indicator.expires_ns = INT64_MAX;
    check_equal(indicators_add(set, &indicator), INDICATORS_ADDED);
}

static int begin(void **state)
{
    (void)state;
    struct arena arena = arena_over(indicator_memory, sizeof indicator_memory);
    struct indicators *set = indicators_init(32, 256, key, &arena);
    list(set, "b", "192.0.2.2");
    list(set, "a", "192.0.2.1");
    list(set, "a", "192.0.2.2");
    list(set, "b", "evil.example");
    memset(&rules, 0, sizeof rules);
    name_lists();
    struct select_limits limits = { .concern_max = 64, .quota_max = 64 };
    check(select_size(&limits) <= sizeof memory);
    struct arena room = arena_over(memory, select_size(&limits));
    selects_by = select_init(&limits, set, NULL, key, &room);
    return 0;
}

static void put_in_force(void)
{
    check(rule_set_is_sound(&rules));
    select_set_rules(selects_by, &rules);
}

static struct admitted_flow flow_to(uint32_t server, uint16_t port)
{
    return (struct admitted_flow){
        .flow = { .initiator = ip_from_v4(LINE),
                  .responder = ip_from_v4(server),
                  .initiator_port = 50000,
                  .responder_port = port,
                  .protocol = 6,
                  .tcp = FLOW_TCP_CLOSED,
                  .forward = { .packets = 3, .octets = 300, .first_ns = 500, .last_ns = 900 } },
        .direction = DIRECTION_DF,
        .initiator_place = PLACE_OWN,
        .responder_place = PLACE_FOREIGN
    };
}

static bool selects(uint32_t server, uint16_t port)
{
    struct admitted_flow flow = flow_to(server, port);
    return select_flow(selects_by, &flow, &out);
}

static bool fires(enum behaviour behaviour, uint32_t server, double score)
{
    struct selected_sighting selected;
    struct sighting sighting = { .behaviour = behaviour,
                                 .server = ip_from_v4(server),
                                 .line = ip_from_v4(LINE),
                                 .has_line = true,
                                 .port = 443,
                                 .protocol = 6,
                                 .server_place = PLACE_FOREIGN,
                                 .line_place = PLACE_OWN,
                                 .direction = DIRECTION_DF,
                                 .score = score };
    return select_sighting(selects_by, &sighting, &selected);
}

static void without_a_rule_nothing_is_selected(void **state)
{
    (void)state;
    check(!selects(SERVER, 443));
    select_set_rules(selects_by, &rules);
    check(!selects(SERVER, 443));
    check(!fires(BEHAVIOUR_BEACON, NOBODY, 99));
    RULE(LISTED(ALL_KINDS, RULE_ANY_LIST));
    put_in_force();
    check(selects(SERVER, 443));
    select_set_rules(selects_by, NULL);
    check(!selects(SERVER, 443));
}

static void the_first_rule_that_holds_gives_the_mandate(void **state)
{
    (void)state;
    RULE(LISTED(ALL_KINDS, LIST_B));
    RULE(LISTED(ALL_KINDS, LIST_A));
    put_in_force();
    check(selects(SERVER, 443));
    assert_string_equal(out.why.mandate.warrant, "2");
    check(selects(BOTH, 443)); /* though the list told first is the other's */
    assert_string_equal(out.why.mandate.warrant, "1");
    check(!selects(NOBODY, 443));
    check_equal(select_counts(selects_by).unasked, 0);
}

static void two_items_are_found_behind_more_hits_than_are_kept(void **state)
{
    (void)state;
    RULE(LISTED(INDICATOR_ADDRESS, LIST_A), LISTED(INDICATOR_DOMAIN, LIST_B), AND);
    put_in_force();
    check(!selects(SERVER, 443));
    check_equal(select_counts(selects_by).unasked, 1);
    struct fact names[2] = { { .kind = FACT_TLS_CLIENT }, { .kind = FACT_DNS } };
    names[0].next = &names[1];
    struct text name = text_over(names[0].tls_client.server_name.at,
                                 sizeof names[0].tls_client.server_name.at);
    text_put_string(&name, "www.evil.example");
    names[0].tls_client.server_name.len = (uint8_t)name.len;
    struct admitted_flow flow = flow_to(SERVER, 443);
    flow.flow.facts = names;
    check(select_flow(selects_by, &flow, &out));
    check_equal(out.why.hit_count, 2);
}

static void a_list_that_is_not_there_selects_nothing_not_even_by_its_opposite(void **state)
{
    (void)state;
    RULE(LISTED(ALL_KINDS, LIST_A), LISTED(ALL_KINDS, LIST_MISSING), NOT, AND);
    put_in_force();
    check(!selects(SERVER, 443));
    RULE(LISTED(ALL_KINDS, LIST_A), LISTED(ALL_KINDS, LIST_MISSING), OR);
    put_in_force();
    check(selects(SERVER, 443));
    assert_string_equal(out.why.mandate.warrant, "2");
}

static void where_an_address_stands_counts(void **state)
{
    (void)state;
    struct rule_step step = LISTED(INDICATOR_ADDRESS, LIST_A);
    step.where = RULE_AT_SERVER;
    add_rule(&step, 1);
    put_in_force();
    check(selects(SERVER, 443));
    struct admitted_flow flow = flow_to(SERVER, 443);
    flow.initiator_place = PLACE_FOREIGN;
    flow.responder_place = PLACE_OWN;
    check(!select_flow(selects_by, &flow, &out));
    rules.steps[0].where = RULE_AT_END;
    check(select_flow(selects_by, &flow, &out));
    rules.steps[0].where = RULE_IN_DNS;
    check(!select_flow(selects_by, &flow, &out));
}

static void fields_are_asked_with_their_bounds(void **state)
{
    (void)state;
    static const struct {
        enum rule_field field;
        uint64_t value;
    } told[] = {
        { RULE_SERVER_PORT, 443 },
        { RULE_PROTOCOL, 6 },
        { RULE_PACKETS, 3 },
        { RULE_OCTETS, 300 },
        { RULE_OCTETS_OUT, 300 },
        { RULE_OCTETS_IN, 0 },
        { RULE_TCP_STATE, FLOW_TCP_CLOSED },
        { RULE_DIRECTION, DIRECTION_DF },
        { RULE_DURATION_MS, 0 },
    };
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        begin(NULL);
        RULE(LISTED(ALL_KINDS, LIST_A), FIELD(told[i].field, told[i].value, told[i].value),
             AND);
        put_in_force();
        check(selects(SERVER, 443));
        rules.steps[1].low = rules.steps[1].high = told[i].value + 1;
        check(!selects(SERVER, 443));
    }
}

static void what_a_flow_does_not_tell_is_neither_so_nor_not_so(void **state)
{
    (void)state;
    RULE(LISTED(ALL_KINDS, LIST_A), FIELD(RULE_TLS_VERSION, 0x0303, 0x0303), AND);
    RULE(LISTED(ALL_KINDS, LIST_A), FIELD(RULE_TLS_VERSION, 0x0303, 0x0303), NOT, AND);
    put_in_force();
    check(!selects(SERVER, 443));
    struct fact fact = { .kind = FACT_TLS_CLIENT, .tls_client.highest_version = 0x0304 };
    struct admitted_flow flow = flow_to(SERVER, 443);
    flow.flow.facts = &fact;
    check(!select_flow(selects_by, &flow, &out)); /* offered only */
    fact = (struct fact){ .kind = FACT_TLS_SERVER };
    check(!select_flow(selects_by, &flow, &out)); /* a log that tells no version */
    fact.tls_server.chosen_version = 0x0304;
    check(select_flow(selects_by, &flow, &out));
    assert_string_equal(out.why.mandate.warrant, "2");
}

static void thin_sampling_and_unknown_rates_are_left_out(void **state)
{
    (void)state;
    RULE(LISTED(ALL_KINDS, LIST_A))->sampling_max = 100;
    put_in_force();
    struct admitted_flow flow = flow_to(SERVER, 443);
    flow.flow.observation = (struct observation){ .sampling = SAMPLING_RECORD, .rate = 100 };
    check(select_flow(selects_by, &flow, &out));
    flow.flow.observation.rate = 101;
    check(!select_flow(selects_by, &flow, &out));
    flow.flow.observation = (struct observation){ .sampling = SAMPLING_UNKNOWN };
    check(!select_flow(selects_by, &flow, &out));
}

static void a_period_begins_with_its_first_and_ends_before_its_last_moment(void **state)
{
    (void)state;
    struct rule *rule = RULE(LISTED(ALL_KINDS, LIST_A));
    rule->by_event_time = true;
    put_in_force();
    rule->from_ns = 900;
    rule->to_ns = 901;
    check(selects(SERVER, 443));
    rule->from_ns = 901;
    rule->to_ns = 1000;
    check(!selects(SERVER, 443));
    rule->from_ns = 0;
    rule->to_ns = 900;
    check(!selects(SERVER, 443));
    rule->by_event_time = false;
    check(selects(SERVER, 443));
}

static void past_its_servers_a_day_a_rule_stops_and_the_stop_is_counted(void **state)
{
    (void)state;
    RULE(LISTED(ALL_KINDS, LIST_A))->servers_per_day_max = 1;
    put_in_force();
    check(selects(SERVER, 443));
    check(selects(SERVER, 80)); /* the same server */
    check(!selects(BOTH, 443));
    check_equal(select_counts(selects_by).stopped, 1);
    check_equal(select_counts(selects_by).unasked, 0);
    select_set_rules(selects_by, NULL);
    put_in_force();
    check(!selects(BOTH, 443)); /* no swap gives it back */
    struct admitted_flow tomorrow = flow_to(BOTH, 443);
    tomorrow.flow.forward.last_ns += TIME_DAY_NS;
    check(select_flow(selects_by, &tomorrow, &out));
    RULE(LISTED(ALL_KINDS, LIST_A));
    put_in_force();
    check(selects(BOTH, 443)); /* another warrant has its own number */
    assert_string_equal(out.why.mandate.warrant, "2");
}

static void several_that_share_the_work_never_name_more_together(void **state)
{
    (void)state;
    static _Alignas(16) uint8_t rooms[3][1 << 18];
    struct arena arena = arena_over(indicator_memory, sizeof indicator_memory);
    struct indicators *set = indicators_init(64, 256, key, &arena);
    for (uint32_t i = 0; i < 32; i++) {
        char value[] = {
            '1', '9', '2', '.', '0', '.', '2', '.', (char)('1' + i / 10), (char)('0' + i % 10),
            '\0'
        };
        list(set, "a", value);
    }
    RULE(LISTED(ALL_KINDS, LIST_A))->servers_per_day_max = 10;
    unsigned named = 0;
    for (uint32_t worker = 0; worker < 3; worker++) {
        struct select_limits limits = { 64, 64, worker, 3 };
        struct arena room = arena_over(rooms[worker], sizeof rooms[worker]);
        struct select *select = select_init(&limits, set, &rules, key, &room);
        for (uint32_t i = 0; i < 30; i++) {
            struct admitted_flow flow = flow_to(0xc000020a + i, 443);
            named += select_flow(select, &flow, &out);
        }
    }
    check_equal(named, 10);
}

static void a_behaviour_selects_from_its_score_on(void **state)
{
    (void)state;
    RULE(FIRED(BEHAVIOUR_BEACON, 60));
    put_in_force();
    check(!fires(BEHAVIOUR_BEACON, NOBODY, 59));
    check(!selects(NOBODY, 443));
    check(!fires(BEHAVIOUR_SCAN, NOBODY, 99));
    check(!selects(NOBODY, 443));
    check_equal(select_counts(selects_by).unasked, 0);
    check(fires(BEHAVIOUR_BEACON, NOBODY, 60));
    check(selects(NOBODY, 443));
    check(out.why.by_behaviour[BEHAVIOUR_BEACON]);
    check_equal(select_counts(selects_by).sightings_unasked, 2);
}

static void a_sighting_alone_is_not_recorded_where_two_items_are_asked(void **state)
{
    (void)state;
    RULE(FIRED(BEHAVIOUR_BEACON, 0), LISTED(INDICATOR_ADDRESS, LIST_A), AND);
    RULE(FIRED(BEHAVIOUR_BEACON, 0), FIELD(RULE_OCTETS, 0, 1000), AND);
    put_in_force();
    check(!fires(BEHAVIOUR_BEACON, NOBODY, 80)); /* octets of its flows cannot be told yet */
    check(selects(NOBODY, 443));                 /* of the flow they can */
    assert_string_equal(out.why.mandate.warrant, "2");
    check(fires(BEHAVIOUR_BEACON, SERVER, 80));
}

#define IN_FORCE(function)                                            \
    {                                                                 \
        .name = #function, .test_func = function, .setup_func = begin \
    }
TESTS(IN_FORCE(without_a_rule_nothing_is_selected),
      IN_FORCE(the_first_rule_that_holds_gives_the_mandate),
      IN_FORCE(two_items_are_found_behind_more_hits_than_are_kept),
      IN_FORCE(a_list_that_is_not_there_selects_nothing_not_even_by_its_opposite),
      IN_FORCE(where_an_address_stands_counts), IN_FORCE(fields_are_asked_with_their_bounds),
      IN_FORCE(what_a_flow_does_not_tell_is_neither_so_nor_not_so),
      IN_FORCE(thin_sampling_and_unknown_rates_are_left_out),
      IN_FORCE(a_period_begins_with_its_first_and_ends_before_its_last_moment),
      IN_FORCE(past_its_servers_a_day_a_rule_stops_and_the_stop_is_counted),
      IN_FORCE(several_that_share_the_work_never_name_more_together),
      IN_FORCE(a_behaviour_selects_from_its_score_on),
      IN_FORCE(a_sighting_alone_is_not_recorded_where_two_items_are_asked))
