// SPDX-License-Identifier: Apache-2.0
/* Peer-to-peer bots: lines that talk to many scattered peers and have more of them in common
 * than chance gives (PeerHunter, arXiv 1709.06440; detectors.md 3.2).  Each candidate has a
 * bottom-k sample of its peers; two candidates are joined by the overlap of their samples, and
 * joined candidates are a group.  File sharing makes such groups, too: a group is told only
 * when more speaks for it. */
#include <math.h>

#include "base/must.h"
#include "base/time.h"
#include "behaviour/evidence.h"
#include "behaviour/kinds_private.h"
#include "behaviour/prints.h"
#include "behaviour/sketch.h"

enum {
    SAMPLE = 64,
    PEERS_LEAST = 30,
    SHARED_LEAST = 3,
    MEMBERS_LEAST = 3,
    ROWS_MAX = 16,
    SMALL_OCTETS = 1000,
    RATE_MAX = 100,
    DAYS_LEAST = 3,
    SIZE_BINS = 16,
    PARTS_OF_SCRATCH = 4, /* of the memory, one in so many is for judging */
};
static const double diversity_least = 0.5;
static const double failed_least = 0.3;
static const double small_least = 0.5;
static const double overlap_least = 0.05;
static const double uniform_least = 0.6;
static const double popular_share =
    0.2; /* of the candidates; what more of them share is a server */
#define NONE UINT32_MAX

struct line {
    struct ip_address address;
    int64_t first_ns, last_ns;
    uint32_t connections, failed, small;
    uint64_t octets_out, octets_in;
    uint32_t rate;
    uint8_t place, direction, basis, outside_place;
    bool is_flagged;           /* in contact with what is listed, or scans */
    uint32_t told;             /* members of its group when it was last told */
    uint16_t sizes[SIZE_BINS]; /* doublings of octets from the line */
    struct sketch peers;
    struct sketch networks; /* of them, /16 or /32 */
    uint32_t sample_count;
    uint64_t sample[SAMPLE]; /* smallest hashes of peers, ascending */
};

struct totals {
    uint64_t evicted;
    uint64_t left_rate;
    uint64_t left_candidates;
    uint64_t fired;
};

/* While groups are made: candidates, their samples chained by hash, and who is joined. */
struct scratch {
    uint32_t max; /* candidates */
    uint32_t count;
    uint32_t head_mask;
    uint32_t *slots;  /* of the candidates, in the table of lines */
    uint32_t *parent; /* joined with; itself when nobody */
    uint16_t *shared; /* with the candidate in hand */
    uint32_t *heads;
    uint32_t *next; /* of entry candidate * SAMPLE + place */
};

struct peers {
    struct hash_key key;
    struct prints prints;
    struct line *lines;
    struct totals *totals;
    struct scratch scratch;
};

static void init_scratch(struct scratch *scratch, size_t octets, struct arena *keep)
{
    size_t each = 2 * sizeof(uint32_t) + sizeof(uint16_t) + SAMPLE * 2 * sizeof(uint32_t);
    size_t heads = 1024;
    while (heads * 2 * sizeof(uint32_t) <= octets / 3)
        heads *= 2;
    scratch->max = (uint32_t)(octets / 2 / each);
    scratch->head_mask = (uint32_t)heads - 1;
    scratch->slots = ARENA_NEW(keep, uint32_t, scratch->max);
    scratch->parent = ARENA_NEW(keep, uint32_t, scratch->max);
    scratch->shared = ARENA_NEW(keep, uint16_t, scratch->max);
    scratch->heads = ARENA_NEW(keep, uint32_t, heads);
    scratch->next = ARENA_NEW(keep, uint32_t, (size_t)scratch->max * SAMPLE);
}

