// SPDX-License-Identifier: Apache-2.0
/* What the mediator takes for a record: one line a case, `name records seconds`, of one core.
 * Keys are random over a table of 2^18 conversations, so that next to nothing is in a cache.
 * `floor` reaches one word by another in as much memory, by the same runs and prefetches: no
 * table can do with less than these two accesses.
 *
 * bench_mediate [records, default 4000000] [case] */
#include "mediate/mediate.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/attr.h"
#include "base/time.h"
#include "system/memory.h"

enum { TABLE = 1 << 18, KEYS = TABLE / 4 * 3, RUN = 64, BATCH = 1024, LINE_BYTES = 256 };

static uint64_t state = 42;

/* splitmix64 */
static uint64_t next_random(void)
{
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What a case makes of record i of so many. */
struct plan {
    const char *name;
    uint32_t (*key)(size_t i);
    bool by_two;  /* exporters */
    bool answers; /* every second record is the other half */
};

static uint32_t any_key(size_t i)
{
    (void)i;
    return (uint32_t)(next_random() % KEYS);
}

static uint32_t new_key(size_t i)
{
    return (uint32_t)i;
}

static struct flow flow_of(const struct plan *plan, size_t i)
{
    uint32_t key = plan->key(i);
    bool is_answer = plan->answers && next_random() & 1;
    struct ip_address client = ip_from_v4(0x0a000000u + key);
    struct ip_address server = ip_from_v4(0xc0000200u + key % 251);
    int64_t at_ns = TIME_SECOND_NS + (int64_t)i * 1000;
    return (struct flow){
        .initiator = is_answer ? server : client,
        .responder = is_answer ? client : server,
        .initiator_port = is_answer ? 443 : 40000,
        .responder_port = is_answer ? 40000 : 443,
        .protocol = PROTOCOL_UDP,
        .version = 4,
        .forward = { .packets = 3, .octets = 300, .first_ns = at_ns, .last_ns = at_ns },
        .observation = { .exporter = plan->by_two ? 1 + (uint32_t)(next_random() & 1) : 1,
                         .rate = 1,
                         .sampling = SAMPLING_ALL },
    };
}

static void forget(void *context, const struct flow *flows, size_t count)
{
    uint64_t *packets = context;
    for (size_t i = 0; i < count; i++)
        *packets += flows[i].forward.packets + flows[i].reverse.packets;
}

/* As `sekisho watch` has it. */
static struct arena large_pages(size_t size)
{
    struct arena arena;
    struct error err;
    if (!memory_reserve(size, MEMORY_LARGE_PAGES, &arena, &err))
        abort();
    return arena;
}

static void run(const struct plan *plan, size_t records)
{
    static const struct hash_key key = { { 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9,
                                           0x94d049bb133111eb, 0xd6e8feb86659fd93 } };
    struct mediate_limits limits = mediate_defaults;
    limits.flows_max = TABLE;
    size_t size = mediate_size(&limits);
    struct arena arena = large_pages(size);
    uint64_t packets = 0;
    struct mediate_sink sink = { forget, &packets };
    struct mediate *mediate = mediate_init(&limits, key, sink, &arena);
    double spent_s = 0;
    static struct flow flows[BATCH];
    for (size_t at = 0; at < records + TABLE; at += BATCH) {
        for (size_t i = 0; i < BATCH; i++)
            flows[i] = flow_of(plan, at + i);
        double before_s = now_s();
        for (size_t i = 0; i < BATCH; i += RUN)
            mediate_flows(mediate, flows + i, RUN);
        spent_s +=
            at < TABLE ? 0 : now_s() - before_s; /* once the table is as full as it gets */
    }
    mediate_finish(mediate);
    printf("%s %zu %.6f\n", plan->name, records, spent_s);
}

static void reach(const uint32_t *slots, uint8_t *entries, const size_t keys[RUN])
{
    for (size_t i = 0; i < RUN; i++)
        PREFETCH(&slots[keys[i]]);
    for (size_t i = 0; i < RUN; i++)
        PREFETCH(&entries[(size_t)slots[keys[i]] * LINE_BYTES]);
    for (size_t i = 0; i < RUN; i++)
        entries[(size_t)slots[keys[i]] * LINE_BYTES]++;
}

static void run_floor(size_t records)
{
    enum { SLOTS = TABLE * 4 }; /* in as much memory as the index */
    struct arena arena =
        large_pages((size_t)SLOTS * sizeof(uint32_t) + (size_t)TABLE * LINE_BYTES + LINE_BYTES);
    uint32_t *slots = ARENA_NEW(&arena, uint32_t, SLOTS);
    uint8_t *entries = arena_take_zeroed(&arena, LINE_BYTES, 64, TABLE);
    memset(entries, 1, (size_t)TABLE * LINE_BYTES);
    for (size_t i = 0; i < SLOTS; i++)
        slots[i] = (uint32_t)(next_random() % TABLE);
    double spent_s = 0;
    static size_t keys[BATCH];
    for (size_t at = 0; at < records; at += BATCH) {
        for (size_t i = 0; i < BATCH; i++)
            keys[i] = next_random() % SLOTS;
        double before_s = now_s();
        for (size_t i = 0; i < BATCH; i += RUN)
            reach(slots, entries, keys + i);
        spent_s += now_s() - before_s;
    }
    printf("floor %zu %.6f\n", records, spent_s);
}

int main(int argc, char **argv)
{
    static const struct plan plans[] = {
        { "slices", any_key, false, false },
        { "halves", any_key, false, true },
        { "two_exporters", any_key, true, false },
        { "full_table", new_key, false, false },
    };
    size_t records = argc > 1 ? (size_t)strtoull(argv[1], NULL, 10) : 4000000;
    const char *only = argc > 2 ? argv[2] : NULL;
    if (!only)
        run_floor(records);
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        if (!only || strcmp(only, plans[i].name) == 0)
            run(&plans[i], records);
    }
    return EXIT_SUCCESS;
}
