// SPDX-License-Identifier: Apache-2.0
#include "flows.h"

enum { MEBIBYTE = 1 << 20, SERVER = 0x4b007105, LINE = 0x0a000005 };

/* Calls every period_s, each sleep up to jitter shorter or longer, for a while. */
static void add_beacon(struct bench *bench, struct random *random, uint32_t line,
                       double period_s, double jitter, double until_s)
{
    double now_s = random_part(random) * period_s;
    while (now_s < until_s) {
        bench_observe(bench, make_flow(line, SERVER, 443, now_s));
        now_s += period_s * (1 + jitter * (2 * random_part(random) - 1));
    }
}

static bool finds_beacon(uint64_t seed, double period_s, double jitter, double until_s)
{
    struct random random = { seed };
    struct bench *bench = bench_open(BEHAVIOUR_BEACON, MEBIBYTE);
    add_beacon(bench, &random, LINE, period_s, jitter, until_s);
    bench_finish(bench);
    bool found = bench->caught.count > 0;
    if (found) {
        const struct sighting *sighting = last_caught(&bench->caught);
        struct ip_address server = ip_from_v4(SERVER);
        check(ip_equal(&sighting->server, &server) && sighting->port == 443);
        check(sighting->has_line && sighting->score >= 40);
        double median_s = measure_of(sighting, MEASURE_INTERVAL_MEDIAN);
        check(fabs(median_s / period_s - 1) < 0.35);
    }
    bench_close(bench);
    return found;
}

static void an_exact_beacon_is_found(void **state)
{
    (void)state;
    check(finds_beacon(1, 60, 0, 3600));
    check(finds_beacon(1, 60, 0, 420)); /* seven calls */
    check(finds_beacon(1, 5, 0, 600));
}

static void jitter_of_20_and_50_percent_is_found(void **state)
{
    (void)state;
    unsigned found = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        check(finds_beacon(seed, 60, 0.2, 3600));
        found += finds_beacon(seed, 60, 0.5, 4 * 3600);
    }
    check(found >= 19);
}

static void a_day_of_calls_half_an_hour_or_two_hours_apart_is_found(void **state)
{
    (void)state;
    unsigned found = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        check(finds_beacon(seed, 1800, 0.2, 86400));
        found += finds_beacon(seed, 7200, 0.1, 86400);
    }
    check(found >= 19);
}

/* Poisson calls and sessions with Pareto pauses, 200 pairs a seed. */
static void people_are_not_found(void **state)
{
    (void)state;
    unsigned fired = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct random random = { seed };
        struct bench *bench = bench_open(BEHAVIOUR_BEACON, 4 * MEBIBYTE);
        for (uint32_t pair = 0; pair < 200; pair++) {
            double now_s = 0;
            double mean_s = 20 * exp(5 * random_part(&random));
            for (unsigned i = 0; i < 150; i++) {
                bool pause = pair % 2 == 0 || random_part(&random) < 0.1;
                now_s += pause ? random_exponential(&random, mean_s)
                               : pow(random_part(&random), -1 / 1.2);
                bench_observe(bench, make_flow(LINE, SERVER + pair, 443, now_s));
            }
        }
        bench_finish(bench);
        fired += (unsigned)bench_counter(bench, "beacon: pairs that fired");
        bench_close(bench);
    }
    check(fired <= 8); /* of 4000 pairs, each judged six times at 2.5e-4: 6 expected */
}

static void parallel_connections_of_a_call_are_one_sighting(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_BEACON, MEBIBYTE);
    for (unsigned i = 0; i < 200; i++) {
        double offset_s = i % 4 * 0.15 + (i % 4 == 3 ? 3 : 0);
        bench_observe(bench, make_flow(LINE, SERVER, 443, i / 4 * 120 + offset_s));
    }
    bench_finish(bench);
    check(bench->caught.count > 0);
    const struct sighting *sighting = last_caught(&bench->caught);
    check(fabs(measure_of(sighting, MEASURE_INTERVAL_MEDIAN) - 120) < 1);
    check_equal(sighting->connections, 200);
    bench_close(bench);
}

