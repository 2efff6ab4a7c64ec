// SPDX-License-Identifier: Apache-2.0
/* Movement inside: hosts of one's own that administer others of one's own as they never did
 * (detectors.md section 10).  Each hint is common and worth little; two of different kinds
 * within a day, of a host that was reached and of the same host reaching on, are a finding.
 *
 * One state sees all flows.  For the first day of the data edges are learnt and none is new;
 * later an answered connection puts its edge among the known ones. */
#include "base/attr.h"
#include "base/must.h"
#include "base/time.h"
#include "behaviour/kinds_private.h"
#include "behaviour/lateral_private.h"

#define LEARNING_NS TIME_DAY_NS
#define GENERATION_NS (15 * TIME_DAY_NS)

enum {
    CLIENTS_OF_SERVER = 5, /* different hosts administer it, or use it: no workstation */
    REVERSED_PACKETS_LEAST = 200,
    REVERSED_SECONDS_LEAST = 600,
    REVERSED_PACKET_MAX = 200, /* octets, mean: keys pressed, not files */
    TOLD_PAIR = 1,             /* two kinds of hints of its own */
    TOLD_PATH = 2,
};

enum service {
    SERVICE_NONE,
    SERVICE_SSH,
    SERVICE_TELNET,
    SERVICE_RPC,
    SERVICE_SMB,
    SERVICE_RDP,
    SERVICE_WINRM,
    SERVICE_EQUIPMENT, /* Cisco's smart install, MikroTik's Winbox */
    SERVICE_SERVER,    /* no administration: what servers offer */
    SERVICES_LOGIN,    /* none: under which accounts are counted */
};

static const struct {
    uint16_t port;
    uint8_t service;
} ports[] = {
    { 22, SERVICE_SSH },         { 23, SERVICE_TELNET },   { 135, SERVICE_RPC },
    { 139, SERVICE_SMB },        { 445, SERVICE_SMB },     { 3389, SERVICE_RDP },
    { 5985, SERVICE_WINRM },     { 5986, SERVICE_WINRM },  { 4786, SERVICE_EQUIPMENT },
    { 8291, SERVICE_EQUIPMENT }, { 25, SERVICE_SERVER },   { 53, SERVICE_SERVER },
    { 80, SERVICE_SERVER },      { 88, SERVICE_SERVER },   { 389, SERVICE_SERVER },
    { 443, SERVICE_SERVER },     { 636, SERVICE_SERVER },  { 1433, SERVICE_SERVER },
    { 2049, SERVICE_SERVER },    { 3128, SERVICE_SERVER }, { 3268, SERVICE_SERVER },
    { 3306, SERVICE_SERVER },    { 5432, SERVICE_SERVER }, { 8080, SERVICE_SERVER },
};

struct lateral_totals {
    int64_t first_ns; /* of all that was seen; 0 before anything */
    int64_t generation;
    uint64_t hints[HINTS];
    uint64_t learnt;
    uint64_t logins;
    uint64_t hosts_evicted;
    uint64_t fans_evicted;
    uint64_t fired;
};

struct lateral {
    struct hash_key key;
    struct prints host_prints;
    struct mover *hosts;
    struct prints fan_prints;
    struct fan *fans;
    struct edges edges;
    struct lateral_totals *totals;
};

/* One connection inside, in hand. */
struct step {
    const struct admitted_flow *admitted;
    int64_t time_ns;
    uint64_t source, target; /* prints */
    enum service service;
    bool is_answered;
};

static void *lateral_init(const struct behaviour_limits *limits, struct hash_key key,
                          struct arena *keep)
{
    enum { SLACK = 1024, LEAST = 32768 };
    MUST(limits->memory_octets >= LEAST);
    struct lateral *lateral = ARENA_NEW(keep, struct lateral, 1);
    lateral->key = key;
    lateral->totals = ARENA_NEW(keep, struct lateral_totals, 1);
    size_t room = limits->memory_octets - sizeof *lateral - sizeof *lateral->totals - SLACK;
    edges_init(&lateral->edges, room / 4, keep);
    prints_init(&lateral->fan_prints, room / 4 / (sizeof(uint64_t) + sizeof(struct fan)), keep);
    lateral->fans = PRINTS_RECORDS(keep, struct fan, prints_slots(&lateral->fan_prints));
    prints_init(&lateral->host_prints, room / 2 / (sizeof(uint64_t) + sizeof(struct mover)),
                keep);
    lateral->hosts = PRINTS_RECORDS(keep, struct mover, prints_slots(&lateral->host_prints));
    return lateral;
}

