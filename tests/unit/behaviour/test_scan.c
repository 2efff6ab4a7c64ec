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

static struct admitted_flow sample(struct admitted_flow made, uint32_t rate)
{
    made.flow.observation.rate = rate;
    made.flow.observation.sampling = rate > 0 ? SAMPLING_OPTIONS : SAMPLING_UNKNOWN;
    return made;
}

/* A scan of so many targets of which one packet in so many was counted. */
static struct bench *sampled_scan_of(uint32_t targets, uint32_t rate, uint64_t seed)
{
    struct random random = { seed };
    struct bench *bench = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    for (uint32_t i = 0; i < targets; i++)
        if (random_next(&random) % rate == 0)
            bench_observe(bench,
                          sample(make_attempt(LINE, 0x4b000000 + i, 23, i, false), rate));
    bench_finish(bench);
    return bench;
}

/* It has to be counted twenty times: about thirty times the rate is enough, ten times never. */
static void a_sampled_scan_is_found_from_some_number_of_targets_on(void **state)
{
    (void)state;
    static const uint32_t rates[] = { 2, 10, 100, 1000 };
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        uint32_t enough = rates[i] < 10 ? 300 : 36 * rates[i];
        size_t found = 0, found_less = 0;
        for (uint64_t seed = 0; seed < 50; seed++) {
            struct bench *bench = sampled_scan_of(enough, rates[i], seed * 7919);
            found += bench->caught.count > 0;
            if (bench->caught.count > 0)
                check(last_caught(&bench->caught)->score >= 50);
            bench_close(bench);
            bench = sampled_scan_of(enough / 4, rates[i], seed * 7919);
            found_less += bench->caught.count > 0;
            bench_close(bench);
        }
        check(found >= 49);
        check_equal(found_less, 0);
    }
}

