// SPDX-License-Identifier: Apache-2.0
/* Beacons: lines that call a server at times no person keeps.  Wide tier: a fingerprint and
 * the latest three calls of every pair.  At the fourth sighting a pair becomes a concern with
 * a ring of its calls, unless its server is popular; it is judged at 8, 16, 32 ... sightings
 * and at the end of input, when the lines of a server are judged together too (detectors.md
 * 0.2, 1.3, 2.2). */
#include <math.h>

#include "base/attr.h"
#include "base/must.h"
#include "base/time.h"
#include "behaviour/call_private.h"
#include "behaviour/concern.h"
#include "behaviour/evidence.h"
#include "behaviour/kinds_private.h"
#include "behaviour/null.h"
#include "behaviour/prints.h"
#include "behaviour/sketch.h"

enum {
    EARLY = 3,                      /* calls kept of every pair */
    SIGHTINGS_PROMOTED = UINT8_MAX, /* in place of a count: the pair is a concern */
    SIGHTINGS_MAX = 240,
    JUDGE_FIRST = 8,
    LINE_SKETCHES = 16,
    LINES_EVERY = 1024, /* looked-at flows between two estimates of the active lines */
    DNS_LINES_LEAST = 10,
    TIMED_RATE_MAX = 20, /* sampled more thinly, steady calls no longer look steady */
    EVICTION_LOOKS = 8,
};
#define NONE UINT32_MAX

/* Of a pair, under its fingerprint; no address. */
struct pair {
    uint32_t starts[EARLY]; /* ticks, a ring; once promoted the first is its concern */
    uint32_t octets_out[EARLY];
    uint32_t octets_in;
    uint16_t connections;
    uint8_t sightings;
    uint8_t failed;
};

struct server {
    struct sketch clients;
    uint32_t concerns; /* first of the chain, while pools are judged */
    uint64_t judged;   /* pooled sightings when it last was */
    bool fired;
};

struct beacon {
    struct hash_key key;
    struct prints pair_prints;
    struct pair *pairs;
    struct prints server_prints;
    struct server *servers;
    uint32_t *server_pairs; /* of each server; apart, since those of a bucket are compared */
    struct concern *concerns;
    uint32_t concern_max;
    uint32_t concern_used; /* from the front; none is given back but by eviction */
    uint32_t concern_hand;
    struct sketch lines[LINE_SKETCHES]; /* a line is in one of them */
    double active_lines;                /* estimate of now and then */
    uint64_t looked_at;
    uint64_t left_out[CALL_REASONS];
    uint64_t units_judged;
    uint64_t left_popular;
    uint64_t left_dns;
    uint64_t left_sampled;
    uint64_t pairs_evicted;
    uint64_t servers_evicted;
    uint64_t concerns_evicted;
    uint64_t fired_evicted;
    uint64_t fired;
    uint64_t servers_fired;
};

static void *beacon_init(const struct behaviour_limits *limits, struct hash_key key,
                         struct arena *keep)
{
    enum { SLACK = 512, LEAST = 65536 };
    MUST(limits->memory_octets >= LEAST);
    struct beacon *beacon = ARENA_NEW(keep, struct beacon, 1);
    beacon->key = key;
    size_t room = (limits->memory_octets - sizeof *beacon - SLACK) / 16;
    prints_init(&beacon->pair_prints, 6 * room / (sizeof(uint64_t) + sizeof(struct pair)),
                keep);
    beacon->pairs = PRINTS_RECORDS(keep, struct pair, prints_slots(&beacon->pair_prints));
    size_t server_octets = sizeof(uint64_t) + sizeof(uint32_t) + sizeof(struct server);
    prints_init(&beacon->server_prints, 4 * room / server_octets, keep);
    beacon->servers = PRINTS_RECORDS(keep, struct server, prints_slots(&beacon->server_prints));
    beacon->server_pairs = PRINTS_RECORDS(keep, uint32_t, prints_slots(&beacon->server_prints));
    size_t concerns = 5 * room / sizeof(struct concern);
    beacon->concern_max = concerns < NONE ? (uint32_t)concerns : NONE - 1;
    beacon->concerns = PRINTS_RECORDS(keep, struct concern, beacon->concern_max);
    return beacon;
}