static enum service service_of(uint16_t port)
{
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
        if (ports[i].port == port)
            return (enum service)ports[i].service;
    return SERVICE_NONE;
}

static bool is_inside(enum place place, const struct ip_address *address)
{
    return place == PLACE_OWN || (place != PLACE_FOREIGN && ip_is_internal(address));
}

static bool is_time_known(const struct flow *flow)
{
    return flow->observation.time != TIME_RECEIVED && flow_start_ns(flow) > 0 &&
           flow_times_are_sane(flow);
}

/* Of a connection that began before the capture, its end alone: RSTs, or one side. */
static bool is_remnant(const struct flow *flow)
{
    if (flow->protocol != PROTOCOL_TCP || flow->tcp != FLOW_TCP_MIDSTREAM ||
        observation_rate(&flow->observation) > 1)
        return false;
    bool is_of_facts_alone = flow->forward.packets == 0 && flow->reverse.packets == 0;
    return !is_of_facts_alone && (flow->forward.payload == 0 || flow->reverse.payload == 0);
}

/* Does the flow ask for a service inside?  Cheap tests first. */
static enum service service_inside(const struct admitted_flow *admitted)
{
    const struct flow *flow = &admitted->flow;
    if (admitted->initiator_place == PLACE_FOREIGN ||
        admitted->responder_place == PLACE_FOREIGN)
        return SERVICE_NONE;
    bool is_tcp = flow->protocol == PROTOCOL_TCP;
    if (!is_tcp && (flow->protocol != PROTOCOL_UDP || flow->reverse.packets == 0))
        return SERVICE_NONE;
    enum service service = service_of(flow->responder_port);
    if (service == SERVICE_NONE || flow->slice > 0 || flow->is_turned || is_remnant(flow))
        return SERVICE_NONE;
    if (!is_tcp && service != SERVICE_SERVER)
        return SERVICE_NONE;
    if (!is_inside(admitted->initiator_place, &flow->initiator) ||
        !is_inside(admitted->responder_place, &flow->responder) ||
        ip_is_multicast(&flow->responder) || ip_equal(&flow->initiator, &flow->responder))
        return SERVICE_NONE;
    return is_time_known(flow) ? service : SERVICE_NONE;
}

/* A connection that carried something, not a refusal. */
static bool is_answered(const struct flow *flow)
{
    if (flow->protocol != PROTOCOL_TCP)
        return flow->reverse.packets > 0;
    return flow->tcp != FLOW_TCP_ATTEMPT && flow->tcp != FLOW_TCP_REFUSED &&
           (flow->reverse.packets > 0 || observation_rate(&flow->observation) > 1);
}

/* Does a log tell of a login, or of one that worked? */
static bool has_login(const struct flow *flow, bool worked)
{
    for (const struct fact *fact = flow->facts; fact; fact = fact->next)
        if (fact->kind == FACT_LOGIN && (!worked || fact->login.result == LOGIN_SUCCESS))
            return true;
    return false;
}

static uint64_t print_of(const struct lateral *lateral, const struct ip_address *address)
{
    return prints_of(hash_sixteen(&lateral->key, address->octets));
}

static uint64_t edge_of(const struct lateral *lateral, const struct step *step)
{
    return hash_two(&lateral->key, hash_two(&lateral->key, step->source, step->target),
                    step->service);
}

static bool is_weaker_host(const void *records, size_t a, size_t b)
{
    const struct mover *one = (const struct mover *)records + a;
    const struct mover *other = (const struct mover *)records + b;
    if ((one->told != 0) != (other->told != 0))
        return one->told == 0;
    return one->last_ns < other->last_ns;
}

static bool is_weaker_fan(const void *records, size_t a, size_t b)
{
    const struct fan *fans = records;
    return fans[a].slot < fans[b].slot;
}

