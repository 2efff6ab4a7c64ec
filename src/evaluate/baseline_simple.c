// SPDX-License-Identifier: Apache-2.0
/* What costs nothing: servers at random, the rarest servers first, the longest connections. */
#include "base/time.h"
#include "evaluate/units_private.h"

enum { SERVERS_MAX = 1 << 20, PAIRS_MAX = 1 << 20 };

struct servers {
    struct units servers; /* struct server_seen each */
    struct units pairs;   /* nothing each: which lines were seen at which server */
};

struct server_seen {
    uint32_t lines;
    uint32_t flows;
};

static size_t random_size(void)
{
    return sizeof(struct servers) + alignof(max_align_t) +
           units_size(SERVERS_MAX, sizeof(struct server_seen));
}

static void *random_init(struct hash_key key, struct arena *keep)
{
    struct servers *state = ARENA_NEW(keep, struct servers, 1);
    units_init(&state->servers, SERVERS_MAX, sizeof(struct server_seen), key, keep);
    return state;
}

static void random_observe(void *state, const struct admitted_flow *admitted)
{
    struct servers *servers = state;
    struct whom unit = unit_of_server(&admitted->flow);
    if (is_outward(admitted))
        units_take(&servers->servers, &unit);
}

/* Another hash than that of the table, or the order would follow it. */
static double random_score(const struct units *units, const struct whom *unit)
{
    struct hash_key key = units->key;
    key.word[0] = ~key.word[0];
    uint64_t hash = hash_bytes(&key, (struct bytes){ (const uint8_t *)unit, sizeof *unit });
    return (double)(hash >> 11) * 0x1p-53;
}

static size_t random_rank(void *state, struct ranked *out, size_t max)
{
    const struct units *servers = &((struct servers *)state)->servers;
    struct best best = { out, max, 0 };
    for (size_t i = 0; i < servers->count; i++) {
        struct ranked row = ranked_of(&servers->at[i], FINDING_COMMAND_SERVER);
        row.score = random_score(servers, &servers->at[i]);
        best_put(&best, &row);
    }
    return best_sort(&best);
}

static uint64_t servers_refused(const void *state)
{
    const struct servers *servers = state;
    return servers->servers.refused + servers->pairs.refused;
}

const struct baseline_kind baseline_random = {
    .name = "random",
    .source = "servers in an order that a seed gives",
    .size = random_size,
    .init = random_init,
    .observe = random_observe,
    .rank = random_rank,
    .refused = servers_refused,
};

static size_t popularity_size(void)
{
    return random_size() + units_size(PAIRS_MAX, 0);
}

static void *popularity_init(struct hash_key key, struct arena *keep)
{
    struct servers *state = random_init(key, keep);
    units_init(&state->pairs, PAIRS_MAX, 0, key, keep);
    return state;
}

static void popularity_observe(void *state, const struct admitted_flow *admitted)
{
    struct servers *servers = state;
    struct whom server = unit_of_server(&admitted->flow);
    struct whom pair = unit_of_pair(&admitted->flow);
    struct server_seen *seen =
        is_outward(admitted) ? units_take(&servers->servers, &server) : NULL;
    if (seen == NULL)
        return;
    size_t before = servers->pairs.count;
    units_take(&servers->pairs, &pair);
    seen->lines += servers->pairs.count > before;
    seen->flows++;
}

/* The fewest lines first; among these the most flows, which is less than one line counts. */
static size_t popularity_rank(void *state, struct ranked *out, size_t max)
{
    const struct units *servers = &((struct servers *)state)->servers;
    struct best best = { out, max, 0 };
    for (size_t i = 0; i < servers->count; i++) {
        const struct server_seen *seen = units_record(servers, i);
        struct ranked row = ranked_of(&servers->at[i], FINDING_COMMAND_SERVER);
        row.score = 1.0 / (seen->lines + 1.0 / (1.0 + seen->flows));
        best_put(&best, &row);
    }
    return best_sort(&best);
}

const struct baseline_kind baseline_popularity = {
    .name = "popularity",
    .source = "servers of the fewest lines first",
    .size = popularity_size,
    .init = popularity_init,
    .observe = popularity_observe,
    .rank = popularity_rank,
    .refused = servers_refused,
};

/* RITA's long connections: 1, 4, 8 and 12 hours are its low to critical; 8 is "high".  As its
 * tables have it, what counts is all the time a pair had connections open together. */
static const int64_t long_alert_ns = 8 * 3600 * TIME_SECOND_NS;

struct pair_open {
    int64_t open_ns;
    int64_t alert_ns;
};

static size_t long_size(void)
{
    return sizeof(struct units) + alignof(max_align_t) +
           units_size(PAIRS_MAX, sizeof(struct pair_open));
}

static void *long_init(struct hash_key key, struct arena *keep)
{
    struct units *pairs = ARENA_NEW(keep, struct units, 1);
    units_init(pairs, PAIRS_MAX, sizeof(struct pair_open), key, keep);
    return pairs;
}

static void long_observe(void *state, const struct admitted_flow *admitted)
{
    struct whom pair = unit_of_pair(&admitted->flow);
    struct pair_open *open = is_outward(admitted) ? units_take(state, &pair) : NULL;
    if (open == NULL)
        return;
    int64_t end_ns = flow_end_ns(&admitted->flow);
    int64_t length_ns = end_ns - flow_start_ns(&admitted->flow);
    if (length_ns > 0 && open->open_ns < INT64_MAX - length_ns)
        open->open_ns += length_ns;
    if (open->alert_ns == 0 && open->open_ns >= long_alert_ns)
        open->alert_ns = end_ns;
}

static size_t long_rank(void *state, struct ranked *out, size_t max)
{
    const struct units *pairs = state;
    struct best best = { out, max, 0 };
    for (size_t i = 0; i < pairs->count; i++) {
        const struct pair_open *open = units_record(pairs, i);
        struct ranked row = ranked_of(&pairs->at[i], FINDING_LASTING);
        row.score = (double)open->open_ns / 1e9;
        row.first_alert_ns = open->alert_ns;
        row.is_alert = open->alert_ns > 0;
        best_put(&best, &row);
    }
    return best_sort(&best);
}

const struct baseline_kind baseline_long = {
    .name = "long",
    .source = "RITA v5 long connections: seconds open, 8 h is its high",
    .size = long_size,
    .init = long_init,
    .observe = long_observe,
    .rank = long_rank,
    .refused = units_refused,
};
