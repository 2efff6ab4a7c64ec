// SPDX-License-Identifier: Apache-2.0
#include "flows.h"

enum {
    MEBIBYTE = 1 << 20,
    ROOM = 16 * MEBIBYTE,
    VICTIM = 0x0a010203,
    OUTSIDE = 0x50000000,
    DNS = 53,
    NTP = 123,
};

static struct admitted_flow inward(struct admitted_flow made)
{
    made.direction = DIRECTION_FD;
    made.initiator_place = PLACE_FOREIGN;
    made.responder_place = PLACE_OWN;
    return made;
}

static struct admitted_flow make_syn(uint32_t source, uint32_t victim, double at_s)
{
    struct admitted_flow made = inward(make_attempt(source, victim, 443, at_s, false));
    made.flow.forward.last_ns = made.flow.forward.first_ns;
    return made;
}

struct datagrams {
    uint64_t packets;
    uint64_t octets;
    double seconds;
};

/* Over UDP to the address, which never spoke. */
static struct admitted_flow make_unasked(uint32_t source, uint16_t port, uint32_t victim,
                                         double at_s, struct datagrams datagrams)
{
    struct admitted_flow made = inward(make_flow(source, victim, 4444, at_s));
    turn_to_udp(&made, false);
    made.flow.initiator_port = port;
    made.flow.reverse = (struct flow_half){ .packets = 0 };
    made.flow.forward.packets = datagrams.packets;
    made.flow.forward.octets = datagrams.octets;
    made.flow.forward.last_ns = made.flow.forward.first_ns + (int64_t)(datagrams.seconds * 1e9);
    return made;
}

/* Somebody answers over UDP, so that not to answer says something. */
static void add_answered(struct bench *bench, double at_s)
{
    struct admitted_flow made = make_flow(VICTIM + 9, 0x46336401, DNS, at_s);
    turn_to_udp(&made, true);
    made.flow.reverse.octets = 130;
    bench_observe(bench, made);
}

static void add_syns(struct bench *bench, double from_s, unsigned seconds, unsigned a_second)
{
    for (uint32_t i = 0; i < seconds * a_second; i++)
        bench_observe(bench,
                      make_syn(OUTSIDE + i * 7919, VICTIM, from_s + i / (double)a_second));
}

/* One of shape NONE when there is none. */
static const struct sighting *victim_of(const struct bench *bench, enum sighting_shape shape)
{
    static const struct sighting none = { .shape = SHAPE_NONE };
    for (size_t i = bench->caught.count < CAUGHT_MAX ? bench->caught.count : CAUGHT_MAX;
         i-- > 0;)
        if (bench->caught.sightings[i].shape == shape && !bench->caught.sightings[i].has_line)
            return &bench->caught.sightings[i];
    return &none;
}

static bool is_found(const struct sighting *sighting)
{
    return sighting->shape != SHAPE_NONE;
}

static void syns_of_many_that_nobody_finishes_are_a_flood(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_FLOOD, ROOM);
    check(bench->octets_used <= ROOM);
    add_syns(bench, 0, 20, 1200);
    bench_finish(bench);
    const struct sighting *sighting = victim_of(bench, SHAPE_SYN);
    struct ip_address victim = ip_from_v4(VICTIM);
    check(is_found(sighting) && ip_equal(&sighting->server, &victim) && sighting->score >= 50);
    check(sighting->server_place == PLACE_OWN && sighting->protocol == PROTOCOL_TCP);
    check_equal(sighting->port, 443);
    check(fabs(measure_of(sighting, MEASURE_RATE_PACKETS) - 1200) < 130);
    check(measure_of(sighting, MEASURE_SYN_SHARE) == 1);
    check(measure_of(sighting, MEASURE_SOURCES) > 10000);
    for (size_t i = 0; i < bench->caught.count; i++)
        check(!bench->caught.sightings[i].has_line); /* senders are made up */
    bench_close(bench);
}

