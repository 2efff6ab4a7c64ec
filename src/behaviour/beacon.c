// SPDX-License-Identifier: Apache-2.0
/* Beacons: lines that call a server at times no person keeps.  Wide tier: every pair of line
 * and server under a fingerprint (pair.h).  At the fourth sighting a pair becomes a concern
 * with a ring of its calls (concern.h), unless its server is popular; a server that is called
 * often by few gets a record of all its calls (server.h).  Pairs are judged at 8, 16, 32 ...
 * sightings and at the end of input, servers then too (detectors.md 0.2, 1.3, 2.2). */
#include <math.h>

#include "base/attr.h"
#include "base/must.h"
#include "base/time.h"
#include "behaviour/beacon_private.h"
#include "behaviour/kinds_private.h"

enum {
    EVICTION_LOOKS = 8,
    NO_DAY = -1,
};
#define NONE UINT32_MAX

/* Of 64 parts.  Pairs have what 4.5 M of them need in the default memory; of servers, those of
 * one pair only go first, so that one place for twelve pairs is enough. */
enum { PARTS = 64, PAIR_PARTS = 48, SERVER_PARTS = 8, HUB_PARTS = 3, CONCERN_PARTS = 5 };
_Static_assert(PAIR_PARTS + SERVER_PARTS + HUB_PARTS + CONCERN_PARTS == PARTS, "all of it");

static uint32_t places(size_t octets, size_t size)
{
    size_t count = octets / size;
    return count < NONE ? (uint32_t)count : NONE - 1;
}

static void *beacon_init(const struct behaviour_limits *limits, struct hash_key key,
                         struct arena *keep)
{
    enum { SLACK = 1024, LEAST = 65536 };
    MUST(limits->memory_octets >= LEAST);
    struct beacon *beacon = ARENA_NEW(keep, struct beacon, 1);
    beacon->key = key;
    beacon->totals.day = beacon->totals.old_day = beacon->key_day = NO_DAY;
    size_t left = limits->memory_octets - sizeof *beacon - SLACK;
    if (left / PARTS >= sizeof *beacon->learned) {
        beacon->learned = ARENA_NEW(keep, struct learned, 1);
        left -= sizeof *beacon->learned;
    }
    size_t room = left / PARTS;
    pairs_init(&beacon->pairs, PAIR_PARTS * room, keep);
    size_t server_octets = sizeof(uint64_t) + sizeof(uint32_t) + sizeof(struct server);
    prints_init(&beacon->server_prints, SERVER_PARTS * room / server_octets, keep);
    beacon->servers = PRINTS_RECORDS(keep, struct server, prints_slots(&beacon->server_prints));
    beacon->server_pairs = PRINTS_RECORDS(keep, uint32_t, prints_slots(&beacon->server_prints));
    beacon->hub_max = places(HUB_PARTS * room, sizeof(struct hub));
    beacon->hubs = PRINTS_RECORDS(keep, struct hub, beacon->hub_max);
    beacon->concern_max = places(CONCERN_PARTS * room, sizeof(struct concern));
    beacon->concerns = PRINTS_RECORDS(keep, struct concern, beacon->concern_max);
    return beacon;
}

static struct hash_key key_of(const struct beacon *beacon, int64_t day)
{
    struct hash_key key;
    for (size_t i = 0; i < sizeof key.word / sizeof *key.word; i++)
        key.word[i] = hash_two(&beacon->key, (uint64_t)day, i + 1);
    return key;
}

uint64_t beacon_print_of(const struct hash_key *day_key, uint64_t line, uint64_t server)
{
    return prints_of(hash_two(day_key, line, server));
}

uint64_t beacon_hash_address(const struct beacon *beacon, const struct ip_address *address)
{
    return active_lines_hash(&beacon->key, address);
}

void beacon_lose(struct beacon *beacon, uint32_t concern)
{
    if (concern != NONE)
        beacon->concerns[concern].print = 0;
}

void beacon_take_keys(struct beacon *beacon)
{
    if (beacon->key_day == beacon->totals.day)
        return;
    beacon->key_day = beacon->totals.day;
    beacon->day_key = key_of(beacon, beacon->totals.day);
    beacon->old_key = key_of(beacon, beacon->totals.old_day);
}

