// SPDX-License-Identifier: Apache-2.0
#include "flows.h"

enum { MEBIBYTE = 1 << 20, OUTSIDE = 0x4b007105, LINE = 0x0a000005, HOST = 0x0a000100 };

static struct admitted_flow from_outside(struct admitted_flow made)
{
    made.direction = DIRECTION_FD;
    made.initiator_place = PLACE_FOREIGN;
    made.responder_place = PLACE_OWN;
    return made;
}

/* Some answered traffic of others, so that the capture is not one-way. */
static void add_background(struct bench *bench)
{
    for (uint32_t i = 0; i < 20; i++) {
        struct admitted_flow made = make_flow(LINE + 50, 0x46336401 + i, 443, i);
        bench_observe(bench, made);
        turn_to_udp(&made, true);
        bench_observe(bench, made);
        made.flow.protocol = PROTOCOL_ICMP;
        made.flow.responder_port = 8 << 8;
        bench_observe(bench, made);
    }
}

static void a_port_tried_on_many_hosts_is_a_horizontal_scan(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    add_background(bench);
    for (uint32_t i = 0; i < 200; i++)
        bench_observe(bench, from_outside(make_attempt(OUTSIDE, HOST + i, 445, i, i % 3 == 0)));
    bench_finish(bench);
    const struct sighting *sighting = last_caught(&bench->caught);
    check(bench->caught.count > 0 && bench->caught.count < 8);
    check(sighting->shape == SHAPE_HORIZONTAL);
    check(sighting->port == 445 && sighting->protocol == PROTOCOL_TCP && !sighting->has_line);
    check(sighting->server_place == PLACE_FOREIGN && sighting->score >= 50);
    struct ip_address source = ip_from_v4(OUTSIDE);
    check(ip_equal(&sighting->server, &source));
    check(fabs(measure_of(sighting, MEASURE_TARGETS) - 200) < 80);
    bench_close(bench);
}

static void many_ports_of_a_host_are_a_vertical_scan(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    for (uint16_t i = 0; i < 1000; i++)
        bench_observe(bench,
                      make_attempt(LINE, HOST, (uint16_t)(i + 1), i * 0.01, i % 10 != 0));
    for (uint16_t i = 0; i < 3; i++)
        bench_observe(bench, make_flow(LINE, HOST, (uint16_t)(i + 2000), 11));
    bench_finish(bench);
    const struct sighting *sighting = last_caught(&bench->caught);
    struct ip_address target = ip_from_v4(HOST);
    check(bench->caught.count > 0 && sighting->shape == SHAPE_VERTICAL);
    check(sighting->has_line && ip_equal(&sighting->line, &target) && sighting->port == 0);
    check(sighting->server_place == PLACE_OWN && sighting->line_place == PLACE_FOREIGN);
    check(sighting->score > 60);
    bench_close(bench);
}

static void ports_on_hosts_are_a_block_scan(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    for (uint32_t i = 0; i < 32 * 16; i++)
        bench_observe(bench,
                      make_attempt(LINE, HOST + i % 32, (uint16_t)(20 + i / 32), i, true));
    bench_finish(bench);
    check(bench->caught.count > 0);
    check(last_caught(&bench->caught)->shape == SHAPE_BLOCK);
    check_equal(bench_counter(bench, "scan: sources that fired"), 1);
    bench_close(bench);
}

static void udp_without_reply_and_pings_are_scans(void **state)
{
    (void)state;
    for (int ping = 0; ping < 2; ping++) {
        struct bench *bench = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
        add_background(bench);
        for (uint32_t i = 0; i < 120; i++) {
            struct admitted_flow made = make_attempt(LINE, HOST + i, 161, i, false);
            turn_to_udp(&made, i % 8 == 0);
            if (ping) {
                made.flow.protocol = PROTOCOL_ICMP;
                made.flow.responder_port = 8 << 8;
            }
            bench_observe(bench, made);
        }
        check(bench->caught.count > 0);
        check_equal(last_caught(&bench->caught)->protocol, ping ? PROTOCOL_ICMP : PROTOCOL_UDP);
        bench_close(bench);
    }
}

static void probes_with_odd_flags_are_a_scan(void **state)
{
    (void)state;
    static const uint8_t flags[] = { 0, TCP_FIN, TCP_FIN | TCP_PSH | TCP_URG, TCP_ACK };
    for (size_t kind = 0; kind < sizeof flags; kind++) {
        struct bench *bench = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
        for (uint16_t port = 1; port < 400; port++) {
            struct admitted_flow made = make_attempt(LINE, HOST, port, port, true);
            made.flow.tcp = FLOW_TCP_MIDSTREAM;
            made.flow.forward.tcp_flags = made.flow.forward.first_flags = flags[kind];
            bench_observe(bench, made);
        }
        check(bench->caught.count > 0);
        bench_close(bench);
    }
}

static void a_scan_is_found_where_no_answer_is_ever_seen(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    for (uint32_t i = 0; i < 70; i++)
        bench_observe(bench, make_attempt(LINE, HOST + i, 23, i, false));
    check_equal(bench->caught.count, 0);
    for (uint32_t i = 70; i < 150; i++)
        bench_observe(bench, make_attempt(LINE, HOST + i, 23, i, false));
    check(bench->caught.count > 0);
    bench_close(bench);
}

