// SPDX-License-Identifier: Apache-2.0
#include "behaviour/kinds_private.h"

struct guess {
    struct hash_key key;
};

static void *guess_init(const struct behaviour_limits *limits, struct hash_key key,
                        struct arena *keep)
{
    (void)limits;
    struct guess *guess = ARENA_NEW(keep, struct guess, 1);
    guess->key = key;
    return guess;
}

static void guess_finish(void *state, struct sighting_sink sink)
{
    (void)state;
    (void)sink;
}

static void guess_count(const void *state, struct summary *summary)
{
    (void)state;
    (void)summary;
}

const struct behaviour_kind behaviour_guess = {
    .name = "guess",
    .rule = "guess 1",
    .share = 4,
    .ends = END_RESPONDER,
    .names = NAMES_NONE,
    .init = guess_init,
    .finish = guess_finish,
    .count = guess_count,
};