static void *peers_init(const struct behaviour_limits *limits, struct hash_key key,
                        struct arena *keep)
{
    enum { SLACK = 8192 };
    struct peers *peers = ARENA_NEW(keep, struct peers, 1);
    peers->key = key;
    peers->totals = ARENA_NEW(keep, struct totals, 1);
    size_t room = limits->memory_octets - sizeof *peers - sizeof *peers->totals - SLACK;
    init_scratch(&peers->scratch, room / PARTS_OF_SCRATCH, keep);
    prints_init(&peers->prints,
                room / PARTS_OF_SCRATCH * (PARTS_OF_SCRATCH - 1) /
                    (sizeof(uint64_t) + sizeof(struct line)),
                keep);
    peers->lines = PRINTS_RECORDS(keep, struct line, prints_slots(&peers->prints));
    return peers;
}

static bool is_outside(enum place place)
{
    return place == PLACE_FOREIGN || place == PLACE_UNKNOWN;
}

/* Between two high ports, across the border: services have low ones. */
static bool peers_wants(const struct admitted_flow *admitted)
{
    const struct flow *flow = &admitted->flow;
    return is_outside(admitted->initiator_place) != is_outside(admitted->responder_place) &&
           flow->initiator_port > 1023 && flow->responder_port > 1023 && flow->slice == 0 &&
           (flow->protocol == PROTOCOL_TCP || flow->protocol == PROTOCOL_UDP) &&
           flow->forward.packets > 0 && flow_times_are_sane(flow);
}

static bool is_weaker(const void *records, size_t a, size_t b)
{
    const struct line *lines = records;
    return lines[a].sample_count != lines[b].sample_count
               ? lines[a].sample_count < lines[b].sample_count
               : lines[a].last_ns < lines[b].last_ns;
}

static struct line *take_line(struct peers *peers, const struct admitted_flow *admitted)
{
    const struct flow *flow = &admitted->flow;
    bool calls = !is_outside(admitted->initiator_place);
    const struct ip_address *address = calls ? &flow->initiator : &flow->responder;
    uint64_t print = prints_of(hash_sixteen(&peers->key, address->octets));
    size_t slot = prints_find(&peers->prints, print);
    if (slot != PRINTS_NONE)
        return &peers->lines[slot];
    slot = prints_take(&peers->prints, print, is_weaker, peers->lines, &peers->totals->evicted);
    peers->lines[slot] = (struct line){
        .address = *address,
        .first_ns = flow_start_ns(flow),
        .last_ns = flow_end_ns(flow),
        .direction = (uint8_t)admitted->direction,
        .basis = (uint8_t)admitted->basis,
        .place = (uint8_t)(calls ? admitted->initiator_place : admitted->responder_place),
        .outside_place =
            (uint8_t)(calls ? admitted->responder_place : admitted->initiator_place),
        .rate = observation_rate(&flow->observation),
    };
    return &peers->lines[slot];
}

static void add_to_sample(struct line *line, uint64_t peer)
{
    uint32_t at = line->sample_count;
    if (at == SAMPLE && peer >= line->sample[SAMPLE - 1])
        return;
    while (at > 0 && line->sample[at - 1] > peer)
        at--;
    if (at > 0 && line->sample[at - 1] == peer)
        return;
    uint32_t last = line->sample_count < SAMPLE ? line->sample_count++ : SAMPLE - 1;
    memmove(&line->sample[at + 1], &line->sample[at], (last - at) * sizeof *line->sample);
    line->sample[at] = peer;
}

static size_t size_bin(uint64_t octets)
{
    size_t bin = 0;
    for (octets >>= 6; octets > 0 && bin + 1 < SIZE_BINS; octets >>= 1)
        bin++;
    return bin;
}

static void add_flow(struct line *line, const struct flow *flow, bool calls)
{
    const struct flow_half *out = calls ? &flow->forward : &flow->reverse;
    const struct flow_half *in = calls ? &flow->reverse : &flow->forward;
    line->connections += line->connections < UINT32_MAX;
    line->failed += flow->reverse.packets == 0 || flow->tcp == FLOW_TCP_REFUSED;
    line->small += out->octets + in->octets < SMALL_OCTETS;
    line->octets_out += out->octets;
    line->octets_in += in->octets;
    uint16_t *size = &line->sizes[size_bin(out->octets)];
    *size = (uint16_t)(*size + (*size < UINT16_MAX));
    if (flow_start_ns(flow) < line->first_ns)
        line->first_ns = flow_start_ns(flow);
    if (flow_end_ns(flow) > line->last_ns)
        line->last_ns = flow_end_ns(flow);
}

