// SPDX-License-Identifier: Apache-2.0
#include "cmd/replay_records.h"

#include "collect/collect.h"
#include "system/entropy.h"
#include "system/memory.h"

struct replay_records {
    uint64_t count;
    struct collect *collect;
};

static void count_flows(void *context, const struct flow *flows, size_t count)
{
    struct replay_records *records = context;
    (void)flows;
    records->count += count;
}

static void count_sample(void *context, const struct frame_sample *sample)
{
    struct replay_records *records = context;
    (void)sample;
    records->count++;
}

struct replay_records *replay_records_open(struct error *err)
{
    static struct replay_records records;
    struct hash_key key;
    struct arena keep;
    struct collect_policy policy = { 0 };
    struct collect_sink sink = { count_flows, count_sample, &records };
    if (!entropy_hash_key(&key, err) ||
        !memory_reserve(collect_size(&collect_defaults), MEMORY_SMALL_PAGES, &keep, err))
        return NULL;
    records.collect = collect_init(&collect_defaults, &policy, key, sink, &keep);
    return &records;
}

uint64_t replay_records_of(struct replay_records *records, const struct export_message *message)
{
    uint64_t before = records->count;
    collect_message(records->collect, message);
    return records->count - before;
}
