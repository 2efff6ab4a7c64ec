// SPDX-License-Identifier: Apache-2.0
/* Servers that flagged lines have in common: one step of spreading from what is known to what
 * is not (detectors.md 3.1, 3.2).  A line is flagged when it is in contact with what is listed
 * or fired.  A server enters the table when a flagged line calls it; from then on all its lines
 * are counted.  It fires when far more of them are flagged than chance would have it.
 *
 * What is known already, listed or found by other behaviours, is not told again. */
#include <math.h>

#include "base/must.h"
#include "base/time.h"
#include "behaviour/active_lines.h"
#include "behaviour/evidence.h"
#include "behaviour/kinds_private.h"
#include "behaviour/prints.h"

enum {
    FLAGGED_KEPT = 16, /* flagged lines of a server that are held by address */
    FLAGGED_LEAST = 3,
    NETWORKS_LEAST = 2,    /* of those lines, /16 or, of IPv6, /32 */
    ACTIVE_LEAST = 30,     /* lines: with fewer nothing is rare */
    PARTS_OF_FLAGGED = 16, /* of the memory, one in so many is for the flagged lines */
};
static const double lift_least = 10;
static const double prevalence_most = 0.05;
/* From when a server entered: until then its other lines may not have called yet. */
static const int64_t looked_at_least_ns = 3600 * TIME_SECOND_NS;

struct server {
    struct sketch clients;
    struct ip_address address;
    int64_t first_ns, last_ns;
    uint64_t octets_out, octets_in;
    uint32_t connections;
    uint32_t told; /* flagged lines when it was last told */
    uint16_t port;
    uint8_t protocol;
    uint8_t place;
    uint8_t direction;
    uint8_t basis;
    uint8_t line_place;
    bool is_known; /* listed, or fired elsewhere */
    uint8_t flagged_count;
    struct ip_address flagged[FLAGGED_KEPT];
};

struct totals {
    struct active_lines lines; /* that called any server outside */
    uint64_t servers_evicted;
    uint64_t flagged_evicted;
    uint64_t fired;
};

struct spread {
    struct hash_key key;
    struct prints flagged; /* lines */
    int64_t *flagged_ns;   /* when each was last */
    struct prints prints;
    struct server *servers;
    struct totals *totals;
};

static void *spread_init(const struct behaviour_limits *limits, struct hash_key key,
                         struct arena *keep)
{
    enum { SLACK = 512 };
    struct spread *spread = ARENA_NEW(keep, struct spread, 1);
    spread->key = key;
    spread->totals = ARENA_NEW(keep, struct totals, 1);
    size_t room = limits->memory_octets - sizeof *spread - sizeof *spread->totals - SLACK;
    size_t flagged = room / PARTS_OF_FLAGGED / (sizeof(uint64_t) + sizeof(int64_t));
    prints_init(&spread->flagged, flagged, keep);
    spread->flagged_ns = PRINTS_RECORDS(keep, int64_t, prints_slots(&spread->flagged));
    size_t servers = room / PARTS_OF_FLAGGED * (PARTS_OF_FLAGGED - 1) /
                     (sizeof(uint64_t) + sizeof(struct server));
    prints_init(&spread->prints, servers, keep);
    spread->servers = PRINTS_RECORDS(keep, struct server, prints_slots(&spread->prints));
    return spread;
}

static uint64_t line_print(const struct spread *spread, const struct ip_address *line)
{
    return prints_of(hash_sixteen(&spread->key, line->octets));
}

static uint64_t server_print(const struct spread *spread, const struct ip_address *address,
                             uint8_t protocol, uint16_t port)
{
    return prints_of(hash_two(&spread->key, hash_sixteen(&spread->key, address->octets),
                              (uint64_t)protocol << 16 | port));
}

static bool is_older(const void *records, size_t a, size_t b)
{
    const int64_t *flagged_ns = records;
    return flagged_ns[a] < flagged_ns[b];
}

static void flag(struct spread *spread, uint64_t line, int64_t time_ns)
{
    size_t slot = prints_find(&spread->flagged, line);
    if (slot == PRINTS_NONE) {
        slot = prints_take(&spread->flagged, line, is_older, spread->flagged_ns,
                           &spread->totals->flagged_evicted);
        spread->flagged_ns[slot] = time_ns;
    }
    if (time_ns > spread->flagged_ns[slot])
        spread->flagged_ns[slot] = time_ns;
}