static void calls_that_end_out_of_order_are_put_in_order(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_BEACON, MEBIBYTE);
    for (unsigned i = 0; i < 60; i++) {
        unsigned swapped = i % 2 == 0 ? i + 1 : i - 1;
        bench_observe(bench, make_flow(LINE, SERVER, 443, swapped * 60.0));
    }
    bench_finish(bench);
    check(bench->caught.count > 0);
    check(measure_of(last_caught(&bench->caught), MEASURE_INTERVAL_SPREAD) < 0.01);
    check_equal(last_caught(&bench->caught)->connections, 60);
    bench_close(bench);
}

/* Commands over DNS, straight to who commands: a resolver is asked for more than one name. */
static void one_name_asked_for_again_and_again_is_no_resolvers_traffic(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_BEACON, MEBIBYTE);
    for (unsigned i = 0; i < 100; i++)
        bench_observe(bench, make_flow(LINE, SERVER, 53, i * 60.0));
    bench_finish(bench);
    check(bench->caught.count > 0 && last_caught(&bench->caught)->port == 53);
    bench_close(bench);
}

static void slices_services_and_local_servers_are_left_out_by_reason(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_BEACON, MEBIBYTE);
    for (unsigned i = 0; i < 100; i++) {
        struct admitted_flow made = make_flow(LINE, SERVER, 443, i * 60.0);
        made.flow.slice = i + 1;
        bench_observe(bench, made);
        made = make_flow(LINE, SERVER, 123, i * 64.0);
        turn_to_udp(&made, true);
        bench_observe(bench, made);
        made = make_flow(LINE, LINE + 1, 8080, i * 60.0);
        made.responder_place = PLACE_OWN;
        bench_observe(bench, made);
        made = make_flow(SERVER, LINE, 443, i * 60.0);
        made.initiator_place = PLACE_FOREIGN;
        made.responder_place = PLACE_OWN;
        bench_observe(bench, made);
        made = make_flow(LINE, SERVER, 53, i * 60.0);
        made.flow.forward.octets = 60 + i * 7 % 30; /* names of many lengths */
        bench_observe(bench, made);
    }
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    check_equal(bench_counter(bench, "beacon: later slice of a flow"), 100);
    check_equal(bench_counter(bench, "beacon: service that polls by design"), 100);
    check_equal(bench_counter(bench, "beacon: server inside"), 100);
    check_equal(bench_counter(bench, "beacon: not called by a line"), 100);
    check(bench_counter(bench, "beacon: resolver") > 0);
    bench_close(bench);
}

static void calls_to_a_dead_server_count_and_are_marked(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_BEACON, MEBIBYTE);
    for (unsigned i = 0; i < 50; i++)
        bench_observe(bench, make_attempt(LINE, SERVER, 8443, i * 30.0, i % 2 == 0));
    bench_finish(bench);
    check(bench->caught.count > 0);
    check(measure_of(last_caught(&bench->caught), MEASURE_FAILED_SHARE) > 0.99);
    bench_close(bench);
}

static void a_server_everybody_polls_is_not_found(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_BEACON, MEBIBYTE);
    for (unsigned i = 0; i < 60; i++)
        for (uint32_t line = 0; line < 30; line++)
            bench_observe(bench, make_flow(LINE + line, SERVER, 443, i * 60.0 + line));
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    check(bench_counter(bench, "beacon: server popular") > 0);
    bench_close(bench);
}

static void what_fired_is_taken_back_when_the_server_turns_out_popular(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_BEACON, MEBIBYTE);
    struct random random = { 3 };
    add_beacon(bench, &random, LINE, 60, 0.1, 3600);
    check(bench->caught.count > 0 && last_caught(&bench->caught)->score >= 50);
    for (uint32_t line = 1; line < 40; line++)
        for (unsigned i = 0; i < 30; i++)
            bench_observe(bench, make_flow(LINE + line, SERVER, 443, 4000 + i * 100.0 + line));
    bench_finish(bench);
    for (size_t i = 0; i < bench->caught.count; i++) {
        const struct sighting *sighting = &bench->caught.sightings[i];
        bool later = i + 1 == bench->caught.count;
        check(!later || sighting->score < 50);
    }
    bench_close(bench);
}

