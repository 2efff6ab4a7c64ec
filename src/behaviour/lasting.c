// SPDX-License-Identifier: Apache-2.0
/* Connections that stay open for hours (detectors.md 1.1: RITA's steps of 1, 4, 8 and 12 h).
 * A record stands for a line and a service: the five-minute slots of the last day in which a
 * connection between them was open.  Slices of one flow and flows that follow one another fill
 * neighbouring slots; the longest unbroken run of slots is how long it lasted.  Everything
 * kept is a sum, a maximum or a bit, so that order does not matter and records merge.
 *
 * Of sampled packets most slots stay empty: there a record stands for one pair of ports, which
 * is seldom used again, and lasts from its first sighting to its last. */
#include <math.h>

#include "base/attr.h"
#include "base/must.h"
#include "base/time.h"
#include "behaviour/crowd.h"
#include "behaviour/kinds_private.h"
#include "behaviour/outward.h"

#define HOUR_NS (3600 * TIME_SECOND_NS)
#define SLOT_NS (300 * TIME_SECOND_NS)

enum {
    SLOT_WORDS = 5,
    SLOTS = SLOT_WORDS * 64, /* 26 h 40 min */
    SHORT_S = 60,            /* a whole connection that is shorter is no part of a long one */
    FRAGMENTS_SAMPLED = 4,   /* sightings of one pair of ports */
    JUDGE_AGAIN_S = 1800,
    RATE_MAX = 1000,
};
static const double filled_least = 0.8;
static const double small_packet = 200;
static const double large_packet = 800;
static const double idle_octets_a_second = 10;

enum reason { REASON_POPULAR, REASON_BROKEN, REASON_THIN, REASONS };

struct session {
    struct ip_address server; /* sealed until it fires */
    struct ip_address line;
    int64_t first_ns;
    int64_t last_ns;
    int64_t judged_ns;          /* last_ns when it last was */
    int64_t slot_latest;        /* slots since 1970 */
    uint64_t slots[SLOT_WORDS]; /* a ring: slot i is bit i modulo their number */
    uint64_t open_ns;           /* sum over flows */
    uint64_t octets_out;
    uint64_t octets_in;
    uint64_t packets_out;
    uint64_t packets_in;
    uint64_t server_print;
    uint32_t flows;
    uint32_t connections;
    uint32_t fragments; /* flows that began in the middle of a connection */
    uint32_t rate;      /* of sampling, the same for all; 0 when nobody told */
    uint16_t port;
    uint8_t protocol;
    uint8_t direction;
    uint8_t basis;
    uint8_t server_place;
    uint8_t line_place;
    bool fired;
};

struct lasting_totals {
    uint64_t left_out[REASONS];
    uint64_t evicted;
    uint64_t fired;
};

struct lasting {
    struct hash_key key;
    struct prints prints;
    struct session *sessions;
    struct crowd crowd;
    struct lasting_totals *totals;
};

struct prints_of_session {
    uint64_t line, server, session;
};

/* What a session's slots tell. */
struct run {
    int64_t from_ns, to_ns;
    size_t slots;
};

static void *lasting_init(const struct behaviour_limits *limits, struct hash_key key,
                          struct arena *keep)
{
    enum { SLACK = 1024, LEAST = 16384 };
    MUST(limits->memory_octets >= LEAST);
    struct lasting *lasting = ARENA_NEW(keep, struct lasting, 1);
    lasting->key = key;
    lasting->totals = ARENA_NEW(keep, struct lasting_totals, 1);
    size_t room = limits->memory_octets - sizeof *lasting - sizeof *lasting->totals - SLACK;
    crowd_init(&lasting->crowd, room / 4, keep);
    prints_init(&lasting->prints, room / 4 * 3 / (sizeof(uint64_t) + sizeof(struct session)),
                keep);
    lasting->sessions = PRINTS_RECORDS(keep, struct session, prints_slots(&lasting->prints));
    return lasting;
}

/* Not the first packets of its connection: proof that it was open before. */
static bool is_fragment(const struct flow *flow)
{
    return flow->slice > 0 || observation_rate(&flow->observation) > 1 ||
           (flow->protocol == PROTOCOL_TCP && flow->tcp == FLOW_TCP_MIDSTREAM &&
            ((flow->forward.tcp_flags | flow->reverse.tcp_flags) & (TCP_SYN | TCP_RST)) == 0);
}

