// SPDX-License-Identifier: Apache-2.0
#include "flows.h"

enum { MEMORY = 1 << 20, ADMIN = 0x0a000001, HOST = 0x0a000100, SERVER = 0x0a000a00 };
#define HOUR 3600.0
#define DAY 86400.0

static struct admitted_flow make_inside(uint32_t from, uint32_t to, uint16_t port, double at_s)
{
    struct admitted_flow made = make_flow(from, to, port, at_s);
    made.direction = DIRECTION_DD;
    made.responder_place = PLACE_OWN;
    return made;
}

static void observe(struct bench *bench, uint32_t from, uint32_t to, uint16_t port, double at_s)
{
    bench_observe(bench, make_inside(from, to, port, at_s));
}

/* Two days of an administrator with ten servers, and of workstations with two. */
static void add_habits(struct bench *bench)
{
    for (double at = 0; at < 2 * DAY; at += HOUR) {
        for (uint32_t i = 0; i < 10; i++)
            observe(bench, ADMIN, SERVER + i, 22, at + i);
        for (uint32_t i = 0; i < 20; i++) {
            observe(bench, HOST + i, SERVER, 445, at + 60 + i);
            observe(bench, HOST + i, SERVER + 1, 389, at + 90 + i);
        }
    }
}

static void a_host_that_was_reached_and_reaches_on_is_found(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_LATERAL, MEMORY);
    check(bench->octets_used <= MEMORY);
    add_habits(bench);
    check_equal(bench->caught.count, 0);
    observe(bench, HOST, HOST + 1, 3389, 2.1 * DAY);
    for (uint32_t i = 0; i < 12; i++)
        observe(bench, HOST + 1, HOST + 2 + i, 445, 2.2 * DAY + i * 30);
    check(bench->caught.count > 0);
    const struct sighting *sighting = last_caught(&bench->caught);
    struct ip_address pivot = ip_from_v4(HOST + 1), first = ip_from_v4(HOST);
    check(ip_equal(&sighting->server, &pivot));
    check(sighting->has_line && ip_equal(&sighting->line, &first));
    check(sighting->score >= 50);
    check(measure_of(sighting, MEASURE_PATH) == 2);
    bench_finish(bench);
    check(measure_of(last_caught(&bench->caught), MEASURE_NEW_TARGETS) >= 10);
    bench_close(bench);
}

static void hints_without_a_path_are_no_finding(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_LATERAL, MEMORY);
    add_habits(bench);
    for (uint32_t i = 0; i < 40; i++) /* a new inventory tool on its first day */
        observe(bench, ADMIN + 1, HOST + i, 445, 2.1 * DAY + i * 10);
    bench_finish(bench);
    check(bench->caught.count > 0);
    for (size_t i = 0; i < bench->caught.count; i++)
        check(bench->caught.sightings[i].score < 50);
    bench_close(bench);
}

static void a_day_between_the_steps_makes_no_path(void **state)
{
    (void)state;
    static const double later[] = { 20 * HOUR, 25 * HOUR };
    for (int i = 0; i < 2; i++) {
        struct bench *bench = bench_open(BEHAVIOUR_LATERAL, MEMORY);
        add_habits(bench);
        observe(bench, HOST, HOST + 1, 22, 2.1 * DAY);
        observe(bench, HOST + 1, HOST + 2, 445, 2.1 * DAY + later[i]);
        bench_finish(bench);
        bool found = false;
        for (size_t j = 0; j < bench->caught.count; j++)
            found |= bench->caught.sightings[j].score >= 50;
        check_equal(found, i == 0);
        bench_close(bench);
    }
}

static void calling_back_is_no_step_further(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_LATERAL, MEMORY);
    add_habits(bench);
    observe(bench, HOST, HOST + 1, 22, 2.1 * DAY);
    observe(bench, HOST + 1, HOST, 445, 2.2 * DAY);
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

static void the_first_day_is_learnt_and_nothing_in_it_is_new(void **state)
{
    (void)state;
    for (int day = 0; day < 2; day++) {
        struct bench *bench = bench_open(BEHAVIOUR_LATERAL, MEMORY);
        observe(bench, ADMIN, SERVER, 22, 0);
        observe(bench, HOST, SERVER, 22, day * DAY + HOUR);
        observe(bench, HOST, SERVER, 22, day * DAY + 2 * HOUR);
        check_equal(bench_counter(bench, "lateral: new edges"), day);
        bench_close(bench);
    }
}