static void fewer_syns_of_a_host_never_seen_before_are_none(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_FLOOD, ROOM);
    add_syns(bench, 0, 20, 850);
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

static void after_a_quiet_quarter_of_an_hour_fewer_syns_are_enough(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_FLOOD, ROOM);
    for (unsigned i = 0; i < 200; i++)
        bench_observe(bench, inward(make_flow(OUTSIDE + i, VICTIM, 443, i * 5)));
    add_syns(bench, 1000, 20, 85);
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    add_syns(bench, 1500, 20, 200);
    bench_finish(bench);
    const struct sighting *sighting = victim_of(bench, SHAPE_SYN);
    check(is_found(sighting) && measure_of(sighting, MEASURE_DEVIATION) > 12);
    bench_close(bench);
}

static void a_server_that_finishes_what_is_begun_is_not_flooded(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_FLOOD, ROOM);
    for (uint32_t i = 0; i < 40000; i++) {
        double at_s = i / 2000.0;
        bool dead = i % 2 == 0;
        bench_observe(bench, dead ? make_syn(OUTSIDE + i * 7919, VICTIM, at_s)
                                  : inward(make_flow(OUTSIDE + i * 7919, VICTIM, 443, at_s)));
    }
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

static void a_fast_scan_of_one_host_is_no_flood(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_FLOOD, ROOM);
    for (uint32_t i = 0; i < 60000; i++) {
        struct admitted_flow made = make_syn(OUTSIDE, VICTIM, i / 6000.0);
        made.flow.responder_port = (uint16_t)(i + 1);
        bench_observe(bench, made);
    }
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

static void large_answers_nobody_asked_for_are_amplified(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_FLOOD, ROOM);
    add_answered(bench, 0);
    for (uint32_t i = 0; i < 400; i++)
        bench_observe(bench, make_unasked(OUTSIDE + i % 12, NTP, VICTIM, i / 100.0,
                                          (struct datagrams){ 10, 4680, 0.1 }));
    bench_finish(bench);
    const struct sighting *sighting = victim_of(bench, SHAPE_AMPLIFIED);
    check(is_found(sighting) && sighting->score >= 50 && sighting->port == NTP);
    check(fabs(measure_of(sighting, MEASURE_REFLECTORS) - 12) < 3);
    check_equal(measure_of(sighting, MEASURE_ANSWER_OCTETS), 468);
    check(last_caught(&bench->caught)->has_line);
    bench_close(bench);
}

static void fewer_reflectors_or_small_answers_are_not(void **state)
{
    (void)state;
    for (int small = 0; small < 2; small++) {
        struct bench *bench = bench_open(BEHAVIOUR_FLOOD, ROOM);
        add_answered(bench, 0);
        for (uint32_t i = 0; i < 400; i++)
            bench_observe(bench,
                          make_unasked(OUTSIDE + i % (small ? 40 : 7), NTP, VICTIM, i / 100.0,
                                       (struct datagrams){ 10, small ? 900 : 4680, 0 }));
        bench_finish(bench);
        check_equal(bench->caught.count, 0);
        bench_close(bench);
    }
}

static void a_resolver_seen_from_one_side_is_no_victim(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_FLOOD, ROOM);
    for (uint32_t i = 0; i < 20000; i++)
        bench_observe(bench, make_unasked(OUTSIDE + i % 700, DNS, VICTIM, i / 50.0,
                                          (struct datagrams){ 1, 120 + i % 600, 0 }));
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

