// SPDX-License-Identifier: Apache-2.0
#include "flows.h"

enum { MEMORY = 1 << 21, LINE = 0x0a000005, SERVER = 0x4b007105, OTHERS = 0x46000000 };
#define HOUR 3600.0
#define DAY 86400.0
#define MEGA 1000000ULL

static struct admitted_flow make_upload(uint32_t line, uint32_t server, double at_s,
                                        uint64_t out, uint64_t in)
{
    struct admitted_flow made = make_flow(line, server, 443, at_s);
    made.flow.forward.octets = out;
    made.flow.forward.packets = out / 1000 + 6;
    made.flow.reverse.octets = in;
    made.flow.reverse.packets = in / 60 + 5;
    return made;
}

/* Forty lines that send a megabyte or so in each hour of some days. */
static void add_habits(struct bench *bench, double days)
{
    for (double at = 0; at < days * DAY; at += HOUR)
        for (uint32_t i = 0; i < 40; i++)
            bench_observe(bench,
                          make_upload(LINE + i, OTHERS + i, at + i,
                                      MEGA + i * 10000 + (uint64_t)at % 7 * 50000, 90000));
}

static void much_to_a_new_place_is_found(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_UPLOAD, MEMORY);
    check(bench->octets_used <= MEMORY);
    add_habits(bench, 7);
    check_equal(bench->caught.count, 0);
    for (int i = 0; i < 40; i++)
        bench_observe(bench, make_upload(LINE, SERVER, 7.5 * DAY + i * 60, 20 * MEGA, 400000));
    bench_finish(bench);
    check(bench->caught.count > 0);
    const struct sighting *sighting = last_caught(&bench->caught);
    struct ip_address line = ip_from_v4(LINE), server = ip_from_v4(SERVER);
    check(ip_equal(&sighting->line, &line) && ip_equal(&sighting->server, &server));
    check(sighting->score >= 50 && sighting->port == 443);
    check(fabs(measure_of(sighting, MEASURE_OCTETS_OUT) - 8e8) < 1);
    check(measure_of(sighting, MEASURE_DEVIATION) > 3.5);
    check(fabs(measure_of(sighting, MEASURE_UPLOAD_RATIO) - 50) < 1);
    check_equal(bench_counter(bench, "upload: pairs that fired"), 1);
    bench_close(bench);
}

static size_t fired_with(uint64_t out, uint64_t in, double history_days)
{
    struct bench *bench = bench_open(BEHAVIOUR_UPLOAD, MEMORY);
    if (history_days > 0)
        add_habits(bench, history_days);
    bench_observe(bench, make_upload(LINE, SERVER, history_days * DAY + HOUR, out, in));
    bench_finish(bench);
    size_t count = bench->caught.count;
    bench_close(bench);
    return count;
}

static void the_floor_is_lower_for_a_line_with_a_history(void **state)
{
    (void)state;
    check_equal(fired_with(99 * MEGA, MEGA, 0), 0);
    check(fired_with(100 * MEGA, MEGA, 0) > 0);
    check_equal(fired_with(60 * MEGA, MEGA, 7), 0); /* two of its days */
    check(fired_with(200 * MEGA, MEGA, 7) > 0);
    check_equal(fired_with(24 * MEGA, MEGA / 2, 0.5), 0);
    check(fired_with(25 * MEGA, MEGA / 2, 0.5) > 0); /* against its hours */
}

static void what_comes_back_makes_it_a_conversation(void **state)
{
    (void)state;
    check_equal(fired_with(400 * MEGA, 101 * MEGA, 7), 0);
    check(fired_with(400 * MEGA, 99 * MEGA, 7) > 0);
}

static void a_backup_of_every_day_is_no_finding(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_UPLOAD, MEMORY);
    for (int day = 0; day < 12; day++) {
        bench->caught.count = 0;
        bench_observe(bench, make_upload(LINE, SERVER, day * DAY + HOUR, 300 * MEGA, MEGA));
    }
    bench->caught.count = 0;
    bench_observe(bench, make_upload(LINE, SERVER, 12 * DAY + HOUR, 300 * MEGA, MEGA));
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    check(bench_counter(bench, "upload: usual or known to the line") > 0);
    bench_close(bench);
}