/* Concerns know their addresses and follow at once; every other pair when it next calls. */
static void follow(struct beacon *beacon, uint32_t index)
{
    struct concern *concern = &beacon->concerns[index];
    size_t slot =
        concern->print == 0 ? PRINTS_NONE : pairs_find(&beacon->pairs, concern->print);
    if (slot == PRINTS_NONE)
        return;
    uint32_t lost;
    uint64_t line = beacon_hash_address(beacon, &concern->line);
    concern->print = beacon_print_of(&beacon->day_key, line, concern->server_print);
    pairs_move(&beacon->pairs, slot, concern->print, &lost);
    beacon_lose(beacon, lost);
}

void beacon_turn_day(struct beacon *beacon, int64_t day)
{
    if (day <= beacon->totals.day)
        return;
    beacon->totals.old_day = beacon->totals.day;
    beacon->totals.day = day;
    beacon_take_keys(beacon);
    for (uint32_t i = 0; i < beacon->totals.concern_used; i++)
        follow(beacon, i);
}

/* Calls seen at unlike rates of sampling are never counted together: they are other servers,
 * and other pairs. */
static uint64_t server_print(const struct beacon *beacon, const struct flow *flow)
{
    uint32_t rate = observation_rate(&flow->observation);
    uint64_t service =
        (uint64_t)(rate - 1) << 32 | (uint64_t)flow->protocol << 16 | flow->responder_port;
    return prints_of(
        hash_two(&beacon->key, beacon_hash_address(beacon, &flow->responder), service));
}

static void note_line(struct beacon *beacon, uint64_t line)
{
    if (active_lines_add(&beacon->totals.lines, line))
        beacon->totals.active_lines = active_lines_count(&beacon->totals.lines);
}

/* Whoever has a hub goes last, then whoever has more pairs. */
static bool is_weaker(const struct beacon *beacon, size_t a, size_t b)
{
    bool a_hub = beacon->servers[a].hub != NONE;
    bool b_hub = beacon->servers[b].hub != NONE;
    if (a_hub != b_hub)
        return b_hub;
    return beacon->server_pairs[a] < beacon->server_pairs[b];
}

size_t beacon_server(struct beacon *beacon, uint64_t print)
{
    struct prints *prints = &beacon->server_prints;
    size_t slot = prints_find(prints, print);
    if (slot != PRINTS_NONE)
        return slot;
    size_t home = prints_home(prints, print);
    slot = home;
    for (size_t i = home; i < home + PRINTS_WAYS && prints->print[slot] != 0; i++)
        if (prints->print[i] == 0 || is_weaker(beacon, i, slot))
            slot = i;
    if (prints->print[slot] != 0) {
        beacon->totals.servers_evicted++;
        if (beacon->servers[slot].hub != NONE)
            beacon->hubs[beacon->servers[slot].hub].print = 0;
    }
    prints->print[slot] = print;
    beacon->servers[slot] = (struct server){ .hub = NONE, .concerns = NONE };
    beacon->server_pairs[slot] = 0;
    return slot;
}

/* How long silent, in its own mean intervals. */
static double overdue(const struct concern *concern, int64_t now_ns)
{
    double interval_ns =
        (double)(concern->last_ns - concern->first_ns) / fmax(1, concern->sightings);
    return (double)(now_ns - concern->last_ns) / (interval_ns + 1e9);
}

/* Of the next few, one that has not fired if there is any, and of those the one longest
 * overdue: slow callers are not pushed out by quick ones that have stopped. */
static uint32_t concern_to_evict(struct beacon *beacon, int64_t now_ns)
{
    uint32_t found = beacon->totals.concern_hand;
    for (uint32_t i = 0; i < EVICTION_LOOKS; i++) {
        const struct concern *a = &beacon->concerns[beacon->totals.concern_hand];
        const struct concern *b = &beacon->concerns[found];
        if (a->fired != b->fired ? !a->fired : overdue(a, now_ns) > overdue(b, now_ns))
            found = beacon->totals.concern_hand;
        beacon->totals.concern_hand = (beacon->totals.concern_hand + 1) % beacon->concern_max;
    }
    return found;
}

