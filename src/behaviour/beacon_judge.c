// SPDX-License-Identifier: Apache-2.0
/* What the beacon behaviour makes of what it counted. */
#include <math.h>

#include "base/time.h"
#include "behaviour/beacon_private.h"
#include "behaviour/null.h"

enum { DNS_LINES_LEAST = 10 };
#define NONE UINT32_MAX

struct surroundings beacon_surroundings(const struct beacon *beacon, uint64_t print)
{
    size_t slot = prints_find(&beacon->server_prints, print);
    double clients = slot == PRINTS_NONE ? 1 : sketch_count(&beacon->servers[slot].clients);
    return (struct surroundings){ clients, beacon->totals.active_lines,
                                  clients >= evidence_popular_from(beacon->totals.active_lines),
                                  beacon->learned };
}

/* Since the server was first called, as far as it is remembered. */
static void add_age(const struct beacon *beacon, uint64_t print, struct sighting *out)
{
    size_t slot = prints_find(&beacon->server_prints, print);
    if (slot == PRINTS_NONE)
        return;
    double now_s = (double)(beacon->totals.latest_ns / TIME_SECOND_NS);
    double age_s = fmax(0, now_s - beacon->servers[slot].first_s);
    evidence_add(out, (struct measure){ MEASURE_AGE, age_s, 0, 0, 0 });
}

/* A resolver is called all day by everybody it serves, for many names: one is judged only where
 * there are lines enough to see that nobody else calls it, or where nobody else is seen to and
 * all questions are of one size, as whoever asks for one name only puts them. */
static bool is_known_resolver(const struct beacon *beacon, const struct concern *concern,
                              const struct concern_timing *timing, double clients)
{
    static const double one_size = 0.02; /* doublings: of 60 octets, one */
    bool is_told = beacon->totals.active_lines >= DNS_LINES_LEAST && clients < 1.5;
    bool is_one_name = timing->size_spread >= 0 && timing->size_spread <= one_size;
    return concern->port == 53 && !is_told && !(is_one_name && clients < 1.5);
}

static bool is_regular(const struct concern_timing *timing)
{
    size_t count = timing->sightings;
    if (timing->is_thin)
        return -timing->comb < null_edge(&null_pair_comb, count, EVIDENCE_LEVEL_FIRING);
    return timing->spread < null_edge(&null_pair_spread, count, EVIDENCE_LEVEL_FIRING);
}

/* What was learned in earlier runs is of use in this one; on a live input what was learned on a
 * day is from the next on, once all was judged on that day. */
static void begin_learning(struct beacon *beacon)
{
    if (beacon->learned && !beacon->is_learning)
        learned_begin(beacon->learned);
    beacon->is_learning = true;
}

static void turn_learning(struct beacon *beacon)
{
    int64_t day = beacon->totals.latest_ns / TIME_DAY_NS;
    beacon->is_learning &= beacon->finished_day == 0 || day <= beacon->finished_day;
    beacon->finished_day = day;
    begin_learning(beacon);
}

/* Whoever is left out of judgement is left out of what it rests on. */
static void learn(struct beacon *beacon, const struct learned_case *of,
                  const struct surroundings *around)
{
    begin_learning(beacon);
    if (beacon->learned && !around->is_popular && of->port != 53)
        learned_note(beacon->learned, &beacon->key, of);
}

/* Once fired, a pair is told again with its later numbers, be they weaker: whoever keeps the
 * finding must hear that too. */
void beacon_judge(struct beacon *beacon, struct concern *concern, struct sighting_sink sink)
{
    struct concern_timing timing;
    bool is_new = concern->sightings != concern->judged;
    beacon->totals.units_judged += concern->judged == 0;
    concern->judged = concern->sightings;
    if ((!is_new && !concern->fired) || !concern_measure(concern, &timing))
        return;
    if (concern->rate > BEACON_COMB_RATE_MAX) {
        beacon->totals.left_sampled++;
        return;
    }
    struct surroundings around = beacon_surroundings(beacon, concern->server_print);
    struct learned_case learned_case = evidence_case_of_pair(concern, &timing);
    learn(beacon, &learned_case, &around);
    if (!is_regular(&timing) && !concern->fired)
        return;
    bool dns = is_known_resolver(beacon, concern, &timing, around.clients);
    if (!concern->fired && (dns || around.is_popular)) {
        beacon->totals.left_dns += dns;
        beacon->totals.left_popular += !dns;
        return;
    }
    beacon->totals.fired += !concern->fired;
    concern->fired = true;
    struct sighting sighting;
    evidence_of_pair(concern, &timing, &around, &sighting);
    add_age(beacon, concern->server_print, &sighting);
    sink.take(sink.context, &sighting);
}

