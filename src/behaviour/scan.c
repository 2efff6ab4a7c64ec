// SPDX-License-Identifier: Apache-2.0
/* Scans: sources whose first contacts fail, again and again, at targets that share a port or
 * a host.  The running test is TRW (Jung et al. 2004; detectors.md 5.2): every failed first
 * contact multiplies the odds by four, every answered one divides them, so the test is failures
 * less successes; ten of them are odds of a million.  Where successes have outweighed failures
 * by four the source is benign so far and its test starts again.
 *
 * What keeps swarms and dead servers apart from scans: targets of a scan repeat a port over
 * hosts or a host over ports; peers of a swarm have each their own. */
#include <math.h>

#include "base/attr.h"
#include "base/must.h"
#include "behaviour/evidence.h"
#include "behaviour/kinds_private.h"
#include "behaviour/prints.h"
#include "behaviour/sketch.h"

enum {
    NET_FIRING = 10,
    NET_BENIGN = -4,
    NET_MAX = 30000,
    TARGETS_OUTSIDE = 25,  /* distinct address:port; of sources outside (Zeek's simple-scan) */
    TARGETS_INSIDE = 50,   /* own lines fail in numbers when a network goes down */
    TARGETS_ONE_WAY = 100, /* no answer to anything is seen: success cannot be known */
    PROBE_PACKETS_MAX = 2,
    SWEEP_FEW = 4, /* times a target's host or port repeats, on average, in a scan */
};
static const double failed_share_least = 0.7;
static const double one_way_packets_max = 1.5; /* packets a contact */

enum contact { CONTACT_FAILED, CONTACT_ANSWERED, CONTACT_OPEN };

enum reason {
    REASON_EMPTY,
    REASON_SAMPLED,
    REASON_SLICE,
    REASON_TURNED,
    REASON_BACKSCATTER,
    REASON_MULTICAST,
    REASON_MIDSTREAM,
    REASON_ICMP,
    REASON_PROTOCOL,
    REASONS
};

static const char *const reason_names[REASONS] = {
    [REASON_EMPTY] = "scan: no packets counted",
    [REASON_SAMPLED] = "scan: sampled",
    [REASON_SLICE] = "scan: later slice of a flow",
    [REASON_TURNED] = "scan: who began is not known",
    [REASON_BACKSCATTER] = "scan: an answer without its question",
    [REASON_MULTICAST] = "scan: to many at once",
    [REASON_MIDSTREAM] = "scan: began before the capture",
    [REASON_ICMP] = "scan: ICMP that asks nothing",
    [REASON_PROTOCOL] = "scan: other protocol",
};

enum transport { TRANSPORT_TCP, TRANSPORT_UDP, TRANSPORT_ICMP, TRANSPORT_SCTP, TRANSPORTS };

static const uint8_t transport_protocols[TRANSPORTS] = { PROTOCOL_TCP, PROTOCOL_UDP,
                                                         PROTOCOL_ICMP, PROTOCOL_SCTP };

struct source {
    int64_t first_ns;
    int64_t last_ns;
    uint64_t octets_out;
    uint64_t octets_in;
    uint32_t connections;
    uint32_t contacts; /* first ones, since the test began */
    uint32_t failures;
    uint32_t packets;  /* of first contacts */
    uint32_t judge_at; /* contacts */
    uint32_t by_transport[TRANSPORTS];
    int16_t net;   /* failures less successes */
    uint16_t port; /* of the first contact */
    uint8_t direction;
    uint8_t basis;
    uint8_t source_place;
    uint8_t target_place;
    bool fired;
    bool is_inside;
    bool is_rate_untold; /* of a contact: whether it was sampled is not known */
    struct sketch hosts;
    struct sketch ports;
    struct sketch targets;
    struct ip_address address; /* both zero until it fires: sealed */
    struct ip_address target;
};

struct scan {
    struct hash_key key;
    struct prints prints;
    struct source *sources;
    struct seen seen;
    uint64_t answered[TRANSPORTS]; /* in the whole of the input */
    uint64_t left_out[REASONS];
    uint64_t evicted;
    uint64_t evicted_fired;
    uint64_t fired;
};

/* What scan_judge found, as far as it matters for a sighting. */
struct extent {
    double hosts, ports, targets, failed_share;
    double targets_least;
    enum sighting_shape shape;
};