static void a_place_everybody_uploads_to_is_no_finding(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_UPLOAD, MEMORY);
    add_habits(bench, 7);
    for (uint32_t i = 0; i < 30; i++)
        bench_observe(bench, make_upload(LINE + 5 + i, SERVER, 7 * DAY, 10000, 100));
    bench_observe(bench, make_upload(LINE, SERVER, 7 * DAY + HOUR, 500 * MEGA, MEGA));
    bench_finish(bench);
    check_equal(bench->caught.count, 0);
    check(bench_counter(bench, "upload: server popular") > 0);
    bench_close(bench);
}

static void downloads_leave_no_trace(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_UPLOAD, MEMORY);
    for (int i = 0; i < 5000; i++)
        bench_observe(bench, make_upload(LINE, SERVER, i, 100000, 500000));
    check_equal(bench_counter(bench, "upload: pairs held"), 0);
    bench_close(bench);
}

/* Eight megabytes a day, below the floor of any day. */
static void what_trickles_out_over_weeks_is_summed(void **state)
{
    (void)state;
    for (int days = 10; days <= 20; days += 10) {
        struct bench *bench = bench_open(BEHAVIOUR_UPLOAD, MEMORY);
        add_habits(bench, 1);
        for (int i = 0; i < days * 24; i++)
            bench_observe(bench, make_upload(LINE, SERVER, i * HOUR, MEGA / 3, 3000));
        bench_finish(bench);
        check_equal(bench->caught.count > 0, days == 20);
        if (bench->caught.count > 0)
            check(fabs(measure_of(last_caught(&bench->caught), MEASURE_MONTH_OCTETS) - 1.6e8) <
                  2e6);
        bench_close(bench);
    }
}

static struct bench *sampled(uint32_t rate, uint64_t octets)
{
    struct bench *bench = bench_open(BEHAVIOUR_UPLOAD, MEMORY);
    for (int i = 0; i < 50; i++) {
        struct admitted_flow made = make_upload(LINE, SERVER, i * 60, octets, 0);
        made.flow.forward.packets = octets / 1400 + 1;
        made.flow.reverse.packets = 0;
        made.flow.tcp = FLOW_TCP_MIDSTREAM;
        made.flow.observation.rate = rate;
        made.flow.observation.sampling = SAMPLING_OPTIONS;
        bench_observe(bench, made);
    }
    bench_finish(bench);
    return bench;
}

static void sampled_volumes_are_multiplied(void **state)
{
    (void)state;
    struct bench *bench = sampled(1000, 4200); /* 210 MB in 200 sampled packets */
    check(bench->caught.count > 0);
    check(fabs(measure_of(last_caught(&bench->caught), MEASURE_OCTETS_OUT) - 2.1e8) < 1);
    check(measure_of(last_caught(&bench->caught), MEASURE_SAMPLING_RATE) == 1000);
    bench_close(bench);
    bench = sampled(1, 4200);
    check_equal(bench->caught.count, 0);
    bench_close(bench);
    bench = sampled(2000, 4200);
    check_equal(bench->caught.count, 0);
    check(bench_counter(bench, "upload: sampled too thinly") > 0);
    bench_close(bench);
}

static void observe_days(struct bench *const benches[], size_t count, uint32_t stride)
{
    enum { FLOWS = 8000 };
    for (uint32_t step = 0; step < FLOWS; step++) {
        uint32_t i = (uint32_t)((uint64_t)step * stride % FLOWS);
        uint32_t line = LINE + i % 40;
        bool big = i % 40 < 2 && i > FLOWS - 500;
        bench_observe(benches[i / 3 % count],
                      make_upload(line, big ? SERVER + i % 40 : OTHERS + i % 40, i * 10.0,
                                  big ? 30 * MEGA : 50000, 1024));
    }
}