uint32_t beacon_take_concern(struct beacon *beacon, int64_t now_ns)
{
    if (beacon->totals.concern_used < beacon->concern_max)
        return beacon->totals.concern_used++;
    uint32_t index = concern_to_evict(beacon, now_ns);
    const struct concern *old = &beacon->concerns[index];
    size_t slot = old->print == 0 ? PRINTS_NONE : pairs_find(&beacon->pairs, old->print);
    if (slot != PRINTS_NONE)
        beacon->pairs.at[slot] = (struct pair){ .sightings = 0 };
    beacon->totals.concerns_evicted++;
    beacon->totals.fired_evicted += old->fired;
    return index;
}

static uint64_t calls_of(const struct hub *hub)
{
    return (uint64_t)hub->earlier + hub->sightings;
}

/* Whoever fired goes last; before, what was not called for a day goes first, then whoever is
 * called least: newcomers do not push out what tells most. */
static bool is_weaker_hub(const struct beacon *beacon, const struct hub *a, const struct hub *b)
{
    if (a->fired != b->fired)
        return b->fired;
    bool a_stale = beacon->totals.latest_ns - a->last_ns > TIME_DAY_NS;
    bool b_stale = beacon->totals.latest_ns - b->last_ns > TIME_DAY_NS;
    return a_stale != b_stale ? a_stale : calls_of(a) < calls_of(b);
}

/* The weakest of the next few. */
uint32_t beacon_take_hub(struct beacon *beacon)
{
    struct beacon_totals *totals = &beacon->totals;
    if (totals->hub_used < beacon->hub_max)
        return totals->hub_used++;
    uint32_t found = totals->hub_hand;
    for (uint32_t i = 0; i < EVICTION_LOOKS; i++) {
        const struct hub *a = &beacon->hubs[totals->hub_hand];
        const struct hub *b = &beacon->hubs[found];
        if (is_weaker_hub(beacon, a, b))
            found = totals->hub_hand;
        totals->hub_hand = (totals->hub_hand + 1) % beacon->hub_max;
    }
    uint64_t print = beacon->hubs[found].print;
    size_t slot = print == 0 ? PRINTS_NONE : prints_find(&beacon->server_prints, print);
    if (slot != PRINTS_NONE)
        beacon->servers[slot].hub = NONE;
    totals->hubs_evicted++;
    return found;
}

static int64_t start_of(int64_t now_ns, uint32_t ticks)
{
    int32_t ago = (int32_t)(concern_ticks(now_ns) - ticks);
    return now_ns - ago * CONCERN_TICK_NS;
}

struct prints_of_call {
    uint64_t line, server, pair;
};

static void promote(struct beacon *beacon, struct pair *pair, struct prints_of_call print,
                    const struct admitted_flow *admitted)
{
    const struct flow *flow = &admitted->flow;
    uint32_t index = beacon_take_concern(beacon, flow_start_ns(flow));
    struct concern *concern = &beacon->concerns[index];
    *concern = (struct concern){
        .print = print.pair,
        .server_print = print.server,
        .server = flow->responder,
        .line = flow->initiator,
        .port = flow->responder_port,
        .protocol = flow->protocol,
        .direction = (uint8_t)admitted->direction,
        .basis = (uint8_t)admitted->basis,
        .server_place = (uint8_t)admitted->responder_place,
        .line_place = (uint8_t)admitted->initiator_place,
        .judge_at = BEACON_JUDGE_FIRST,
        .octets_out = pair_float_value(pair->octets_out),
        .octets_in = pair_float_value(pair->octets_in),
        .failed = pair->failed,
        .connections = pair->connections,
        .rate = observation_rate(&flow->observation),
    };
    uint32_t starts[PAIR_EARLY];
    for (size_t i = pair_starts(pair, starts); i-- > 0;)
        concern_add_earlier(concern, start_of(flow_start_ns(flow), starts[i]));
    concern_add_call(concern, flow);
    pair->sightings = PAIR_PROMOTED;
    pair->latest = index;
}

/* Its popularity is asked again at each doubling: others may have come to the server.  Where
 * places are short, only steady pairs may push another out. */
static bool is_to_promote(struct beacon *beacon, const struct pair *pair,
                          struct prints_of_call print, uint32_t start)
{
    bool is_power = (pair->sightings & (pair->sightings - 1)) == 0;
    if (pair->sightings != PAIR_EARLY && (pair->sightings < PAIR_EARLY || !is_power))
        return false;
    if (beacon_surroundings(beacon, print.server).is_popular) {
        beacon->totals.left_popular++;
        return false;
    }
    bool has_room = beacon->totals.concern_used < beacon->concern_max;
    bool is_uneven = !has_room && !pair_is_steady(pair, start);
    beacon->totals.left_uneven += is_uneven;
    return !is_uneven;
}

