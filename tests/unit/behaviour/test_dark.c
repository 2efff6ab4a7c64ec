// SPDX-License-Identifier: Apache-2.0
#include "flows.h"

enum { MEBIBYTE = 1 << 20, LINE = 0x0a000005, OUTSIDE = 0x4b007105, DARK = 0x0a640000 };

/* A SYN of one of ours to an unused address. */
static struct admitted_flow make_probe(uint32_t source, uint32_t target, uint16_t port,
                                       double at_s)
{
    struct admitted_flow made = make_attempt(source, target, port, at_s, false);
    made.direction = DIRECTION_DD;
    made.responder_place = PLACE_OWN;
    made.responder_class = CLASS_UNUSED;
    return made;
}

static struct admitted_flow from_outside(struct admitted_flow made)
{
    made.direction = DIRECTION_FD;
    made.initiator_place = PLACE_FOREIGN;
    return made;
}

static struct admitted_flow make_answer(uint32_t victim, uint32_t target, double at_s,
                                        uint8_t flags)
{
    struct admitted_flow made = from_outside(make_probe(victim, target, 40000, at_s));
    made.flow.initiator_port = 443;
    made.flow.tcp = FLOW_TCP_MIDSTREAM;
    made.flow.forward.first_flags = made.flow.forward.tcp_flags = flags;
    return made;
}

static void a_line_of_ours_that_sends_to_three_unused_addresses_is_found(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_DARK, MEBIBYTE);
    for (uint32_t i = 0; i < 20; i++) /* two addresses, again and again: an error */
        bench_observe(bench, make_probe(LINE, DARK + i % 2, 445, i));
    check_equal(bench->caught.count, 0);
    bench_observe(bench, make_probe(LINE, DARK + 2, 445, 20));
    check_equal(bench->caught.count, 1);
    const struct sighting *sighting = last_caught(&bench->caught);
    struct ip_address line = ip_from_v4(LINE);
    check(sighting->behaviour == BEHAVIOUR_DARK && sighting->shape == SHAPE_PROBES);
    check(ip_equal(&sighting->server, &line) && !sighting->has_line);
    check(sighting->port == 445 && sighting->protocol == PROTOCOL_TCP);
    check(sighting->score >= 50);
    check(measure_of(sighting, MEASURE_DARK_HITS) == 3);
    check(sighting->server_place == PLACE_OWN && sighting->connections == 21);
    bench_close(bench);
}

/* The target of recall is .99: the sketch alone would miss one in twenty of these. */
static void every_line_with_three_hits_is_found_and_none_with_two(void **state)
{
    (void)state;
    enum { LINES = 1000 };
    struct bench *bench = bench_open(BEHAVIOUR_DARK, MEBIBYTE);
    for (uint32_t line = 0; line < LINES; line++)
        for (uint32_t i = 0; i < 2 + line % 2; i++)
            bench_observe(bench, make_probe(LINE + line, DARK + (line * 31 + i) % 256, 23, i));
    check_equal(bench->caught.count, LINES / 2);
    check_equal(bench_counter(bench, "dark: sources that probed"), LINES / 2);
    check_equal(bench_counter(bench, "dark: sources evicted"), 0);
    bench_close(bench);
}

static void a_source_outside_is_told_to_others_and_found_from_a_hundred_on(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_DARK, MEBIBYTE);
    for (uint32_t i = 0; i < 30; i++)
        bench_observe(bench, from_outside(make_probe(OUTSIDE, DARK + i, 23, i)));
    check(bench->caught.count > 0 && last_caught(&bench->caught)->score < 50);
    for (uint32_t i = 30; i < 200; i++)
        bench_observe(bench, from_outside(make_probe(OUTSIDE, DARK + i, 23, i)));
    bench_finish(bench);
    check(last_caught(&bench->caught)->score >= 50);
    bench_close(bench);
}

static void an_address_that_answers_is_in_use_whatever_its_class(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_DARK, MEBIBYTE);
    for (uint32_t i = 0; i < 50; i++) {
        struct admitted_flow made = make_flow(LINE, DARK + i, 443, i);
        made.responder_class = CLASS_UNUSED;
        bench_observe(bench, made);
        made = make_flow(DARK + i, OUTSIDE, 443, i);
        made.initiator_class = CLASS_UNUSED;
        bench_observe(bench, made);
    }
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    check_equal(bench_counter(bench, "dark: an unused address that answers"), 50);
    check_equal(bench_counter(bench, "dark: an unused address that sends"), 50);
    bench_close(bench);
}

static void addresses_of_other_classes_are_not_looked_at(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_DARK, MEBIBYTE);
    for (uint32_t i = 0; i < 100; i++) {
        struct admitted_flow made = make_probe(LINE, DARK + i, 23, i);
        made.responder_class = (enum line_class)(i % CLASS_UNUSED);
        bench_observe(bench, made);
    }
    check_equal(bench_counter(bench, "dark: sources held"), 0);
    bench_close(bench);
}