static void syn_acks_to_no_syn_are_reflected(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_FLOOD, ROOM);
    for (uint32_t i = 0; i < 5000; i++) {
        struct admitted_flow made = make_flow(VICTIM, OUTSIDE + i % 900, 443, i / 1000.0);
        made.flow.is_turned = true;
        made.flow.forward = (struct flow_half){ .packets = 0 };
        made.flow.reverse.packets = 1;
        made.flow.reverse.octets = 44;
        made.flow.reverse.payload = 0;
        made.flow.reverse.first_flags = i % 9 == 0 ? TCP_RST | TCP_ACK : TCP_SYN | TCP_ACK;
        made.flow.reverse.tcp_flags = made.flow.reverse.first_flags;
        bench_observe(bench, made);
    }
    bench_finish(bench);
    const struct sighting *sighting = victim_of(bench, SHAPE_AMPLIFIED);
    check(is_found(sighting) && sighting->protocol == PROTOCOL_TCP && sighting->score >= 50);
    bench_close(bench);
}

/* The request, in the victim's name, and the answer. */
static struct admitted_flow make_reflected(uint32_t victim, uint32_t host, double at_s,
                                           uint64_t octets)
{
    struct admitted_flow made = inward(make_flow(victim, host, DNS, at_s));
    turn_to_udp(&made, true);
    made.flow.forward.octets = 64;
    made.flow.reverse.octets = octets;
    made.flow.initiator_port = (uint16_t)(uint64_t)(at_s * 1000);
    return made;
}

static void a_host_that_answers_much_to_several_is_a_reflector(void **state)
{
    (void)state;
    for (uint32_t victims = 2; victims <= 3; victims++) {
        struct bench *bench = bench_open(BEHAVIOUR_FLOOD, ROOM);
        for (uint32_t i = 0; i < 200 * victims; i++)
            bench_observe(bench, make_reflected(OUTSIDE + i % victims, VICTIM, i * 0.5, 2900));
        bench_finish(bench);
        const struct sighting *sighting = victim_of(bench, SHAPE_REFLECTOR);
        struct ip_address host = ip_from_v4(VICTIM);
        check(!is_found(sighting) == (victims < 3));
        check(!is_found(sighting) ||
              (ip_equal(&sighting->server, &host) && sighting->score >= 50));
        check(!is_found(sighting) ||
              fabs(measure_of(sighting, MEASURE_AMPLIFICATION) - 45) < 1);
        bench_close(bench);
    }
}

static void an_honest_name_server_is_no_reflector(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_FLOOD, ROOM);
    for (uint32_t i = 0; i < 20000; i++)
        bench_observe(bench,
                      make_reflected(OUTSIDE + i % 5, VICTIM, i * 0.05, 90 + i * 37 % 400));
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

static void a_download_is_no_flood(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_FLOOD, ROOM);
    for (uint32_t i = 0; i < 8; i++) {
        struct admitted_flow made = make_flow(VICTIM, 0x46336401 + i % 3, 443, 60.0 * i);
        made.flow.slice = i;
        made.flow.reverse.packets = 6000000;
        made.flow.reverse.octets = UINT64_C(9000000000);
        made.flow.forward.last_ns = made.flow.reverse.last_ns =
            made.flow.reverse.first_ns + 60 * TIME_SECOND_NS;
        bench_observe(bench, made);
    }
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

static void many_datagrams_unasked_are_a_flood(void **state)
{
    (void)state;
    static const unsigned packets[] = { 380, 420 }; /* 50 flows a second for 20 s */
    for (size_t i = 0; i < 2; i++) {
        struct bench *bench = bench_open(BEHAVIOUR_FLOOD, ROOM);
        for (uint32_t at = 0; at < 1000; at++)
            bench_observe(bench,
                          make_unasked(OUTSIDE + at % 40, 9999, VICTIM, at / 50.0,
                                       (struct datagrams){ packets[i], packets[i] * 500, 0 }));
        bench_finish(bench);
        check_equal(is_found(victim_of(bench, SHAPE_VOLUME)), i == 1);
        bench_close(bench);
    }
}