static struct mover *host_of(struct lateral *lateral, uint64_t print,
                             const struct ip_address *address, const struct step *step)
{
    size_t slot = prints_find(&lateral->host_prints, print);
    if (slot != PRINTS_NONE)
        return &lateral->hosts[slot];
    slot = prints_take(&lateral->host_prints, print, is_weaker_host, lateral->hosts,
                       &lateral->totals->hosts_evicted);
    lateral->hosts[slot] = (struct mover){
        .address = *address,
        .first_ns = step->time_ns,
        .last_ns = step->time_ns,
        .direction = (uint8_t)step->admitted->direction,
        .basis = (uint8_t)step->admitted->basis,
    };
    return &lateral->hosts[slot];
}

static struct fan *fan_of(struct lateral *lateral, uint64_t print)
{
    size_t slot = prints_find(&lateral->fan_prints, print);
    if (slot != PRINTS_NONE)
        return &lateral->fans[slot];
    slot = prints_take(&lateral->fan_prints, print, is_weaker_fan, lateral->fans,
                       &lateral->totals->fans_evicted);
    lateral->fans[slot] = (struct fan){ .slot = 0 };
    return &lateral->fans[slot];
}

static void turn_generation(struct lateral *lateral, int64_t generation)
{
    struct lateral_totals *totals = lateral->totals;
    if (generation <= totals->generation)
        return;
    if (totals->generation != 0) {
        edges_forget(&lateral->edges, generation);
        if (generation - totals->generation > 1)
            edges_forget(&lateral->edges, generation - 1);
    }
    totals->generation = generation;
}

/* Is the edge known?  An answered one is from now on. */
static bool is_known(struct lateral *lateral, const struct step *step)
{
    uint64_t edge = edge_of(lateral, step);
    int64_t generation = step->time_ns / GENERATION_NS;
    turn_generation(lateral, generation);
    if (!step->is_answered || generation < lateral->totals->generation - 1)
        return edges_has(&lateral->edges, edge);
    return edges_add(&lateral->edges, edge, generation);
}

static bool is_workstation(const struct mover *mover)
{
    return !mover->is_server && sketch_count(&mover->clients) < CLIENTS_OF_SERVER;
}

static bool is_reversed(const struct step *step)
{
    const struct flow_half *out = &step->admitted->flow.forward;
    const struct flow_half *in = &step->admitted->flow.reverse;
    int64_t lasted_ns = flow_end_ns(&step->admitted->flow) - step->time_ns;
    return step->service == SERVICE_SSH && out->packets >= REVERSED_PACKETS_LEAST &&
           in->packets >= REVERSED_PACKETS_LEAST && out->octets / 3 > in->octets / 2 &&
           out->octets / out->packets <= REVERSED_PACKET_MAX &&
           lasted_ns >= REVERSED_SECONDS_LEAST * TIME_SECOND_NS;
}

static bool is_windows(enum service service)
{
    return service == SERVICE_SMB || service == SERVICE_RDP || service == SERVICE_WINRM;
}

/* Bits 1 << enum hint that this connection gives. */
static uint32_t hints_of(struct lateral *lateral, const struct step *step, struct mover *source,
                         const struct mover *target)
{
    bool is_learning = step->time_ns - lateral->totals->first_ns < LEARNING_NS;
    bool known = is_known(lateral, step);
    uint32_t hints = 0;
    lateral->totals->learnt += is_learning && !known;
    if (!known) {
        struct fan *fan =
            fan_of(lateral, prints_of(hash_two(&lateral->key, step->source, step->service)));
        double hosts = fan_add(fan, step->time_ns, step->target);
        uint16_t whole = hosts < UINT16_MAX ? (uint16_t)(hosts + 0.5) : UINT16_MAX;
        source->fan = whole > source->fan ? whole : source->fan;
        hints |= whole >= LATERAL_FAN_LEAST ? UINT32_C(1) << HINT_FAN : 0;
    }
    if (!step->is_answered)
        return hints;
    if (!known && !is_learning)
        hints |= UINT32_C(1) << HINT_NEW_EDGE;
    if (!known && is_windows(step->service) && is_workstation(source) && is_workstation(target))
        hints |= UINT32_C(1) << HINT_PEER;
    if (is_reversed(step))
        hints |= UINT32_C(1) << HINT_REVERSED;
    bool only_answered =
        source->began_ns == 0 && step->time_ns - source->first_ns >= LEARNING_NS;
    if (!known && only_answered && !is_workstation(source))
        hints |= UINT32_C(1) << HINT_INITIATES;
    return hints;
}