/* Some seconds of answers of a victim, so many a second. */
static struct bench *answers_for(double seconds, double each_s)
{
    struct bench *bench = bench_open(BEHAVIOUR_DARK, MEBIBYTE);
    uint32_t count = (uint32_t)(seconds / each_s);
    for (uint32_t i = 0; i <= count; i++)
        bench_observe(bench, make_answer(OUTSIDE, DARK + i * 7 % 256, i * each_s,
                                         i % 2 ? TCP_SYN | TCP_ACK : TCP_RST | TCP_ACK));
    bench_finish(bench);
    return bench;
}

static void answers_to_forged_senders_tell_the_victim_of_a_flood(void **state)
{
    (void)state;
    struct bench *bench = answers_for(120, 1);
    const struct sighting *sighting = last_caught(&bench->caught);
    check(bench->caught.count > 0 && sighting->shape == SHAPE_BACKSCATTER);
    check(sighting->score >= 50 && sighting->server_place == PLACE_FOREIGN);
    check(measure_of(sighting, MEASURE_RATE_PACKETS) > 0.9);
    check_equal(bench_counter(bench, "dark: victims that answered"), 1);
    bench_close(bench);
    bench = answers_for(50, 0.5); /* not a minute long */
    check_equal(bench->caught.count, 0);
    bench_close(bench);
    bench = answers_for(3600, 3); /* twenty a minute */
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

static void an_answer_whose_flow_is_turned_is_the_victims(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_DARK, MEBIBYTE);
    for (uint32_t i = 0; i < 100; i++) {
        struct admitted_flow made = make_answer(OUTSIDE, DARK + i, i, TCP_SYN | TCP_ACK);
        struct flow *flow = &made.flow;
        flow->reverse = flow->forward;
        flow->forward = (struct flow_half){ .packets = 0 };
        flow->initiator = ip_from_v4(DARK + i);
        flow->responder = ip_from_v4(OUTSIDE);
        flow->is_turned = true;
        made.initiator_class = CLASS_UNUSED;
        made.responder_class = CLASS_UNKNOWN;
        made.initiator_place = PLACE_OWN;
        made.responder_place = PLACE_FOREIGN;
        bench_observe(bench, made);
    }
    struct ip_address victim = ip_from_v4(OUTSIDE);
    check(bench->caught.count > 0);
    check(ip_equal(&last_caught(&bench->caught)->server, &victim));
    check(last_caught(&bench->caught)->shape == SHAPE_BACKSCATTER);
    bench_close(bench);
}

static void what_is_sent_is_told_apart_by_protocol(void **state)
{
    (void)state;
    static const struct {
        uint8_t protocol;
        uint16_t from, to;
        bool is_probe;
    } rows[] = {
        { PROTOCOL_UDP, 40000, 53, true },       { PROTOCOL_UDP, 53, 40000, false },
        { PROTOCOL_UDP, 123, 123, true },        { PROTOCOL_ICMP, 0, 8 << 8, true },
        { PROTOCOL_ICMP, 0, 3 << 8 | 3, false }, { PROTOCOL_ICMP, 0, 11 << 8, false },
        { PROTOCOL_ICMPV6, 0, 128 << 8, true },  { PROTOCOL_ICMPV6, 0, 1 << 8 | 4, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench *bench = bench_open(BEHAVIOUR_DARK, MEBIBYTE);
        struct admitted_flow made = make_probe(LINE, DARK, rows[i].to, 0);
        made.flow.protocol = rows[i].protocol;
        made.flow.tcp = FLOW_TCP_NONE;
        made.flow.initiator_port = rows[i].from;
        bench_observe(bench, made);
        check_equal(bench_counter(bench, "dark: probes"), rows[i].is_probe);
        check_equal(bench_counter(bench, "dark: answers"), !rows[i].is_probe);
        bench_close(bench);
    }
}

static void a_flood_of_forged_sources_does_not_push_out_who_hits_again(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_DARK, 64 * 1024);
    check(bench->octets_used <= 64 * 1024);
    for (uint32_t i = 0; i < 50000; i++) {
        bench_observe(bench, from_outside(make_probe(0x50000000 + i * 7919, DARK, 23, i)));
        if (i % 1000 < 2)
            bench_observe(bench, make_probe(LINE, DARK + i % 1000 + i / 10000, 23, i));
    }
    check(bench_counter(bench, "dark: sources evicted") > 40000);
    check_equal(bench_counter(bench, "dark: sources that probed"), 1);
    check_equal(bench_counter(bench, "dark: fired sources evicted"), 0);
    bench_close(bench);
}

