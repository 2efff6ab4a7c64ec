// SPDX-License-Identifier: Apache-2.0
#include "flows.h"

enum { MEBIBYTE = 1 << 20, OUTSIDE = 0x4b007105, SERVER = 0x0a000010 };

/* A login to SSH that was refused: 15 packets there, 18 back; sizes differ by a few octets. */
static struct admitted_flow make_login(uint32_t source, uint32_t server, uint16_t port,
                                       double at_s)
{
    struct admitted_flow made = make_flow(source, server, port, at_s);
    made.direction = DIRECTION_FD;
    made.initiator_place = PLACE_FOREIGN;
    made.responder_place = PLACE_OWN;
    uint64_t wobble = (uint64_t)at_s % 3 * 8;
    made.flow.forward.packets = 15;
    made.flow.forward.payload = 1800 + wobble;
    made.flow.forward.octets = 1800 + 15 * 52 + wobble;
    made.flow.reverse.packets = 18;
    made.flow.reverse.payload = 2200;
    made.flow.reverse.octets = 2200 + 18 * 52;
    return made;
}

static struct bench *logins_every(double each_s, uint32_t count, uint16_t port)
{
    struct bench *bench = bench_open(BEHAVIOUR_GUESS, MEBIBYTE);
    for (uint32_t i = 0; i < count; i++)
        bench_observe(bench, make_login(OUTSIDE, SERVER, port, i * each_s));
    bench_finish(bench);
    return bench;
}

static void equal_short_sessions_again_and_again_are_guessing(void **state)
{
    (void)state;
    struct bench *bench = logins_every(6, 74, 22);
    const struct sighting *sighting = last_caught(&bench->caught);
    struct ip_address source = ip_from_v4(OUTSIDE), server = ip_from_v4(SERVER);
    check(bench->caught.count > 0 && bench->caught.count < 5);
    check(ip_equal(&sighting->server, &source) && sighting->has_line);
    check(ip_equal(&sighting->line, &server) && sighting->port == 22);
    check(sighting->shape == SHAPE_NONE && sighting->score >= 50);
    check(measure_of(sighting, MEASURE_ATTEMPTS) == 74);
    check(measure_of(sighting, MEASURE_EQUAL_SHARE) == 1);
    check(measure_of(sighting, MEASURE_LARGEST_AFTER) < 0);
    bench_close(bench);
}

/* Zeek's and NEMEA's limit. */
static void thirty_in_half_an_hour_fire_and_twenty_nine_do_not(void **state)
{
    (void)state;
    struct bench *bench = logins_every(1, 29, 22);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
    bench = logins_every(1, 30, 22);
    check(bench->caught.count > 0);
    bench_close(bench);
}

static void checks_at_long_intervals_are_no_guessing(void **state)
{
    (void)state;
    struct bench *bench = logins_every(300, 288, 22);
    check_equal(bench->caught.count, 0);
    check_equal(bench_counter(bench, "guess: attempts"), 288);
    bench_close(bench);
    bench = logins_every(60, 1440, 110); /* mail, asked for each minute */
    check_equal(bench->caught.count, 0);
    bench_close(bench);
    bench = logins_every(60, 1440, 443); /* no service one guesses at */
    check_equal(bench_counter(bench, "guess: attempts"), 0);
    bench_close(bench);
}

static void sessions_of_unlike_sizes_are_no_guessing(void **state)
{
    (void)state;
    struct random random = { 3 };
    struct bench *bench = bench_open(BEHAVIOUR_GUESS, MEBIBYTE);
    for (uint32_t i = 0; i < 300; i++) {
        struct admitted_flow made = make_login(OUTSIDE, SERVER, 22, i * 5);
        made.flow.forward.payload = (uint64_t)(300 * exp2(3.5 * random_part(&random)));
        bench_observe(bench, made);
    }
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

static void one_source_over_many_hosts_is_a_spray(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_GUESS, MEBIBYTE);
    for (uint32_t i = 0; i < 60; i++)
        bench_observe(bench, make_login(OUTSIDE, SERVER + i % 20, 22, i * 4));
    bench_finish(bench);
    check(bench->caught.count > 0);
    check(last_caught(&bench->caught)->shape == SHAPE_HORIZONTAL);
    check(!last_caught(&bench->caught)->has_line);
    check(fabs(measure_of(last_caught(&bench->caught), MEASURE_TARGET_HOSTS) - 20) < 4);
    bench_close(bench);
}