static void know(struct spread *spread, const struct ip_address *address, uint8_t protocol,
                 uint16_t port)
{
    size_t slot = prints_find(&spread->prints, server_print(spread, address, protocol, port));
    if (slot != PRINTS_NONE)
        spread->servers[slot].is_known = true;
}

/* Whoever calls regularly what a person might, does not flag its line: only what says more. */
static bool does_flag(const struct sighting *sighting)
{
    return sighting->has_line && (sighting->behaviour == BEHAVIOUR_BEACON ||
                                  sighting->behaviour == BEHAVIOUR_TUNNEL ||
                                  sighting->behaviour == BEHAVIOUR_GENERATED);
}

static void spread_heed(void *state, const struct sighting *sighting)
{
    struct spread *spread = state;
    if (does_flag(sighting))
        flag(spread, line_print(spread, &sighting->line), sighting->last_ns);
    bool is_inside =
        sighting->server_place == PLACE_OWN || sighting->server_place == PLACE_DOMESTIC;
    bool is_source =
        sighting->behaviour == BEHAVIOUR_SCAN || sighting->behaviour == BEHAVIOUR_DARK;
    if (is_source && is_inside)
        flag(spread, line_print(spread, &sighting->server), sighting->last_ns);
    if (behaviour_unit(sighting->behaviour) == UNIT_SERVICE &&
        sighting->behaviour != BEHAVIOUR_SPREAD)
        know(spread, &sighting->server, sighting->protocol, sighting->port);
}

static void spread_heed_listed(void *state, const struct admitted_flow *admitted)
{
    struct spread *spread = state;
    const struct flow *flow = &admitted->flow;
    if (!admitted_line_is_initiator(admitted))
        return;
    flag(spread, line_print(spread, &flow->initiator), flow_end_ns(flow));
    know(spread, &flow->responder, flow->protocol, flow->responder_port);
}

static bool is_call(const struct admitted_flow *admitted)
{
    const struct flow *flow = &admitted->flow;
    return flow->slice == 0 && admitted_line_is_initiator(admitted) &&
           admitted->responder_place == PLACE_FOREIGN && flow->forward.packets > 0 &&
           (flow->protocol == PROTOCOL_TCP || flow->protocol == PROTOCOL_UDP) &&
           flow->responder_port != 53 && flow_times_are_sane(flow);
}

/* The one with the fewest flagged lines goes, then the one longest silent. */
static bool is_weaker(const void *records, size_t a, size_t b)
{
    const struct server *one = (const struct server *)records + a;
    const struct server *other = (const struct server *)records + b;
    return one->flagged_count != other->flagged_count
               ? one->flagged_count < other->flagged_count
               : one->last_ns < other->last_ns;
}

static struct server *new_server(struct spread *spread, uint64_t print)
{
    size_t slot = prints_take(&spread->prints, print, is_weaker, spread->servers,
                              &spread->totals->servers_evicted);
    return &spread->servers[slot];
}

static struct server server_of(const struct admitted_flow *admitted)
{
    const struct flow *flow = &admitted->flow;
    return (struct server){ .address = flow->responder,
                            .port = flow->responder_port,
                            .protocol = flow->protocol,
                            .place = (uint8_t)admitted->responder_place,
                            .direction = (uint8_t)admitted->direction,
                            .basis = (uint8_t)admitted->basis,
                            .line_place = (uint8_t)admitted->initiator_place,
                            .first_ns = flow_start_ns(flow) };
}

static void keep_flagged(struct server *server, const struct ip_address *line)
{
    for (size_t i = 0; i < server->flagged_count; i++)
        if (ip_equal(&server->flagged[i], line))
            return;
    if (server->flagged_count < FLAGGED_KEPT)
        server->flagged[server->flagged_count++] = *line;
}

static void add_call(struct server *server, const struct flow *flow, uint64_t line)
{
    sketch_add(&server->clients, line);
    if (flow_start_ns(flow) < server->first_ns)
        server->first_ns = flow_start_ns(flow);
    if (flow_end_ns(flow) > server->last_ns)
        server->last_ns = flow_end_ns(flow);
    server->connections += server->connections < UINT32_MAX;
    server->octets_out += flow->forward.octets;
    server->octets_in += flow->reverse.octets;
}

static void spread_expect(const void *state, const struct admitted_flow *admitted)
{
    const struct spread *spread = state;
    const struct flow *flow = &admitted->flow;
    if (!is_call(admitted))
        return;
    prints_expect(&spread->flagged, line_print(spread, &flow->initiator));
    prints_expect(&spread->prints,
                  server_print(spread, &flow->responder, flow->protocol, flow->responder_port));
}