static const struct sighting *last_of_server(const struct caught *caught)
{
    for (size_t i = caught->count; i-- > 0;)
        if (!caught->sightings[i].has_line)
            return &caught->sightings[i];
    return NULL;
}

/* Sleeps so uneven that no pair alone need show it. */
static void ten_lines_of_one_program_are_found_together(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct random random = { seed };
        struct bench *bench = bench_open(BEHAVIOUR_BEACON, 2 * MEBIBYTE);
        for (uint32_t line = 0; line < 100; line++)
            bench_observe(bench, make_flow(LINE + line, SERVER + 1 + line % 7, 443, line));
        for (uint32_t line = 0; line < 10; line++)
            add_beacon(bench, &random, LINE + line, 900, 0.8, 86400);
        bench_finish(bench);
        const struct sighting *sighting = last_of_server(&bench->caught);
        check(sighting != NULL);
        if (!sighting)
            return;
        check(sighting->score >= 50 && !sighting->has_line);
        check(measure_of(sighting, MEASURE_COUNT_DISPERSION) < 2);
        check(measure_of(sighting, MEASURE_HOUR_ENTROPY) > 4);
        check(fabs(measure_of(sighting, MEASURE_CLIENTS) - 10) <= 3);
        check(sighting->connections > 900);
        bench_close(bench);
    }
}

static void a_server_of_people_is_not_found_together(void **state)
{
    (void)state;
    unsigned fired = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct random random = { seed };
        struct bench *bench = bench_open(BEHAVIOUR_BEACON, 2 * MEBIBYTE);
        for (uint32_t line = 0; line < 200; line++)
            bench_observe(bench, make_flow(LINE + line, SERVER + 1 + line % 7, 443, line));
        for (uint32_t line = 0; line < 15; line++) {
            double calls = 40 * exp(2 * random_part(&random) - 1);
            for (double now_s = 25000; now_s < 80000;) {
                bench_observe(bench, make_flow(LINE + line, SERVER, 443, now_s));
                bool stay = random_part(&random) < 0.6;
                now_s += stay ? 1 + random_exponential(&random, 10)
                              : random_exponential(&random, 55000 / calls);
            }
        }
        bench_finish(bench);
        fired += last_of_server(&bench->caught) != NULL;
        bench_close(bench);
    }
    check(fired <= 2);
}

static void tables_overflow_within_their_memory_and_are_counted(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_BEACON, 256 * 1024);
    check(bench->octets_used <= 256 * 1024);
    for (uint32_t i = 0; i < 50000; i++) {
        double at_s = i * 0.1;
        bench_observe(bench, make_flow(LINE + i, 0x50000000 + i * 7919 % 100000, 443, at_s));
        for (unsigned call = 0; i % 50 == 0 && call < 6; call++)
            bench_observe(bench,
                          make_flow(LINE, 0x60000000 + i, 80, at_s - 225 + call * call * 9.0));
        if (i % 600 == 0)
            bench_observe(bench, make_flow(LINE, SERVER, 443, at_s));
    }
    bench_finish(bench);
    check(bench_counter(bench, "beacon: pairs evicted") +
              bench_counter(bench, "beacon: pairs turned away once") >
          40000);
    check(bench_counter(bench, "beacon: servers evicted") > 0);
    check(bench_counter(bench, "beacon: concerns evicted") > 0);
    check_equal(bench_counter(bench, "beacon: pairs that fired"), 1);
    bench_close(bench);
}

/* Under the sanitizers: nothing overflows, and what is told is a number. */
static void any_flow_is_taken(void **state)
{
    (void)state;
    struct random random = { 7 };
    struct bench *bench = bench_open(BEHAVIOUR_BEACON, MEBIBYTE);
    for (int i = 0; i < 100000; i++)
        bench_observe(bench, make_any(&random));
    bench_finish(bench);
    for (size_t i = 0; i < bench->caught.count && i < CAUGHT_MAX; i++) {
        double score = bench->caught.sightings[i].score;
        check(score >= 0 && score <= 100);
    }
    bench_close(bench);
}