static void check_same(struct bench *a, struct bench *b)
{
    a->caught.count = b->caught.count = 0;
    bench_finish(a);
    bench_finish(b);
    check(a->caught.count == 2 && b->caught.count == 2);
    for (size_t i = 0; i < a->caught.count; i++) {
        bool found = false;
        for (size_t j = 0; j < b->caught.count; j++) {
            const struct sighting *x = &a->caught.sightings[i], *y = &b->caught.sightings[j];
            found |= ip_equal(&x->line, &y->line) && x->first_ns == y->first_ns &&
                     x->octets_out == y->octets_out && x->connections == y->connections &&
                     fabs(x->score - y->score) < 0.1;
        }
        check(found);
    }
}

static void three_sensors_joined_find_what_one_does_in_any_order(void **state)
{
    (void)state;
    struct bench *one = bench_open(BEHAVIOUR_UPLOAD, MEMORY);
    struct bench *turned = bench_open(BEHAVIOUR_UPLOAD, MEMORY);
    struct bench *three[3];
    for (size_t i = 0; i < 3; i++)
        three[i] = bench_open(BEHAVIOUR_UPLOAD, MEMORY);
    observe_days((struct bench *[]){ one }, 1, 1);
    observe_days((struct bench *[]){ turned }, 1, 7 * 1009);
    observe_days(three, 3, 1);
    three[0]->kind->merge(three[0]->state, three[1]->state);
    three[0]->kind->merge(three[0]->state, three[2]->state);
    check_same(one, three[0]);
    check_same(one, turned);
    for (size_t i = 0; i < 3; i++)
        bench_close(three[i]);
    bench_close(one);
    bench_close(turned);
}

static void a_flood_does_not_push_an_uploader_out(void **state)
{
    (void)state;
    struct bench *bench = bench_open(BEHAVIOUR_UPLOAD, 128 * 1024);
    check(bench->octets_used <= 128 * 1024);
    for (uint32_t i = 0; i < 50; i++) {
        bench_observe(bench, make_upload(LINE, SERVER, i * 10, 4 * MEGA, 10000));
        for (uint32_t j = 0; j < 1000; j++)
            bench_observe(
                bench, make_upload(LINE + 1 + j * 7, OTHERS + i * 1000 + j, i * 10, 2000, 100));
    }
    bench_finish(bench);
    check(bench_counter(bench, "upload: pairs evicted") > 40000);
    check(bench->caught.count > 0);
    check_equal(bench_counter(bench, "upload: pairs that fired"), 1);
    bench_close(bench);
}

static void any_flow_is_taken(void **state)
{
    (void)state;
    struct random random = { 12 };
    struct bench *bench = bench_open(BEHAVIOUR_UPLOAD, MEMORY);
    struct bench *other = bench_open(BEHAVIOUR_UPLOAD, MEMORY);
    for (int i = 0; i < 100000; i++)
        bench_observe(i % 2 == 0 ? bench : other, make_any(&random));
    bench->kind->merge(bench->state, other->state);
    bench_finish(bench);
    for (size_t i = 0; i < bench->caught.count && i < CAUGHT_MAX; i++)
        check(bench->caught.sightings[i].score >= 0 && bench->caught.sightings[i].score <= 100);
    struct behaviour_part parts[BEHAVIOUR_PARTS_MAX];
    check(bench->kind->parts(bench->state, parts) <= BEHAVIOUR_PARTS_MAX);
    bench_close(bench);
    bench_close(other);
}

TESTS(TEST(much_to_a_new_place_is_found), TEST(the_floor_is_lower_for_a_line_with_a_history),
      TEST(what_comes_back_makes_it_a_conversation), TEST(a_backup_of_every_day_is_no_finding),
      TEST(a_place_everybody_uploads_to_is_no_finding), TEST(downloads_leave_no_trace),
      TEST(what_trickles_out_over_weeks_is_summed), TEST(sampled_volumes_are_multiplied),
      TEST(three_sensors_joined_find_what_one_does_in_any_order),
      TEST(a_flood_does_not_push_an_uploader_out), TEST(any_flow_is_taken))
