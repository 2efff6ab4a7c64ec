// SPDX-License-Identifier: Apache-2.0
#include "behaviour/kinds_private.h"

struct peers {
    struct hash_key key;
};

static void *peers_init(const struct behaviour_limits *limits, struct hash_key key,
                        struct arena *keep)
{
    (void)limits;
    struct peers *peers = ARENA_NEW(keep, struct peers, 1);
    peers->key = key;
    return peers;
}

static void peers_finish(void *state, struct sighting_sink sink)
{
    (void)state;
    (void)sink;
}

static void peers_count(const void *state, struct summary *summary)
{
    (void)state;
    (void)summary;
}

const struct behaviour_kind behaviour_peers = {
    .name = "peers",
    .rule = "peers 1",
    .share = 2,
    .ends = END_ANY,
    .names = NAMES_NONE,
    .init = peers_init,
    .finish = peers_finish,
    .count = peers_count,
};