/* So many sources, each of which tries so often; every second one as often again. */
static struct bench *many_sources(uint32_t sources, uint32_t each, uint32_t more)
{
    struct bench *bench = bench_open(BEHAVIOUR_GUESS, MEBIBYTE);
    for (uint32_t source = 0; source < sources; source++)
        for (uint32_t i = 0; i < each + source % 2 * more; i++)
            bench_observe(bench,
                          make_login(OUTSIDE + source * 257, SERVER, 22, i * 900.0 + source));
    bench_finish(bench);
    return bench;
}

static void many_even_sources_each_below_notice_are_guessing(void **state)
{
    (void)state;
    struct bench *bench = many_sources(40, 6, 0);
    const struct sighting *sighting = last_caught(&bench->caught);
    struct ip_address server = ip_from_v4(SERVER);
    check(bench->caught.count > 0 && sighting->shape == SHAPE_DISTRIBUTED);
    check(ip_equal(&sighting->server, &server) && sighting->score >= 50);
    check(measure_of(sighting, MEASURE_COUNT_DISPERSION) <= 2);
    check(fabs(measure_of(sighting, MEASURE_SOURCES) - 40) < 12);
    bench_close(bench);
}

static void few_or_uneven_sources_are_people(void **state)
{
    (void)state;
    struct bench *bench = many_sources(19, 6, 0);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
    bench = many_sources(40, 2, 24);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
    bench = many_sources(40, 2, 0); /* each came twice */
    check_equal(bench->caught.count, 0);
    bench_close(bench);
}

static void the_login_that_came_of_it_is_told(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_GUESS, MEBIBYTE);
    for (uint32_t i = 0; i < 40; i++)
        bench_observe(bench, make_login(OUTSIDE, SERVER, 22, i));
    struct admitted_flow success = make_login(OUTSIDE, SERVER, 22, 60);
    success.flow.forward.packets = 400;
    success.flow.forward.octets = 60000;
    bench_observe(bench, success);
    bench_finish(bench);
    check(measure_of(last_caught(&bench->caught), MEASURE_LARGEST_AFTER) >= 10);
    bench_close(bench);
}

static void an_address_that_many_share_needs_ten_times_as_much(void **state)
{
    (void)state;
    for (uint32_t count = 200; count <= 400; count += 200) {
        struct bench *bench = bench_open(BEHAVIOUR_GUESS, MEBIBYTE);
        for (uint32_t i = 0; i < count; i++) {
            struct admitted_flow made = make_login(OUTSIDE, SERVER, 22, i * 2);
            made.initiator_class = CLASS_SHARED;
            bench_observe(bench, made);
        }
        check_equal(bench->caught.count > 0, count == 400);
        bench_close(bench);
    }
}

static void sampled_sessions_are_not_judged(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_GUESS, MEBIBYTE);
    for (uint32_t i = 0; i < 100; i++) {
        struct admitted_flow made = make_login(OUTSIDE, SERVER, 22, i);
        made.flow.observation.rate = 10;
        made.flow.observation.sampling = SAMPLING_OPTIONS;
        bench_observe(bench, made);
    }
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    check_equal(bench_counter(bench, "guess: sampled"), 100);
    bench_close(bench);
}

static void a_flood_of_sources_does_not_push_a_guesser_out(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_GUESS, 64 * 1024);
    check(bench->octets_used <= 64 * 1024);
    for (uint32_t i = 0; i < 20000; i++) {
        bench_observe(bench, make_login(0x50000000 + i * 7919, SERVER + i % 5000, 22, i / 20));
        if (i % 200 == 0)
            bench_observe(bench, make_login(OUTSIDE, SERVER, 22, i / 20));
    }
    check(bench_counter(bench, "guess: sources evicted") > 10000);
    check(bench_counter(bench, "guess: targets evicted") > 1000);
    check_equal(bench_counter(bench, "guess: sources that fired"), 1);
    bench_close(bench);
}

static bool has_same(const struct bench *bench, const struct sighting *wanted)
{
    for (size_t i = 0; i < bench->caught.count; i++) {
        const struct sighting *sighting = &bench->caught.sightings[i];
        if (ip_equal(&sighting->server, &wanted->server) && sighting->shape == wanted->shape &&
            sighting->connections == wanted->connections &&
            sighting->first_ns == wanted->first_ns && sighting->score == wanted->score)
            return true;
    }
    return false;
}