static void ten_hosts_in_an_hour_are_many(void **state)
{
    (void)state;
    for (uint32_t hosts = 8; hosts <= 12; hosts += 4) {
        struct bench *bench = bench_open(BEHAVIOUR_LATERAL, MEMORY);
        for (uint32_t i = 0; i < hosts; i++) {
            struct admitted_flow made = make_attempt(HOST, SERVER + i, 445, i * 60, false);
            made.responder_place = PLACE_OWN;
            bench_observe(bench, made);
        }
        check_equal(bench_counter(bench, "lateral: many hosts in an hour") > 0, hosts > 10);
        bench_close(bench);
    }
    struct bench *bench = bench_open(BEHAVIOUR_LATERAL, MEMORY);
    for (uint32_t i = 0; i < 12; i++)
        observe(bench, HOST, SERVER + i, 445, i * HOUR);
    check_equal(bench_counter(bench, "lateral: many hosts in an hour"), 0);
    bench_close(bench);
}

static void servers_are_no_workstations(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_LATERAL, MEMORY);
    observe(bench, HOST, SERVER, 443, 0);
    observe(bench, HOST, SERVER, 445, 1);
    check_equal(bench_counter(bench, "lateral: workstation to workstation"), 0);
    observe(bench, HOST, HOST + 1, 445, 2);
    observe(bench, HOST, HOST + 1, 445, 3);
    check_equal(bench_counter(bench, "lateral: workstation to workstation"), 1);
    bench_close(bench);
}

static void a_server_that_begins_to_call_and_orders_that_come_back_are_hints(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_LATERAL, MEMORY);
    add_habits(bench);
    observe(bench, SERVER, SERVER + 5, 445, 2.1 * DAY);
    check_equal(bench_counter(bench, "lateral: servers that begin to call"), 1);
    struct admitted_flow made = make_inside(ADMIN, SERVER, 22, 2.1 * DAY);
    made.flow.forward.last_ns += (int64_t)(3 * HOUR * 1e9);
    made.flow.forward.packets = made.flow.reverse.packets = 4000;
    made.flow.forward.octets = 500000;
    made.flow.reverse.octets = 250000;
    bench_observe(bench, made);
    check_equal(bench_counter(bench, "lateral: orders from the one called"), 1);
    made.flow.forward.octets = 250000;
    made.flow.reverse.octets = 500000;
    bench_observe(bench, made);
    check_equal(bench_counter(bench, "lateral: orders from the one called"), 1);
    bench_close(bench);
}

static void log_in(struct bench *bench, uint32_t from, double at_s, struct login_fact login)
{
    struct fact fact = { .kind = FACT_LOGIN, .from_initiator = true, .login = login };
    struct admitted_flow made = make_inside(from, SERVER, 88, at_s);
    made.flow.facts = &fact;
    made.flow.tcp = FLOW_TCP_MIDSTREAM; /* of a log alone: no packets */
    made.flow.forward.packets = made.flow.reverse.packets = 0;
    made.flow.forward.payload = made.flow.reverse.payload = 0;
    made.flow.reverse.first_ns = made.flow.reverse.last_ns = 0;
    bench_observe(bench, made);
}

static void twenty_accounts_of_few_tries_are_a_spray(void **state)
{
    (void)state;
    static const struct {
        uint64_t accounts, tries;
        bool fires;
    } cases[] = { { 30, 1, true }, { 30, 3, true }, { 30, 6, false }, { 12, 1, false } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench *bench = bench_open(BEHAVIOUR_LATERAL, MEMORY);
        for (uint64_t n = 0; n < cases[i].accounts * cases[i].tries; n++) {
            uint64_t account = hash_two(&test_key, n / cases[i].tries, 0);
            log_in(bench, HOST, (double)n,
                   (struct login_fact){ .account = account,
                                        .service = LOGIN_KERBEROS,
                                        .result = LOGIN_FAILURE });
        }
        check_equal(bench_counter(bench, "lateral: many accounts, few tries each") > 0,
                    cases[i].fires);
        bench_close(bench);
    }
}

static void logins_give_hints(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_LATERAL, MEMORY);
    struct login_fact login = { .account = 77, .result = LOGIN_SUCCESS };
    log_in(bench, HOST, 0, login);
    log_in(bench, HOST + 1, HOUR, login); /* learnt */
    check_equal(bench_counter(bench, "lateral: accounts from new sources"), 0);
    log_in(bench, HOST + 1, 2 * DAY, login);
    check_equal(bench_counter(bench, "lateral: accounts from new sources"), 0);
    log_in(bench, HOST + 2, 2 * DAY, login);
    check_equal(bench_counter(bench, "lateral: accounts from new sources"), 1);
    login.is_weak = true;
    log_in(bench, HOST, 2 * DAY, login);
    check_equal(bench_counter(bench, "lateral: RC4 tickets"), 1);
    login = (struct login_fact){ .account = 78, .service = LOGIN_RDP, .is_of_a_service = true };
    log_in(bench, HOST, 2 * DAY, login);
    check_equal(bench_counter(bench, "lateral: services at a desktop"), 1);
    check_equal(bench_counter(bench, "lateral: logins"), 6);
    bench_close(bench);
}

