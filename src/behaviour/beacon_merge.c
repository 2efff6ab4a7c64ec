// SPDX-License-Identifier: Apache-2.0
/* How the beacon behaviour is kept over a restart, and joined with what another state of it
 * counted of other flows: sums, maxima, unions; nothing depends on who counted. */
#include "behaviour/beacon_private.h"

#define NONE UINT32_MAX

size_t beacon_parts(void *state, struct behaviour_part out[BEHAVIOUR_PARTS_MAX])
{
    struct beacon *beacon = state;
    struct seen *seen = &beacon->pairs.seen;
    size_t pairs = prints_slots(&beacon->pairs.prints);
    size_t servers = prints_slots(&beacon->server_prints);
    size_t seen_octets = SEEN_LINE_OCTETS * seen->lines;
    const struct behaviour_part parts[] = {
        { &beacon->totals, sizeof beacon->totals },
        { beacon->pairs.prints.print, pairs * sizeof *beacon->pairs.prints.print },
        { beacon->pairs.at, pairs * sizeof *beacon->pairs.at },
        { &beacon->pairs.counts, sizeof beacon->pairs.counts },
        { &seen->left, sizeof seen->left },
        { &seen->has_older, sizeof seen->has_older },
        { seen->words[0], seen_octets },
        { seen->words[1], seen_octets },
        { beacon->server_prints.print, servers * sizeof *beacon->server_prints.print },
        { beacon->servers, servers * sizeof *beacon->servers },
        { beacon->server_pairs, servers * sizeof *beacon->server_pairs },
        { beacon->hubs, beacon->hub_max * sizeof *beacon->hubs },
        { beacon->concerns, beacon->concern_max * sizeof *beacon->concerns },
        { beacon->learned, beacon->learned ? sizeof *beacon->learned : 0 },
    };
    size_t count = sizeof parts / sizeof *parts - !beacon->learned;
    for (size_t i = 0; i < count; i++)
        out[i] = parts[i];
    return count;
}

static int64_t start_of(int64_t near_ns, uint32_t ticks)
{
    int32_t ago = (int32_t)(concern_ticks(near_ns) - ticks);
    return near_ns - ago * CONCERN_TICK_NS;
}

/* What a pair of the wide tier has to add to a concern whose calls are about near_ns. */
static struct concern early_of(const struct pair *pair, int64_t near_ns)
{
    struct concern early = { .connections = pair->connections,
                             .failed = pair->failed,
                             .octets_out = pair_float_value(pair->octets_out),
                             .octets_in = pair_float_value(pair->octets_in) };
    uint32_t starts[PAIR_EARLY];
    for (size_t i = pair_starts(pair, starts); i-- > 0;)
        concern_add_earlier(&early, start_of(near_ns, starts[i]));
    return early;
}

static void merge_early(struct concern *concern, const struct pair *pair)
{
    if (pair->sightings == 0)
        return;
    struct concern early = early_of(pair, concern->last_ns);
    concern_merge(concern, &early);
}

static size_t take_pair(struct beacon *beacon, uint64_t print)
{
    uint32_t lost;
    size_t slot = pairs_take(&beacon->pairs, print, true, &lost);
    beacon_lose(beacon, lost);
    return slot;
}

/* Its addresses are known, so it is found whatever the day's key was. */
static void merge_concern(struct beacon *beacon, const struct concern *other)
{
    uint64_t line = beacon_hash_address(beacon, &other->line);
    uint64_t print = beacon_print_of(&beacon->day_key, line, other->server_print);
    size_t slot = pairs_find(&beacon->pairs, print);
    if (slot == PRINTS_NONE)
        slot = take_pair(beacon, print);
    struct pair *pair = &beacon->pairs.at[slot];
    if (pair->sightings == PAIR_PROMOTED) {
        concern_merge(&beacon->concerns[pair->latest], other);
        return;
    }
    struct pair early = *pair;
    uint32_t index = beacon_take_concern(beacon, other->last_ns);
    struct concern *concern = &beacon->concerns[index];
    *concern = *other;
    concern->print = print;
    concern->judged = other->judged > 0; /* and to be judged again */
    merge_early(concern, &early);
    pair->sightings = PAIR_PROMOTED;
    pair->latest = index;
}

