// SPDX-License-Identifier: Apache-2.0
#include "pipeline/pipeline.h"

#include <stdlib.h>

#include "check.h"
#include "wire.h"

static struct pipeline *pipeline;
static void *memory;

static int set_up(void **state)
{
    (void)state;
    struct pipeline_settings settings = pipeline_defaults(PIPELINE_FRAMES, (size_t)64 << 20);
    settings.depth = PIPELINE_FACTS;
    settings.fragments_max = 4; /* one set: every datagram competes for the same rooms */
    settings.key = (struct hash_key){ { 1, 2, 3, 4 } };
    size_t size = pipeline_size(&settings);
    memory = calloc(1, size);
    struct arena arena = arena_over(memory, size);
    pipeline = pipeline_init(&settings, &arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

static uint64_t counted(const char *reason)
{
    struct summary summary = { .counter_count = 0 };
    pipeline_summarise(pipeline, &summary);
    for (size_t i = 0; i < summary.counter_count; i++) {
        if (strcmp(summary.counters[i].reason, reason) == 0)
            return summary.counters[i].count;
    }
    return 0;
}

/* The two fragments of a datagram from one host to another. */
static void put_fragments(struct wire wires[2], const struct wire *whole, uint8_t host)
{
    size_t len = wire_len(whole), cut = 16;
    for (size_t i = 0; i < 2; i++) {
        wires[i] = wire_with("");
        wire_front(&wires[i], whole->room + whole->start + i * cut, i == 0 ? cut : len - cut);
        wire_ipv4(&wires[i], PROTOCOL_UDP, host, 200, i == 0 ? 0x2000 : 2);
    }
}

static void datagrams_joined_in_one_batch_do_not_mix(void **state)
{
    (void)state;
    static const uint8_t query[] = { 0, 7,   1, 0,   0,   1,   0,   0, 0, 0, 0, 0,
                                     1, 'a', 4, 't', 'e', 's', 't', 0, 0, 1, 0, 1 };
    static struct wire wires[4];
    struct wire whole = wire_with("");
    wire_front(&whole, query, sizeof query);
    wire_udp(&whole, 5000, 53);
    put_fragments(&wires[0], &whole, 1);
    whole = wire_with("what is no message of any known protocol");
    wire_udp(&whole, 6000, 6000);
    put_fragments(&wires[2], &whole, 2);
    static struct frame_batch batch;
    for (size_t i = 0; i < 4; i++)
        batch.frames[batch.count++] = wire_frame(&wires[i], LINK_RAW);
    pipeline_run_frames(pipeline, &batch);
    check_equal(counted("fragments_completed"), 2);
    check_equal(counted("facts_dns"), 1);
}

static void the_tables_fit_in_the_memory_asked_for(void **state)
{
    (void)state;
    for (size_t octets = PIPELINE_MEMORY_MIN; octets <= (size_t)4 << 30; octets += octets / 4) {
        struct pipeline_settings settings = pipeline_defaults(PIPELINE_FRAMES, octets);
        check(pipeline_size(&settings) <= octets);
        check(pipeline_size(&settings) > octets / 4);
    }
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
TESTS(EACH(datagrams_joined_in_one_batch_do_not_mix),
      TEST(the_tables_fit_in_the_memory_asked_for))
