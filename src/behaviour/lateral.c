// SPDX-License-Identifier: Apache-2.0
#include "behaviour/kinds_private.h"

struct lateral {
    struct hash_key key;
};

static void *lateral_init(const struct behaviour_limits *limits, struct hash_key key,
                          struct arena *keep)
{
    (void)limits;
    struct lateral *lateral = ARENA_NEW(keep, struct lateral, 1);
    lateral->key = key;
    return lateral;
}

static void lateral_finish(void *state, struct sighting_sink sink)
{
    (void)state;
    (void)sink;
}

static void lateral_count(const void *state, struct summary *summary)
{
    (void)state;
    (void)summary;
}

const struct behaviour_kind behaviour_lateral = {
    .name = "lateral",
    .rule = "lateral 1",
    .share = 2,
    .ends = END_INITIATOR,
    .names = NAMES_NONE,
    .init = lateral_init,
    .finish = lateral_finish,
    .count = lateral_count,
};