static uint64_t line_print(const struct peers *peers, const struct admitted_flow *admitted)
{
    bool calls = !is_outside(admitted->initiator_place);
    const struct flow *flow = &admitted->flow;
    const struct ip_address *address = calls ? &flow->initiator : &flow->responder;
    return prints_of(hash_sixteen(&peers->key, address->octets));
}

static void peers_expect(const void *state, const struct admitted_flow *admitted)
{
    const struct peers *peers = state;
    if (peers_wants(admitted))
        prints_expect(&peers->prints, line_print(peers, admitted));
}

static void peers_expect_more(const void *state, const struct admitted_flow *admitted)
{
    enum { LINE_OCTETS = 64 };
    const struct peers *peers = state;
    size_t slot = peers_wants(admitted)
                      ? prints_find(&peers->prints, line_print(peers, admitted))
                      : PRINTS_NONE;
    for (size_t at = 0; slot != PRINTS_NONE && at < sizeof(struct line); at += LINE_OCTETS)
        PREFETCH((const char *)&peers->lines[slot] + at);
}

static void peers_observe(void *state, const struct admitted_flow *admitted,
                          enum behaviour_end end, struct sighting_sink sink)
{
    struct peers *peers = state;
    const struct flow *flow = &admitted->flow;
    (void)end;
    (void)sink;
    if (!peers_wants(admitted))
        return;
    if (observation_rate(&flow->observation) > RATE_MAX) {
        peers->totals->left_rate++;
        return;
    }
    bool calls = !is_outside(admitted->initiator_place);
    struct ip_address peer = calls ? flow->responder : flow->initiator;
    struct line *line = take_line(peers, admitted);
    add_flow(line, flow, calls);
    uint64_t hash = hash_sixteen(&peers->key, peer.octets);
    sketch_add(&line->peers, hash);
    add_to_sample(line, hash);
    ip_mask(&peer, ip_is_v4(&peer) ? 96 + 16 : 32);
    sketch_add(&line->networks, hash_sixteen(&peers->key, peer.octets));
}

static void flag(struct peers *peers, const struct ip_address *address)
{
    size_t slot =
        prints_find(&peers->prints, prints_of(hash_sixteen(&peers->key, address->octets)));
    if (slot != PRINTS_NONE)
        peers->lines[slot].is_flagged = true;
}

static void peers_heed(void *state, const struct sighting *sighting)
{
    bool is_source =
        sighting->behaviour == BEHAVIOUR_SCAN || sighting->behaviour == BEHAVIOUR_DARK;
    if (is_source)
        flag(state, &sighting->server);
    else if (sighting->has_line && sighting->behaviour == BEHAVIOUR_BEACON)
        flag(state, &sighting->line);
}

static void peers_heed_listed(void *state, const struct admitted_flow *admitted)
{
    flag(state, admitted_line_is_initiator(admitted) ? &admitted->flow.initiator
                                                     : &admitted->flow.responder);
}

static double diversity_of(const struct line *line)
{
    return fmin(1, sketch_count(&line->networks) / fmax(1, sketch_count(&line->peers)));
}

/* Of sampled flows the answer may be what was not counted. */
static bool is_candidate(const struct line *line)
{
    return sketch_count(&line->peers) >= PEERS_LEAST && diversity_of(line) >= diversity_least &&
           (line->rate > 1 || line->failed >= failed_least * line->connections) &&
           line->small >= small_least * line->connections;
}