/* Calls every minute for three hours, each as the exporter counted it. */
static struct bench *beacon_of(uint32_t rate, uint8_t sampling, uint8_t time)
{
    struct bench *bench = bench_open(BEHAVIOUR_BEACON, MEBIBYTE);
    for (unsigned i = 0; i < 180; i++) {
        struct admitted_flow made = make_flow(LINE, SERVER, 443, 60.0 * i);
        made.flow.observation.rate = rate;
        made.flow.observation.sampling = sampling;
        made.flow.observation.time = time;
        bench_observe(bench, made);
    }
    bench_finish(bench);
    return bench;
}

static void a_sampled_beacon_tells_its_rate_and_not_who_answered(void **state)
{
    (void)state;
    struct bench *bench = beacon_of(10, SAMPLING_OPTIONS, TIME_EXPORTER);
    check(bench->caught.count > 0);
    const struct sighting *sighting = last_caught(&bench->caught);
    check(measure_of(sighting, MEASURE_SAMPLING_RATE) == 10);
    for (size_t i = 0; i < sighting->measure_count; i++)
        check(sighting->measures[i].id != MEASURE_FAILED_SHARE);
    bench_close(bench);
    bench = beacon_of(0, SAMPLING_UNKNOWN, TIME_EXPORTER);
    check(bench->caught.count > 0);
    check(measure_of(last_caught(&bench->caught), MEASURE_SAMPLING_RATE) == 0);
    bench_close(bench);
}

static void what_cannot_be_timed_is_left_out_and_counted(void **state)
{
    (void)state;
    struct bench *bench = beacon_of(1000, SAMPLING_OPTIONS, TIME_EXPORTER);
    check_equal(bench->caught.count, 0);
    check(bench_counter(bench, "beacon: sampled too thinly to time") > 0);
    bench_close(bench);
    bench = beacon_of(1, SAMPLING_OPTIONS, TIME_RECEIVED);
    check_equal(bench->caught.count, 0);
    check_equal(bench_counter(bench, "beacon: time not known"), 180);
    bench_close(bench);
    bench = bench_open(BEHAVIOUR_BEACON, MEBIBYTE);
    struct admitted_flow made = make_flow(LINE, SERVER, 443, 0);
    made.flow.forward.packets = made.flow.reverse.packets = 0;
    bench_observe(bench, made);
    check_equal(bench_counter(bench, "beacon: no packets counted"), 1);
    bench_close(bench);
}

static void calls_seen_at_unlike_rates_are_not_counted_together(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_BEACON, MEBIBYTE);
    for (unsigned i = 0; i < 10; i++) { /* ten calls, five at each rate: too few of either */
        struct admitted_flow made = make_flow(LINE, SERVER, 443, 60.0 * i);
        made.flow.observation.rate = i % 2 == 0 ? 1 : 10;
        made.flow.observation.sampling = SAMPLING_OPTIONS;
        bench_observe(bench, made);
    }
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    check_equal(bench_counter(bench, "beacon: pairs held"), 2);
    bench_close(bench);
}

TESTS(TEST(any_flow_is_taken), TEST(an_exact_beacon_is_found),
      TEST(jitter_of_20_and_50_percent_is_found),
      TEST(a_day_of_calls_half_an_hour_or_two_hours_apart_is_found), TEST(people_are_not_found),
      TEST(parallel_connections_of_a_call_are_one_sighting),
      TEST(calls_that_end_out_of_order_are_put_in_order),
      TEST(one_name_asked_for_again_and_again_is_no_resolvers_traffic),
      TEST(slices_services_and_local_servers_are_left_out_by_reason),
      TEST(calls_to_a_dead_server_count_and_are_marked),
      TEST(a_server_everybody_polls_is_not_found),
      TEST(what_fired_is_taken_back_when_the_server_turns_out_popular),
      TEST(ten_lines_of_one_program_are_found_together),
      TEST(a_server_of_people_is_not_found_together),
      TEST(tables_overflow_within_their_memory_and_are_counted),
      TEST(a_sampled_beacon_tells_its_rate_and_not_who_answered),
      TEST(what_cannot_be_timed_is_left_out_and_counted),
      TEST(calls_seen_at_unlike_rates_are_not_counted_together))