static void spread_observe(void *state, const struct admitted_flow *admitted,
                           enum behaviour_end end, struct sighting_sink sink)
{
    struct spread *spread = state;
    const struct flow *flow = &admitted->flow;
    (void)end;
    (void)sink;
    if (!is_call(admitted))
        return;
    uint64_t line = line_print(spread, &flow->initiator);
    (void)active_lines_add(&spread->totals->lines, line);
    bool is_flagged = prints_find(&spread->flagged, line) != PRINTS_NONE;
    uint64_t print =
        server_print(spread, &flow->responder, flow->protocol, flow->responder_port);
    size_t slot = prints_find(&spread->prints, print);
    if (slot == PRINTS_NONE && !is_flagged)
        return;
    struct server *server =
        slot == PRINTS_NONE ? new_server(spread, print) : &spread->servers[slot];
    if (slot == PRINTS_NONE)
        *server = server_of(admitted);
    add_call(server, flow, line);
    if (is_flagged)
        keep_flagged(server, &flow->initiator);
}

static size_t networks_of(const struct server *server)
{
    size_t networks = 0;
    for (size_t i = 0; i < server->flagged_count; i++) {
        bool again = false;
        for (size_t j = 0; j < i; j++) {
            struct ip_address a = server->flagged[i], b = server->flagged[j];
            ip_mask(&a, ip_is_v4(&a) ? 96 + 16 : 32);
            ip_mask(&b, ip_is_v4(&b) ? 96 + 16 : 32);
            again |= ip_equal(&a, &b);
        }
        networks += !again;
    }
    return networks;
}

/* -log10 of the chance that so many of n lines or more are flagged when each is with this
 * share: the tail of the binomial distribution by its largest term and those after it. */
static double chance_weight(double n, double flagged, double share)
{
    double sum = 0;
    double term = lgamma(n + 1) - lgamma(flagged + 1) - lgamma(n - flagged + 1) +
                  flagged * log(share) + (n - flagged) * log1p(-share);
    double largest = term;
    for (double k = flagged; k <= n && term > largest - 40; k++) {
        sum += exp(term - largest);
        term += log((n - k) / (k + 1)) + log(share) - log1p(-share);
    }
    return -(largest + log(sum)) / log(10);
}

struct view {
    double clients, active, flagged, share, lift;
};

/* Estimates are held within what is known. */
static bool look(const struct server *server, double active, double all_flagged,
                 struct view *out)
{
    double flagged = server->flagged_count;
    *out = (struct view){ .active = fmax(active, all_flagged), .flagged = flagged };
    out->clients = round(fmax(sketch_count(&server->clients), flagged));
    out->share = fmin(0.5, fmax(all_flagged, 1) / fmax(out->active, 2));
    out->lift = flagged / out->clients / out->share;
    return !server->is_known && server->flagged_count >= FLAGGED_LEAST &&
           networks_of(server) >= NETWORKS_LEAST && out->active >= ACTIVE_LEAST &&
           out->lift >= lift_least && out->clients / out->active <= prevalence_most &&
           server->last_ns - server->first_ns >= looked_at_least_ns;
}

static struct sighting sighting_of(const struct server *server, const struct view *view)
{
    struct sighting sighting = { .behaviour = BEHAVIOUR_SPREAD,
                                 .direction = (enum direction)server->direction,
                                 .basis = (enum basis)server->basis,
                                 .server = server->address,
                                 .server_place = (enum place)server->place,
                                 .protocol = server->protocol,
                                 .port = server->port,
                                 .first_ns = server->first_ns,
                                 .last_ns = server->last_ns,
                                 .connections = server->connections,
                                 .octets_out = server->octets_out,
                                 .octets_in = server->octets_in };
    double prevalence = view->clients / view->active;
    double weight = fmin(4, chance_weight(view->clients, view->flagged, view->share));
    evidence_add(&sighting,
                 (struct measure){ MEASURE_LIFT, view->lift, lift_least, fmax(0, weight), 1 });
    evidence_add(&sighting,
                 (struct measure){ MEASURE_FLAGGED_LINES, view->flagged, FLAGGED_LEAST, 0, 1 });
    evidence_add(&sighting, (struct measure){ MEASURE_PREVALENCE, prevalence, prevalence_most,
                                              fmin(1.5, log10(0.1 / prevalence)), 1 });
    evidence_add(&sighting, (struct measure){ MEASURE_CLIENTS, view->clients, 0, 0, 0 });
    return sighting;
}

