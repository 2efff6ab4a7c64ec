// SPDX-License-Identifier: Apache-2.0
#include "simulate/simulate.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/time.h"
#include "check.h"
#include "simulate/random.h"

static const struct scenario_network networks[] = {
    { .prefix = { { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 198, 18, 0, 0 } }, 112 },
      .place = PLACE_OWN },
    { .prefix = { { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 198, 19, 0, 0 } }, 113 },
      .place = PLACE_DOMESTIC },
    { .prefix = { { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 198, 19, 128, 0 } }, 113 },
      .place = PLACE_FOREIGN },
    { .prefix = { { { 0x20, 0x01, 0x0d, 0xb8, 0x10 } }, 40 }, .place = PLACE_OWN },
    { .prefix = { { { 0x20, 0x01, 0x0d, 0xb8, 0xf0 } }, 40 }, .place = PLACE_FOREIGN },
};

static struct scenario_actor actors[ACTOR_KINDS + 2];

/* One of every kind for two minutes. */
static struct scenario make_scenario(void)
{
    struct scenario scenario = { .title = BYTES("test"),
                                 .start_ns = 20000 * TIME_DAY_NS,
                                 .duration_ns = 120 * TIME_SECOND_NS,
                                 .lines = 50,
                                 .ipv6_percent = 50,
                                 .post_quantum_percent = 50,
                                 .repeated_permille = 20,
                                 .duplicated_permille = 20,
                                 .swapped_permille = 50,
                                 .networks = networks,
                                 .network_count = sizeof networks / sizeof *networks,
                                 .actors = actors,
                                 .actor_count = sizeof actors / sizeof *actors };
    for (size_t i = 0; i < scenario.actor_count; i++) {
        actors[i] = (struct scenario_actor){
            .name = bytes_of_string(actor_kind_name((enum actor_kind)(i % ACTOR_KINDS))),
            .kind = (enum actor_kind)(i % ACTOR_KINDS),
            .lines = 3,
            .interval_ns = 20 * TIME_SECOND_NS,
            .octets_in = i % ACTOR_KINDS == ACTOR_VIDEO ? 100000 : 0,
            .is_inbound = i < ACTOR_KINDS,
        };
        scenario_complete(&actors[i]);
    }
    return scenario;
}

struct result {
    uint64_t hash;
    uint64_t packets;
    bool is_ordered;
    bool has_canary[CANARY_PLACES];
};

static void take_frame(const struct simulation *simulation, const struct frame *frame,
                       struct result *out)
{
    static const struct hash_key key = { { 1, 2, 3, 4 } };
    out->hash = random_mix(out->hash ^ hash_bytes(&key, frame->captured)) ^
                random_mix((uint64_t)frame->time_ns);
    for (size_t i = 0; i < CANARY_PLACES; i++)
        out->has_canary[i] |=
            memmem(frame->captured.at, frame->captured.len,
                   simulate_canaries(simulation)->text[i], CANARY_LEN) != NULL;
    out->packets++;
}

static struct result run(const struct scenario *scenario, uint64_t seed)
{
    size_t size = simulate_size(scenario);
    void *memory = malloc(size);
    struct arena arena = arena_over(memory, size);
    struct simulation *simulation = NULL;
    struct error err;
    check(simulate_start(scenario, seed, &arena, &simulation, &err));
    struct result result = { .is_ordered = true };
    static struct frame_batch batch;
    int64_t before = scenario->start_ns;
    while (simulate_run(simulation, &batch) > 0) {
        for (size_t i = 0; i < batch.count; i++) {
            result.is_ordered &= batch.frames[i].time_ns >= before;
            before = batch.frames[i].time_ns;
            take_frame(simulation, &batch.frames[i], &result);
        }
    }
    check(before < scenario->start_ns + scenario->duration_ns);
    free(memory);
    return result;
}

static void the_same_seed_gives_the_same_frames(void **state)
{
    (void)state;
    struct scenario scenario = make_scenario();
    struct result first = run(&scenario, 1);
    struct result second = run(&scenario, 1);
    check(first.packets > 500);
    check(first.hash == second.hash && first.packets == second.packets);
}

static void another_seed_gives_other_frames(void **state)
{
    (void)state;
    struct scenario scenario = make_scenario();
    check(run(&scenario, 1).hash != run(&scenario, 2).hash);
}

static void frames_come_in_the_order_of_their_times(void **state)
{
    (void)state;
    struct scenario scenario = make_scenario();
    check(run(&scenario, 3).is_ordered);
}

static void every_canary_is_in_the_traffic(void **state)
{
    (void)state;
    struct scenario scenario = make_scenario();
    scenario.duration_ns = 1200 * TIME_SECOND_NS;
    struct result result = run(&scenario, 4);
    for (size_t i = 0; i < CANARY_PLACES; i++)
        check(result.has_canary[i]);
}

static void a_network_too_small_is_refused(void **state)
{
    (void)state;
    struct scenario scenario = make_scenario();
    scenario.lines = 65536;
    size_t size = simulate_size(&scenario);
    void *memory = malloc(size);
    struct arena arena = arena_over(memory, size);
    struct simulation *simulation = NULL;
    struct error err;
    check(!simulate_start(&scenario, 1, &arena, &simulation, &err));
    check_text(bytes_of_string(err.text),
               "networks.own: room for 65519 IPv4 addresses, needed 65536");
    free(memory);
}

TESTS(TEST(the_same_seed_gives_the_same_frames), TEST(another_seed_gives_other_frames),
      TEST(frames_come_in_the_order_of_their_times), TEST(every_canary_is_in_the_traffic),
      TEST(a_network_too_small_is_refused))