static uint64_t hash_address(const struct beacon *beacon, const struct ip_address *address)
{
    return hash_sixteen(&beacon->key, address->octets);
}

/* Calls seen at unlike rates of sampling are never counted together: they are other servers,
 * and other pairs. */
static uint64_t server_print(const struct beacon *beacon, const struct flow *flow)
{
    uint32_t rate = observation_rate(&flow->observation);
    uint64_t service =
        (uint64_t)(rate - 1) << 32 | (uint64_t)flow->protocol << 16 | flow->responder_port;
    return prints_of(hash_two(&beacon->key, hash_address(beacon, &flow->responder), service));
}

static void note_line(struct beacon *beacon, uint64_t line)
{
    sketch_add(&beacon->lines[line >> 60], line);
    if (beacon->looked_at++ % LINES_EVERY != 0)
        return;
    beacon->active_lines = 0;
    for (size_t i = 0; i < LINE_SKETCHES; i++)
        beacon->active_lines += sketch_count(&beacon->lines[i]);
}

/* Lines from which on a server is popular: one in five of a small network (at least ten), 200
 * of a middling one, one in a thousand of a carrier. */
static double popular_from(double active_lines)
{
    double small = fmax(10, active_lines / 5);
    return active_lines <= 1000 ? small : fmax(200, active_lines / 1000);
}

static double clients_of(const struct beacon *beacon, uint64_t print)
{
    size_t slot = prints_find(&beacon->server_prints, print);
    return slot == PRINTS_NONE ? 1 : sketch_count(&beacon->servers[slot].clients);
}

static struct surroundings surroundings_of(const struct beacon *beacon, uint64_t print)
{
    double clients = clients_of(beacon, print);
    return (struct surroundings){ clients, beacon->active_lines,
                                  clients >= popular_from(beacon->active_lines) };
}

static void note_client(struct beacon *beacon, uint64_t print, uint64_t line)
{
    struct prints *prints = &beacon->server_prints;
    size_t slot = prints_find(prints, print);
    if (slot == PRINTS_NONE) {
        size_t home = prints_home(prints, print);
        slot = home;
        for (size_t i = home; i < home + PRINTS_WAYS && prints->print[slot] != 0; i++)
            if (prints->print[i] == 0 || beacon->server_pairs[i] < beacon->server_pairs[slot])
                slot = i;
        beacon->servers_evicted += prints->print[slot] != 0;
        prints->print[slot] = print;
        beacon->servers[slot] = (struct server){ .fired = false };
        beacon->server_pairs[slot] = 0;
    }
    sketch_add(&beacon->servers[slot].clients, line);
    beacon->server_pairs[slot]++;
}

/* Concerns go last, then those that called more than once, then the latest. */
static bool is_weaker(const struct pair *a, const struct pair *b)
{
    bool a_promoted = a->sightings == SIGHTINGS_PROMOTED;
    bool b_promoted = b->sightings == SIGHTINGS_PROMOTED;
    if (a_promoted || b_promoted)
        return !a_promoted;
    if ((a->sightings > 1) != (b->sightings > 1))
        return a->sightings == 1;
    uint32_t a_latest = a->starts[(a->sightings + EARLY - 1) % EARLY];
    uint32_t b_latest = b->starts[(b->sightings + EARLY - 1) % EARLY];
    return (int32_t)(a_latest - b_latest) < 0;
}

static size_t new_pair(struct beacon *beacon, uint64_t print)
{
    struct prints *prints = &beacon->pair_prints;
    size_t home = prints_home(prints, print);
    size_t slot = home;
    for (size_t i = home; i < home + PRINTS_WAYS && prints->print[slot] != 0; i++)
        if (prints->print[i] == 0 || is_weaker(&beacon->pairs[i], &beacon->pairs[slot]))
            slot = i;
    struct pair *pair = &beacon->pairs[slot];
    if (prints->print[slot] != 0) {
        beacon->pairs_evicted++;
        if (pair->sightings == SIGHTINGS_PROMOTED)
            beacon->concerns[pair->starts[0]].print = 0; /* judged no more but at the end */
    }
    prints->print[slot] = print;
    *pair = (struct pair){ .sightings = 0 };
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
    uint32_t found = beacon->concern_hand;
    for (uint32_t i = 0; i < EVICTION_LOOKS; i++) {
        const struct concern *a = &beacon->concerns[beacon->concern_hand];
        const struct concern *b = &beacon->concerns[found];
        if (a->fired != b->fired ? !a->fired : overdue(a, now_ns) > overdue(b, now_ns))
            found = beacon->concern_hand;
        beacon->concern_hand = (beacon->concern_hand + 1) % beacon->concern_max;
    }
    return found;
}

