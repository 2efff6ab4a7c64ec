// SPDX-License-Identifier: Apache-2.0
/* Fast flux: one name that leads to ever other addresses, in networks that have nothing to do
 * with each other, each answer good for minutes (detectors.md 8; Holz et al. 2008).  What
 * spreads load does the same by design, but is asked for by many lines, or lends its addresses
 * to many domains.
 *
 * A name is a keyed hash; only its registered domain is kept. */
#include <math.h>

#include "base/must.h"
#include "base/time.h"
#include "behaviour/evidence.h"
#include "behaviour/kinds_private.h"
#include "behaviour/prints.h"
#include "behaviour/sketch.h"

enum {
    ADDRESSES_LEAST = 10,
    NETWORKS_LEAST = 5, /* of 16 bits, for want of the systems they belong to */
    TTL_MOST_S = 300,
    LINES_MAX = 20, /* more is a service, as for tunnels */
};
/* Different networks in one answer: servers of one owner are near each other, infected homes
 * are not (the two look-ups of Holz et al. 2008). */
static const double spread_least = 2;
static const double lent_least = 0.25; /* of answers, to other domains: theirs, too */
/* Before, a service of many lines is not told from one of few. */
#define WATCHED_LEAST_NS (3600 * TIME_SECOND_NS)

struct fluxing {
    struct ip_address line; /* the last that asked; sealed until it fires, as is the domain */
    int64_t day;
    int64_t first_ns;
    int64_t last_ns;
    uint32_t answers; /* addresses in all responses */
    uint32_t lent;    /* of those, ones that other domains had */
    uint32_t questions;
    uint32_t spread; /* different networks in each response, summed */
    uint32_t ttl_most_s;
    uint32_t told; /* addresses when it last was */
    uint32_t rate;
    uint8_t direction;
    uint8_t basis;
    uint8_t place;
    uint8_t filler[1];
    struct sketch addresses;
    struct sketch networks;
    struct sketch lines;
    struct fact_name domain;
};

struct flux_tally {
    uint64_t evicted;
    uint64_t fired;
    uint64_t popular;
    uint64_t lent;
};

struct flux {
    struct hash_key key;
    struct prints prints;
    struct fluxing *names;
    uint32_t *borrowers; /* by address: whose it was last, as a hash of the domain */
    size_t borrower_count;
    struct flux_tally *tally;
};

static void *flux_init(const struct behaviour_limits *limits, struct hash_key key,
                       struct arena *keep)
{
    enum { SLACK = 1024, LEAST = 8192 };
    MUST(limits->memory_octets >= LEAST);
    struct flux *flux = ARENA_NEW(keep, struct flux, 1);
    flux->key = key;
    flux->tally = ARENA_NEW(keep, struct flux_tally, 1);
    size_t room = limits->memory_octets - sizeof *flux - sizeof *flux->tally - SLACK;
    prints_init(&flux->prints, room / 8 * 7 / (sizeof(uint64_t) + sizeof(struct fluxing)),
                keep);
    flux->names = ARENA_NEW(keep, struct fluxing, prints_slots(&flux->prints));
    flux->borrower_count = room / 8 / sizeof *flux->borrowers;
    flux->borrowers = ARENA_NEW(keep, uint32_t, flux->borrower_count);
    return flux;
}

/* Was the address another domain's the last time?  It is this one's now. */
static bool lend(struct flux *flux, uint64_t address_hash, uint64_t domain_hash)
{
    __extension__ unsigned __int128 wide =
        (unsigned __int128)address_hash * flux->borrower_count;
    uint32_t *borrower = &flux->borrowers[(size_t)(wide >> 64)];
    uint32_t own = (uint32_t)domain_hash | 1;
    bool is_lent = *borrower != 0 && *borrower != own;
    *borrower = own;
    return is_lent;
}

static bool is_weaker(const void *records, size_t at, size_t than)
{
    const struct fluxing *a = (const struct fluxing *)records + at;
    const struct fluxing *b = (const struct fluxing *)records + than;
    if (a->day != b->day)
        return a->day < b->day;
    return a->told != b->told ? a->told < b->told : a->answers < b->answers;
}

