// SPDX-License-Identifier: Apache-2.0
#include "behaviour/kinds_private.h"

struct generated {
    struct hash_key key;
};

static void *generated_init(const struct behaviour_limits *limits, struct hash_key key,
                            struct arena *keep)
{
    (void)limits;
    struct generated *generated = ARENA_NEW(keep, struct generated, 1);
    generated->key = key;
    return generated;
}

static void generated_finish(void *state, struct sighting_sink sink)
{
    (void)state;
    (void)sink;
}

static void generated_count(const void *state, struct summary *summary)
{
    (void)state;
    (void)summary;
}

const struct behaviour_kind behaviour_generated = {
    .name = "generated",
    .rule = "generated 1",
    .share = 3,
    .ends = END_NONE,
    .names = NAMES_ANY,
    .init = generated_init,
    .finish = generated_finish,
    .count = generated_count,
};