static uint32_t take_concern(struct beacon *beacon, int64_t now_ns)
{
    if (beacon->concern_used < beacon->concern_max)
        return beacon->concern_used++;
    uint32_t index = concern_to_evict(beacon, now_ns);
    const struct concern *old = &beacon->concerns[index];
    size_t slot = old->print == 0 ? PRINTS_NONE : prints_find(&beacon->pair_prints, old->print);
    if (slot != PRINTS_NONE)
        beacon->pairs[slot] = (struct pair){ .sightings = 0 };
    beacon->concerns_evicted++;
    beacon->fired_evicted += old->fired;
    return index;
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
    uint32_t index = take_concern(beacon, flow_start_ns(flow));
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
        .judge_at = JUDGE_FIRST,
        .octets_in = pair->octets_in,
        .failed = pair->failed,
        .connections = pair->connections,
        .rate = observation_rate(&flow->observation),
    };
    for (size_t i = pair->sightings; i < (size_t)pair->sightings + EARLY; i++)
        concern_add_earlier(concern, start_of(flow_start_ns(flow), pair->starts[i % EARLY]),
                            pair->octets_out[i % EARLY]);
    concern_add_call(concern, flow);
    pair->sightings = SIGHTINGS_PROMOTED;
    pair->starts[0] = index;
}

/* Its popularity is asked again at each doubling: others may have come to the server. */
static void note_early(struct beacon *beacon, struct pair *pair, struct prints_of_call print,
                       const struct admitted_flow *admitted)
{
    const struct flow *flow = &admitted->flow;
    uint32_t start = concern_ticks(flow_start_ns(flow));
    bool is_new = pair->sightings == 0 ||
                  !concern_together(start, pair->starts[(pair->sightings + EARLY - 1) % EARLY]);
    bool is_power = (pair->sightings & (pair->sightings - 1)) == 0;
    if (is_new && (pair->sightings == EARLY || (pair->sightings > EARLY && is_power))) {
        if (!surroundings_of(beacon, print.server).is_popular) {
            promote(beacon, pair, print, admitted);
            return;
        }
        beacon->left_popular++;
    }
    uint64_t octets_in = pair->octets_in + flow->reverse.octets;
    pair->octets_in = octets_in < UINT32_MAX ? (uint32_t)octets_in : UINT32_MAX;
    if (pair->connections < UINT16_MAX)
        pair->connections++;
    if (pair->failed < UINT8_MAX)
        pair->failed = (uint8_t)(pair->failed + concern_call_failed(flow));
    size_t at = pair->sightings % EARLY;
    if (!is_new || pair->sightings == SIGHTINGS_MAX)
        return;
    pair->starts[at] = start;
    pair->octets_out[at] =
        flow->forward.octets < UINT32_MAX ? (uint32_t)flow->forward.octets : UINT32_MAX;
    pair->sightings++;
}

/* A resolver is called all day by everybody it serves: one is judged only where there are
 * lines enough to see that nobody else calls it. */
static bool is_known_resolver(const struct beacon *beacon, const struct concern *concern,
                              double clients)
{
    return concern->port == 53 && (beacon->active_lines < DNS_LINES_LEAST || clients >= 1.5);
}

/* Once fired, a pair is told again with its later numbers, be they weaker: whoever keeps the
 * finding must hear that too. */
static void judge(struct beacon *beacon, struct concern *concern, struct sighting_sink sink)
{
    struct concern_timing timing;
    bool is_new = concern->sightings != concern->judged;
    beacon->units_judged += concern->judged == 0;
    concern->judged = concern->sightings;
    if ((!is_new && !concern->fired) || !concern_measure(concern, &timing))
        return;
    if (concern->rate > TIMED_RATE_MAX) {
        beacon->left_sampled++;
        return;
    }
    bool steady =
        timing.spread < null_edge(&null_pair_spread, timing.sightings, EVIDENCE_LEVEL_FIRING);
    if (!steady && !concern->fired)
        return;
    struct surroundings around = surroundings_of(beacon, concern->server_print);
    bool dns = is_known_resolver(beacon, concern, around.clients);
    if (!concern->fired && (dns || around.is_popular)) {
        beacon->left_dns += dns;
        beacon->left_popular += !dns;
        return;
    }
    beacon->fired += !concern->fired;
    concern->fired = true;
    struct sighting sighting;
    evidence_of_pair(concern, &timing, &around, &sighting);
    sink.take(sink.context, &sighting);
}

