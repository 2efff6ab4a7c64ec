// SPDX-License-Identifier: Apache-2.0
#include "names.h"

enum { MEBIBYTE = 1 << 20, LINE = 0x0a000005, HOUR_S = 3600 };

/* A name that is asked for so often, with four new addresses each time, of so many networks. */
struct pool {
    const char *name;
    uint32_t questions;
    uint32_t networks;
    uint32_t ttl_s;
    uint32_t lines;
    bool is_lent;  /* by another domain, each time */
    double step_s; /* 300 when 0 */
};

static void ask_pool(struct bench *bench, const struct pool *pool)
{
    uint32_t number = 0;
    for (uint32_t i = 0; i < pool->questions; i++) {
        struct question question = { .name = pool->name,
                                     .line = LINE + i % pool->lines,
                                     .at_s = i * (pool->step_s > 0 ? pool->step_s : 300),
                                     .answer_count = 4,
                                     .ttl_s = pool->ttl_s };
        for (size_t at = 0; at < 4; at++, number++)
            question.addresses[at] =
                0x40000000 + (number % pool->networks << 16) + number / pool->networks;
        bench_ask(bench, &question);
        if (pool->is_lent) {
            question.name = "www.example.net";
            bench_ask(bench, &question);
            question.name = pool->name;
            bench_ask(bench, &question);
        }
    }
}

static size_t told(const struct pool *pool)
{
    struct bench *bench = bench_open(BEHAVIOUR_FLUX, MEBIBYTE);
    ask_pool(bench, pool);
    bench_finish(bench);
    size_t count = 0;
    for (size_t i = 0; i < bench->caught.count; i++)
        count += bench->caught.sightings[i].score >= 50;
    bench_close(bench);
    return count;
}

static void a_name_of_ever_other_addresses_is_found(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_FLUX, MEBIBYTE);
    ask_pool(bench, &(struct pool){ "a.example.com", 20, 40, 180, 1, false, 0 });
    bench_finish(bench);
    const struct sighting *sighting = last_caught(&bench->caught);
    check(bench->caught.count > 0 && sighting->score >= 50);
    check(bytes_equal(fact_name_bytes(&sighting->name), BYTES("example.com")));
    check(fabs(measure_of(sighting, MEASURE_ADDRESSES) / 80 - 1) < 0.4);
    check(fabs(measure_of(sighting, MEASURE_NETWORKS) / 40 - 1) < 0.4);
    check_equal(measure_of(sighting, MEASURE_TTL), 180);
    bench_close(bench);
}

static void each_threshold_has_two_sides(void **state)
{
    (void)state;
    struct pool pool = { "a.example.com", 15, 20, 300, 1, false, 0 };
    check(told(&pool) > 0);
    pool.ttl_s = 301;
    check_equal(told(&pool), 0);
    pool.ttl_s = 300;
    pool.networks = 3; /* a farm of one owner */
    check_equal(told(&pool), 0);
    pool.networks = 20;
    pool.questions = 2;
    check_equal(told(&pool), 0);
}

static void a_pool_that_many_lines_ask_is_a_service(void **state)
{
    (void)state;
    struct pool pool = { "2.pool.example.org", 240, 200, 130, 60, false, 60 };
    struct bench *bench = bench_open(BEHAVIOUR_FLUX, MEBIBYTE);
    ask_pool(bench, &pool);
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    check(bench_counter(bench, "flux: many addresses and many lines") > 0);
    bench_close(bench);
}

static void addresses_that_other_domains_have_too_are_a_network_of_servers(void **state)
{
    (void)state;
    check_equal(told(&(struct pool){ "a.example.com", 20, 40, 60, 1, true, 0 }), 0);
}

static void three_sensors_together_find_what_one_would(void **state)
{
    (void)state;
    struct bench *parts[3];
    for (uint32_t i = 0; i < 3; i++) {
        parts[i] = bench_open(BEHAVIOUR_FLUX, MEBIBYTE);
        for (uint32_t j = 0; j < 2; j++) { /* hours apart, and each less than one */
            struct question question = { .name = "a.example.com",
                                         .line = LINE,
                                         .at_s = i * 7200.0 + j,
                                         .answer_count = 4,
                                         .ttl_s = 60 };
            for (uint32_t at = 0; at < 4; at++)
                question.addresses[at] = 0x40000001 + ((i * 8 + j * 4 + at) << 16);
            bench_ask(parts[i], &question);
        }
        bench_finish(parts[i]);
        check_equal(parts[i]->caught.count, 0);
    }
    parts[1]->kind->merge(parts[1]->state, parts[0]->state);
    parts[1]->kind->merge(parts[1]->state, parts[2]->state);
    struct bench *after = bench_open(BEHAVIOUR_FLUX, MEBIBYTE);
    bench_copy_parts(after, parts[1]);
    bench_finish(after);
    check_equal(after->caught.count, 1);
    check(fabs(measure_of(last_caught(&after->caught), MEASURE_ADDRESSES) - 24) < 8);
    for (size_t i = 0; i < 3; i++)
        bench_close(parts[i]);
    bench_close(after);
}

static void any_name_and_any_time_is_taken_in_bounded_room(void **state)
{
    (void)state;
    static const int64_t times_ns[] = { INT64_MIN, -1, 0, EPOCH_NS, INT64_MAX };
    struct bench *bench = bench_open(BEHAVIOUR_FLUX, 1 << 16);
    struct random random = { 6 };
    for (int i = 0; i < 20000; i++) {
        char name[FACT_NAME_MAX + 1];
        random_name(&random, 1 + random_next(&random) % 90, "jp", name);
        struct question question = { .name = name,
                                     .line = (uint32_t)random_next(&random),
                                     .answer_count = (uint8_t)(random_next(&random) % 9),
                                     .ttl_s = (uint32_t)random_next(&random) % 900 };
        for (size_t at = 0; at < question.answer_count; at++)
            question.addresses[at] = (uint32_t)random_next(&random);
        struct asked_name asked;
        make_dns(&question, true, &asked);
        asked.time_ns = times_ns[random_next(&random) % 5];
        bench->kind->observe_name(bench->state, &asked, bench->sink);
    }
    bench_finish(bench);
    check(bench_counter(bench, "flux: names evicted") > 0);
    check(bench->octets_used <= 1 << 16);
    bench_close(bench);
}

TESTS(TEST(a_name_of_ever_other_addresses_is_found), TEST(each_threshold_has_two_sides),
      TEST(a_pool_that_many_lines_ask_is_a_service),
      TEST(addresses_that_other_domains_have_too_are_a_network_of_servers),
      TEST(three_sensors_together_find_what_one_would),
      TEST(any_name_and_any_time_is_taken_in_bounded_room))