static void tell(struct spread *spread, struct server *server, const struct view *view,
                 struct sighting_sink sink)
{
    struct sighting sighting = sighting_of(server, view);
    spread->totals->fired += server->told == 0;
    server->told = server->flagged_count;
    sink.take(sink.context, &sighting);
    sighting.has_line = true;
    sighting.line_place = (enum place)server->line_place;
    sighting.connections = 1; /* of each line at least */
    sighting.octets_out = sighting.octets_in = 0;
    for (size_t i = 0; i < server->flagged_count; i++) {
        sighting.line = server->flagged[i];
        sink.take(sink.context, &sighting);
    }
}

static void spread_finish(void *state, struct sighting_sink sink)
{
    struct spread *spread = state;
    double active = active_lines_count(&spread->totals->lines);
    double flagged = (double)prints_used(&spread->flagged);
    for (size_t slot = 0; slot < prints_slots(&spread->prints); slot++) {
        struct view view;
        struct server *server = &spread->servers[slot];
        if (spread->prints.print[slot] != 0 && server->flagged_count > server->told &&
            look(server, active, flagged, &view))
            tell(spread, server, &view, sink);
    }
}

static void spread_count(const void *state, struct summary *summary)
{
    const struct spread *spread = state;
    const struct totals *totals = spread->totals;
    summary_count(summary, "behaviour", "spread: servers held", "servers",
                  prints_used(&spread->prints));
    summary_count(summary, "behaviour", "spread: lines flagged", "sources",
                  prints_used(&spread->flagged));
    summary_count(summary, "behaviour", "spread: servers evicted", "servers",
                  totals->servers_evicted);
    summary_count(summary, "behaviour", "spread: flagged lines evicted", "sources",
                  totals->flagged_evicted);
    summary_count(summary, "behaviour", "spread: servers that fired", "servers", totals->fired);
}

static size_t spread_parts(void *state, struct behaviour_part out[BEHAVIOUR_PARTS_MAX])
{
    struct spread *spread = state;
    size_t flagged = prints_slots(&spread->flagged), servers = prints_slots(&spread->prints);
    out[0] = (struct behaviour_part){ spread->totals, sizeof *spread->totals };
    out[1] = (struct behaviour_part){ spread->flagged.print, flagged * sizeof(uint64_t) };
    out[2] = (struct behaviour_part){ spread->flagged_ns, flagged * sizeof(int64_t) };
    out[3] = (struct behaviour_part){ spread->prints.print, servers * sizeof(uint64_t) };
    out[4] = (struct behaviour_part){ spread->servers, servers * sizeof(struct server) };
    return 5;
}

static void merge_server(struct server *into, const struct server *other)
{
    sketch_merge(&into->clients, &other->clients);
    into->first_ns = other->first_ns < into->first_ns ? other->first_ns : into->first_ns;
    into->last_ns = other->last_ns > into->last_ns ? other->last_ns : into->last_ns;
    if (__builtin_add_overflow(into->connections, other->connections, &into->connections))
        into->connections = UINT32_MAX;
    into->octets_out += other->octets_out;
    into->octets_in += other->octets_in;
    into->is_known |= other->is_known;
    for (size_t i = 0; i < other->flagged_count; i++)
        keep_flagged(into, &other->flagged[i]);
}

static void merge_servers(struct spread *into, const struct spread *other)
{
    for (size_t slot = 0; slot < prints_slots(&other->prints); slot++) {
        uint64_t print = other->prints.print[slot];
        size_t at = print == 0 ? PRINTS_NONE : prints_find(&into->prints, print);
        if (at != PRINTS_NONE)
            merge_server(&into->servers[at], &other->servers[slot]);
        else if (print != 0)
            *new_server(into, print) = other->servers[slot];
    }
}

static void spread_merge(void *state, const void *from)
{
    struct spread *into = state;
    const struct spread *other = from;
    active_lines_merge(&into->totals->lines, &other->totals->lines);
    for (size_t slot = 0; slot < prints_slots(&other->flagged); slot++) {
        if (other->flagged.print[slot] != 0)
            flag(into, other->flagged.print[slot], other->flagged_ns[slot]);
    }
    merge_servers(into, other);
}

const struct behaviour_kind behaviour_spread = {
    .ends = END_RESPONDER,
    .init = spread_init,
    .expect = spread_expect,
    .observe = spread_observe,
    .heed = spread_heed,
    .heed_listed = spread_heed_listed,
    .finish = spread_finish,
    .count = spread_count,
    .parts = spread_parts,
    .merge = spread_merge,
};