static void *scan_init(const struct behaviour_limits *limits, struct hash_key key,
                       struct arena *keep)
{
    enum { SLACK = 512, LEAST = 16384 };
    MUST(limits->memory_octets >= LEAST);
    struct scan *scan = ARENA_NEW(keep, struct scan, 1);
    scan->key = key;
    size_t room = limits->memory_octets - sizeof *scan - SLACK;
    seen_init(&scan->seen, room / 4, keep);
    prints_init(&scan->prints, room / 4 * 3 / (sizeof(uint64_t) + sizeof(struct source)), keep);
    scan->sources = PRINTS_RECORDS(keep, struct source, prints_slots(&scan->prints));
    return scan;
}

static bool is_echo(const struct flow *flow)
{
    unsigned type = flow->responder_port >> 8;
    if (flow->protocol == PROTOCOL_ICMPV6)
        return type == 128;
    return type == 8 || type == 13 || type == 17; /* echo, timestamp, address mask */
}

static enum transport transport_of(const struct flow *flow)
{
    switch (flow->protocol) {
    case PROTOCOL_TCP: return TRANSPORT_TCP;
    case PROTOCOL_UDP: return TRANSPORT_UDP;
    case PROTOCOL_ICMP:
    case PROTOCOL_ICMPV6: return TRANSPORT_ICMP;
    case PROTOCOL_SCTP: return TRANSPORT_SCTP;
    default: return TRANSPORTS;
    }
}

/* Packets outside of any connection that ask for an answer: NULL, FIN and XMAS have no ACK;
 * ACK and window probes are answered by a RST alone. */
static bool is_odd_probe(const struct flow *flow)
{
    const struct flow_half *forward = &flow->forward;
    if (forward->packets == 0 || forward->packets > PROBE_PACKETS_MAX || forward->payload > 0 ||
        (forward->first_flags & (TCP_SYN | TCP_RST)) != 0)
        return false;
    bool refused = flow->reverse.packets > 0 && (flow->reverse.first_flags & TCP_RST) != 0;
    return (forward->first_flags & TCP_ACK) == 0 || refused;
}

/* Why the flow is no contact to be judged, or REASONS when it is one.  Of a sampled contact the
 * answer may be what was not counted: it looks like a failure. */
static enum reason reason_to_leave(const struct flow *flow)
{
    if (flow->forward.packets == 0 && flow->reverse.packets == 0)
        return REASON_EMPTY;
    if (observation_rate(&flow->observation) > 1)
        return REASON_SAMPLED;
    if (flow->slice > 0)
        return REASON_SLICE;
    if (flow->is_turned || flow->forward.packets == 0)
        return REASON_TURNED;
    if (ip_is_multicast(&flow->responder))
        return REASON_MULTICAST;
    if (flow->protocol == PROTOCOL_ICMP || flow->protocol == PROTOCOL_ICMPV6)
        return is_echo(flow) ? REASONS : REASON_ICMP;
    if (flow->protocol == PROTOCOL_TCP && flow->tcp == FLOW_TCP_MIDSTREAM) {
        if ((flow->forward.first_flags & (TCP_RST | TCP_SYN)) != 0)
            return REASON_BACKSCATTER;
        return is_odd_probe(flow) ? REASONS : REASON_MIDSTREAM;
    }
    return transport_of(flow) == TRANSPORTS ? REASON_PROTOCOL : REASONS;
}

/* A client that acknowledges was answered, even where only its side of the traffic passes
 * here. */
static enum contact tcp_contact(const struct flow *flow)
{
    bool attempt = flow->tcp == FLOW_TCP_ATTEMPT || flow->tcp == FLOW_TCP_NONE;
    if (flow->tcp == FLOW_TCP_REFUSED || flow->tcp == FLOW_TCP_MIDSTREAM)
        return CONTACT_FAILED;
    if (attempt && (flow->forward.tcp_flags & TCP_ACK) == 0)
        return CONTACT_FAILED;
    if (flow->forward.payload == 0 && flow->reverse.payload == 0)
        return CONTACT_OPEN; /* opened and nothing said: says neither this nor that */
    return CONTACT_ANSWERED;
}

static enum contact contact_of(const struct flow *flow)
{
    if (flow->protocol == PROTOCOL_TCP)
        return tcp_contact(flow);
    return flow->reverse.packets > 0 ? CONTACT_ANSWERED : CONTACT_FAILED;
}