static void one_sided_browsing_is_no_scan(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    for (uint32_t i = 0; i < 500; i++) {
        struct admitted_flow made = make_flow(LINE, 0x46336401 + i, 443, i);
        made.flow.reverse = (struct flow_half){ .packets = 0 };
        made.flow.tcp = FLOW_TCP_ATTEMPT;
        bench_observe(bench, made);
    }
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

static void browsing_with_dead_servers_is_no_scan(void **state)
{
    (void)state;
    struct random random = { 1 };
    struct bench *bench = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    for (uint32_t i = 0; i < 20000; i++) {
        uint32_t line = LINE + i % 20;
        uint32_t server = 0x46330000 + (uint32_t)(random_next(&random) % 5000);
        bool dead = random_part(&random) < 0.15;
        bench_observe(bench, dead ? make_attempt(line, server, 443, i, false)
                                  : make_flow(line, server, 443, i));
    }
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

static void a_swarm_with_many_dead_peers_is_no_scan(void **state)
{
    (void)state;
    struct random random = { 2 };
    struct bench *bench = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    for (uint32_t i = 0; i < 5000; i++) {
        uint32_t peer = (uint32_t)random_next(&random) | 0x20000000U;
        uint16_t port = (uint16_t)(1024 + random_next(&random) % 60000);
        bool dead = random_part(&random) < 0.8;
        struct admitted_flow made = dead
                                        ? make_attempt(LINE, peer & 0x7fffffffU, port, i, false)
                                        : make_flow(LINE, peer & 0x7fffffffU, port, i);
        bench_observe(bench, made);
    }
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

static void trying_the_same_target_again_is_no_scan(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    for (uint32_t i = 0; i < 5000; i++)
        bench_observe(bench, make_attempt(LINE, HOST + i % 9, 443, i, false));
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

static void a_victim_of_a_forged_flood_is_no_scanner(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    for (uint32_t i = 0; i < 3000; i++) {
        struct admitted_flow made = make_attempt(LINE, 0x50000000 + i * 7919, 1234, i, false);
        made.flow.tcp = FLOW_TCP_MIDSTREAM;
        made.flow.forward.first_flags = made.flow.forward.tcp_flags =
            i % 2 == 0 ? TCP_RST | TCP_ACK : TCP_SYN | TCP_ACK;
        made.flow.is_turned = i % 5 == 0;
        bench_observe(bench, made);
    }
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    check(bench_counter(bench, "scan: an answer without its question") > 2000);
    bench_close(bench);
}

static void a_flood_of_forged_sources_does_not_push_a_scanner_out(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_SCAN, 64 * 1024);
    check(bench->octets_used <= 64 * 1024);
    add_background(bench);
    for (uint32_t i = 0; i < 40000; i++) {
        bench_observe(bench,
                      from_outside(make_attempt(0x50000000 + i * 7919, HOST, 80, i, false)));
        if (i % 200 == 0)
            bench_observe(bench,
                          from_outside(make_attempt(OUTSIDE, HOST + i / 200, 22, i, true)));
    }
    check(bench->caught.count > 0);
    check(bench_counter(bench, "scan: sources evicted") > 30000);
    check_equal(bench_counter(bench, "scan: sources that fired"), 1);
    bench_close(bench);
}

/* Under the sanitizers: nothing overflows, and what is told is a number. */
static void any_flow_is_taken(void **state)
{
    (void)state;
    struct random random = { 7 };
    struct bench *bench = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    for (int i = 0; i < 100000; i++)
        bench_observe(bench, make_any(&random));
    bench_finish(bench);
    for (size_t i = 0; i < bench->caught.count && i < CAUGHT_MAX; i++) {
        double score = bench->caught.sightings[i].score;
        check(score >= 0 && score <= 100);
    }
    bench_close(bench);
}

static struct bench *scan_of(uint32_t rate, uint8_t sampling)
{
    struct bench *bench = bench_open(BEHAVIOUR_SCAN, 1 << 20);
    for (uint32_t i = 0; i < 300; i++) {
        struct admitted_flow made = make_attempt(0x0a000005, 0x4b000000 + i, 23, i, false);
        made.flow.observation.rate = rate;
        made.flow.observation.sampling = sampling;
        bench_observe(bench, made);
    }
    bench_finish(bench);
    return bench;
}

static void sampled_contacts_are_not_judged_and_untold_rates_are_told(void **state)
{
    (void)state;
    struct bench *bench = scan_of(100, SAMPLING_OPTIONS);
    check_equal(bench->caught.count, 0);
    check_equal(bench_counter(bench, "scan: sampled"), 300);
    bench_close(bench);
    bench = scan_of(0, SAMPLING_UNKNOWN);
    check(bench->caught.count > 0);
    check(measure_of(last_caught(&bench->caught), MEASURE_SAMPLING_RATE) == 0);
    bench_close(bench);
    bench = scan_of(1, SAMPLING_OPTIONS);
    check(bench->caught.count > 0);
    bench_close(bench);
}

TESTS(TEST(any_flow_is_taken), TEST(a_port_tried_on_many_hosts_is_a_horizontal_scan),
      TEST(many_ports_of_a_host_are_a_vertical_scan), TEST(ports_on_hosts_are_a_block_scan),
      TEST(udp_without_reply_and_pings_are_scans), TEST(probes_with_odd_flags_are_a_scan),
      TEST(a_scan_is_found_where_no_answer_is_ever_seen), TEST(one_sided_browsing_is_no_scan),
      TEST(browsing_with_dead_servers_is_no_scan),
      TEST(a_swarm_with_many_dead_peers_is_no_scan),
      TEST(trying_the_same_target_again_is_no_scan),
      TEST(a_victim_of_a_forged_flood_is_no_scanner),
      TEST(a_flood_of_forged_sources_does_not_push_a_scanner_out),
      TEST(sampled_contacts_are_not_judged_and_untold_rates_are_told))
