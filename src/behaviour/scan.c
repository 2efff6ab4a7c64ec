// SPDX-License-Identifier: Apache-2.0
/* Scans: sources whose first contacts fail, again and again, at targets that share a port or
 * a host.  The running test is TRW (Jung et al. 2004; detectors.md 5.2): every failed first
 * contact multiplies the odds by four, every answered one divides them, so the test is failures
 * less successes; ten of them are odds of a million.  Where successes have outweighed failures
 * by four the source is benign so far and its test starts again.
 *
 * Where packets were sampled (1 in N, to 1000) failures cannot be told, but which packets begin
 * connections can: a source whose packets are nearly all SYNs, to many targets, scans.  It has
 * to be seen twenty times whatever N is, so that it takes about 30 N probes.
 *
 * What keeps swarms and dead servers apart from scans: targets of a scan repeat a port over
 * hosts or a host over ports; peers of a swarm have each their own. */
#include <math.h>

#include "base/attr.h"
#include "base/must.h"
#include "behaviour/evidence.h"
#include "behaviour/kinds_private.h"
#include "behaviour/prints.h"
#include "behaviour/scan_private.h"
#include "behaviour/sketch.h"

enum {
    NET_FIRING = 10,
    NET_BENIGN = -4,
    TARGETS_OUTSIDE = 25,  /* distinct address:port; of sources outside (Zeek's simple-scan) */
    TARGETS_INSIDE = 50,   /* own lines fail in numbers when a network goes down */
    TARGETS_ONE_WAY = 100, /* no answer to anything is seen: success cannot be known */
    TARGETS_SAMPLED = 20,  /* counted ones: of a benign line a quarter are SYNs at most */
    PROBES_SAMPLED = 200,  /* that they stand for, so that a broken line is none */
    DARK_HITS_LEAST = 3,   /* then less is needed (Zeek's simple-scan) */
    SHARED_TIMES = 10,     /* as much from an address that many lines share */
    LINES_IN_OUTAGE = 10,
    SWEEP_FEW = 4, /* times a target's host or port repeats, on average, in a scan */
};
static const double failed_share_least = 0.7;
static const double syn_share_least = 0.9;
static const double answered_in_outage = 0.2;  /* share of lines, at most */
static const double one_way_packets_max = 1.5; /* packets a contact */

static const uint8_t transport_protocols[SCAN_OVERS] = { PROTOCOL_TCP, PROTOCOL_UDP,
                                                         PROTOCOL_ICMP, PROTOCOL_SCTP };

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
    prints_init(&scan->prints, room / 4 * 3 / (sizeof(uint64_t) + sizeof(struct scan_source)),
                keep);
    scan->sources = PRINTS_RECORDS(keep, struct scan_source, prints_slots(&scan->prints));
    return scan;
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

static bool is_shared(const struct admitted_flow *admitted)
{
    return admitted->initiator_class == CLASS_SHARED ||
           admitted->initiator_class == CLASS_PUBLIC_RELAY;
}

static int net_firing(const struct scan_source *source)
{
    int net = source->dark_hits >= DARK_HITS_LEAST ? NET_FIRING / 2 : NET_FIRING;
    return source->is_shared ? net * SHARED_TIMES : net;
}

static uint64_t hash_address(const struct scan *scan, const struct ip_address *address)
{
    return hash_sixteen(&scan->key, address->octets);
}

static struct scan_source *source_of(struct scan *scan, uint64_t print,
                                     const struct admitted_flow *admitted)
{
    size_t slot = prints_find(&scan->prints, print);
    if (slot != PRINTS_NONE)
        return &scan->sources[slot];
    slot = scan_take_slot(scan, print);
    scan->sources[slot] =
        (struct scan_source){ .first_ns = flow_start_ns(&admitted->flow),
                              .last_ns = flow_end_ns(&admitted->flow),
                              .address = admitted->flow.initiator,
                              .target = admitted->flow.responder,
                              .direction = (uint8_t)admitted->direction,
                              .basis = (uint8_t)admitted->basis,
                              .source_place = (uint8_t)admitted->initiator_place,
                              .target_place = (uint8_t)admitted->responder_place,
                              .is_inside = is_inside(admitted),
                              .is_shared = is_shared(admitted) };
    return &scan->sources[slot];
}

/* The test begins again; the totals since the source was first seen stay. */
static void restart(struct scan_source *source)
{
    source->contacts = source->failures = source->packets = source->judge_at = 0;
    memset(source->by_transport, 0, sizeof source->by_transport);
    source->net = 0;
    source->hosts = source->ports = source->targets = (struct sketch){ { 0 } };
}