/* Has the account come from this source before, and if not, from another?  Of logins that
 * worked. */
static bool is_account_elsewhere(struct lateral *lateral, const struct step *step,
                                 const struct login_fact *login)
{
    int64_t generation = step->time_ns / GENERATION_NS;
    turn_generation(lateral, generation);
    if (generation < lateral->totals->generation - 1)
        return false;
    bool known =
        edges_add(&lateral->edges, hash_two(&lateral->key, login->account, 1), generation);
    bool from_here = edges_add(
        &lateral->edges, hash_two(&lateral->key, login->account, step->source), generation);
    bool is_learning = step->time_ns - lateral->totals->first_ns < LEARNING_NS;
    return known && !from_here && !is_learning;
}

static bool is_spray(struct lateral *lateral, const struct step *step,
                     const struct login_fact *login)
{
    uint64_t key = hash_two(&lateral->key, step->source, SERVICES_LOGIN);
    struct fan *fan = fan_of(lateral, prints_of(key));
    double accounts = fan_add(fan, step->time_ns, login->account);
    return accounts >= LATERAL_ACCOUNTS_LEAST - 0.5 &&
           fan_tries(fan) <= LATERAL_TRIES_MOST * accounts;
}

/* Bits 1 << enum hint of the logins that logs tell of the connection. */
static uint32_t hints_of_logins(struct lateral *lateral, const struct step *step)
{
    uint32_t hints = 0;
    for (const struct fact *fact = step->admitted->flow.facts; fact; fact = fact->next) {
        const struct login_fact *login = &fact->login;
        if (fact->kind != FACT_LOGIN)
            continue;
        lateral->totals->logins++;
        hints |=
            login->is_weak && login->result == LOGIN_SUCCESS ? UINT32_C(1) << HINT_WEAK : 0;
        if (login->account == 0)
            continue;
        hints |= is_spray(lateral, step, login) ? UINT32_C(1) << HINT_SPRAY : 0;
        if (login->is_of_a_service && login->service == LOGIN_RDP)
            hints |= UINT32_C(1) << HINT_PERSON;
        if (login->result == LOGIN_SUCCESS && is_account_elsewhere(lateral, step, login))
            hints |= UINT32_C(1) << HINT_ACCOUNT;
    }
    return hints;
}

static void note_hints(struct lateral *lateral, uint32_t hints, const struct step *step,
                       struct mover *source, struct mover *target)
{
    const struct flow *flow = &step->admitted->flow;
    if (ip_equal(&source->reached_from, &flow->responder))
        return; /* back to whoever reached it: no step further */
    for (unsigned i = 0; i < HINTS; i++) {
        if ((hints >> i & 1) == 0)
            continue;
        lateral->totals->hints[i]++;
        if (step->time_ns > source->hint_ns[i])
            source->hint_ns[i] = step->time_ns;
        if (step->is_answered && step->time_ns > target->reach_ns[i]) {
            target->reach_ns[i] = step->time_ns;
            target->reached_from = flow->initiator;
            target->reached_place = (uint8_t)step->admitted->initiator_place;
        }
    }
    if (hints == 0)
        return;
    if (source->port == 0 || flow->responder_port < source->port)
        source->port = flow->responder_port;
    sketch_add(&source->targets, step->target);
}

static void emit(const struct mover *mover, const struct path *path, struct sighting_sink sink)
{
    struct sighting sighting = {
        .behaviour = BEHAVIOUR_LATERAL,
        .direction = (enum direction)mover->direction,
        .basis = (enum basis)mover->basis,
        .server = mover->address,
        .server_place = (enum place)mover->place,
        .has_line = path->is_path,
        .protocol = PROTOCOL_TCP,
        .port = mover->port,
        .first_ns = mover->first_ns,
        .last_ns = mover->last_ns,
        .connections = mover->connections,
        .octets_out = mover->octets_out,
        .octets_in = mover->octets_in,
    };
    if (path->is_path) {
        sighting.line = mover->reached_from;
        sighting.line_place = (enum place)mover->reached_place;
    }
    mover_add_measures(&sighting, mover, path);
    sink.take(sink.context, &sighting);
}