static bool is_short(const struct flow *flow)
{
    int64_t start_ns = flow_start_ns(flow), end_ns = flow_end_ns(flow);
    return start_ns < 0 || end_ns < SHORT_S * TIME_SECOND_NS ||
           end_ns - SHORT_S * TIME_SECOND_NS < start_ns;
}

/* Cheap tests first: nearly all flows leave here. */
static bool is_wanted(const struct admitted_flow *admitted, struct outward *out)
{
    const struct flow *flow = &admitted->flow;
    if (!flow->continues && !is_fragment(flow) && is_short(flow))
        return false;
    if (flow->tcp == FLOW_TCP_ATTEMPT || flow->tcp == FLOW_TCP_REFUSED)
        return false;
    return outward_of(admitted, out);
}

static struct prints_of_session prints_of_flow(const struct lasting *lasting,
                                               const struct outward *outward,
                                               const struct flow *flow)
{
    struct prints_of_session print;
    uint32_t rate = observation_rate(&flow->observation);
    uint64_t service = (uint64_t)flow->protocol << 16 | outward->port;
    uint64_t how = (uint64_t)rate << 16 | (rate > 1 ? outward->line_port : 0);
    print.line = hash_sixteen(&lasting->key, outward->line->octets);
    print.server = prints_of(
        hash_two(&lasting->key, hash_sixteen(&lasting->key, outward->server->octets), service));
    print.session = prints_of(
        hash_two(&lasting->key, hash_two(&lasting->key, print.line, print.server), how));
    return print;
}

/* Who goes when a bucket is full: not what has fired, nor what lasted longest. */
static bool is_weaker(const void *records, size_t a, size_t b)
{
    const struct session *one = (const struct session *)records + a;
    const struct session *other = (const struct session *)records + b;
    if (one->fired != other->fired)
        return !one->fired;
    int64_t one_ns = one->last_ns - one->first_ns, other_ns = other->last_ns - other->first_ns;
    return one_ns != other_ns ? one_ns < other_ns : one->last_ns < other->last_ns;
}

static struct session *session_of(struct lasting *lasting, uint64_t print, bool *is_new)
{
    size_t slot = prints_find(&lasting->prints, print);
    *is_new = slot == PRINTS_NONE;
    if (*is_new)
        slot = prints_take(&lasting->prints, print, is_weaker, lasting->sessions,
                           &lasting->totals->evicted);
    return &lasting->sessions[slot];
}

static void begin(struct session *session, const struct admitted_flow *admitted,
                  const struct outward *outward, uint64_t server_print)
{
    const struct flow *flow = &admitted->flow;
    *session = (struct session){
        .server = *outward->server,
        .line = *outward->line,
        .first_ns = flow_start_ns(flow),
        .last_ns = flow_end_ns(flow),
        .slot_latest = flow_end_ns(flow) / SLOT_NS,
        .server_print = server_print,
        .rate = observation_rate(&flow->observation),
        .port = outward->port,
        .protocol = flow->protocol,
        .direction = (uint8_t)admitted->direction,
        .basis = (uint8_t)admitted->basis,
        .server_place = (uint8_t)outward->server_place,
        .line_place = (uint8_t)outward->line_place,
    };
}

static uint64_t *word_of(struct session *session, int64_t slot)
{
    return &session->slots[slot % SLOTS / 64];
}

static bool is_open_in(const struct session *session, int64_t slot)
{
    return (session->slots[slot % SLOTS / 64] >> slot % 64 & 1) != 0;
}

/* The slots between the latest so far and this one were silent, and what they held a day ago
 * is forgotten. */
static void advance(struct session *session, int64_t latest)
{
    if (latest - session->slot_latest >= SLOTS) {
        memset(session->slots, 0, sizeof session->slots);
    } else {
        for (int64_t slot = session->slot_latest + 1; slot <= latest; slot++)
            *word_of(session, slot) &= ~(UINT64_C(1) << slot % 64);
    }
    if (latest > session->slot_latest)
        session->slot_latest = latest;
}

static int64_t oldest_slot(const struct session *session)
{
    return session->slot_latest < SLOTS ? 0 : session->slot_latest - SLOTS + 1;
}

static void mark(struct session *session, int64_t from_ns, int64_t to_ns)
{
    int64_t from = from_ns / SLOT_NS, to = to_ns / SLOT_NS;
    advance(session, to);
    if (from < oldest_slot(session))
        from = oldest_slot(session);
    for (int64_t slot = from; slot <= to; slot++)
        *word_of(session, slot) |= UINT64_C(1) << slot % 64;
}

