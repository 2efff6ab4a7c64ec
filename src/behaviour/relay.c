// SPDX-License-Identifier: Apache-2.0
/* Relays: lines through which somebody else reaches others (operational relay boxes,
 * residential proxies; detectors.md section 4).
 *
 * The same method finds the exits of those who hide for good reasons, so safeguards are part of
 * the rule: only equipment an operator named, and one's own lines, are ever looked at; hosting
 * ranges, shared addresses and published relays never; nothing follows by itself; and how many
 * lines were looked at is counted for all to see. */
#include <math.h>

#include "base/must.h"
#include "behaviour/evidence.h"
#include "behaviour/kinds_private.h"
#include "behaviour/prints.h"
#include "behaviour/relay_line.h"

enum {
    SIGNS_LEAST = 3,
    CONTROLLED_LEAST = 5, /* lines of one controller */
    NETWORKS_LEAST = 3,
    REMEMBER_SLOTS = RELAY_SLOTS / 2,
    RATE_MAX = 1000,
    PARTS_OF_CONTROLLERS = 8, /* of the memory, one in so many is for these */
};
static const double duality_least = 0.5;
static const double conservation_low = 0.8, conservation_high = 1.25;
static const double correlation_least = 0.8;
static const double adjacency_least = 5;
static const double session_least_s = 60; /* shorter ones control nothing */
static const double controlled_octets_least = 1e6, controlled_share_least = 0.25;

/* Of an address that holds sessions to lines; no address. */
struct controller {
    struct sketch lines;
    int64_t last_ns;
};

struct totals {
    uint64_t looked_up; /* lines taken into the table: the audit's number */
    uint64_t left_class;
    uint64_t left_rate;
    uint64_t lines_evicted;
    uint64_t controllers_evicted;
    uint64_t fired;
};

struct relay {
    struct hash_key key;
    struct prints prints;
    struct relay_line *lines;
    struct prints controller_prints;
    struct controller *controllers;
    struct totals *totals;
};

static void *relay_init(const struct behaviour_limits *limits, struct hash_key key,
                        struct arena *keep)
{
    enum { SLACK = 512 };
    struct relay *relay = ARENA_NEW(keep, struct relay, 1);
    relay->key = key;
    relay->totals = ARENA_NEW(keep, struct totals, 1);
    size_t room = limits->memory_octets - sizeof *relay - sizeof *relay->totals - SLACK;
    size_t controllers =
        room / PARTS_OF_CONTROLLERS / (sizeof(uint64_t) + sizeof(struct controller));
    prints_init(&relay->controller_prints, controllers, keep);
    relay->controllers =
        PRINTS_RECORDS(keep, struct controller, prints_slots(&relay->controller_prints));
    size_t lines = room / PARTS_OF_CONTROLLERS * (PARTS_OF_CONTROLLERS - 1) /
                   (sizeof(uint64_t) + sizeof(struct relay_line));
    prints_init(&relay->prints, lines, keep);
    relay->lines = PRINTS_RECORDS(keep, struct relay_line, prints_slots(&relay->prints));
    return relay;
}

static bool may_look(enum place place, enum line_class line_class)
{
    return line_class == CLASS_EQUIPMENT ||
           (place == PLACE_OWN && line_class != CLASS_HOSTING && line_class != CLASS_SHARED &&
            line_class != CLASS_PUBLIC_RELAY && line_class != CLASS_UNUSED);
}

static bool is_session(const struct flow *flow)
{
    return flow->forward.packets > 0 && flow->reverse.packets > 0 &&
           (flow->protocol == PROTOCOL_TCP || flow->protocol == PROTOCOL_UDP) &&
           flow->responder_port != 53 && flow_start_ns(flow) > 0 && flow_times_are_sane(flow);
}

static bool is_outside(enum place place)
{
    return place == PLACE_FOREIGN || place == PLACE_UNKNOWN;
}

static bool relay_wants(const struct admitted_flow *admitted)
{
    bool inward =
        is_outside(admitted->initiator_place) && !is_outside(admitted->responder_place);
    bool outward =
        !is_outside(admitted->initiator_place) && is_outside(admitted->responder_place);
    return (inward || outward) && is_session(&admitted->flow);
}

static uint64_t print_of(const struct relay *relay, const struct ip_address *address)
{
    return prints_of(hash_sixteen(&relay->key, address->octets));
}