/* Is the source a line of ours?  Domestic others are not, where one's own lines are watched. */
static bool is_inside(const struct admitted_flow *admitted)
{
    enum place place = admitted->initiator_place;
    if (place == PLACE_OWN || place == PLACE_FOREIGN)
        return place == PLACE_OWN;
    return ip_is_internal(&admitted->flow.initiator) ||
           (place == PLACE_DOMESTIC && admitted->basis != BASIS_OWN);
}

/* Who goes when a bucket is full: what has fired last, then what failed most and latest. */
static size_t weakest(const struct scan *scan, size_t home)
{
    size_t found = home;
    for (size_t slot = home; slot < home + PRINTS_WAYS; slot++) {
        if (scan->prints.print[slot] == 0)
            return slot;
        const struct source *a = &scan->sources[slot];
        const struct source *b = &scan->sources[found];
        if (a->fired != b->fired ? !a->fired
            : a->net != b->net   ? a->net < b->net
                                 : a->last_ns < b->last_ns)
            found = slot;
    }
    return found;
}

static uint64_t hash_address(const struct scan *scan, const struct ip_address *address)
{
    return hash_sixteen(&scan->key, address->octets);
}

static struct source *source_of(struct scan *scan, uint64_t print,
                                const struct admitted_flow *admitted)
{
    size_t slot = prints_find(&scan->prints, print);
    if (slot != PRINTS_NONE)
        return &scan->sources[slot];
    slot = weakest(scan, prints_home(&scan->prints, print));
    scan->evicted += scan->prints.print[slot] != 0;
    scan->evicted_fired += scan->prints.print[slot] != 0 && scan->sources[slot].fired;
    scan->prints.print[slot] = print;
    scan->sources[slot] = (struct source){ .first_ns = flow_start_ns(&admitted->flow),
                                           .is_inside = is_inside(admitted) };
    return &scan->sources[slot];
}

/* The test begins again; the totals since the source was first seen stay. */
static void restart(struct source *source)
{
    source->contacts = source->failures = source->packets = source->judge_at = 0;
    memset(source->by_transport, 0, sizeof source->by_transport);
    source->net = 0;
    source->hosts = source->ports = source->targets = (struct sketch){ { 0 } };
}

static void add_totals(struct source *source, const struct flow *flow)
{
    int64_t start_ns = flow_start_ns(flow);
    int64_t end_ns = flow_end_ns(flow);
    if (start_ns < source->first_ns)
        source->first_ns = start_ns;
    if (end_ns > source->last_ns)
        source->last_ns = end_ns;
    source->octets_out += flow->forward.octets;
    source->octets_in += flow->reverse.octets;
    source->connections++;
}

struct target_hashes {
    uint64_t host, port, target;
};

static struct target_hashes hash_target(const struct scan *scan, const struct flow *flow)
{
    uint64_t port = (uint64_t)flow->protocol << 16 | flow->responder_port;
    uint64_t host = hash_address(scan, &flow->responder);
    return (struct target_hashes){ host, hash_two(&scan->key, port, 1),
                                   hash_two(&scan->key, host, port) };
}

static void add_contact(struct source *source, const struct flow *flow,
                        const struct target_hashes *hashes, enum contact contact)
{
    if (source->contacts == 0)
        source->port = flow->responder_port;
    source->contacts++;
    source->is_rate_untold |= observation_rate(&flow->observation) == 0;
    source->packets += flow->forward.packets < 1000 ? (uint32_t)flow->forward.packets : 1000;
    source->by_transport[transport_of(flow)]++;
    if (contact == CONTACT_FAILED) {
        source->failures++;
        source->net = source->net < NET_MAX ? (int16_t)(source->net + 1) : source->net;
    } else if (contact == CONTACT_ANSWERED && source->net > NET_BENIGN) {
        source->net--;
    }
    sketch_add(&source->hosts, hashes->host);
    sketch_add(&source->ports, hashes->port);
    sketch_add(&source->targets, hashes->target);
}

static enum transport main_transport(const struct source *source)
{
    size_t most = 0;
    for (size_t i = 1; i < TRANSPORTS; i++)
        if (source->by_transport[i] > source->by_transport[most])
            most = i;
    return (enum transport)most;
}

static enum sighting_shape shape_of(const struct extent *extent)
{
    bool many_ports = extent->targets >= SWEEP_FEW * extent->hosts;
    bool many_hosts = extent->targets >= SWEEP_FEW * extent->ports;
    if (many_ports && many_hosts)
        return SHAPE_BLOCK;
    return many_ports ? SHAPE_VERTICAL : many_hosts ? SHAPE_HORIZONTAL : SHAPE_NONE;
}