static uint64_t sum_or_most(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void add_flow(struct session *session, const struct flow *flow,
                     const struct outward *outward)
{
    int64_t start_ns = flow_start_ns(flow), end_ns = flow_end_ns(flow);
    mark(session, start_ns, end_ns);
    if (start_ns < session->first_ns)
        session->first_ns = start_ns;
    if (end_ns > session->last_ns)
        session->last_ns = end_ns;
    session->open_ns = sum_or_most(session->open_ns, (uint64_t)(end_ns - start_ns));
    session->octets_out = sum_or_most(session->octets_out, outward->out->octets);
    session->octets_in = sum_or_most(session->octets_in, outward->in->octets);
    session->packets_out = sum_or_most(session->packets_out, outward->out->packets);
    session->packets_in = sum_or_most(session->packets_in, outward->in->packets);
    session->flows += session->flows < UINT32_MAX;
    session->connections += flow->slice == 0 && session->connections < UINT32_MAX;
    session->fragments += is_fragment(flow) && session->fragments < UINT32_MAX;
}

static struct run run_of_slots(const struct session *session, int64_t from, int64_t to)
{
    struct run run = { from * SLOT_NS, (to + 1) * SLOT_NS, (size_t)(to - from + 1) };
    if (run.from_ns < session->first_ns)
        run.from_ns = session->first_ns;
    if (run.to_ns > session->last_ns)
        run.to_ns = session->last_ns;
    return run;
}

/* The longest run of slots without a break, the latest of equals. */
static struct run longest_run(const struct session *session)
{
    struct run best = { 0, 0, 0 };
    int64_t begin = oldest_slot(session);
    for (int64_t slot = begin; slot <= session->slot_latest; slot++) {
        if (!is_open_in(session, slot)) {
            begin = slot + 1;
            continue;
        }
        struct run run = run_of_slots(session, begin, slot);
        if (run.to_ns - run.from_ns >= best.to_ns - best.from_ns)
            best = run;
    }
    return best;
}

/* From the first to the last sighting of a pair of ports, unless half of it is one silence. */
static struct run sampled_run(const struct session *session)
{
    int64_t first = 0, last = -1;
    int64_t silence = 0;
    for (int64_t slot = oldest_slot(session); slot <= session->slot_latest; slot++) {
        if (!is_open_in(session, slot))
            continue;
        if (last < 0)
            first = slot;
        else if (slot - last > silence)
            silence = slot - last;
        last = slot;
    }
    if (last < 0 || 2 * silence > last - first || session->fragments < FRAGMENTS_SAMPLED)
        return (struct run){ 0, 0, 0 };
    return run_of_slots(session, first, last);
}

/* Open nearly all the time, by the time the flows lasted, or by flows every ten minutes that
 * began in the middle of a connection. */
static bool is_filled(const struct session *session, const struct run *run)
{
    return session->rate > 1 || 2 * (uint64_t)session->fragments >= run->slots ||
           (double)session->open_ns >= filled_least * (double)(run->to_ns - run->from_ns);
}

/* 1 at an hour, 2 at four, 3 at eight, 4 at twelve; straight lines between. */
static double duration_weight(double hours)
{
    static const double steps[] = { 1, 4, 8, 12 };
    for (size_t i = 1; i < sizeof steps / sizeof *steps; i++)
        if (hours < steps[i])
            return (double)i + (hours - steps[i - 1]) / (steps[i] - steps[i - 1]);
    return 4;
}

static double mean_packet(uint64_t octets, uint64_t packets)
{
    return packets == 0 ? 0 : (double)octets / (double)packets;
}

/* A person's or program's commands are small packets both ways, and next to none while nobody
 * is there; what only fills the line is a stream. */
static double shape_weight(const struct session *session, double seconds)
{
    double out = mean_packet(session->octets_out, session->packets_out);
    double in = mean_packet(session->octets_in, session->packets_in);
    if (session->packets_out == 0 || session->packets_in == 0)
        return 0;
    if (in >= large_packet && session->octets_in / 10 >= session->octets_out)
        return -1;
    if (fmax(out, in) > small_packet)
        return 0;
    double octets = (double)session->octets_out + (double)session->octets_in;
    return octets * fmax(1, session->rate) < idle_octets_a_second * seconds ? 0.5 : 1;
}

/* Tunnels a person set up, push services, and mailboxes that are watched. */
static bool is_standing_service(const struct session *session)
{
    static const uint16_t ports[] = { 123,  143,  500,  853,  993,  1194, 1701, 1723, 1883,
                                      4500, 5222, 5223, 5228, 5229, 5230, 8883, 51820 };
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
        if (session->port == ports[i])
            return true;
    return false;
}

static void add_measures(struct sighting *sighting, const struct session *session,
                         const struct run *run, const struct surroundings *around)
{
    double seconds = (double)(run->to_ns - run->from_ns) / 1e9;
    double packet = fmax(mean_packet(session->octets_out, session->packets_out),
                         mean_packet(session->octets_in, session->packets_in));
    evidence_add(sighting, (struct measure){ MEASURE_DURATION, seconds, 3600,
                                             duration_weight(seconds / 3600), 0 });
    evidence_add(sighting, (struct measure){ MEASURE_PACKET_OCTETS, packet, small_packet,
                                             shape_weight(session, seconds), 0 });
    evidence_add(sighting,
                 (struct measure){ MEASURE_CONNECTIONS, session->connections, 0, 0, 0 });
    if (is_standing_service(session))
        evidence_add(sighting, (struct measure){ MEASURE_POLLER, 1, 0.5, -3, 0 });
    evidence_add_surroundings(sighting, around);
    evidence_add_rate(sighting, session->rate);
}

static void emit(const struct session *session, const struct run *run,
                 const struct surroundings *around, struct sighting_sink sink)
{
    struct sighting sighting = {
        .behaviour = BEHAVIOUR_LASTING,
        .direction = (enum direction)session->direction,
        .basis = (enum basis)session->basis,
        .server = session->server,
        .line = session->line,
        .server_place = (enum place)session->server_place,
        .line_place = (enum place)session->line_place,
        .has_line = true,
        .protocol = session->protocol,
        .port = session->port,
        .first_ns = run->from_ns,
        .last_ns = run->to_ns,
        .connections = session->connections,
        .octets_out = session->octets_out,
        .octets_in = session->octets_in,
    };
    add_measures(&sighting, session, run, around);
    sink.take(sink.context, &sighting);
}

static void judge(struct lasting *lasting, struct session *session, struct sighting_sink sink)
{
    session->judged_ns = session->last_ns;
    struct run run = session->rate > 1 ? sampled_run(session) : longest_run(session);
    if (run.to_ns - run.from_ns < HOUR_NS)
        return;
    if (!session->fired && !is_filled(session, &run)) {
        lasting->totals->left_out[REASON_BROKEN]++;
        return;
    }
    struct surroundings around = crowd_around(&lasting->crowd, session->server_print);
    if (!session->fired && around.is_popular) {
        lasting->totals->left_out[REASON_POPULAR]++;
        return;
    }
    lasting->totals->fired += !session->fired;
    session->fired = true;
    emit(session, &run, &around, sink);
}

static void lasting_expect(const void *state, const struct admitted_flow *admitted)
{
    const struct lasting *lasting = state;
    struct outward outward;
    if (!is_wanted(admitted, &outward))
        return;
    struct prints_of_session print = prints_of_flow(lasting, &outward, &admitted->flow);
    prints_expect(&lasting->prints, print.session);
    crowd_expect(&lasting->crowd, print.server);
}

static void lasting_observe(void *state, const struct admitted_flow *admitted,
                            enum behaviour_end end, struct sighting_sink sink)
{
    struct lasting *lasting = state;
    const struct flow *flow = &admitted->flow;
    struct outward outward;
    if (!is_wanted(admitted, &outward) || end != outward_server_end(&outward))
        return;
    if (observation_rate(&flow->observation) > RATE_MAX) {
        lasting->totals->left_out[REASON_THIN]++;
        return;
    }
    struct prints_of_session print = prints_of_flow(lasting, &outward, flow);
    crowd_add(&lasting->crowd, print.server, print.line);
    bool is_new;
    struct session *session = session_of(lasting, print.session, &is_new);
    if (is_new || flow_start_ns(flow) / SLOT_NS >= session->slot_latest + SLOTS) {
        bool fired = !is_new && session->fired;
        begin(session, admitted, &outward, print.server);
        session->fired = fired;
    }
    add_flow(session, flow, &outward);
    bool is_long = session->last_ns - session->first_ns >= HOUR_NS;
    bool is_due = session->last_ns - session->judged_ns >= JUDGE_AGAIN_S * TIME_SECOND_NS;
    if (is_long && is_due)
        judge(lasting, session, sink);
}

static void lasting_finish(void *state, struct sighting_sink sink)
{
    struct lasting *lasting = state;
    for (size_t slot = 0; slot < prints_slots(&lasting->prints); slot++) {
        struct session *session = &lasting->sessions[slot];
        if (lasting->prints.print[slot] != 0 && session->last_ns - session->first_ns >= HOUR_NS)
            judge(lasting, session, sink);
    }
}

static void lasting_count(const void *state, struct summary *summary)
{
    const struct lasting *lasting = state;
    const struct lasting_totals *totals = lasting->totals;
    const struct {
        const char *reason, *unit;
        uint64_t count;
    } rows[] = {
        { "lasting: server popular", "pairs", totals->left_out[REASON_POPULAR] },
        { "lasting: open for less than its time", "pairs", totals->left_out[REASON_BROKEN] },
        { "lasting: sampled too thinly", "flows", totals->left_out[REASON_THIN] },
        { "lasting: pairs held", "pairs", prints_used(&lasting->prints) },
        { "lasting: pairs evicted", "pairs", totals->evicted },
        { "lasting: servers evicted", "servers", lasting->crowd.totals->evicted },
        { "lasting: pairs that fired", "pairs", totals->fired },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        summary_count(summary, "behaviour", rows[i].reason, rows[i].unit, rows[i].count);
}

static size_t lasting_parts(void *state, struct behaviour_part out[BEHAVIOUR_PARTS_MAX])
{
    struct lasting *lasting = state;
    size_t slots = prints_slots(&lasting->prints);
    out[0] = (struct behaviour_part){ lasting->totals, sizeof *lasting->totals };
    out[1] = (struct behaviour_part){ lasting->prints.print, slots * sizeof(uint64_t) };
    out[2] = (struct behaviour_part){ lasting->sessions, slots * sizeof *lasting->sessions };
    crowd_parts(&lasting->crowd, out + 3);
    return 3 + CROWD_PARTS;
}

static void merge_session(struct session *session, const struct session *other)
{
    advance(session, other->slot_latest);
    for (int64_t slot = oldest_slot(session); slot <= other->slot_latest; slot++)
        if (slot >= oldest_slot(other) && is_open_in(other, slot))
            *word_of(session, slot) |= UINT64_C(1) << slot % 64;
    if (other->first_ns < session->first_ns)
        session->first_ns = other->first_ns;
    if (other->last_ns > session->last_ns)
        session->last_ns = other->last_ns;
    session->open_ns = sum_or_most(session->open_ns, other->open_ns);
    session->octets_out = sum_or_most(session->octets_out, other->octets_out);
    session->octets_in = sum_or_most(session->octets_in, other->octets_in);
    session->packets_out = sum_or_most(session->packets_out, other->packets_out);
    session->packets_in = sum_or_most(session->packets_in, other->packets_in);
    session->flows += other->flows;
    session->connections += other->connections;
    session->fragments += other->fragments;
    session->fired |= other->fired;
}

static void lasting_merge(void *state, const void *from)
{
    struct lasting *lasting = state;
    const struct lasting *other = from;
    crowd_merge(&lasting->crowd, &other->crowd);
    for (size_t slot = 0; slot < prints_slots(&other->prints); slot++) {
        if (other->prints.print[slot] == 0)
            continue;
        bool is_new;
        struct session *session = session_of(lasting, other->prints.print[slot], &is_new);
        if (is_new)
            *session = other->sessions[slot];
        else
            merge_session(session, &other->sessions[slot]);
    }
    struct lasting_totals *totals = lasting->totals;
    for (size_t i = 0; i < REASONS; i++)
        totals->left_out[i] += other->totals->left_out[i];
    totals->evicted += other->totals->evicted;
    totals->fired += other->totals->fired;
}

const struct behaviour_kind behaviour_lasting = {
    .ends = END_BOTH,
    .init = lasting_init,
    .expect = lasting_expect,
    .observe = lasting_observe,
    .finish = lasting_finish,
    .count = lasting_count,
    .parts = lasting_parts,
    .merge = lasting_merge,
};