static bool is_weaker(const void *records, size_t a, size_t b)
{
    const struct relay_line *lines = records;
    return lines[a].fired != lines[b].fired ? !lines[a].fired
                                            : lines[a].last_ns < lines[b].last_ns;
}

static bool is_older(const void *records, size_t a, size_t b)
{
    const struct controller *controllers = records;
    return controllers[a].last_ns < controllers[b].last_ns;
}

/* A line is taken in when it is called from outside, and not before. */
static struct relay_line *take_line(struct relay *relay, const struct admitted_flow *admitted)
{
    const struct flow *flow = &admitted->flow;
    uint64_t print = print_of(relay, &flow->responder);
    size_t slot = prints_find(&relay->prints, print);
    if (slot != PRINTS_NONE)
        return &relay->lines[slot];
    slot = prints_take(&relay->prints, print, is_weaker, relay->lines,
                       &relay->totals->lines_evicted);
    relay->totals->looked_up++;
    relay->lines[slot] =
        (struct relay_line){ .address = flow->responder,
                             .place = (uint8_t)admitted->responder_place,
                             .line_class = (uint8_t)admitted->responder_class,
                             .direction = (uint8_t)admitted->direction,
                             .basis = (uint8_t)admitted->basis,
                             .outside_place = (uint8_t)admitted->initiator_place,
                             .slot_remembered = flow_start_ns(flow) / RELAY_SLOT_NS,
                             .rate = observation_rate(&flow->observation) };
    return &relay->lines[slot];
}

/* Who holds most of the line's sessions, and not little: visitors and crawlers do not. */
static bool is_controlling(const struct relay_line *line, size_t i)
{
    double octets = (double)line->controllers[i].octets;
    return octets >= controlled_octets_least &&
           octets >= controlled_share_least * line->inward_octets;
}

static void note_controller(struct relay *relay, const struct relay_line *line, size_t i)
{
    uint64_t print = print_of(relay, &line->controllers[i].address);
    size_t slot = prints_find(&relay->controller_prints, print);
    if (slot == PRINTS_NONE) {
        slot = prints_take(&relay->controller_prints, print, is_older, relay->controllers,
                           &relay->totals->controllers_evicted);
        relay->controllers[slot] = (struct controller){ .last_ns = line->last_ns };
    }
    struct controller *controller = &relay->controllers[slot];
    sketch_add(&controller->lines, print_of(relay, &line->address));
    if (line->last_ns > controller->last_ns)
        controller->last_ns = line->last_ns;
}

static void note_controllers(struct relay *relay)
{
    for (size_t slot = 0; slot < prints_slots(&relay->prints); slot++)
        for (size_t i = 0; relay->prints.print[slot] != 0 && i < RELAY_CONTROLLERS; i++)
            if (is_controlling(&relay->lines[slot], i))
                note_controller(relay, &relay->lines[slot], i);
}

/* The most lines any of its controllers has. */
static double controlled_lines(const struct relay *relay, const struct relay_line *line)
{
    double most = 0;
    for (size_t i = 0; i < RELAY_CONTROLLERS; i++) {
        if (!is_controlling(line, i))
            continue;
        size_t slot = prints_find(&relay->controller_prints,
                                  print_of(relay, &line->controllers[i].address));
        if (slot != PRINTS_NONE)
            most = fmax(most, sketch_count(&relay->controllers[slot].lines));
    }
    return round(most);
}

struct signs {
    struct relay_view view;
    double controlled;
    bool duality, conservation, adjacency, reuse, exposure;
};

static void look(const struct relay *relay, const struct relay_line *line, struct signs *out)
{
    relay_look(line, &out->view);
    const struct relay_view *view = &out->view;
    out->controlled = controlled_lines(relay, line);
    out->duality = view->duality >= duality_least && view->networks >= NETWORKS_LEAST;
    out->conservation = view->conservation >= conservation_low &&
                        view->conservation <= conservation_high &&
                        view->correlation >= correlation_least;
    out->adjacency = view->adjacency >= adjacency_least;
    out->reuse = out->controlled >= CONTROLLED_LEAST;
    out->exposure = line->is_exposed;
}

/* Section 4.2: r5 and (r1 or r2), or any three; never without the traffic of a relay. */
static bool is_of_concern(const struct signs *signs)
{
    int count = signs->duality + signs->conservation + signs->adjacency + signs->reuse +
                signs->exposure;
    bool is_relay_like = signs->duality || signs->conservation;
    return is_relay_like && (signs->reuse || count >= SIGNS_LEAST);
}