/* Gives whether it is a sighting of its own. */
static bool note_early(struct beacon *beacon, struct pair *pair, struct prints_of_call print,
                       const struct admitted_flow *admitted)
{
    const struct flow *flow = &admitted->flow;
    uint32_t start = concern_ticks(flow_start_ns(flow));
    bool is_new = pair->sightings == 0 || !concern_together(start, pair->latest);
    if (is_new && is_to_promote(beacon, pair, print, start)) {
        promote(beacon, pair, print, admitted);
        return true;
    }
    const struct pair_call call = { .start = start,
                                    .octets_out = flow->forward.octets,
                                    .octets_in = flow->reverse.octets,
                                    .is_new = is_new && pair->sightings < PAIR_SIGHTINGS_MAX,
                                    .failed = concern_call_failed(flow) };
    pair_add(pair, &call);
    return is_new;
}

static bool note_call(struct beacon *beacon, struct concern *concern, const struct flow *flow,
                      struct sighting_sink sink)
{
    uint32_t before = concern->sightings;
    concern_add_call(concern, flow);
    bool is_new = concern->sightings != before;
    if (concern->sightings < concern->judge_at)
        return is_new;
    concern->judge_at *= 2;
    beacon_judge(beacon, concern, sink);
    return is_new;
}

static void begin_hub(struct beacon *beacon, size_t slot, const struct admitted_flow *admitted)
{
    const struct flow *flow = &admitted->flow;
    uint32_t index = beacon_take_hub(beacon);
    beacon->hubs[index] = (struct hub){
        .print = beacon->server_prints.print[slot],
        .server = flow->responder,
        .first_ns = flow_start_ns(flow),
        .last_ns = flow_end_ns(flow),
        .earlier = beacon->servers[slot].sightings,
        .rate = observation_rate(&flow->observation),
        .port = flow->responder_port,
        .protocol = flow->protocol,
        .direction = (uint8_t)admitted->direction,
        .basis = (uint8_t)admitted->basis,
        .server_place = (uint8_t)admitted->responder_place,
    };
    beacon->servers[slot].hub = index;
}

/* Asked again at each doubling. */
static bool is_to_have_hub(const struct beacon *beacon, size_t slot, const struct flow *flow)
{
    const struct server *server = &beacon->servers[slot];
    bool is_thin = observation_rate(&flow->observation) > POOL_TIMED_RATE_MAX;
    bool is_power = (server->sightings & (server->sightings - 1)) == 0;
    if (!is_power || server->sightings < (is_thin ? HUB_SAMPLED_FROM : HUB_FROM))
        return false;
    struct surroundings around = beacon_surroundings(beacon, beacon->server_prints.print[slot]);
    return around.clients > POOL_LINES_LEAST - 0.5 && !around.is_popular;
}

/* A connection; call is NULL when it came together with another. */
static void note_server(struct beacon *beacon, size_t slot,
                        const struct admitted_flow *admitted, const struct hub_call *call)
{
    const struct flow *flow = &admitted->flow;
    struct server *server = &beacon->servers[slot];
    if (call && server->sightings < UINT32_MAX)
        server->sightings++;
    if (server->hub == NONE && call && is_to_have_hub(beacon, slot, flow))
        begin_hub(beacon, slot, admitted);
    if (server->hub == NONE)
        return;
    struct hub *hub = &beacon->hubs[server->hub];
    if (flow_start_ns(flow) < hub->first_ns)
        hub->first_ns = flow_start_ns(flow);
    if (flow_end_ns(flow) > hub->last_ns)
        hub->last_ns = flow_end_ns(flow);
    hub->connections++;
    hub->octets_out += flow->forward.octets;
    hub->octets_in += flow->reverse.octets;
    if (call)
        hub_add(hub, call);
}

static struct prints_of_call prints_of_flow(const struct beacon *beacon,
                                            const struct flow *flow)
{
    struct prints_of_call print;
    print.line = beacon_hash_address(beacon, &flow->initiator);
    print.server = server_print(beacon, flow);
    print.pair = beacon_print_of(&beacon->day_key, print.line, print.server);
    return print;
}