/* Two kinds of hints of its own are worth a sighting, though not a finding. */
static void judge(struct lateral *lateral, struct mover *mover, struct sighting_sink sink,
                  bool is_last)
{
    struct path path = path_of(mover);
    bool is_pair = (path.own & (path.own - 1)) != 0;
    unsigned says = (is_pair ? TOLD_PAIR : 0U) | (path.is_path ? TOLD_PATH : 0U);
    bool is_news = (says & ~(unsigned)mover->told) != 0;
    if (!is_news && !(is_last && mover->told != 0))
        return;
    lateral->totals->fired += mover->told == 0;
    mover->told = (uint8_t)(mover->told | says);
    emit(mover, &path, sink);
}

static void add_totals(struct mover *source, const struct step *step)
{
    const struct flow *flow = &step->admitted->flow;
    if (step->time_ns < source->first_ns)
        source->first_ns = step->time_ns;
    if (flow_end_ns(flow) > source->last_ns)
        source->last_ns = flow_end_ns(flow);
    source->place = (uint8_t)step->admitted->initiator_place;
    source->octets_out += flow->forward.octets;
    source->octets_in += flow->reverse.octets;
    source->connections++;
}

static void lateral_expect(const void *state, const struct admitted_flow *admitted)
{
    const struct lateral *lateral = state;
    if (service_inside(admitted) == SERVICE_NONE)
        return;
    prints_expect(&lateral->host_prints, print_of(lateral, &admitted->flow.initiator));
    prints_expect(&lateral->host_prints, print_of(lateral, &admitted->flow.responder));
}

static void lateral_observe(void *state, const struct admitted_flow *admitted,
                            enum behaviour_end end, struct sighting_sink sink)
{
    (void)end;
    struct lateral *lateral = state;
    const struct flow *flow = &admitted->flow;
    struct step step = { .admitted = admitted, .service = service_inside(admitted) };
    if (step.service == SERVICE_NONE)
        return;
    step.time_ns = flow_start_ns(flow);
    step.source = print_of(lateral, &flow->initiator);
    step.target = print_of(lateral, &flow->responder);
    step.is_answered = is_answered(flow) || has_login(flow, true);
    int64_t *first_ns = &lateral->totals->first_ns;
    if (*first_ns == 0 || step.time_ns < *first_ns)
        *first_ns = step.time_ns;
    if (step.service == SERVICE_SERVER) {
        if (step.is_answered)
            host_of(lateral, step.target, &flow->responder, &step)->is_server = true;
        if (!has_login(flow, false))
            return;
    }
    struct mover *target = host_of(lateral, step.target, &flow->responder, &step);
    struct mover *source = host_of(lateral, step.source, &flow->initiator, &step);
    if (prints_find(&lateral->host_prints, step.target) == PRINTS_NONE)
        return; /* the one took the place of the other: a table of one bucket */
    add_totals(source, &step);
    uint32_t hints = hints_of_logins(lateral, &step);
    if (step.service != SERVICE_SERVER)
        hints |= hints_of(lateral, &step, source, target);
    note_hints(lateral, hints, &step, source, target);
    target->place = (uint8_t)admitted->responder_place;
    if (step.is_answered && step.service != SERVICE_SERVER)
        sketch_add(&target->clients, step.source);
    bool is_first = source->began_ns == 0 || step.time_ns < source->began_ns;
    if (is_first && step.service != SERVICE_SERVER)
        source->began_ns = step.time_ns;
    judge(lateral, source, sink, false);
}

static void lateral_finish(void *state, struct sighting_sink sink)
{
    struct lateral *lateral = state;
    for (size_t slot = 0; slot < prints_slots(&lateral->host_prints); slot++)
        if (lateral->host_prints.print[slot] != 0)
            judge(lateral, &lateral->hosts[slot], sink, true);
}