/* 1,000 packets in each slot of the quiet time, then so many times the usual. */
static struct bench *flooded_after_an_hour(unsigned a_slot)
{
    struct random random = { 3 };
    struct bench *bench = bench_open(BEHAVIOUR_FLOOD, ROOM);
    for (unsigned slot = 0; slot < 400; slot++) {
        add_answered(bench, slot * 10.0);
        bool is_flood = slot >= 380;
        unsigned packets = is_flood ? a_slot : 900 + (unsigned)(random_next(&random) % 200);
        for (uint32_t i = 0; i < 20; i++)
            bench_observe(bench,
                          make_unasked(OUTSIDE + i, 9999, VICTIM, slot * 10.0 + i * 0.1,
                                       (struct datagrams){ packets / 20, packets * 5, 5 }));
    }
    bench_finish(bench);
    return bench;
}

static void what_is_usual_is_learned(void **state)
{
    (void)state;
    struct bench *bench = flooded_after_an_hour(1000);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
    bench = flooded_after_an_hour(19000);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
    bench = flooded_after_an_hour(25000);
    const struct sighting *sighting = victim_of(bench, SHAPE_VOLUME);
    check(is_found(sighting) && sighting->score >= 50);
    check(fabs(measure_of(sighting, MEASURE_BASELINE) - 100) < 15);
    check(sighting->first_ns <= EPOCH_NS + 3810 * TIME_SECOND_NS);
    bench_close(bench);
}

/* A long flow is what it was in each slot: in one alone it would be a flood. */
static void a_flow_is_spread_over_its_time(void **state)
{
    (void)state;
    for (int is_long = 0; is_long < 2; is_long++) {
        struct bench *bench = bench_open(BEHAVIOUR_FLOOD, ROOM);
        for (uint32_t i = 0; i < 10; i++) /* the first ones make prefix and host busy */
            bench_observe(bench, make_unasked(OUTSIDE, 9999, VICTIM, 0,
                                              (struct datagrams){ 300, 3000, 0 }));
        bench_observe(
            bench, make_unasked(OUTSIDE, 9999, VICTIM, 0,
                                (struct datagrams){ 1000000, 100000000, is_long ? 290 : 9 }));
        bench_finish(bench);
        check_equal(bench->caught.count > 0, !is_long);
        bench_close(bench);
    }
}

static struct bench *carpet(uint32_t hosts, uint32_t ports)
{
    struct bench *bench = bench_open(BEHAVIOUR_FLOOD, ROOM);
    for (unsigned slot = 0; slot < 150; slot++)
        for (uint32_t i = 0; i < 40; i++)
            add_answered(bench, slot * 10.0);
    for (uint32_t i = 0; i < 60000; i++)
        bench_observe(bench, make_unasked(OUTSIDE + i * 7919, (uint16_t)(1900 + i % ports),
                                          0x0a010200 + i % hosts, 1500 + i / 3000.0,
                                          (struct datagrams){ 2, 400, 0 }));
    bench_finish(bench);
    return bench;
}

static void a_prefix_whose_every_host_gets_some_is_a_carpet(void **state)
{
    (void)state;
    struct bench *bench = carpet(256, 1);
    const struct sighting *sighting = victim_of(bench, SHAPE_CARPET);
    struct ip_address prefix = ip_from_v4(0x0a010200);
    check(is_found(sighting) && sighting->score >= 50);
    check(ip_equal(&sighting->server, &prefix));
    check_equal(measure_of(sighting, MEASURE_PREFIX_LENGTH), 24);
    check(measure_of(sighting, MEASURE_ACTIVE_HOSTS) > 0.9);
    bench_close(bench);
    bench = carpet(256, 40);
    check(!is_found(victim_of(bench, SHAPE_CARPET)));
    bench_close(bench);
    bench = carpet(100, 1);
    check(!is_found(victim_of(bench, SHAPE_CARPET)));
    bench_close(bench);
}