static void gather(struct peers *peers)
{
    struct scratch *scratch = &peers->scratch;
    memset(scratch->heads, 0xff, ((size_t)scratch->head_mask + 1) * sizeof *scratch->heads);
    memset(scratch->shared, 0, scratch->max * sizeof *scratch->shared);
    scratch->count = 0;
    for (size_t slot = 0; slot < prints_slots(&peers->prints); slot++) {
        const struct line *line = &peers->lines[slot];
        if (peers->prints.print[slot] == 0 || !is_candidate(line))
            continue;
        if (scratch->count == scratch->max) {
            peers->totals->left_candidates++;
            continue;
        }
        uint32_t at = scratch->count++;
        scratch->slots[at] = (uint32_t)slot;
        scratch->parent[at] = at;
        for (uint32_t i = 0; i < line->sample_count; i++) {
            uint32_t *head = &scratch->heads[line->sample[i] & scratch->head_mask];
            scratch->next[at * SAMPLE + i] = *head;
            *head = at * SAMPLE + i;
        }
    }
}

static const struct line *candidate(const struct peers *peers, uint32_t at)
{
    return &peers->lines[peers->scratch.slots[at]];
}

/* Candidates that have this hash; those before the one in hand are counted by it. */
static uint32_t count_holders(struct peers *peers, uint64_t hash, uint32_t before, bool note)
{
    struct scratch *scratch = &peers->scratch;
    uint32_t holders = 0;
    for (uint32_t entry = scratch->heads[hash & scratch->head_mask]; entry != NONE;
         entry = scratch->next[entry]) {
        uint32_t other = entry / SAMPLE;
        if (candidate(peers, other)->sample[entry % SAMPLE] != hash)
            continue;
        holders++;
        if (note && other < before)
            scratch->shared[other]++;
    }
    return holders;
}

/* Of the k smallest hashes of both together, the share that both have (Broder 1997). */
static double overlap_of(const struct line *a, const struct line *b)
{
    uint32_t i = 0, j = 0, both = 0, taken = 0;
    while (taken < SAMPLE && (i < a->sample_count || j < b->sample_count)) {
        bool from_a = i < a->sample_count;
        bool from_b = j < b->sample_count;
        if (from_a && from_b && a->sample[i] == b->sample[j]) {
            both++;
            i++;
            j++;
        } else if (from_a && (!from_b || a->sample[i] < b->sample[j])) {
            i++;
        } else {
            j++;
        }
        taken++;
    }
    return taken > 0 ? (double)both / taken : 0;
}

static uint32_t group_of(const struct scratch *scratch, uint32_t at)
{
    while (scratch->parent[at] != at)
        at = scratch->parent[at];
    return at;
}

static void join_one(struct peers *peers, uint32_t at)
{
    struct scratch *scratch = &peers->scratch;
    const struct line *line = candidate(peers, at);
    double popular = fmax(MEMBERS_LEAST * 2, popular_share * scratch->count);
    for (uint32_t i = 0; i < line->sample_count; i++)
        if (count_holders(peers, line->sample[i], at, false) <= popular)
            (void)count_holders(peers, line->sample[i], at, true);
    for (uint32_t other = 0; other < at; other++) {
        uint32_t shared = scratch->shared[other];
        scratch->shared[other] = 0;
        if (shared < SHARED_LEAST || overlap_of(line, candidate(peers, other)) < overlap_least)
            continue;
        uint32_t a = group_of(scratch, at), b = group_of(scratch, other);
        scratch->parent[a > b ? a : b] = a > b ? b : a;
    }
}

struct group {
    uint32_t
        first; /* the member of the lowest address stands for it, in whatever order they came */
    uint32_t members, flagged;
    double overlap; /* mean of each member's with the first */
    double uniform;
    double days;
    double peers, diversity;
};

/* Share of the two commonest sizes. */
static double uniform_of(const struct line *line)
{
    double all = 0, first = 0, second = 0;
    for (size_t i = 0; i < SIZE_BINS; i++) {
        double count = line->sizes[i];
        all += count;
        second = fmax(second, fmin(first, count));
        first = fmax(first, count);
    }
    return all > 0 ? (first + second) / all : 0;
}

