// SPDX-License-Identifier: Apache-2.0
#include "behaviour/kinds_private.h"

struct lasting {
    struct hash_key key;
};

static void *lasting_init(const struct behaviour_limits *limits, struct hash_key key,
                          struct arena *keep)
{
    (void)limits;
    struct lasting *lasting = ARENA_NEW(keep, struct lasting, 1);
    lasting->key = key;
    return lasting;
}

static void lasting_finish(void *state, struct sighting_sink sink)
{
    (void)state;
    (void)sink;
}

static void lasting_count(const void *state, struct summary *summary)
{
    (void)state;
    (void)summary;
}

const struct behaviour_kind behaviour_lasting = {
    .name = "lasting",
    .rule = "lasting 1",
    .share = 1,
    .ends = END_RESPONDER,
    .names = NAMES_NONE,
    .init = lasting_init,
    .finish = lasting_finish,
    .count = lasting_count,
};
