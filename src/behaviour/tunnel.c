// SPDX-License-Identifier: Apache-2.0
#include "behaviour/kinds_private.h"

struct tunnel {
    struct hash_key key;
};

static void *tunnel_init(const struct behaviour_limits *limits, struct hash_key key,
                         struct arena *keep)
{
    (void)limits;
    struct tunnel *tunnel = ARENA_NEW(keep, struct tunnel, 1);
    tunnel->key = key;
    return tunnel;
}

static void tunnel_finish(void *state, struct sighting_sink sink)
{
    (void)state;
    (void)sink;
}

static void tunnel_count(const void *state, struct summary *summary)
{
    (void)state;
    (void)summary;
}

const struct behaviour_kind behaviour_tunnel = {
    .name = "tunnel",
    .rule = "tunnel 1",
    .share = 4,
    .ends = END_NONE,
    .names = NAMES_BY_DOMAIN,
    .init = tunnel_init,
    .finish = tunnel_finish,
    .count = tunnel_count,
};