static void what_goes_outside_is_not_looked_at(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_LATERAL, MEMORY);
    for (uint32_t i = 0; i < 100; i++)
        bench_observe(bench, make_flow(HOST, 0x4b000000 + i, 445, i));
    check_equal(bench_counter(bench, "lateral: hosts held"), 0);
    bench_close(bench);
}

static void observe_attack(struct bench *const benches[], size_t count)
{
    size_t n = 0;
    for (double at = 0; at < 2 * DAY; at += HOUR)
        for (uint32_t i = 0; i < 20; i++)
            observe(benches[n++ % count], HOST + i, SERVER + i % 3, 445, at + i);
    observe(benches[n++ % count], HOST, HOST + 1, 22, 2.1 * DAY);
    for (uint32_t i = 0; i < 30; i++)
        observe(benches[n++ % count], HOST + 1, HOST + 2 + i, 445, 2.2 * DAY + i);
}

static void three_sensors_joined_find_what_one_does(void **state)
{
    (void)state;
    struct bench *one = bench_open(BEHAVIOUR_LATERAL, MEMORY);
    struct bench *three[3];
    for (size_t i = 0; i < 3; i++)
        three[i] = bench_open(BEHAVIOUR_LATERAL, MEMORY);
    observe_attack((struct bench *[]){ one }, 1);
    observe_attack(three, 3);
    three[0]->kind->merge(three[0]->state, three[1]->state);
    three[0]->kind->merge(three[0]->state, three[2]->state);
    bench_finish(one);
    bench_finish(three[0]);
    const struct sighting *a = last_caught(&one->caught);
    const struct sighting *b = last_caught(&three[0]->caught);
    check(one->caught.count > 0 && three[0]->caught.count > 0);
    check(ip_equal(&a->server, &b->server) && ip_equal(&a->line, &b->line));
    check(a->score >= 50 && b->score >= 50);
    check(a->connections == b->connections && a->octets_out == b->octets_out);
    for (size_t i = 0; i < 3; i++)
        bench_close(three[i]);
    bench_close(one);
}

static void a_flood_of_hosts_is_bounded(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_LATERAL, 64 * 1024);
    check(bench->octets_used <= 64 * 1024);
    observe(bench, HOST, HOST + 1, 3389, 0);
    for (uint32_t i = 0; i < 12; i++)
        observe(bench, HOST + 1, HOST + 2 + i, 445, 60 + i);
    check(bench->caught.count > 0);
    for (uint32_t i = 0; i < 50000; i++)
        bench_observe(bench,
                      make_inside(0x0b000000 + i * 7, 0x0c000000 + i, 445, 100 + i * 0.01));
    check(bench_counter(bench, "lateral: hosts evicted") > 50000);
    bench->caught.count = 0;
    bench_finish(bench);
    check(bench->caught.count > 0); /* what was told stays */
    bench_close(bench);
}

static void any_flow_is_taken(void **state)
{
    (void)state;
    struct random random = { 13 };
    struct bench *bench = bench_open(BEHAVIOUR_LATERAL, MEMORY);
    struct bench *other = bench_open(BEHAVIOUR_LATERAL, MEMORY);
    for (int i = 0; i < 100000; i++) {
        struct admitted_flow made = make_any(&random);
        if (i % 3 != 0)
            made.flow.responder_port = i % 2 == 0 ? 445 : 22;
        made.flow.responder.octets[12] = 10;
        made.flow.initiator.octets[12] = 10;
        bench_observe(i % 2 == 0 ? bench : other, made);
    }
    bench->kind->merge(bench->state, other->state);
    bench_finish(bench);
    for (size_t i = 0; i < bench->caught.count && i < CAUGHT_MAX; i++)
        check(bench->caught.sightings[i].score >= 0 && bench->caught.sightings[i].score <= 100);
    bench_close(bench);
    bench_close(other);
}

TESTS(TEST(a_host_that_was_reached_and_reaches_on_is_found),
      TEST(hints_without_a_path_are_no_finding), TEST(a_day_between_the_steps_makes_no_path),
      TEST(calling_back_is_no_step_further),
      TEST(the_first_day_is_learnt_and_nothing_in_it_is_new),
      TEST(ten_hosts_in_an_hour_are_many), TEST(servers_are_no_workstations),
      TEST(a_server_that_begins_to_call_and_orders_that_come_back_are_hints),
      TEST(twenty_accounts_of_few_tries_are_a_spray), TEST(logins_give_hints),
      TEST(what_goes_outside_is_not_looked_at), TEST(three_sensors_joined_find_what_one_does),
      TEST(a_flood_of_hosts_is_bounded), TEST(any_flow_is_taken))