static void add_totals(struct scan_source *source, const struct flow *flow)
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

static void add_contact(struct scan_source *source, const struct flow *flow,
                        const struct target_hashes *hashes, enum scan_contact contact)
{
    if (source->contacts == 0)
        source->port = flow->responder_port;
    source->contacts++;
    source->is_rate_untold |= observation_rate(&flow->observation) == 0;
    source->packets += flow->forward.packets < 1000 ? (uint32_t)flow->forward.packets : 1000;
    source->by_transport[scan_transport_of(flow)]++;
    if (contact == SCAN_FAILED) {
        source->failures++;
        source->net = source->net < SCAN_NET_MAX ? (int16_t)(source->net + 1) : source->net;
    } else if (contact == SCAN_ANSWERED && source->net > NET_BENIGN) {
        source->net--;
    }
    sketch_add(&source->hosts, hashes->host);
    sketch_add(&source->ports, hashes->port);
    sketch_add(&source->targets, hashes->target);
}

static enum scan_transport main_transport(const struct scan_source *source)
{
    size_t most = 0;
    for (size_t i = 1; i < SCAN_OVERS; i++)
        if (source->by_transport[i] > source->by_transport[most])
            most = i;
    return (enum scan_transport)most;
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

static double targets_least(const struct scan *scan, const struct scan_source *source)
{
    double least = source->is_inside ? TARGETS_INSIDE : TARGETS_OUTSIDE;
    if (source->sampled_flows > 0)
        least = fmax(TARGETS_SAMPLED, (double)PROBES_SAMPLED / source->rate);
    else if (source->dark_hits >= DARK_HITS_LEAST)
        least *= 0.4; /* 10 for 25, as Zeek has it */
    else if (scan->answered[main_transport(source)] == 0)
        least = TARGETS_ONE_WAY;
    return source->is_shared ? least * SHARED_TIMES : least;
}

static void measure_extent(const struct scan *scan, const struct scan_source *source,
                           struct extent *out)
{
    out->hosts = sketch_count(&source->hosts);
    out->ports = sketch_count(&source->ports);
    out->targets = sketch_count(&source->targets);
    out->targets_least = targets_least(scan, source);
    out->shape = shape_of(out);
}

static bool judge(const struct scan *scan, const struct scan_source *source, struct extent *out)
{
    if (source->net < net_firing(source) ||
        source->failures < failed_share_least * source->contacts)
        return false;
    measure_extent(scan, source, out);
    out->failed_share = (double)source->failures / source->contacts;
    sharpen(out, source->contacts);
    if (scan->answered[main_transport(source)] == 0 &&
        source->packets > one_way_packets_max * source->contacts)
        return false;
    return out->shape != SHAPE_NONE && out->targets >= out->targets_least;
}

static bool judge_sampled(const struct scan *scan, const struct scan_source *source,
                          struct extent *out)
{
    if (source->sampled_packets > one_way_packets_max * source->sampled_flows ||
        source->sampled_probes < syn_share_least * source->sampled_packets)
        return false;
    measure_extent(scan, source, out);
    return out->shape != SHAPE_NONE && out->targets >= out->targets_least;
}

static void add_sampled_measures(struct sighting *sighting, const struct scan_source *source,
                                 const struct extent *extent)
{
    double share = (double)source->sampled_probes / source->sampled_packets;
    double wide = fmin(4, 1 + log2(extent->targets / extent->targets_least));
    evidence_add(sighting, (struct measure){ MEASURE_SYN_SHARE, share, syn_share_least, 4, 0 });
    evidence_add(sighting, (struct measure){ MEASURE_TARGETS, round(extent->targets),
                                             extent->targets_least, wide, 0 });
    evidence_add(sighting,
                 (struct measure){ MEASURE_TARGET_HOSTS, round(extent->hosts), 0, 0, 0 });
    evidence_add(sighting,
                 (struct measure){ MEASURE_TARGET_PORTS, round(extent->ports), 0, 0, 0 });
}

/* A failure has odds of 4 to 1, log10 4 is 0.602; more than a weight of 4 is not claimed.
 * Each doubling of targets past the least adds one, to 4 again. */
static void add_measures(struct sighting *sighting, const struct scan_source *source,
                         const struct extent *extent)
{
    double walk = fmin(4, 0.602 * source->net);
    double wide = fmin(4, 1 + log2(extent->targets / extent->targets_least));
    evidence_add(sighting, (struct measure){ MEASURE_FAILED_NET, source->net,
                                             net_firing(source), walk, 0 });
    evidence_add(sighting, (struct measure){ MEASURE_TARGETS, round(extent->targets),
                                             extent->targets_least, wide, 0 });
    evidence_add(sighting, (struct measure){ MEASURE_FAILED_SHARE, extent->failed_share,
                                             failed_share_least, 0, 0 });
    evidence_add(sighting,
                 (struct measure){ MEASURE_TARGET_HOSTS, round(extent->hosts), 0, 0, 0 });
    evidence_add(sighting,
                 (struct measure){ MEASURE_TARGET_PORTS, round(extent->ports), 0, 0, 0 });
    if (source->dark_hits > 0)
        evidence_add(sighting, (struct measure){ MEASURE_DARK_HITS, source->dark_hits,
                                                 DARK_HITS_LEAST, 0, 0 });
}

static uint8_t protocol_of(const struct scan_source *source)
{
    enum scan_transport transport = main_transport(source);
    if (transport == SCAN_OVER_ICMP && !ip_is_v4(&source->address))
        return PROTOCOL_ICMPV6;
    return transport_protocols[transport];
}

static void emit(const struct scan_source *source, const struct extent *extent,
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
    if (source->sampled_flows > 0)
        add_sampled_measures(&sighting, source, extent);
    else
        add_measures(&sighting, source, extent);
    evidence_add_rate(&sighting, source->is_rate_untold      ? 0
                                 : source->sampled_flows > 0 ? source->rate
                                                             : 1);
    sink.take(sink.context, &sighting);
}

static void fire(struct scan *scan, struct scan_source *source)
{
    scan->fired += !source->fired;
    source->fired = true;
}

static void scan_expect(const void *state, const struct admitted_flow *admitted)
{
    const struct scan *scan = state;
    const struct flow *flow = &admitted->flow;
    if (scan_reason_to_leave(flow) != SCAN_REASONS)
        return;
    uint64_t print = prints_of(hash_address(scan, &flow->initiator));
    prints_expect(&scan->prints, print);
    seen_expect(&scan->seen, hash_two(&scan->key, print, hash_target(scan, flow).target));
}

static void scan_expect_more(const void *state, const struct admitted_flow *admitted)
{
    enum { LINE_OCTETS = 64 };
    const struct scan *scan = state;
    if (scan_reason_to_leave(&admitted->flow) != SCAN_REASONS)
        return;
    uint64_t print = prints_of(hash_address(scan, &admitted->flow.initiator));
    size_t slot = prints_find(&scan->prints, print);
    if (slot == PRINTS_NONE)
        return;
    const char *source = (const char *)&scan->sources[slot];
    for (size_t at = 0; at < offsetof(struct scan_source, address); at += LINE_OCTETS)
        PREFETCH(source + at);
    PREFETCH(source + offsetof(struct scan_source, address) - 1);
}

/* Whether most lines of ours get no answer now. */
static bool is_silence(const struct scan *scan)
{
    struct sketch trying = scan->pulse.trying, answered = scan->pulse.answered;
    sketch_merge(&trying, &scan->pulse_before.trying);
    sketch_merge(&answered, &scan->pulse_before.answered);
    double lines = sketch_count(&trying);
    return lines >= LINES_IN_OUTAGE && sketch_count(&answered) < answered_in_outage * lines;
}

static void feel_pulse(struct scan *scan, const struct flow *flow, uint64_t print,
                       enum scan_contact contact)
{
    int64_t minute = flow_end_ns(flow) / (60 * TIME_SECOND_NS);
    bool has_changed = minute > scan->pulse.minute;
    if (has_changed) {
        scan->pulse_before = scan->pulse;
        if (minute - scan->pulse.minute > 1)
            scan->pulse_before = (struct scan_pulse){ .minute = minute };
        scan->pulse = (struct scan_pulse){ .minute = minute };
    }
    has_changed |= sketch_add(&scan->pulse.trying, print);
    if (contact != SCAN_FAILED)
        has_changed |= sketch_add(&scan->pulse.answered, print);
    if (has_changed)
        scan->pulse.is_silence = is_silence(scan);
}

static void observe_sampled(struct scan *scan, const struct admitted_flow *admitted,
                            struct scan_source *source, struct sighting_sink sink)
{
    const struct flow *flow = &admitted->flow;
    uint64_t probes = scan_probe_packets(flow);
    enum { MANY = 1000 };
    source->rate = observation_rate(&flow->observation);
    source->by_transport[scan_transport_of(flow)]++;
    source->sampled_flows++;
    source->sampled_packets +=
        flow->forward.packets < MANY ? (uint32_t)flow->forward.packets : MANY;
    source->sampled_probes += probes < MANY ? (uint32_t)probes : MANY;
    if (probes == 0)
        return;
    struct target_hashes hashes = hash_target(scan, flow);
    if (source->port == 0)
        source->port = flow->responder_port;
    sketch_add(&source->hosts, hashes.host);
    sketch_add(&source->ports, hashes.port);
    sketch_add(&source->targets, hashes.target);
    struct extent extent;
    if (source->sampled_flows < TARGETS_SAMPLED || source->sampled_flows < source->judge_at)
        return;
    bool fires = judge_sampled(scan, source, &extent);
    source->judge_at =
        source->sampled_flows + 1 + (fires ? source->sampled_flows : source->sampled_flows / 8);
    if (!fires)
        return;
    fire(scan, source);
    emit(source, &extent, sink);
}

static void observe_contact(struct scan *scan, const struct admitted_flow *admitted,
                            struct scan_source *source, uint64_t print,
                            struct sighting_sink sink)
{
    const struct flow *flow = &admitted->flow;
    enum scan_contact contact = scan_contact_of(flow);
    scan->answered[scan_transport_of(flow)] += flow->reverse.packets > 0;
    struct target_hashes hashes = hash_target(scan, flow);
    if (seen_add(&scan->seen, hash_two(&scan->key, print, hashes.target)))
        return;
    if (source->is_inside) {
        feel_pulse(scan, flow, print, contact);
        /* A capture without any answer tells nothing. */
        bool is_outage = scan->pulse.is_silence && scan->answered[SCAN_OVER_TCP] > 0;
        if (is_outage && contact == SCAN_FAILED)
            contact = SCAN_OPEN;
    }
    if (admitted->responder_class == CLASS_UNUSED && source->dark_hits < UINT8_MAX)
        source->dark_hits++;
    add_contact(source, flow, &hashes, contact);
    if (source->net <= NET_BENIGN && !source->fired)
        restart(source);
    if (source->net < net_firing(source) || source->contacts < source->judge_at)
        return;
    struct extent extent;
    if (judge(scan, source, &extent)) {
        fire(scan, source);
        emit(source, &extent, sink);
        source->judge_at = 2 * source->contacts;
    } else {
        source->judge_at = source->contacts + 1 + source->contacts / 8;
    }
}

static void scan_observe(void *state, const struct admitted_flow *admitted,
                         enum behaviour_end end, struct sighting_sink sink)
{
    (void)end;
    struct scan *scan = state;
    const struct flow *flow = &admitted->flow;
    enum scan_reason reason = scan_reason_to_leave(flow);
    if (reason != SCAN_REASONS) {
        scan->left_out[reason]++;
        return;
    }
    uint64_t print = prints_of(hash_address(scan, &flow->initiator));
    struct scan_source *source = source_of(scan, print, admitted);
    add_totals(source, flow);
    if (observation_rate(&flow->observation) > 1)
        observe_sampled(scan, admitted, source, sink);
    else
        observe_contact(scan, admitted, source, print, sink);
}

/* The last word on those that fired, and what only a merge has brought together. */
static void scan_finish(void *state, struct sighting_sink sink)
{
    struct scan *scan = state;
    for (size_t slot = 0; slot < prints_slots(&scan->prints); slot++) {
        struct extent extent;
        struct scan_source *source = &scan->sources[slot];
        if (scan->prints.print[slot] == 0)
            continue;
        bool fires = source->sampled_flows > 0 ? judge_sampled(scan, source, &extent)
                                               : judge(scan, source, &extent);
        if (!fires)
            continue;
        fire(scan, source);
        emit(source, &extent, sink);
    }
}

static void scan_count(const void *state, struct summary *summary)
{
    const struct scan *scan = state;
    for (size_t i = 0; i < SCAN_REASONS; i++)
        summary_count(summary, "behaviour", scan_reason_name((enum scan_reason)i), "flows",
                      scan->left_out[i]);
    summary_count(summary, "behaviour", "scan: sources held", "sources",
                  prints_used(&scan->prints));
    summary_count(summary, "behaviour", "scan: sources evicted", "sources", scan->evicted);
    summary_count(summary, "behaviour", "scan: units judged", "units",
                  prints_used(&scan->prints) + scan->evicted);
    summary_count(summary, "behaviour", "scan: fired sources evicted", "sources",
                  scan->evicted_fired);
    summary_count(summary, "behaviour", "scan: sources that fired", "sources", scan->fired);
}

const struct behaviour_kind behaviour_scan = {
    .ends = END_INITIATOR,
    .init = scan_init,
    .expect = scan_expect,
    .expect_more = scan_expect_more,
    .observe = scan_observe,
    .finish = scan_finish,
    .count = scan_count,
    .parts = scan_parts,
    .merge = scan_merge,
};
