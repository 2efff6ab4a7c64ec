// SPDX-License-Identifier: Apache-2.0
#include "behaviour/kinds_private.h"

struct spread {
    struct hash_key key;
};

static void *spread_init(const struct behaviour_limits *limits, struct hash_key key,
                         struct arena *keep)
{
    (void)limits;
    struct spread *spread = ARENA_NEW(keep, struct spread, 1);
    spread->key = key;
    return spread;
}

static void spread_finish(void *state, struct sighting_sink sink)
{
    (void)state;
    (void)sink;
}

static void spread_count(const void *state, struct summary *summary)
{
    (void)state;
    (void)summary;
}

const struct behaviour_kind behaviour_spread = {
    .name = "spread",
    .rule = "spread 1",
    .share = 1,
    .ends = END_RESPONDER,
    .names = NAMES_NONE,
    .init = spread_init,
    .finish = spread_finish,
    .count = spread_count,
};