static uint32_t first_of(const struct peers *peers, uint32_t root)
{
    const struct scratch *scratch = &peers->scratch;
    uint32_t first = root;
    for (uint32_t at = root; at < scratch->count; at++)
        if (group_of(scratch, at) == root &&
            memcmp(&candidate(peers, at)->address, &candidate(peers, first)->address,
                   sizeof(struct ip_address)) < 0)
            first = at;
    return first;
}

static void measure_group(const struct peers *peers, uint32_t root, struct group *out)
{
    const struct scratch *scratch = &peers->scratch;
    *out = (struct group){ .first = first_of(peers, root), .days = 1e9 };
    const struct line *first = candidate(peers, out->first);
    for (uint32_t at = root; at < scratch->count; at++) {
        const struct line *line = candidate(peers, at);
        if (group_of(scratch, at) != root)
            continue;
        out->members++;
        out->flagged += line->is_flagged;
        out->overlap += line == first ? 0 : overlap_of(first, line);
        out->uniform += uniform_of(line);
        out->peers += sketch_count(&line->peers);
        out->diversity += diversity_of(line);
        out->days =
            fmin(out->days, (double)(line->last_ns - line->first_ns) / (double)TIME_DAY_NS);
    }
    out->overlap /= fmax(1, out->members - 1);
    out->uniform /= out->members;
    out->diversity /= out->members;
}

static void add_evidence(const struct group *group, uint32_t rate, struct sighting *out)
{
    bool is_uniform = group->uniform >= uniform_least;
    bool is_lasting = group->days >= DAYS_LEAST;
    const struct measure measures[] = {
        { MEASURE_OVERLAP, group->overlap, overlap_least, 1.5, 1 },
        { MEASURE_MEMBERS, group->members, MEMBERS_LEAST, 0, 1 },
        { MEASURE_FLAGGED_LINES, group->flagged, 1, group->flagged > 0 ? 2.5 : 0, 1 },
        { MEASURE_SIZE_MODES, group->uniform, uniform_least, is_uniform ? 1 : 0, 1 },
        { MEASURE_DURATION, group->days * 86400, DAYS_LEAST * 86400, is_lasting ? 1.5 : 0, 1 },
        { MEASURE_PREFIX_DIVERSITY, group->diversity, diversity_least, 0, 1 },
        { MEASURE_PEERS, group->peers / group->members, PEERS_LEAST, 0, 1 },
    };
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
        evidence_add(out, measures[i]);
    evidence_add_rate(out, rate);
}

static struct sighting sighting_of(const struct line *line)
{
    return (struct sighting){ .behaviour = BEHAVIOUR_PEERS,
                              .direction = (enum direction)line->direction,
                              .basis = (enum basis)line->basis,
                              .server = line->address,
                              .server_place = (enum place)line->place,
                              .first_ns = line->first_ns,
                              .last_ns = line->last_ns,
                              .connections = line->connections,
                              .octets_out = line->octets_out,
                              .octets_in = line->octets_in };
}

/* The others are its rows. */
static void tell(struct peers *peers, uint32_t root, const struct group *group,
                 struct sighting_sink sink)
{
    const struct scratch *scratch = &peers->scratch;
    struct line *first = &peers->lines[scratch->slots[group->first]];
    struct sighting sighting = sighting_of(first);
    add_evidence(group, first->rate, &sighting);
    peers->totals->fired += first->told == 0;
    first->told = group->members;
    sink.take(sink.context, &sighting);
    sighting.has_line = true;
    uint32_t rows = 0;
    for (uint32_t at = root; at < scratch->count && rows < ROWS_MAX; at++) {
        const struct line *line = candidate(peers, at);
        if (group_of(scratch, at) != root || at == group->first)
            continue;
        sighting.line = line->address;
        sighting.line_place = (enum place)line->place;
        sighting.connections = line->connections;
        sighting.octets_out = line->octets_out;
        sighting.octets_in = line->octets_in;
        sink.take(sink.context, &sighting);
        rows++;
    }
}