static void note_call(struct beacon *beacon, struct concern *concern, const struct flow *flow,
                      struct sighting_sink sink)
{
    concern_add_call(concern, flow);
    if (concern->sightings < concern->judge_at)
        return;
    concern->judge_at *= 2;
    judge(beacon, concern, sink);
}

static struct prints_of_call prints_of_flow(const struct beacon *beacon,
                                            const struct flow *flow)
{
    struct prints_of_call print;
    print.line = hash_address(beacon, &flow->initiator);
    print.server = server_print(beacon, flow);
    print.pair = prints_of(hash_two(&beacon->key, print.line, print.server));
    return print;
}

static void beacon_expect(const void *state, const struct admitted_flow *admitted)
{
    const struct beacon *beacon = state;
    if (call_reason_to_leave(admitted) != CALL_REASONS)
        return;
    struct prints_of_call print = prints_of_flow(beacon, &admitted->flow);
    prints_expect(&beacon->pair_prints, print.pair);
    prints_expect(&beacon->server_prints, print.server);
}

/* What is not there yet takes a place, and looks at all of its bucket for it. */
static void expect_new(const struct beacon *beacon, const struct prints_of_call *print)
{
    const struct pair *pairs = &beacon->pairs[prints_home(&beacon->pair_prints, print->pair)];
    for (size_t i = 0; i < PRINTS_WAYS; i += 2)
        PREFETCH(pairs + i);
    size_t slot = prints_find(&beacon->server_prints, print->server);
    if (slot == PRINTS_NONE)
        slot = prints_home(&beacon->server_prints, print->server);
    PREFETCH(&beacon->server_pairs[slot]);
    PREFETCH(&beacon->servers[slot]);
}

static void beacon_expect_more(const void *state, const struct admitted_flow *admitted)
{
    const struct beacon *beacon = state;
    if (call_reason_to_leave(admitted) != CALL_REASONS)
        return;
    struct prints_of_call print = prints_of_flow(beacon, &admitted->flow);
    size_t slot = prints_find(&beacon->pair_prints, print.pair);
    if (slot == PRINTS_NONE)
        expect_new(beacon, &print);
    else
        PREFETCH(&beacon->pairs[slot]);
}

static void beacon_observe(void *state, const struct admitted_flow *admitted,
                           enum behaviour_end end, struct sighting_sink sink)
{
    (void)end;
    struct beacon *beacon = state;
    const struct flow *flow = &admitted->flow;
    enum call_reason reason = call_reason_to_leave(admitted);
    if (reason != CALL_REASONS) {
        beacon->left_out[reason]++;
        return;
    }
    struct prints_of_call print = prints_of_flow(beacon, flow);
    note_line(beacon, print.line);
    size_t slot = prints_find(&beacon->pair_prints, print.pair);
    if (slot == PRINTS_NONE) {
        note_client(beacon, print.server, print.line);
        slot = new_pair(beacon, print.pair);
    }
    struct pair *pair = &beacon->pairs[slot];
    if (pair->sightings == SIGHTINGS_PROMOTED)
        note_call(beacon, &beacon->concerns[pair->starts[0]], flow, sink);
    else
        note_early(beacon, pair, print, admitted);
}

/* Chains the concerns of each server. */
static void chain_concerns(struct beacon *beacon)
{
    for (size_t slot = 0; slot < prints_slots(&beacon->server_prints); slot++)
        if (beacon->server_prints.print[slot] != 0)
            beacon->servers[slot].concerns = NONE;
    for (uint32_t i = 0; i < beacon->concern_used; i++) {
        struct concern *concern = &beacon->concerns[i];
        size_t slot = prints_find(&beacon->server_prints, concern->server_print);
        if (slot == PRINTS_NONE)
            continue;
        concern->next = beacon->servers[slot].concerns;
        beacon->servers[slot].concerns = i;
    }
}

