// SPDX-License-Identifier: Apache-2.0
#include "behaviour/kinds_private.h"

struct relay {
    struct hash_key key;
};

static void *relay_init(const struct behaviour_limits *limits, struct hash_key key,
                        struct arena *keep)
{
    (void)limits;
    struct relay *relay = ARENA_NEW(keep, struct relay, 1);
    relay->key = key;
    return relay;
}

static void relay_finish(void *state, struct sighting_sink sink)
{
    (void)state;
    (void)sink;
}

static void relay_count(const void *state, struct summary *summary)
{
    (void)state;
    (void)summary;
}

const struct behaviour_kind behaviour_relay = {
    .name = "relay",
    .rule = "relay 1",
    .share = 2,
    .ends = END_BOTH,
    .names = NAMES_NONE,
    .init = relay_init,
    .finish = relay_finish,
    .count = relay_count,
};