/* Lone overlap is what file sharing gives; nothing is told without a second sign. */
static bool is_of_concern(const struct group *group)
{
    bool is_uniform = group->uniform >= uniform_least;
    return group->members >= MEMBERS_LEAST &&
           (group->flagged > 0 || (is_uniform && group->days >= DAYS_LEAST));
}

static void peers_finish(void *state, struct sighting_sink sink)
{
    struct peers *peers = state;
    struct scratch *scratch = &peers->scratch;
    gather(peers);
    for (uint32_t at = 1; at < scratch->count; at++)
        join_one(peers, at);
    for (uint32_t at = 0; at < scratch->count; at++) {
        struct group group;
        if (scratch->parent[at] != at)
            continue;
        measure_group(peers, at, &group);
        if (is_of_concern(&group) && group.members > candidate(peers, group.first)->told)
            tell(peers, at, &group, sink);
    }
}

static void peers_count(const void *state, struct summary *summary)
{
    const struct peers *peers = state;
    const struct totals *totals = peers->totals;
    const struct {
        const char *reason, *unit;
        uint64_t count;
    } rows[] = {
        { "peers: lines held", "sources", prints_used(&peers->prints) },
        { "peers: lines evicted", "sources", totals->evicted },
        { "peers: sampled too thinly", "flows", totals->left_rate },
        { "peers: more candidates than can be compared", "sources", totals->left_candidates },
        { "peers: groups that fired", "findings", totals->fired },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        summary_count(summary, "behaviour", rows[i].reason, rows[i].unit, rows[i].count);
}

static size_t peers_parts(void *state, struct behaviour_part out[BEHAVIOUR_PARTS_MAX])
{
    struct peers *peers = state;
    size_t lines = prints_slots(&peers->prints);
    out[0] = (struct behaviour_part){ peers->totals, sizeof *peers->totals };
    out[1] = (struct behaviour_part){ peers->prints.print, lines * sizeof(uint64_t) };
    out[2] = (struct behaviour_part){ peers->lines, lines * sizeof(struct line) };
    return 3;
}

static void merge_line(struct line *into, const struct line *other)
{
    into->first_ns = other->first_ns < into->first_ns ? other->first_ns : into->first_ns;
    into->last_ns = other->last_ns > into->last_ns ? other->last_ns : into->last_ns;
    into->connections += other->connections;
    into->failed += other->failed;
    into->small += other->small;
    into->octets_out += other->octets_out;
    into->octets_in += other->octets_in;
    into->is_flagged |= other->is_flagged;
    for (size_t i = 0; i < SIZE_BINS; i++) {
        unsigned sum = (unsigned)into->sizes[i] + other->sizes[i];
        into->sizes[i] = (uint16_t)(sum < UINT16_MAX ? sum : UINT16_MAX);
    }
    sketch_merge(&into->peers, &other->peers);
    sketch_merge(&into->networks, &other->networks);
    for (uint32_t i = 0; i < other->sample_count; i++)
        add_to_sample(into, other->sample[i]);
}

static void peers_merge(void *state, const void *from)
{
    struct peers *into = state;
    const struct peers *other = from;
    for (size_t slot = 0; slot < prints_slots(&other->prints); slot++) {
        uint64_t print = other->prints.print[slot];
        size_t at = print == 0 ? PRINTS_NONE : prints_find(&into->prints, print);
        if (at != PRINTS_NONE)
            merge_line(&into->lines[at], &other->lines[slot]);
        else if (print != 0)
            into->lines[prints_take(&into->prints, print, is_weaker, into->lines,
                                    &into->totals->evicted)] = other->lines[slot];
    }
}

const struct behaviour_kind behaviour_peers = {
    .ends = END_ANY,
    .wants = peers_wants,
    .init = peers_init,
    .expect = peers_expect,
    .expect_more = peers_expect_more,
    .observe = peers_observe,
    .heed = peers_heed,
    .heed_listed = peers_heed_listed,
    .finish = peers_finish,
    .count = peers_count,
    .parts = peers_parts,
    .merge = peers_merge,
};