/* Sketches err by an eighth; the count of first contacts is exact as long as none was forgotten
 * and counted again.  Where the two agree the count is told, and what follows from it. */
static void sharpen(struct extent *extent, uint32_t contacts)
{
    enum { AGREES = 2 };
    if (contacts > AGREES * extent->targets || extent->targets > AGREES * contacts)
        return;
    bool one_host = extent->hosts < 1.5, one_port = extent->ports < 1.5;
    extent->targets = contacts;
    extent->ports = one_host ? contacts : fmin(extent->ports, contacts);
    extent->hosts = one_port ? contacts : fmin(extent->hosts, contacts);
}

static bool judge(const struct scan *scan, const struct source *source, struct extent *out)
{
    if (source->net < NET_FIRING || source->failures < failed_share_least * source->contacts)
        return false;
    out->hosts = sketch_count(&source->hosts);
    out->ports = sketch_count(&source->ports);
    out->targets = sketch_count(&source->targets);
    out->failed_share = (double)source->failures / source->contacts;
    out->targets_least = source->is_inside ? TARGETS_INSIDE : TARGETS_OUTSIDE;
    out->shape = shape_of(out);
    sharpen(out, source->contacts);
    if (scan->answered[main_transport(source)] == 0) {
        out->targets_least = TARGETS_ONE_WAY;
        if (source->packets > one_way_packets_max * source->contacts)
            return false;
    }
    return out->shape != SHAPE_NONE && out->targets >= out->targets_least;
}

/* A failure has odds of 4 to 1, log10 4 is 0.602; more than a weight of 4 is not claimed.
 * Each doubling of targets past the least adds one, to 4 again. */
static void add_measures(struct sighting *sighting, const struct source *source,
                         const struct extent *extent)
{
    double walk = fmin(4, 0.602 * source->net);
    double wide = fmin(4, 1 + log2(extent->targets / extent->targets_least));
    evidence_add(sighting,
                 (struct measure){ MEASURE_FAILED_NET, source->net, NET_FIRING, walk, 0 });
    evidence_add(sighting, (struct measure){ MEASURE_TARGETS, round(extent->targets),
                                             extent->targets_least, wide, 0 });
    evidence_add(sighting, (struct measure){ MEASURE_FAILED_SHARE, extent->failed_share,
                                             failed_share_least, 0, 0 });
    evidence_add(sighting,
                 (struct measure){ MEASURE_TARGET_HOSTS, round(extent->hosts), 0, 0, 0 });
    evidence_add(sighting,
                 (struct measure){ MEASURE_TARGET_PORTS, round(extent->ports), 0, 0, 0 });
}

static uint8_t protocol_of(const struct source *source)
{
    enum transport transport = main_transport(source);
    if (transport == TRANSPORT_ICMP && !ip_is_v4(&source->address))
        return PROTOCOL_ICMPV6;
    return transport_protocols[transport];
}

static void emit(const struct source *source, const struct extent *extent,
                 struct sighting_sink sink)
{
    enum { ALONE = 2 }; /* the sketch says 1.01 of one, 2.03 of two */
    struct sighting sighting = {
        .behaviour = BEHAVIOUR_SCAN,
        .direction = (enum direction)source->direction,
        .basis = (enum basis)source->basis,
        .server = source->address,
        .line = source->target,
        .has_line = extent->hosts < ALONE,
        .server_place = (enum place)source->source_place,
        .line_place = (enum place)source->target_place,
        .protocol = protocol_of(source),
        .shape = (uint8_t)extent->shape,
        .port = extent->ports < ALONE ? source->port : 0,
        .first_ns = source->first_ns,
        .last_ns = source->last_ns,
        .connections = source->connections,
        .octets_out = source->octets_out,
        .octets_in = source->octets_in,
    };
    if (!sighting.has_line) {
        sighting.line = (struct ip_address){ { 0 } };
        sighting.line_place = PLACE_UNKNOWN;
    }
    add_measures(&sighting, source, extent);
    evidence_add_rate(&sighting, source->is_rate_untold ? 0 : 1);
    sink.take(sink.context, &sighting);
}