static void beacon_expect(const void *state, const struct admitted_flow *admitted)
{
    const struct beacon *beacon = state;
    if (call_reason_to_leave(admitted) != CALL_REASONS)
        return;
    struct prints_of_call print = prints_of_flow(beacon, &admitted->flow);
    prints_expect_two(&beacon->pairs.prints, print.pair);
    prints_expect(&beacon->server_prints, print.server);
}

/* A record may lie on two lines. */
static void expect_record(const void *record, size_t octets)
{
    PREFETCH(record);
    PREFETCH((const char *)record + octets - 1);
}

/* What is not there yet may be there under yesterday's key, else it takes a place. */
static void expect_new(const struct beacon *beacon, const struct prints_of_call *print)
{
    size_t slot = prints_free_two(&beacon->pairs.prints, print->pair);
    if (slot != PRINTS_NONE) {
        expect_record(&beacon->pairs.at[slot], sizeof(struct pair));
    } else {
        PREFETCH(&beacon->pairs.at[prints_home(&beacon->pairs.prints, print->pair)]);
        seen_expect(&beacon->pairs.seen, print->pair);
    }
    if (beacon->totals.old_day == NO_DAY)
        return;
    uint64_t old = beacon_print_of(&beacon->old_key, print->line, print->server);
    prints_expect_two(&beacon->pairs.prints, old);
}

static void beacon_expect_more(const void *state, const struct admitted_flow *admitted)
{
    const struct beacon *beacon = state;
    if (call_reason_to_leave(admitted) != CALL_REASONS)
        return;
    struct prints_of_call print = prints_of_flow(beacon, &admitted->flow);
    size_t slot = pairs_find(&beacon->pairs, print.pair);
    if (slot == PRINTS_NONE)
        expect_new(beacon, &print);
    else
        expect_record(&beacon->pairs.at[slot], sizeof(struct pair));
    slot = prints_find(&beacon->server_prints, print.server);
    if (slot == PRINTS_NONE)
        slot = prints_home(&beacon->server_prints, print.server);
    PREFETCH(&beacon->server_pairs[slot]);
    expect_record(&beacon->servers[slot], sizeof(struct server));
}

/* Under today's key, or brought over from yesterday's. */
static size_t find_pair(struct beacon *beacon, const struct prints_of_call *print)
{
    size_t slot = pairs_find(&beacon->pairs, print->pair);
    if (slot != PRINTS_NONE || beacon->totals.old_day == NO_DAY)
        return slot;
    uint64_t old = beacon_print_of(&beacon->old_key, print->line, print->server);
    slot = pairs_find(&beacon->pairs, old);
    if (slot == PRINTS_NONE)
        return slot;
    uint32_t lost;
    slot = pairs_move(&beacon->pairs, slot, print->pair, &lost);
    beacon_lose(beacon, lost);
    return slot;
}

static size_t new_pair(struct beacon *beacon, const struct prints_of_call *print, size_t server)
{
    sketch_add(&beacon->servers[server].clients, print->line);
    uint32_t lost;
    size_t slot = pairs_take(&beacon->pairs, print->pair, false, &lost);
    beacon_lose(beacon, lost);
    beacon->server_pairs[server] += slot != PRINTS_NONE;
    return slot;
}

static double seconds_since(uint32_t start, uint32_t earlier)
{
    return fabs((double)(int32_t)(start - earlier)) / CONCERN_TICKS_A_SECOND;
}

/* What the pair tells of the call before, for the server. */
static void tell_before(const struct beacon *beacon, const struct pair *pair,
                        struct hub_call *call)
{
    uint32_t latest = pair->latest;
    call->before = pair->sightings;
    if (pair->sightings == PAIR_PROMOTED) {
        const struct concern *concern = &beacon->concerns[pair->latest];
        call->before = concern->sightings;
        latest = concern->starts[(concern->sightings + CONCERN_STARTS - 1) % CONCERN_STARTS];
    }
    if (call->before > 0)
        call->gap_s = seconds_since(concern_ticks(call->start_ns), latest);
}

static bool note_pair(struct beacon *beacon, size_t slot, struct prints_of_call print,
                      const struct admitted_flow *admitted, struct sighting_sink sink)
{
    struct pair *pair = &beacon->pairs.at[slot];
    if (pair->sightings == PAIR_PROMOTED)
        return note_call(beacon, &beacon->concerns[pair->latest], &admitted->flow, sink);
    return note_early(beacon, pair, print, admitted);
}