/* Chains the concerns of each server. */
static void chain_concerns(struct beacon *beacon)
{
    for (size_t slot = 0; slot < prints_slots(&beacon->server_prints); slot++)
        if (beacon->server_prints.print[slot] != 0)
            beacon->servers[slot].concerns = NONE;
    for (uint32_t i = 0; i < beacon->totals.concern_used; i++) {
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
static bool has_grown(struct beacon *beacon, uint64_t sightings, uint64_t least,
                      uint32_t *judged)
{
    if (sightings < least || sightings < *judged + (uint64_t)*judged / 4)
        return false;
    beacon->totals.units_judged += *judged == 0;
    *judged = sightings < UINT32_MAX ? (uint32_t)sightings : UINT32_MAX;
    return true;
}

static uint64_t timed_sightings(const struct beacon *beacon, const struct server *server)
{
    uint64_t sightings = 0;
    for (uint32_t i = server->concerns; i != NONE; i = beacon->concerns[i].next)
        sightings += beacon->concerns[i].sightings;
    return sightings;
}

struct whole {
    struct pool pool;
    struct pool_view view;
    struct concern any; /* what is the same of all its lines */
};

static void tell(struct beacon *beacon, size_t slot, const struct whole *whole,
                 struct sighting_sink sink)
{
    struct server *server = &beacon->servers[slot];
    struct surroundings around = beacon_surroundings(beacon, beacon->server_prints.print[slot]);
    struct learned_case learned_case =
        evidence_case_of_pool(&whole->pool, &whole->view, &whole->any);
    learn(beacon, &learned_case, &around);
    bool left_out = around.is_popular || whole->any.port == 53;
    bool is_even = whole->view.sum > pool_threshold(&whole->view);
    if (!server->fired && (left_out || !is_even))
        return;
    beacon->totals.servers_fired += !server->fired;
    server->fired = true;
    struct sighting sighting;
    evidence_of_pool(&whole->pool, &whole->view, &whole->any, &around, &sighting);
    add_age(beacon, beacon->server_prints.print[slot], &sighting);
    sink.take(sink.context, &sighting);
}

/* Gives whether the timed lines are enough to tell. */
static bool judge_timed(struct beacon *beacon, size_t slot, struct sighting_sink sink)
{
    struct server *server = &beacon->servers[slot];
    if (server->concerns == NONE ||
        beacon->concerns[server->concerns].rate > POOL_TIMED_RATE_MAX)
        return false;
    struct whole whole = { .any = beacon->concerns[server->concerns] };
    if (!has_grown(beacon, timed_sightings(beacon, server), POOL_SIGHTINGS_LEAST,
                   &server->judged))
        return server->judged > 0;
    for (uint32_t i = server->concerns; i != NONE; i = beacon->concerns[i].next)
        pool_add(&whole.pool, &beacon->concerns[i]);
    double others = fmax(0, (double)beacon->server_pairs[slot] - (double)whole.pool.lines);
    if (!pool_look(&whole.pool, others, &whole.view))
        return false;
    tell(beacon, slot, &whole, sink);
    return true;
}

static void judge_all_calls(struct beacon *beacon, size_t slot, struct sighting_sink sink)
{
    struct hub *hub = &beacon->hubs[beacon->servers[slot].hub];
    struct whole whole = { .pool = { .first_ns = hub->first_ns,
                                     .last_ns = hub->last_ns,
                                     .connections = hub->connections,
                                     .octets_out = hub->octets_out,
                                     .octets_in = hub->octets_in },
                           .any = { .server = hub->server,
                                    .port = hub->port,
                                    .protocol = hub->protocol,
                                    .direction = hub->direction,
                                    .basis = hub->basis,
                                    .server_place = hub->server_place,
                                    .rate = hub->rate } };
    if (!has_grown(beacon, hub->sightings, HUB_SIGHTINGS_LEAST, &hub->judged) ||
        !hub_look(hub, &whole.view))
        return;
    tell(beacon, slot, &whole, sink);
    hub->fired = beacon->servers[slot].fired;
}

static void judge_server(struct beacon *beacon, size_t slot, struct sighting_sink sink)
{
    if (!judge_timed(beacon, slot, sink) && beacon->servers[slot].hub != NONE)
        judge_all_calls(beacon, slot, sink);
}

void beacon_finish(void *state, struct sighting_sink sink)
{
    struct beacon *beacon = state;
    turn_learning(beacon);
    for (uint32_t i = 0; i < beacon->totals.concern_used; i++)
        beacon_judge(beacon, &beacon->concerns[i], sink);
    chain_concerns(beacon);
    for (size_t slot = 0; slot < prints_slots(&beacon->server_prints); slot++)
        if (beacon->server_prints.print[slot] != 0)
            judge_server(beacon, slot, sink);
}