/* Each of three sees a third of the attempts, in another order, and none fires alone. */
static void three_sensors_together_find_what_one_would(void **state)
{
    (void)state;
    enum { COUNT = 60 };
    struct bench *one = bench_open(BEHAVIOUR_GUESS, MEBIBYTE);
    struct bench *sensors[3];
    for (size_t i = 0; i < 3; i++)
        sensors[i] = bench_open(BEHAVIOUR_GUESS, MEBIBYTE);
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t j = COUNT - 1 - i;
        bench_observe(one, make_login(OUTSIDE, SERVER, 22, i * 10));
        bench_observe(sensors[j % 3], make_login(OUTSIDE, SERVER, 22, j * 10));
        for (uint32_t source = 0; source < 30; source++) {
            uint32_t address = OUTSIDE + 1 + source;
            if (i < 9)
                bench_observe(one, make_login(address, SERVER + 1, 22, i * 100));
            if (j < 9)
                bench_observe(sensors[j % 3], make_login(address, SERVER + 1, 22, j * 100));
        }
    }
    for (size_t i = 0; i < 3; i++)
        check(bench_counter(sensors[i], "guess: sources that fired") == 0);
    for (size_t i = 1; i < 3; i++)
        one->kind->merge(sensors[0]->state, sensors[i]->state);
    one->caught.count = sensors[0]->caught.count = 0;
    bench_finish(one);
    bench_finish(sensors[0]);
    check_equal(one->caught.count, 2);
    for (size_t i = 0; i < one->caught.count; i++)
        check(has_same(sensors[0], &one->caught.sightings[i]));
    for (size_t i = 0; i < 3; i++)
        bench_close(sensors[i]);
    bench_close(one);
}

static void a_state_is_kept_by_its_parts(void **state)
{
    (void)state;
    struct bench *before = bench_open(BEHAVIOUR_GUESS, MEBIBYTE);
    struct bench *after = bench_open(BEHAVIOUR_GUESS, MEBIBYTE);
    for (uint32_t i = 0; i < 29; i++)
        bench_observe(before, make_login(OUTSIDE, SERVER, 22, i));
    struct behaviour_part from[BEHAVIOUR_PARTS_MAX], to[BEHAVIOUR_PARTS_MAX];
    size_t count = before->kind->parts(before->state, from);
    check_equal(after->kind->parts(after->state, to), count);
    for (size_t i = 0; i < count; i++) {
        check_equal(from[i].octets, to[i].octets);
        memcpy(to[i].at, from[i].at, from[i].octets);
    }
    bench_observe(after, make_login(OUTSIDE, SERVER, 22, 30));
    check_equal(after->caught.count, 1);
    bench_close(before);
    bench_close(after);
}

/* Under the sanitizers: nothing overflows, and what is told is a number. */
static void any_flow_is_taken(void **state)
{
    (void)state;
    static const uint16_t ports[] = { 22, 23, 445, 3389, 5985, 80, 65535 };
    struct random random = { 7 };
    struct bench *bench = bench_open(BEHAVIOUR_GUESS, MEBIBYTE);
    for (int i = 0; i < 200000; i++) {
        struct admitted_flow made = make_any(&random);
        uint64_t dice = random_next(&random);
        made.flow.responder_port = ports[dice % 7];
        if (dice >> 60 < 12) { /* sizes of an attempt */
            made.flow.protocol = PROTOCOL_TCP;
            made.flow.forward.packets = made.flow.reverse.packets = 20;
            made.flow.forward.octets = made.flow.reverse.octets = 2500;
            made.flow.forward.payload = 1700;
            made.flow.forward.first_ns = made.flow.forward.last_ns = EPOCH_NS;
            made.flow.reverse.first_ns = made.flow.reverse.last_ns = EPOCH_NS + i;
        }
        bench_observe(bench, made);
    }
    bench_finish(bench);
    check(bench->caught.count > 0);
    for (size_t i = 0; i < bench->caught.count && i < CAUGHT_MAX; i++) {
        double score = bench->caught.sightings[i].score;
        check(score >= 0 && score <= 100);
    }
    bench_close(bench);
}

TESTS(TEST(equal_short_sessions_again_and_again_are_guessing),
      TEST(thirty_in_half_an_hour_fire_and_twenty_nine_do_not),
      TEST(checks_at_long_intervals_are_no_guessing),
      TEST(sessions_of_unlike_sizes_are_no_guessing),
      TEST(one_source_over_many_hosts_is_a_spray),
      TEST(many_even_sources_each_below_notice_are_guessing),
      TEST(few_or_uneven_sources_are_people), TEST(the_login_that_came_of_it_is_told),
      TEST(an_address_that_many_share_needs_ten_times_as_much),
      TEST(sampled_sessions_are_not_judged),
      TEST(a_flood_of_sources_does_not_push_a_guesser_out),
      TEST(three_sensors_together_find_what_one_would), TEST(a_state_is_kept_by_its_parts),
      TEST(any_flow_is_taken))