/* Judging costs a millisecond: only servers with enough calls, a quarter more than last time.
 */
static bool has_grown(struct beacon *beacon, struct server *server)
{
    uint64_t sightings = 0;
    for (uint32_t i = server->concerns; i != NONE; i = beacon->concerns[i].next)
        sightings += beacon->concerns[i].sightings;
    if (sightings < POOL_SIGHTINGS_LEAST || sightings < server->judged + server->judged / 4)
        return false;
    beacon->units_judged += server->judged == 0;
    server->judged = sightings;
    return true;
}

static void judge_pool(struct beacon *beacon, size_t slot, struct sighting_sink sink)
{
    struct server *server = &beacon->servers[slot];
    if (!has_grown(beacon, server))
        return;
    struct pool pool = { .lines = 0 };
    for (uint32_t i = server->concerns; i != NONE; i = beacon->concerns[i].next)
        pool_add(&pool, &beacon->concerns[i]);
    double others = fmax(0, (double)beacon->server_pairs[slot] - (double)pool.lines);
    const struct concern *any = &beacon->concerns[server->concerns];
    struct surroundings around = surroundings_of(beacon, any->server_print);
    bool left_out = around.is_popular || any->port == 53;
    struct pool_view view;
    if ((left_out && !server->fired) || !pool_look(&pool, others, &view))
        return;
    if (view.sum < pool_threshold(&view) && !server->fired)
        return;
    beacon->servers_fired += !server->fired;
    server->fired = true;
    struct sighting sighting;
    evidence_of_pool(&pool, &view, any, &around, &sighting);
    sink.take(sink.context, &sighting);
}

static void beacon_finish(void *state, struct sighting_sink sink)
{
    struct beacon *beacon = state;
    for (uint32_t i = 0; i < beacon->concern_used; i++)
        judge(beacon, &beacon->concerns[i], sink);
    chain_concerns(beacon);
    for (size_t slot = 0; slot < prints_slots(&beacon->server_prints); slot++)
        if (beacon->server_prints.print[slot] != 0 && beacon->servers[slot].concerns != NONE)
            judge_pool(beacon, slot, sink);
}

static uint64_t used_slots(const struct prints *prints)
{
    uint64_t used = 0;
    for (size_t slot = 0; slot < prints_slots(prints); slot++)
        used += prints->print[slot] != 0;
    return used;
}

static void beacon_count(const void *state, struct summary *summary)
{
    const struct beacon *beacon = state;
    for (size_t i = 0; i < CALL_REASONS; i++)
        summary_count(summary, "behaviour", call_reason_name((enum call_reason)i), "flows",
                      beacon->left_out[i]);
    const struct {
        const char *reason;
        const char *unit;
        uint64_t count;
    } rows[] = {
        { "beacon: server popular", "pairs", beacon->left_popular },
        { "beacon: resolver", "pairs", beacon->left_dns },
        { "beacon: sampled too thinly to time", "judgements", beacon->left_sampled },
        { "beacon: pairs held", "pairs", used_slots(&beacon->pair_prints) },
        { "beacon: pairs evicted", "pairs", beacon->pairs_evicted },
        { "beacon: servers held", "servers", used_slots(&beacon->server_prints) },
        { "beacon: servers evicted", "servers", beacon->servers_evicted },
        { "beacon: concerns held", "pairs", beacon->concern_used },
        { "beacon: concerns evicted", "pairs", beacon->concerns_evicted },
        { "beacon: fired concerns evicted", "pairs", beacon->fired_evicted },
        { "beacon: units judged", "units", beacon->units_judged },
        { "beacon: pairs that fired", "pairs", beacon->fired },
        { "beacon: servers that fired as a whole", "servers", beacon->servers_fired },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        summary_count(summary, "behaviour", rows[i].reason, rows[i].unit, rows[i].count);
}

const struct behaviour_kind behaviour_beacon = {
    .name = "beacon",
    .rule = "beacon 1",
    .share = 28,
    .ends = END_RESPONDER,
    .init = beacon_init,
    .expect = beacon_expect,
    .expect_more = beacon_expect_more,
    .observe = beacon_observe,
    .finish = beacon_finish,
    .count = beacon_count,
};