static struct fluxing *name_of(struct flux *flux, const struct asked_name *asked, int64_t day)
{
    uint64_t print = prints_of(asked->name_hash);
    size_t slot = prints_find(&flux->prints, print);
    bool is_new = slot == PRINTS_NONE;
    if (is_new)
        slot = prints_take(&flux->prints, print, is_weaker, flux->names, &flux->tally->evicted);
    struct fluxing *name = &flux->names[slot];
    struct sketch lines = is_new ? (struct sketch){ { 0 } } : name->lines; /* of all days */
    if (is_new || day > name->day)
        *name = (struct fluxing){ .day = day,
                                  .first_ns = INT64_MAX,
                                  .last_ns = INT64_MIN,
                                  .direction = (uint8_t)asked->direction,
                                  .basis = (uint8_t)asked->basis,
                                  .lines = lines,
                                  .domain = asked->domain };
    return name;
}

static void add_answers(struct flux *flux, struct fluxing *name, const struct asked_name *asked)
{
    enum { NETWORK_BITS = 96 + 16, NETWORK_BITS_V6 = 32 };
    struct sketch here = { { 0 } };
    for (size_t i = 0; i < asked->answer_count; i++) {
        const struct dns_answer *answer = &asked->answers[i];
        struct ip_address network = answer->address;
        ip_mask(&network, ip_is_v4(&network) ? NETWORK_BITS : NETWORK_BITS_V6);
        uint64_t hash = hash_sixteen(&flux->key, answer->address.octets);
        sketch_add(&name->addresses, hash);
        sketch_add(&name->networks, hash_sixteen(&flux->key, network.octets));
        sketch_add(&here, hash_sixteen(&flux->key, network.octets));
        name->answers++;
        name->lent += lend(flux, hash, asked->domain_hash);
        if (answer->ttl_s > name->ttl_most_s)
            name->ttl_most_s = answer->ttl_s;
    }
    name->spread += (uint32_t)lround(sketch_count(&here));
}