static void sampled_packets_are_scaled(void **state)
{
    (void)state;
    for (uint32_t rate = 1000; rate <= 1001; rate++) {
        struct bench *bench = bench_open(BEHAVIOUR_FLOOD, ROOM);
        for (uint32_t i = 0; i < 400; i++) {
            struct admitted_flow made = make_syn(OUTSIDE + i * 7919, VICTIM, i / 20.0);
            made.flow.observation.sampling = SAMPLING_OPTIONS;
            made.flow.observation.rate = rate;
            bench_observe(bench, made);
        }
        bench_finish(bench);
        const struct sighting *sighting = victim_of(bench, SHAPE_SYN);
        check(!is_found(sighting) == (rate > 1000));
        check(!is_found(sighting) ||
              fabs(measure_of(sighting, MEASURE_RATE_PACKETS) - 20000) < 2500);
        check(!is_found(sighting) || measure_of(sighting, MEASURE_SAMPLING_RATE) == 1000);
        check_equal(bench_counter(bench, "flood: sampled too thinly"), rate > 1000 ? 400 : 0);
        bench_close(bench);
    }
}

static void forged_senders_do_not_push_a_victim_out(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_FLOOD, 256 * 1024);
    check(bench->octets_used <= 256 * 1024);
    for (uint32_t i = 0; i < 60000; i++) {
        bench_observe(bench, make_syn(OUTSIDE + i * 7919, VICTIM, i / 2000.0));
        struct admitted_flow back = make_flow(VICTIM, 0x20000000 + i * 104729, 443, i / 2000.0);
        back.flow.protocol = PROTOCOL_ICMP; /* told to those who never sent it */
        back.flow.tcp = FLOW_TCP_NONE;
        back.flow.reverse = (struct flow_half){ .packets = 0 };
        bench_observe(bench, back);
    }
    bench_finish(bench);
    check(is_found(victim_of(bench, SHAPE_SYN)));
    check(bench_counter(bench, "flood: watches evicted") > 10000);
    check_equal(bench_counter(bench, "flood: fired watches evicted"), 0);
    bench_close(bench);
}

enum { MIXED = 30000 };

/* A SYN flood, an amplified one and a carpet's worth of other things, over 15 s. */
static struct admitted_flow mixed_flow(uint32_t i)
{
    double at_s = i % MIXED / (double)MIXED * 15;
    if (i % 3 == 0)
        return make_unasked(OUTSIDE + i % 51, NTP, VICTIM + 2, at_s,
                            (struct datagrams){ 1, 468, 0 });
    if (i % 30 == 1) {
        struct admitted_flow asked = make_flow(VICTIM + i % 7, 0x46336401 + i % 11, DNS, at_s);
        turn_to_udp(&asked, true);
        return asked;
    }
    return make_syn(OUTSIDE + i * 7919, VICTIM, at_s);
}

static void check_same(struct bench *a, struct bench *b)
{
    static const enum sighting_shape shapes[] = { SHAPE_SYN, SHAPE_AMPLIFIED };
    static const enum measure_id measures[] = { MEASURE_RATE_PACKETS, MEASURE_RATE_OCTETS,
                                                MEASURE_SOURCES, MEASURE_REFLECTORS };
    for (size_t i = 0; i < 2; i++) {
        const struct sighting *one = victim_of(a, shapes[i]), *other = victim_of(b, shapes[i]);
        check(is_found(one) && is_found(other));
        check(ip_equal(&one->server, &other->server) && one->first_ns == other->first_ns &&
              one->last_ns == other->last_ns && one->connections == other->connections &&
              one->octets_out == other->octets_out);
        for (size_t j = 0; j < sizeof measures / sizeof *measures; j++)
            check(fabs(measure_of(one, measures[j]) - measure_of(other, measures[j])) < 1e-9);
    }
}