static void merge_pair(struct beacon *beacon, uint64_t print, const struct pair *other)
{
    size_t slot = pairs_find(&beacon->pairs, print);
    if (slot == PRINTS_NONE)
        slot = take_pair(beacon, print);
    struct pair *pair = &beacon->pairs.at[slot];
    if (pair->sightings == PAIR_PROMOTED)
        merge_early(&beacon->concerns[pair->latest], other);
    else
        pair_merge(pair, other);
}

static void merge_hub(struct beacon *beacon, struct server *server, const struct hub *other)
{
    if (server->hub != NONE) {
        hub_merge(&beacon->hubs[server->hub], other);
        return;
    }
    server->hub = beacon_take_hub(beacon);
    beacon->hubs[server->hub] = *other;
    beacon->hubs[server->hub].judged = other->judged > 0;
}

/* Where both saw the same lines, their pairs are not twice as many. */
static uint32_t pairs_of_both(uint32_t a, uint32_t b, double clients)
{
    double most = a > b ? a : b;
    double sum = (double)a + b;
    if (clients > most)
        most = clients;
    return (uint32_t)(sum < most ? sum : most);
}

static void merge_server(struct beacon *beacon, const struct beacon *other, size_t from)
{
    const struct server *theirs = &other->servers[from];
    size_t slot = beacon_server(beacon, other->server_prints.print[from]);
    struct server *server = &beacon->servers[slot];
    bool is_first =
        server->sightings == 0 || (theirs->sightings > 0 && theirs->first_s < server->first_s);
    if (is_first)
        server->first_s = theirs->first_s;
    sketch_merge(&server->clients, &theirs->clients);
    uint64_t sightings = (uint64_t)server->sightings + theirs->sightings;
    server->sightings = sightings < UINT32_MAX ? (uint32_t)sightings : UINT32_MAX;
    server->fired |= theirs->fired;
    server->judged = server->judged > 0 || theirs->judged > 0;
    beacon->server_pairs[slot] = pairs_of_both(
        beacon->server_pairs[slot], other->server_pairs[from], sketch_count(&server->clients));
    if (theirs->hub != NONE)
        merge_hub(beacon, server, &other->hubs[theirs->hub]);
}

static void merge_totals(struct beacon *beacon, const struct beacon *other)
{
    struct beacon_totals *ours = &beacon->totals;
    const struct beacon_totals *theirs = &other->totals;
    active_lines_merge(&ours->lines, &theirs->lines);
    ours->active_lines = active_lines_count(&ours->lines);
    if (theirs->latest_ns > ours->latest_ns)
        ours->latest_ns = theirs->latest_ns;
    for (size_t i = 0; i < CALL_REASONS; i++)
        ours->left_out[i] += theirs->left_out[i];
    ours->units_judged += theirs->units_judged;
    ours->left_popular += theirs->left_popular;
    ours->left_dns += theirs->left_dns;
    ours->left_sampled += theirs->left_sampled;
    ours->left_uneven += theirs->left_uneven;
    ours->servers_evicted += theirs->servers_evicted;
    ours->concerns_evicted += theirs->concerns_evicted;
    ours->fired_evicted += theirs->fired_evicted;
    ours->hubs_evicted += theirs->hubs_evicted;
    ours->fired += theirs->fired;
    ours->servers_fired += theirs->servers_fired;
    beacon->pairs.counts.evicted += other->pairs.counts.evicted;
    beacon->pairs.counts.turned_away += other->pairs.counts.turned_away;
}

void beacon_merge(void *state, const void *other_state)
{
    struct beacon *beacon = state;
    const struct beacon *other = other_state;
    beacon_turn_day(beacon, other->totals.day);
    beacon_take_keys(beacon);
    merge_totals(beacon, other);
    seen_merge(&beacon->pairs.seen, &other->pairs.seen);
    if (beacon->learned)
        learned_merge(beacon->learned, other->learned);
    for (size_t slot = 0; slot < prints_slots(&other->server_prints); slot++)
        if (other->server_prints.print[slot] != 0)
            merge_server(beacon, other, slot);
    for (uint32_t i = 0; i < other->totals.concern_used; i++)
        if (other->concerns[i].print != 0)
            merge_concern(beacon, &other->concerns[i]);
    const struct prints *prints = &other->pairs.prints;
    for (size_t slot = 0; slot < prints_slots(prints); slot++)
        if (prints->print[slot] != 0 && other->pairs.at[slot].sightings != PAIR_PROMOTED)
            merge_pair(beacon, prints->print[slot], &other->pairs.at[slot]);
}