static void lateral_count(const void *state, struct summary *summary)
{
    const struct lateral *lateral = state;
    const struct lateral_totals *totals = lateral->totals;
    const struct {
        const char *reason, *unit;
        uint64_t count;
    } rows[] = {
        { "lateral: learnt as usual", "flows", totals->learnt },
        { "lateral: new edges", "flows", totals->hints[HINT_NEW_EDGE] },
        { "lateral: many hosts in an hour", "flows", totals->hints[HINT_FAN] },
        { "lateral: workstation to workstation", "flows", totals->hints[HINT_PEER] },
        { "lateral: orders from the one called", "flows", totals->hints[HINT_REVERSED] },
        { "lateral: servers that begin to call", "flows", totals->hints[HINT_INITIATES] },
        { "lateral: many accounts, few tries each", "flows", totals->hints[HINT_SPRAY] },
        { "lateral: accounts from new sources", "flows", totals->hints[HINT_ACCOUNT] },
        { "lateral: services at a desktop", "flows", totals->hints[HINT_PERSON] },
        { "lateral: RC4 tickets", "flows", totals->hints[HINT_WEAK] },
        { "lateral: logins", "facts", totals->logins },
        { "lateral: hosts held", "hosts", prints_used(&lateral->host_prints) },
        { "lateral: hosts evicted", "hosts", totals->hosts_evicted },
        { "lateral: counts of hosts evicted", "hosts", totals->fans_evicted },
        { "lateral: hosts that fired", "hosts", totals->fired },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        summary_count(summary, "behaviour", rows[i].reason, rows[i].unit, rows[i].count);
}

static size_t lateral_parts(void *state, struct behaviour_part out[BEHAVIOUR_PARTS_MAX])
{
    struct lateral *lateral = state;
    size_t hosts = prints_slots(&lateral->host_prints);
    size_t fans = prints_slots(&lateral->fan_prints);
    out[0] = (struct behaviour_part){ lateral->totals, sizeof *lateral->totals };
    out[1] = (struct behaviour_part){ lateral->host_prints.print, hosts * sizeof(uint64_t) };
    out[2] = (struct behaviour_part){ lateral->hosts, hosts * sizeof *lateral->hosts };
    out[3] = (struct behaviour_part){ lateral->fan_prints.print, fans * sizeof(uint64_t) };
    out[4] = (struct behaviour_part){ lateral->fans, fans * sizeof *lateral->fans };
    edges_parts(&lateral->edges, out + 5);
    return 5 + EDGE_PARTS;
}

static void merge_edges(struct lateral *lateral, const struct lateral *other)
{
    int64_t theirs = other->totals->generation;
    turn_generation(lateral, theirs);
    for (int64_t generation = theirs - 1; generation <= theirs; generation++)
        if (generation >= lateral->totals->generation - 1)
            edges_merge(&lateral->edges, &other->edges, generation);
}

static void lateral_merge(void *state, const void *from)
{
    struct lateral *lateral = state;
    const struct lateral *other = from;
    merge_edges(lateral, other);
    for (size_t slot = 0; slot < prints_slots(&other->fan_prints); slot++)
        if (other->fan_prints.print[slot] != 0)
            fan_merge(fan_of(lateral, other->fan_prints.print[slot]), &other->fans[slot]);
    for (size_t slot = 0; slot < prints_slots(&other->host_prints); slot++) {
        uint64_t print = other->host_prints.print[slot];
        if (print == 0)
            continue;
        size_t mine = prints_find(&lateral->host_prints, print);
        if (mine != PRINTS_NONE) {
            mover_merge(&lateral->hosts[mine], &other->hosts[slot]);
            continue;
        }
        mine = prints_take(&lateral->host_prints, print, is_weaker_host, lateral->hosts,
                           &lateral->totals->hosts_evicted);
        lateral->hosts[mine] = other->hosts[slot];
    }
    struct lateral_totals *totals = lateral->totals;
    const struct lateral_totals *more = other->totals;
    for (size_t i = 0; i < HINTS; i++)
        totals->hints[i] += more->hints[i];
    totals->learnt += more->learnt;
    totals->logins += more->logins;
    totals->hosts_evicted += more->hosts_evicted;
    totals->fans_evicted += more->fans_evicted;
    totals->fired += more->fired;
    if (totals->first_ns == 0 || (more->first_ns != 0 && more->first_ns < totals->first_ns))
        totals->first_ns = more->first_ns;
}

const struct behaviour_kind behaviour_lateral = {
    .ends = END_ANY,
    .init = lateral_init,
    .expect = lateral_expect,
    .observe = lateral_observe,
    .finish = lateral_finish,
    .count = lateral_count,
    .parts = lateral_parts,
    .merge = lateral_merge,
};