static struct admitted_flow any_of(struct random *random)
{
    uint64_t dice = random_next(random);
    uint32_t source = OUTSIDE + (uint32_t)(dice % 40);
    uint32_t target = DARK + (uint32_t)(dice >> 8) % 60;
    double at_s = (double)((dice >> 16) % 300);
    if (dice >> 60 < 8)
        return make_answer(source, target, at_s, TCP_RST | TCP_ACK);
    return make_probe(source, target, (uint16_t)(20 + (dice >> 40) % 5), at_s);
}

/* One state, three that are merged, and the same in another order agree. */
static void three_sensors_together_find_what_one_would(void **state)
{
    (void)state;
    enum { COUNT = 2000 };
    static struct admitted_flow flows[COUNT];
    struct random random = { 11 };
    struct bench *one = bench_open(BEHAVIOUR_DARK, MEBIBYTE);
    struct bench *sensors[3];
    for (size_t i = 0; i < 3; i++)
        sensors[i] = bench_open(BEHAVIOUR_DARK, MEBIBYTE);
    for (size_t i = 0; i < COUNT; i++) {
        flows[i] = any_of(&random);
        bench_observe(one, flows[i]);
    }
    for (size_t i = 0; i < COUNT; i++)
        bench_observe(sensors[i % 3], flows[COUNT - 1 - i]);
    for (size_t i = 1; i < 3; i++)
        one->kind->merge(sensors[0]->state, sensors[i]->state);
    one->caught.count = sensors[0]->caught.count = 0;
    bench_finish(one);
    bench_finish(sensors[0]);
    size_t found = 0;
    for (size_t i = 0; i < sensors[0]->caught.count; i++) {
        const struct sighting *of_three = &sensors[0]->caught.sightings[i];
        for (size_t j = 0; j < one->caught.count; j++) {
            const struct sighting *of_one = &one->caught.sightings[j];
            if (!ip_equal(&of_three->server, &of_one->server) ||
                of_three->shape != of_one->shape)
                continue;
            check(of_three->connections == of_one->connections);
            check(of_three->first_ns == of_one->first_ns);
            check(measure_of(of_three, MEASURE_DARK_HITS) ==
                  measure_of(of_one, MEASURE_DARK_HITS));
            found++;
            break;
        }
    }
    check(found >= 40 && one->caught.count >= 40);
    for (size_t i = 0; i < 3; i++)
        bench_close(sensors[i]);
    bench_close(one);
}

static void a_state_is_kept_by_its_parts(void **state)
{
    (void)state;
    struct bench *before = bench_open(BEHAVIOUR_DARK, MEBIBYTE);
    struct bench *after = bench_open(BEHAVIOUR_DARK, MEBIBYTE);
    for (uint32_t i = 0; i < 2; i++)
        bench_observe(before, make_probe(LINE, DARK + i, 23, i));
    struct behaviour_part from[BEHAVIOUR_PARTS_MAX], to[BEHAVIOUR_PARTS_MAX];
    size_t count = before->kind->parts(before->state, from);
    check_equal(after->kind->parts(after->state, to), count);
    for (size_t i = 0; i < count; i++) {
        check_equal(from[i].octets, to[i].octets);
        memcpy(to[i].at, from[i].at, from[i].octets);
    }
    bench_observe(after, make_probe(LINE, DARK + 2, 23, 3));
    check_equal(after->caught.count, 1);
    bench_close(before);
    bench_close(after);
}

/* Under the sanitizers: nothing overflows, and what is told is a number. */
static void any_flow_is_taken(void **state)
{
    (void)state;
    struct random random = { 7 };
    struct bench *bench = bench_open(BEHAVIOUR_DARK, MEBIBYTE);
    for (int i = 0; i < 100000; i++) {
        struct admitted_flow made = make_any(&random);
        made.initiator_class = (enum line_class)(random_next(&random) % LINE_CLASSES);
        made.responder_class = CLASS_UNUSED;
        bench_observe(bench, made);
    }
    bench_finish(bench);
    for (size_t i = 0; i < bench->caught.count && i < CAUGHT_MAX; i++) {
        double score = bench->caught.sightings[i].score;
        check(score >= 0 && score <= 100);
    }
    bench_close(bench);
}

TESTS(TEST(a_line_of_ours_that_sends_to_three_unused_addresses_is_found),
      TEST(every_line_with_three_hits_is_found_and_none_with_two),
      TEST(a_source_outside_is_told_to_others_and_found_from_a_hundred_on),
      TEST(an_address_that_answers_is_in_use_whatever_its_class),
      TEST(addresses_of_other_classes_are_not_looked_at),
      TEST(answers_to_forged_senders_tell_the_victim_of_a_flood),
      TEST(an_answer_whose_flow_is_turned_is_the_victims),
      TEST(what_is_sent_is_told_apart_by_protocol),
      TEST(a_flood_of_forged_sources_does_not_push_out_who_hits_again),
      TEST(three_sensors_together_find_what_one_would), TEST(a_state_is_kept_by_its_parts),
      TEST(any_flow_is_taken))