/* One packet in ten of lines that browse, some of it in vain. */
static void sampled_browsing_is_no_scan(void **state)
{
    (void)state;
    struct random random = { 5 };
    struct bench *bench = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    for (uint32_t i = 0; i < 60000; i++) {
        struct admitted_flow made = make_flow(
            LINE + i % 40, 0x46330000 + (uint32_t)(random_next(&random) % 9000), 443, i);
        bool is_syn = random_part(&random) < 0.25;
        made.flow.forward.packets = 1;
        made.flow.forward.tcp_flags = made.flow.forward.first_flags =
            is_syn ? TCP_SYN : TCP_ACK;
        made.flow.tcp = is_syn ? FLOW_TCP_ATTEMPT : FLOW_TCP_MIDSTREAM;
        made.flow.reverse = (struct flow_half){ .packets = 0 };
        bench_observe(bench, sample(made, 10));
    }
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

static void past_one_in_a_thousand_and_over_udp_nothing_is_judged(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    for (uint32_t i = 0; i < 300; i++) {
        struct admitted_flow made = make_attempt(LINE, 0x4b000000 + i, 23, i, false);
        bench_observe(bench, sample(made, 1001));
        turn_to_udp(&made, false);
        bench_observe(bench, sample(made, 10));
    }
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    check_equal(bench_counter(bench, "scan: sampled"), 600);
    bench_close(bench);
}

static void a_rate_that_nobody_told_is_told(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    for (uint32_t i = 0; i < 300; i++)
        bench_observe(bench, sample(make_attempt(LINE, 0x4b000000 + i, 23, i, false), 0));
    check(bench->caught.count > 0);
    check(measure_of(last_caught(&bench->caught), MEASURE_SAMPLING_RATE) == 0);
    bench_close(bench);
}

static size_t fired_of_class(enum line_class line_class, enum line_class target, uint32_t count)
{
    struct bench *bench = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    add_background(bench);
    for (uint32_t i = 0; i < count; i++) {
        struct admitted_flow made = from_outside(make_attempt(OUTSIDE, HOST + i, 445, i, true));
        made.initiator_class = line_class;
        made.responder_class = i < 3 ? target : CLASS_UNKNOWN;
        bench_observe(bench, made);
    }
    size_t count_fired = bench->caught.count;
    bench_close(bench);
    return count_fired;
}

static void an_address_that_many_share_needs_ten_times_as_much(void **state)
{
    (void)state;
    check(fired_of_class(CLASS_FIXED, CLASS_UNKNOWN, 60) > 0);
    check_equal(fired_of_class(CLASS_SHARED, CLASS_UNKNOWN, 60), 0);
    check(fired_of_class(CLASS_SHARED, CLASS_UNKNOWN, 600) > 0);
}

static void who_hit_unused_addresses_is_found_sooner(void **state)
{
    (void)state;
    check(fired_of_class(CLASS_UNKNOWN, CLASS_UNUSED, 12) > 0);
    check_equal(fired_of_class(CLASS_UNKNOWN, CLASS_UNKNOWN, 12), 0);
}

/* One target in five minutes, for half a day. */
static void a_slow_scan_is_found(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    add_background(bench);
    for (uint32_t i = 0; i < 144; i++)
        bench_observe(bench, make_attempt(LINE, HOST + i, 445, i * 300.0, false));
    check(bench->caught.count > 0);
    bench_close(bench);
}

/* Forty lines browse; then nothing answers any more, to each of them, for ten minutes. */
static void lines_whose_network_goes_down_are_no_scanners(void **state)
{
    (void)state;
    struct random random = { 9 };
    struct bench *bench = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    for (uint32_t i = 0; i < 20000; i++) {
        double at_s = i * 0.3;
        uint32_t server = 0x46330000 + (uint32_t)(random_next(&random) % 60000);
        bool is_down = at_s > 1000 && at_s < 1600;
        bench_observe(bench, is_down ? make_attempt(LINE + i % 40, server, 443, at_s, false)
                                     : make_flow(LINE + i % 40, server, 443, at_s));
    }
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

/* The same lines try as much at once while others are answered: each of them scans. */
static void few_lines_that_fail_among_many_are_scanners(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    for (uint32_t i = 0; i < 8000; i++) {
        double at_s = i * 0.1;
        uint32_t line = LINE + i % 40;
        bench_observe(bench, i % 40 < 5 ? make_attempt(line, 0x46330000 + i, 445, at_s, false)
                                        : make_flow(line, 0x46330000 + i, 443, at_s));
    }
    bench_finish(bench);
    check_equal(bench_counter(bench, "scan: sources that fired"), 5);
    bench_close(bench);
}

/* Each of three sees a third of each scan, in another order; background at all of them. */
static void three_sensors_together_find_what_one_would(void **state)
{
    (void)state;
    enum { SCANNERS = 20, TARGETS = 66 };
    struct bench *one = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    struct bench *sensors[3];
    add_background(one);
    for (size_t i = 0; i < 3; i++) {
        sensors[i] = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
        add_background(sensors[i]);
    }
    for (uint32_t i = 0; i < SCANNERS * TARGETS; i++) {
        uint32_t j = SCANNERS * TARGETS - 1 - i;
        bench_observe(one, from_outside(make_attempt(OUTSIDE + i % SCANNERS,
                                                     HOST + i / SCANNERS, 22, i, false)));
        bench_observe(sensors[j / SCANNERS % 3],
                      from_outside(make_attempt(OUTSIDE + j % SCANNERS, HOST + j / SCANNERS, 22,
                                                j, false)));
    }
    for (size_t i = 0; i < 3; i++)
        check_equal(bench_counter(sensors[i], "scan: sources that fired"), 0);
    for (size_t i = 1; i < 3; i++)
        one->kind->merge(sensors[0]->state, sensors[i]->state);
    one->caught.count = sensors[0]->caught.count = 0;
    bench_finish(one);
    bench_finish(sensors[0]);
    check_equal(one->caught.count, SCANNERS);
    check_equal(sensors[0]->caught.count, SCANNERS);
    for (size_t i = 0; i < SCANNERS; i++) {
        const struct sighting *of_three = &sensors[0]->caught.sightings[i];
        for (size_t j = 0; j < SCANNERS; j++)
            if (ip_equal(&of_three->server, &one->caught.sightings[j].server)) {
                check(of_three->score == one->caught.sightings[j].score);
                check(of_three->connections == one->caught.sightings[j].connections);
            }
    }
    for (size_t i = 0; i < 3; i++)
        bench_close(sensors[i]);
    bench_close(one);
}

static void a_state_is_kept_by_its_parts(void **state)
{
    (void)state;
    struct bench *before = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    struct bench *after = bench_open(BEHAVIOUR_SCAN, MEBIBYTE);
    add_background(before);
    for (uint32_t i = 0; i < 20; i++)
        bench_observe(before, from_outside(make_attempt(OUTSIDE, HOST + i, 22, i, false)));
    struct behaviour_part from[BEHAVIOUR_PARTS_MAX], to[BEHAVIOUR_PARTS_MAX];
    size_t count = before->kind->parts(before->state, from);
    check_equal(after->kind->parts(after->state, to), count);
    for (size_t i = 0; i < count; i++) {
        check_equal(from[i].octets, to[i].octets);
        memcpy(to[i].at, from[i].at, from[i].octets);
    }
    for (uint32_t i = 10; i < 30; i++) /* ten of them it knows */
        bench_observe(after, from_outside(make_attempt(OUTSIDE, HOST + i, 22, i, false)));
    check_equal(before->caught.count, 0);
    check(after->caught.count > 0);
    bench_close(before);
    bench_close(after);
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
      TEST(a_sampled_scan_is_found_from_some_number_of_targets_on),
      TEST(sampled_browsing_is_no_scan),
      TEST(past_one_in_a_thousand_and_over_udp_nothing_is_judged),
      TEST(a_rate_that_nobody_told_is_told),
      TEST(an_address_that_many_share_needs_ten_times_as_much),
      TEST(who_hit_unused_addresses_is_found_sooner), TEST(a_slow_scan_is_found),
      TEST(lines_whose_network_goes_down_are_no_scanners),
      TEST(few_lines_that_fail_among_many_are_scanners),
      TEST(three_sensors_together_find_what_one_would), TEST(a_state_is_kept_by_its_parts))
