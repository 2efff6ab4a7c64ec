// SPDX-License-Identifier: Apache-2.0
#include "behaviour/kinds_private.h"

struct flux {
    struct hash_key key;
};

static void *flux_init(const struct behaviour_limits *limits, struct hash_key key,
                       struct arena *keep)
{
    (void)limits;
    struct flux *flux = ARENA_NEW(keep, struct flux, 1);
    flux->key = key;
    return flux;
}

static void flux_finish(void *state, struct sighting_sink sink)
{
    (void)state;
    (void)sink;
}

static void flux_count(const void *state, struct summary *summary)
{
    (void)state;
    (void)summary;
}

const struct behaviour_kind behaviour_flux = {
    .name = "flux",
    .rule = "flux 1",
    .share = 2,
    .ends = END_NONE,
    .names = NAMES_BY_DOMAIN,
    .init = flux_init,
    .finish = flux_finish,
    .count = flux_count,
};