static void fire(struct scan *scan, struct source *source, const struct admitted_flow *admitted)
{
    scan->fired += !source->fired;
    source->fired = true;
    source->address = admitted->flow.initiator;
    source->target = admitted->flow.responder;
    source->direction = (uint8_t)admitted->direction;
    source->basis = (uint8_t)admitted->basis;
    source->source_place = (uint8_t)admitted->initiator_place;
    source->target_place = (uint8_t)admitted->responder_place;
}

static void scan_expect(const void *state, const struct admitted_flow *admitted)
{
    const struct scan *scan = state;
    const struct flow *flow = &admitted->flow;
    if (reason_to_leave(flow) != REASONS)
        return;
    uint64_t print = prints_of(hash_address(scan, &flow->initiator));
    prints_expect(&scan->prints, print);
    seen_expect(&scan->seen, hash_two(&scan->key, print, hash_target(scan, flow).target));
}

static void scan_expect_more(const void *state, const struct admitted_flow *admitted)
{
    enum { LINE_OCTETS = 64 };
    const struct scan *scan = state;
    if (reason_to_leave(&admitted->flow) != REASONS)
        return;
    uint64_t print = prints_of(hash_address(scan, &admitted->flow.initiator));
    size_t slot = prints_find(&scan->prints, print);
    if (slot == PRINTS_NONE)
        return;
    const char *source = (const char *)&scan->sources[slot];
    for (size_t at = 0; at < offsetof(struct source, address); at += LINE_OCTETS)
        PREFETCH(source + at);
    PREFETCH(source + offsetof(struct source, address) - 1);
}

static void scan_observe(void *state, const struct admitted_flow *admitted,
                         enum behaviour_end end, struct sighting_sink sink)
{
    (void)end;
    struct scan *scan = state;
    const struct flow *flow = &admitted->flow;
    enum reason reason = reason_to_leave(flow);
    if (reason != REASONS) {
        scan->left_out[reason]++;
        return;
    }
    enum contact contact = contact_of(flow);
    scan->answered[transport_of(flow)] += flow->reverse.packets > 0;
    uint64_t print = prints_of(hash_address(scan, &flow->initiator));
    struct target_hashes hashes = hash_target(scan, flow);
    uint64_t contacted = hash_two(&scan->key, print, hashes.target);
    struct source *source = source_of(scan, print, admitted);
    add_totals(source, flow);
    if (seen_add(&scan->seen, contacted))
        return;
    add_contact(source, flow, &hashes, contact);
    if (source->net <= NET_BENIGN && !source->fired)
        restart(source);
    if (source->net < NET_FIRING || source->contacts < source->judge_at)
        return;
    struct extent extent;
    if (judge(scan, source, &extent)) {
        fire(scan, source, admitted);
        emit(source, &extent, sink);
        source->judge_at = 2 * source->contacts;
    } else {
        source->judge_at = source->contacts + 1 + source->contacts / 8;
    }
}

/* The last word on those that fired: what came since the last doubling. */
static void scan_finish(void *state, struct sighting_sink sink)
{
    struct scan *scan = state;
    for (size_t slot = 0; slot < prints_slots(&scan->prints); slot++) {
        struct extent extent;
        const struct source *source = &scan->sources[slot];
        if (scan->prints.print[slot] != 0 && source->fired && judge(scan, source, &extent))
            emit(source, &extent, sink);
    }
}

static void scan_count(const void *state, struct summary *summary)
{
    const struct scan *scan = state;
    uint64_t used = 0;
    for (size_t slot = 0; slot < prints_slots(&scan->prints); slot++)
        used += scan->prints.print[slot] != 0;
    for (size_t i = 0; i < REASONS; i++)
        summary_count(summary, "behaviour", reason_names[i], "flows", scan->left_out[i]);
    summary_count(summary, "behaviour", "scan: sources held", "sources", used);
    summary_count(summary, "behaviour", "scan: sources evicted", "sources", scan->evicted);
    summary_count(summary, "behaviour", "scan: units judged", "units", used + scan->evicted);
    summary_count(summary, "behaviour", "scan: fired sources evicted", "sources",
                  scan->evicted_fired);
    summary_count(summary, "behaviour", "scan: sources that fired", "sources", scan->fired);
}

const struct behaviour_kind behaviour_scan = {
    .name = "scan",
    .rule = "scan 1",
    .share = 6,
    .ends = END_INITIATOR,
    .init = scan_init,
    .expect = scan_expect,
    .expect_more = scan_expect_more,
    .observe = scan_observe,
    .finish = scan_finish,
    .count = scan_count,
};