static void order_and_sensors_do_not_matter(void **state)
{
    (void)state;
    struct bench *whole = bench_open(BEHAVIOUR_FLOOD, ROOM);
    struct bench *turned = bench_open(BEHAVIOUR_FLOOD, ROOM);
    struct bench *parts[3];
    for (size_t i = 0; i < 3; i++)
        parts[i] = bench_open(BEHAVIOUR_FLOOD, ROOM);
    for (uint32_t i = 0; i < MIXED; i++) {
        bench_observe(whole, mixed_flow(i));
        bench_observe(turned, mixed_flow(i * 7919 % MIXED));
        bench_observe(parts[(i * 2654435761U >> 8) % 3], mixed_flow(i));
    }
    whole->kind->merge(parts[0]->state, parts[1]->state);
    whole->kind->merge(parts[0]->state, parts[2]->state);
    bench_finish(whole);
    bench_finish(turned);
    bench_finish(parts[0]);
    check_same(whole, turned);
    check_same(whole, parts[0]);
    for (size_t i = 0; i < 3; i++)
        bench_close(parts[i]);
    bench_close(turned);
    bench_close(whole);
}

static void what_is_kept_over_a_restart_goes_on(void **state)
{
    (void)state;
    struct bench *before = bench_open(BEHAVIOUR_FLOOD, ROOM);
    struct bench *after = bench_open(BEHAVIOUR_FLOOD, ROOM);
    add_syns(before, 0, 5, 1200);
    bench_finish(before);
    check_equal(before->caught.count, 0);
    struct behaviour_part from[BEHAVIOUR_PARTS_MAX], to[BEHAVIOUR_PARTS_MAX];
    size_t count = before->kind->parts(before->state, from);
    check_equal(after->kind->parts(after->state, to), count);
    for (size_t i = 0; i < count; i++) {
        check_equal(from[i].octets, to[i].octets);
        memcpy(to[i].at, from[i].at, from[i].octets);
    }
    add_syns(after, 5, 4, 1200);
    bench_finish(after);
    check(is_found(victim_of(after, SHAPE_SYN)));
    bench_close(after);
    bench_close(before);
}

/* Under the sanitizers: nothing overflows, and what is told is a number. */
static void any_flow_is_taken(void **state)
{
    (void)state;
    struct random random = { 7 };
    struct bench *bench = bench_open(BEHAVIOUR_FLOOD, MEBIBYTE);
    for (int i = 0; i < 100000; i++) {
        struct admitted_flow made = make_any(&random);
        made.flow.observation.sampling = SAMPLING_OPTIONS;
        made.flow.observation.rate = random_next(&random) % 2 ? 1 : 1000;
        made.flow.forward.first_ns /= random_next(&random) % 4 ? 2 : 1;
        made.flow.reverse.first_ns /= 2;
        bench_observe(bench, made);
    }
    bench_finish(bench);
    for (size_t i = 0; i < bench->caught.count && i < CAUGHT_MAX; i++) {
        double score = bench->caught.sightings[i].score;
        check(score >= 0 && score <= 100);
    }
    bench_close(bench);
}

TESTS(TEST(syns_of_many_that_nobody_finishes_are_a_flood),
      TEST(fewer_syns_of_a_host_never_seen_before_are_none),
      TEST(after_a_quiet_quarter_of_an_hour_fewer_syns_are_enough),
      TEST(a_server_that_finishes_what_is_begun_is_not_flooded),
      TEST(a_fast_scan_of_one_host_is_no_flood),
      TEST(large_answers_nobody_asked_for_are_amplified),
      TEST(fewer_reflectors_or_small_answers_are_not),
      TEST(a_resolver_seen_from_one_side_is_no_victim), TEST(syn_acks_to_no_syn_are_reflected),
      TEST(a_host_that_answers_much_to_several_is_a_reflector),
      TEST(an_honest_name_server_is_no_reflector), TEST(a_download_is_no_flood),
      TEST(many_datagrams_unasked_are_a_flood), TEST(what_is_usual_is_learned),
      TEST(a_flow_is_spread_over_its_time),
      TEST(a_prefix_whose_every_host_gets_some_is_a_carpet), TEST(sampled_packets_are_scaled),
      TEST(forged_senders_do_not_push_a_victim_out), TEST(order_and_sensors_do_not_matter),
      TEST(what_is_kept_over_a_restart_goes_on), TEST(any_flow_is_taken))
