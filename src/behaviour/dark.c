// SPDX-License-Identifier: Apache-2.0
#include "behaviour/kinds_private.h"

struct dark {
    struct hash_key key;
};

static void *dark_init(const struct behaviour_limits *limits, struct hash_key key,
                       struct arena *keep)
{
    (void)limits;
    struct dark *dark = ARENA_NEW(keep, struct dark, 1);
    dark->key = key;
    return dark;
}

static void dark_finish(void *state, struct sighting_sink sink)
{
    (void)state;
    (void)sink;
}

static void dark_count(const void *state, struct summary *summary)
{
    (void)state;
    (void)summary;
}

const struct behaviour_kind behaviour_dark = {
    .name = "dark",
    .rule = "dark 1",
    .share = 1,
    .ends = END_INITIATOR,
    .names = NAMES_NONE,
    .init = dark_init,
    .finish = dark_finish,
    .count = dark_count,
};