static size_t count_controllers(const struct relay_line *line)
{
    size_t count = 0;
    for (size_t i = 0; i < RELAY_CONTROLLERS; i++)
        count += is_controlling(line, i);
    return count;
}

static void add_evidence(const struct relay_line *line, const struct signs *signs,
                         struct sighting *out)
{
    const struct relay_view *view = &signs->view;
    const struct measure measures[] = {
        { MEASURE_ROLE_DUALITY, view->duality, duality_least, signs->duality ? 1.5 : 0, 1 },
        { MEASURE_CONSERVATION, view->conservation, conservation_low,
          signs->conservation ? 2.5 : 0, 1 },
        { MEASURE_CORRELATION, view->correlation, correlation_least, 0, 1 },
        { MEASURE_ADJACENCY, view->adjacency, adjacency_least, signs->adjacency ? 2 : 0, 1 },
        { MEASURE_CONTROLLED_LINES, signs->controlled, CONTROLLED_LEAST, signs->reuse ? 3 : 0,
          1 },
        { MEASURE_DARK_HITS, line->is_exposed, 1, signs->exposure ? 1.5 : 0, 1 },
        { MEASURE_DIVERSITY, view->networks, 0, 0, 0 },
        { MEASURE_CONTROLLERS, (double)count_controllers(line), 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
        if (measures[i].value >= 0) /* negative: could not be told */
            evidence_add(out, measures[i]);
    evidence_add_rate(out, line->rate);
}

static void tell(struct relay *relay, struct relay_line *line, const struct signs *signs,
                 struct sighting_sink sink)
{
    struct sighting sighting = { .behaviour = BEHAVIOUR_RELAY,
                                 .direction = (enum direction)line->direction,
                                 .basis = (enum basis)line->basis,
                                 .server = line->address,
                                 .server_place = (enum place)line->place,
                                 .line_place = (enum place)line->outside_place,
                                 .first_ns = line->first_ns,
                                 .last_ns = line->last_ns,
                                 .connections = line->connections,
                                 .octets_out = (uint64_t)line->sent,
                                 .octets_in = (uint64_t)line->received };
    add_evidence(line, signs, &sighting);
    relay->totals->fired += !line->fired;
    line->fired = true;
    sink.take(sink.context, &sighting);
    sighting.has_line = true;
    for (size_t i = 0; i < RELAY_CONTROLLERS; i++) {
        if (!is_controlling(line, i))
            continue;
        sighting.line = line->controllers[i].address;
        sighting.octets_in = line->controllers[i].octets;
        sighting.octets_out = 0;
        sink.take(sink.context, &sighting);
    }
}

static void judge(struct relay *relay, struct relay_line *line, struct sighting_sink sink)
{
    struct signs signs;
    if (line->called_s < session_least_s)
        return;
    look(relay, line, &signs);
    if (is_of_concern(&signs))
        tell(relay, line, &signs, sink);
}

static void add_inward(struct relay *relay, const struct admitted_flow *admitted)
{
    if (!may_look(admitted->responder_place, admitted->responder_class) ||
        admitted->initiator_class == CLASS_PUBLIC_RELAY) {
        relay->totals->left_class++;
        return;
    }
    struct relay_line *line = take_line(relay, admitted);
    relay_add_inward(line, &admitted->flow);
    if (line->slot_latest - line->slot_remembered < REMEMBER_SLOTS)
        return;
    line->slot_remembered = line->slot_latest;
    relay_remember(line);
}

static void add_outward(struct relay *relay, const struct flow *flow)
{
    size_t slot = prints_find(&relay->prints, print_of(relay, &flow->initiator));
    if (slot == PRINTS_NONE)
        return;
    struct ip_address network = flow->responder;
    ip_mask(&network, ip_is_v4(&network) ? 96 + 24 : 48);
    relay_add_outward(&relay->lines[slot], flow, hash_sixteen(&relay->key, network.octets));
}

static void relay_expect(const void *state, const struct admitted_flow *admitted)
{
    const struct relay *relay = state;
    const struct flow *flow = &admitted->flow;
    if (!relay_wants(admitted))
        return;
    bool inward = is_outside(admitted->initiator_place);
    prints_expect(&relay->prints,
                  print_of(relay, inward ? &flow->responder : &flow->initiator));
}

static void relay_observe(void *state, const struct admitted_flow *admitted,
                          enum behaviour_end end, struct sighting_sink sink)
{
    struct relay *relay = state;
    (void)end;
    (void)sink;
    if (!relay_wants(admitted))
        return;
    if (observation_rate(&admitted->flow.observation) > RATE_MAX)
        relay->totals->left_rate++;
    else if (is_outside(admitted->initiator_place))
        add_inward(relay, admitted);
    else
        add_outward(relay, &admitted->flow);
}

/* r7: what the line does elsewhere. */
static void relay_heed(void *state, const struct sighting *sighting)
{
    struct relay *relay = state;
    if (sighting->behaviour != BEHAVIOUR_SCAN && sighting->behaviour != BEHAVIOUR_DARK)
        return;
    size_t slot = prints_find(&relay->prints, print_of(relay, &sighting->server));
    if (slot != PRINTS_NONE)
        relay->lines[slot].is_exposed = true;
}

static void relay_finish(void *state, struct sighting_sink sink)
{
    struct relay *relay = state;
    note_controllers(relay);
    for (size_t slot = 0; slot < prints_slots(&relay->prints); slot++)
        if (relay->prints.print[slot] != 0)
            judge(relay, &relay->lines[slot], sink);
}

static void relay_count(const void *state, struct summary *summary)
{
    const struct relay *relay = state;
    const struct totals *totals = relay->totals;
    const struct {
        const char *reason, *unit;
        uint64_t count;
    } rows[] = {
        { "relay: lines looked at", "sources", totals->looked_up },
        { "relay: not of a class that is looked at", "flows", totals->left_class },
        { "relay: sampled too thinly", "flows", totals->left_rate },
        { "relay: lines held", "sources", prints_used(&relay->prints) },
        { "relay: lines evicted", "sources", totals->lines_evicted },
        { "relay: controllers evicted", "sources", totals->controllers_evicted },
        { "relay: lines that fired", "sources", totals->fired },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        summary_count(summary, "behaviour", rows[i].reason, rows[i].unit, rows[i].count);
}

static size_t relay_parts(void *state, struct behaviour_part out[BEHAVIOUR_PARTS_MAX])
{
    struct relay *relay = state;
    size_t lines = prints_slots(&relay->prints);
    size_t controllers = prints_slots(&relay->controller_prints);
    out[0] = (struct behaviour_part){ relay->totals, sizeof *relay->totals };
    out[1] = (struct behaviour_part){ relay->prints.print, lines * sizeof(uint64_t) };
    out[2] = (struct behaviour_part){ relay->lines, lines * sizeof(struct relay_line) };
    out[3] = (struct behaviour_part){ relay->controller_prints.print,
                                      controllers * sizeof(uint64_t) };
    out[4] =
        (struct behaviour_part){ relay->controllers, controllers * sizeof(struct controller) };
    return 5;
}

static void merge_controllers(struct relay *into, const struct relay *other)
{
    for (size_t slot = 0; slot < prints_slots(&other->controller_prints); slot++) {
        uint64_t print = other->controller_prints.print[slot];
        const struct controller *from = &other->controllers[slot];
        size_t at = print == 0 ? PRINTS_NONE : prints_find(&into->controller_prints, print);
        if (print == 0)
            continue;
        if (at == PRINTS_NONE) {
            at = prints_take(&into->controller_prints, print, is_older, into->controllers,
                             &into->totals->controllers_evicted);
            into->controllers[at] = *from;
            continue;
        }
        sketch_merge(&into->controllers[at].lines, &from->lines);
        if (from->last_ns > into->controllers[at].last_ns)
            into->controllers[at].last_ns = from->last_ns;
    }
}

static void relay_merge_all(void *state, const void *from)
{
    struct relay *into = state;
    const struct relay *other = from;
    merge_controllers(into, other);
    for (size_t slot = 0; slot < prints_slots(&other->prints); slot++) {
        uint64_t print = other->prints.print[slot];
        size_t at = print == 0 ? PRINTS_NONE : prints_find(&into->prints, print);
        if (at != PRINTS_NONE)
            relay_merge(&into->lines[at], &other->lines[slot]);
        else if (print != 0)
            into->lines[prints_take(&into->prints, print, is_weaker, into->lines,
                                    &into->totals->lines_evicted)] = other->lines[slot];
    }
}

const struct behaviour_kind behaviour_relay = {
    .ends = END_ANY,
    .wants = relay_wants,
    .init = relay_init,
    .expect = relay_expect,
    .observe = relay_observe,
    .heed = relay_heed,
    .finish = relay_finish,
    .count = relay_count,
    .parts = relay_parts,
    .merge = relay_merge_all,
};