static void emit(const struct fluxing *name, double addresses, double networks,
                 struct sighting_sink sink)
{
    struct sighting sighting = {
        .behaviour = BEHAVIOUR_FLUX,
        .direction = (enum direction)name->direction,
        .basis = (enum basis)name->basis,
        .line = name->line,
        .line_place = (enum place)name->place,
        .has_line = true,
        .name = name->domain,
        .first_ns = name->first_ns,
        .last_ns = name->last_ns,
        .connections = name->questions,
    };
    const struct measure measures[] = {
        { MEASURE_ADDRESSES, round(addresses), ADDRESSES_LEAST,
          fmin(4, 2 + log2(addresses / ADDRESSES_LEAST)), 0 },
        { MEASURE_NETWORKS, round(networks), NETWORKS_LEAST,
          fmin(4, 2 + log2(networks / NETWORKS_LEAST)), 0 },
        { MEASURE_TTL, name->ttl_most_s, TTL_MOST_S, 0, true },
        { MEASURE_OVERLAP, (double)name->lent / name->answers, 0, 0, 0 },
        { MEASURE_CLIENTS, round(sketch_count(&name->lines)), 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
        evidence_add(&sighting, measures[i]);
    evidence_add_rate(&sighting, name->rate);
    sink.take(sink.context, &sighting);
}

/* No time is so late that this is past the end of time. */
static int64_t watched_from(int64_t first_ns)
{
    return first_ns > INT64_MAX - WATCHED_LEAST_NS ? INT64_MAX : first_ns + WATCHED_LEAST_NS;
}

/* Told when it first is, and again when there are twice as many addresses. */
static void judge(struct flux *flux, struct fluxing *name, unsigned again,
                  struct sighting_sink sink)
{
    if (name->answers < ADDRESSES_LEAST || name->ttl_most_s > TTL_MOST_S ||
        name->last_ns < watched_from(name->first_ns) ||
        name->spread < spread_least * name->questions)
        return;
    double addresses = sketch_count(&name->addresses);
    double networks = sketch_count(&name->networks);
    if (round(addresses) < ADDRESSES_LEAST || round(networks) < NETWORKS_LEAST ||
        addresses < (double)again * name->told)
        return;
    bool is_popular = sketch_count(&name->lines) > LINES_MAX;
    bool is_lent = name->lent >= lent_least * name->answers;
    flux->tally->popular += is_popular;
    flux->tally->lent += is_lent && !is_popular;
    if (is_popular || is_lent)
        return;
    flux->tally->fired += name->told == 0;
    name->told = (uint32_t)addresses;
    emit(name, addresses, networks, sink);
}

static void flux_observe_name(void *state, const struct asked_name *asked,
                              struct sighting_sink sink)
{
    struct flux *flux = state;
    if (!asked->is_response || asked->answer_count == 0 || asked->domain.len == 0)
        return;
    struct fluxing *name = name_of(flux, asked, asked->time_ns / TIME_DAY_NS);
    name->line = asked->line;
    name->place = (uint8_t)asked->line_place;
    name->first_ns = asked->time_ns < name->first_ns ? asked->time_ns : name->first_ns;
    name->last_ns = asked->time_ns > name->last_ns ? asked->time_ns : name->last_ns;
    name->questions++;
    name->rate = asked->rate;
    sketch_add(&name->lines, hash_sixteen(&flux->key, asked->line.octets));
    add_answers(flux, name, asked);
    judge(flux, name, 2, sink);
}

static void flux_finish(void *state, struct sighting_sink sink)
{
    struct flux *flux = state;
    for (size_t slot = 0; slot < prints_slots(&flux->prints); slot++)
        if (flux->prints.print[slot] != 0)
            judge(flux, &flux->names[slot], 1, sink);
}

static void flux_count(const void *state, struct summary *summary)
{
    const struct flux *flux = state;
    summary_count(summary, "behaviour", "flux: names held", "names",
                  prints_used(&flux->prints));
    summary_count(summary, "behaviour", "flux: names evicted", "names", flux->tally->evicted);
    summary_count(summary, "behaviour", "flux: many addresses and many lines", "names",
                  flux->tally->popular);
    summary_count(summary, "behaviour", "flux: addresses shared with other domains", "names",
                  flux->tally->lent);
    summary_count(summary, "behaviour", "flux: names that fired", "names", flux->tally->fired);
}

static size_t flux_parts(void *state, struct behaviour_part out[BEHAVIOUR_PARTS_MAX])
{
    struct flux *flux = state;
    size_t slots = prints_slots(&flux->prints);
    const struct behaviour_part parts[] = {
        { flux->tally, sizeof *flux->tally },
        { flux->prints.print, slots * sizeof *flux->prints.print },
        { flux->names, slots * sizeof *flux->names },
        { flux->borrowers, flux->borrower_count * sizeof *flux->borrowers },
    };
    memcpy(out, parts, sizeof parts);
    return sizeof parts / sizeof *parts;
}

static void merge_name(struct fluxing *name, const struct fluxing *other)
{
    if (other->day != name->day) {
        if (other->day > name->day)
            *name = *other;
        return;
    }
    name->first_ns = other->first_ns < name->first_ns ? other->first_ns : name->first_ns;
    name->last_ns = other->last_ns > name->last_ns ? other->last_ns : name->last_ns;
    name->answers += other->answers;
    name->lent += other->lent;
    name->questions += other->questions;
    name->spread += other->spread;
    name->ttl_most_s =
        other->ttl_most_s > name->ttl_most_s ? other->ttl_most_s : name->ttl_most_s;
    name->told = other->told > name->told ? other->told : name->told;
    sketch_merge(&name->addresses, &other->addresses);
    sketch_merge(&name->networks, &other->networks);
    sketch_merge(&name->lines, &other->lines);
}

static void flux_merge(void *state, const void *from)
{
    struct flux *flux = state;
    const struct flux *other = from;
    flux->tally->evicted += other->tally->evicted;
    flux->tally->fired += other->tally->fired;
    flux->tally->popular += other->tally->popular;
    flux->tally->lent += other->tally->lent;
    for (size_t slot = 0; slot < prints_slots(&other->prints); slot++) {
        uint64_t print = other->prints.print[slot];
        if (print == 0)
            continue;
        size_t own = prints_find(&flux->prints, print);
        if (own != PRINTS_NONE) {
            merge_name(&flux->names[own], &other->names[slot]);
            continue;
        }
        own = prints_take(&flux->prints, print, is_weaker, flux->names, &flux->tally->evicted);
        flux->names[own] = other->names[slot];
    }
    for (size_t i = 0; i < other->borrower_count; i++)
        if (flux->borrowers[i] == 0)
            flux->borrowers[i] = other->borrowers[i];
}

const struct behaviour_kind behaviour_flux = {
    .ends = END_NONE,
    .names = NAMES_BY_DOMAIN,
    .init = flux_init,
    .observe_name = flux_observe_name,
    .finish = flux_finish,
    .count = flux_count,
    .parts = flux_parts,
    .merge = flux_merge,
};
