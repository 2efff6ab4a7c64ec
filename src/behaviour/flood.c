// SPDX-License-Identifier: Apache-2.0
#include "behaviour/kinds_private.h"

struct flood {
    struct hash_key key;
};

static void *flood_init(const struct behaviour_limits *limits, struct hash_key key,
                        struct arena *keep)
{
    (void)limits;
    struct flood *flood = ARENA_NEW(keep, struct flood, 1);
    flood->key = key;
    return flood;
}

static void flood_finish(void *state, struct sighting_sink sink)
{
    (void)state;
    (void)sink;
}

static void flood_count(const void *state, struct summary *summary)
{
    (void)state;
    (void)summary;
}

const struct behaviour_kind behaviour_flood = {
    .name = "flood",
    .rule = "flood 1",
    .share = 5,
    .ends = END_BOTH,
    .names = NAMES_NONE,
    .init = flood_init,
    .finish = flood_finish,
    .count = flood_count,
};
