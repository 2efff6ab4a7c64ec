// SPDX-License-Identifier: Apache-2.0
#include "mediate/mediate.h"

#include "base/time.h"

const struct mediate_limits mediate_defaults = {
    .flows_max = 1 << 18,
    .wait_ns = 120 * TIME_SECOND_NS,
    .whole_ns = 30 * 60 * TIME_SECOND_NS,
};

struct mediate {
    struct mediate_sink sink;
};

size_t mediate_size(const struct mediate_limits *limits)
{
    (void)limits;
    return sizeof(struct mediate) + alignof(max_align_t);
}

struct mediate *mediate_init(const struct mediate_limits *limits, struct hash_key key,
                             struct mediate_sink sink, struct arena *keep)
{
    (void)limits;
    (void)key;
    struct mediate *mediate = ARENA_NEW(keep, struct mediate, 1);
    mediate->sink = sink;
    return mediate;
}

void mediate_flows(struct mediate *mediate, const struct flow *flows, size_t count)
{
    mediate->sink.take(mediate->sink.context, flows, count);
}

void mediate_finish(struct mediate *mediate)
{
    (void)mediate;
}

void mediate_count(const struct mediate *mediate, struct summary *summary)
{
    (void)mediate;
    (void)summary;
}