static bool beacon_wants(const struct admitted_flow *admitted)
{
    return call_reason_to_leave(admitted) == CALL_REASONS;
}

static void beacon_observe(void *state, const struct admitted_flow *admitted,
                           enum behaviour_end end, struct sighting_sink sink)
{
    struct beacon *beacon = state;
    const struct flow *flow = &admitted->flow;
    enum call_reason reason = call_reason_to_leave(admitted);
    if (end == END_LINE) {
        if (reason == CALL_REASONS)
            note_line(beacon, beacon_hash_address(beacon, &flow->initiator));
        return;
    }
    if (reason != CALL_REASONS) {
        beacon->totals.left_out[reason]++;
        return;
    }
    if (flow_end_ns(flow) > beacon->totals.latest_ns) {
        beacon->totals.latest_ns = flow_end_ns(flow);
        beacon_turn_day(beacon, flow_end_ns(flow) / TIME_DAY_NS);
    }
    beacon_take_keys(beacon);
    struct prints_of_call print = prints_of_flow(beacon, flow);
    size_t server = beacon_server(beacon, print.server);
    if (beacon->servers[server].sightings == 0)
        beacon->servers[server].first_s = (uint32_t)(flow_start_ns(flow) / TIME_SECOND_NS);
    size_t slot = find_pair(beacon, &print);
    if (slot == PRINTS_NONE)
        slot = new_pair(beacon, &print, server);
    struct hub_call call = { .line = print.line,
                             .start_ns = flow_start_ns(flow),
                             .gap_s = -1,
                             .octets = flow->forward.octets };
    bool is_new = true;
    if (slot != PRINTS_NONE) {
        tell_before(beacon, &beacon->pairs.at[slot], &call);
        is_new = note_pair(beacon, slot, print, admitted, sink);
    }
    note_server(beacon, server, admitted, is_new ? &call : NULL);
}

static void beacon_count(const void *state, struct summary *summary)
{
    const struct beacon *beacon = state;
    for (size_t i = 0; i < CALL_REASONS; i++)
        summary_count(summary, "behaviour", call_reason_name((enum call_reason)i), "flows",
                      beacon->totals.left_out[i]);
    const struct {
        const char *reason;
        const char *unit;
        uint64_t count;
    } rows[] = {
        { "beacon: server popular", "pairs", beacon->totals.left_popular },
        { "beacon: resolver", "pairs", beacon->totals.left_dns },
        { "beacon: sampled too thinly to time", "judgements", beacon->totals.left_sampled },
        { "beacon: pairs held", "pairs", prints_used(&beacon->pairs.prints) },
        { "beacon: pairs evicted", "pairs", beacon->pairs.counts.evicted },
        { "beacon: pairs turned away once", "pairs", beacon->pairs.counts.turned_away },
        { "beacon: pairs too uneven for a full table", "pairs", beacon->totals.left_uneven },
        { "beacon: servers held", "servers", prints_used(&beacon->server_prints) },
        { "beacon: servers evicted", "servers", beacon->totals.servers_evicted },
        { "beacon: servers of concern held", "servers", beacon->totals.hub_used },
        { "beacon: servers of concern evicted", "servers", beacon->totals.hubs_evicted },
        { "beacon: concerns held", "pairs", beacon->totals.concern_used },
        { "beacon: concerns evicted", "pairs", beacon->totals.concerns_evicted },
        { "beacon: fired concerns evicted", "pairs", beacon->totals.fired_evicted },
        { "beacon: units judged", "units", beacon->totals.units_judged },
        { "beacon: pairs that fired", "pairs", beacon->totals.fired },
        { "beacon: servers that fired as a whole", "servers", beacon->totals.servers_fired },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        summary_count(summary, "behaviour", rows[i].reason, rows[i].unit, rows[i].count);
}

const struct behaviour_kind behaviour_beacon = {
    .ends = END_RESPONDER | END_LINE,
    .wants = beacon_wants,
    .init = beacon_init,
    .expect = beacon_expect,
    .expect_more = beacon_expect_more,
    .observe = beacon_observe,
    .finish = beacon_finish,
    .count = beacon_count,
    .parts = beacon_parts,
    .merge = beacon_merge,
};
