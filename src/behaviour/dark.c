// SPDX-License-Identifier: Apache-2.0
/* Traffic to addresses of class unused (detectors.md 11).  Nobody is there to be called, so
 * what comes is a probe, an answer to somebody who forged the address (backscatter), or an
 * error; errors stay with one or two addresses.
 *
 * A line of ours that sends to three is the strongest sign of an infection there is.  Sources
 * outside are many: from three on others are told of them (a scan needs less to be seen), from
 * a hundred on they are found here (Durumeric et al. 2014).  Victims of forged floods are told
 * by the thresholds of CAIDA's RSDoS (Moore et al. 2001; detectors.md 6.1). */
#include <math.h>

#include "base/must.h"
#include "base/time.h"
#include "behaviour/evidence.h"
#include "behaviour/kinds_private.h"
#include "behaviour/prints.h"
#include "behaviour/sketch.h"

enum {
    HITS_LEAST = 3,
    HITS_OUTSIDE = 100,
    HITS_EXACT = 4, /* counted one by one; the sketch is wrong for one in twenty of three */
    VICTIM_PACKETS = 25,
    VICTIM_WINDOW_PACKETS = 30,
    SLOTS = 6, /* of the window of a minute */
};
#define SLOT_NS (10 * TIME_SECOND_NS)
static const double victim_seconds = 60;

enum sent { SENT_PROBE, SENT_ANSWER, SENT_KINDS };

enum reason { REASON_ANSWERED, REASON_IN_USE, REASON_OTHER, REASON_TIME, REASONS };

static const char *const dark_reasons[REASONS] = {
    [REASON_ANSWERED] = "dark: an unused address that answers",
    [REASON_IN_USE] = "dark: an unused address that sends",
    [REASON_OTHER] = "dark: neither probe nor answer",
    [REASON_TIME] = "dark: time before 1970 or past 2116",
};

/* Different unused addresses: the first few exactly. */
struct hits {
    uint32_t first[HITS_EXACT];
    uint32_t count; /* of first */
    struct sketch all;
};

struct track {
    int64_t first_ns;
    int64_t last_ns;
    uint64_t packets;
    uint64_t octets;
    uint32_t flows;
    uint32_t told; /* hits when it fired last; 0: has not */
    struct hits hits;
};

struct source {
    struct ip_address address; /* sealed until it fires */
    struct track tracks[SENT_KINDS];
    struct sketch ports;          /* of probes */
    uint32_t slots[SLOTS];        /* packets of answers, by tens of seconds, newest first */
    int64_t slot_latest;          /* tens of seconds since 1970 */
    uint32_t window_packets;      /* the most in a minute */
    uint16_t port;                /* of the first probe, or the victim's own */
    uint8_t protocol[SENT_KINDS]; /* of the first */
    uint8_t direction;
    uint8_t basis;
    uint8_t place;
    uint32_t rate; /* of sampling, the last told */
};

struct dark {
    struct hash_key key;
    struct prints prints;
    struct source *sources;
    uint64_t left_out[REASONS];
    uint64_t flows[SENT_KINDS];
    uint64_t fired[SENT_KINDS];
    uint64_t evicted;
    uint64_t evicted_fired;
};

static void *dark_init(const struct behaviour_limits *limits, struct hash_key key,
                       struct arena *keep)
{
    enum { SLACK = 512, LEAST = 4096 };
    MUST(limits->memory_octets >= LEAST);
    struct dark *dark = ARENA_NEW(keep, struct dark, 1);
    dark->key = key;
    size_t room = limits->memory_octets - sizeof *dark - SLACK;
    prints_init(&dark->prints, room / (sizeof(uint64_t) + sizeof(struct source)), keep);
    dark->sources = PRINTS_RECORDS(keep, struct source, prints_slots(&dark->prints));
    return dark;
}

static uint32_t hits_of(const struct hits *hits)
{
    return hits->count < HITS_EXACT ? hits->count
                                    : (uint32_t)fmax(HITS_EXACT, sketch_count(&hits->all));
}

static void add_hit(struct hits *hits, uint32_t print)
{
    for (size_t i = 0; i < hits->count; i++)
        if (hits->first[i] == print)
            return;
    if (hits->count < HITS_EXACT)
        hits->first[hits->count++] = print;
}

static bool has_fired(const struct source *source)
{
    return source->tracks[SENT_PROBE].told != 0 || source->tracks[SENT_ANSWER].told != 0;
}

static uint64_t worth(const struct source *source)
{
    uint64_t hits =
        source->tracks[SENT_PROBE].hits.count + source->tracks[SENT_ANSWER].hits.count;
    return (uint64_t)has_fired(source) << 32 | hits;
}

static int64_t latest_of(const struct source *source)
{
    const struct track *tracks = source->tracks;
    return tracks[SENT_PROBE].last_ns > tracks[SENT_ANSWER].last_ns
               ? tracks[SENT_PROBE].last_ns
               : tracks[SENT_ANSWER].last_ns;
}

/* Who goes when a bucket is full: who hit least, and of those the longest ago. */
static bool is_weaker(const void *records, size_t a, size_t b)
{
    const struct source *sources = records;
    uint64_t of_a = worth(&sources[a]), of_b = worth(&sources[b]);
    return of_a != of_b ? of_a < of_b : latest_of(&sources[a]) < latest_of(&sources[b]);
}

static struct source *source_of(struct dark *dark, uint64_t print, bool *is_new)
{
    size_t slot = prints_find(&dark->prints, print);
    *is_new = slot == PRINTS_NONE;
    if (!*is_new)
        return &dark->sources[slot];
    uint64_t evicted = dark->evicted;
    slot = prints_take(&dark->prints, print, is_weaker, dark->sources, &dark->evicted);
    dark->evicted_fired += dark->evicted != evicted && has_fired(&dark->sources[slot]);
    return &dark->sources[slot];
}

/* RFC 792, RFC 4443: what asks for an answer, and what is one or reports an error. */
static enum sent icmp_sent(uint8_t protocol, unsigned type)
{
    static const uint8_t answers[] = { 0, 3, 4, 11, 12, 14, 18 };
    if (protocol == PROTOCOL_ICMPV6)
        return type == 128 ? SENT_PROBE : type < 128 || type == 129 ? SENT_ANSWER : SENT_KINDS;
    for (size_t i = 0; i < sizeof answers; i++)
        if (type == answers[i])
            return SENT_ANSWER;
    return type == 8 || type == 13 || type == 17 ? SENT_PROBE : SENT_KINDS;
}

/* From the port of a service to one that is none: an answer. */
static enum sent udp_sent(uint16_t from, uint16_t to)
{
    static const uint16_t services[] = { 17,  19,   53,   69,   111,  123,  137,  161,
                                         389, 1900, 3283, 3702, 5353, 5683, 11211 };
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (from == services[i])
            return to == from ? SENT_PROBE : SENT_ANSWER;
    return SENT_PROBE;
}

static enum sent tcp_sent(const struct flow *flow, const struct flow_half *half)
{
    if (flow->is_turned || (half->first_flags & TCP_RST) != 0 ||
        (half->first_flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK))
        return SENT_ANSWER;
    bool is_attempt = flow->tcp == FLOW_TCP_ATTEMPT || flow->tcp == FLOW_TCP_REFUSED;
    return is_attempt || (half->first_flags & TCP_ACK) == 0 ? SENT_PROBE : SENT_KINDS;
}

/* A flow to an unused address, seen from whoever sent it. */
struct sending {
    const struct ip_address *sender;
    const struct ip_address *target;
    const struct flow_half *half;
    enum place place;
    uint16_t port; /* tried; of answers, the sender's own */
    enum sent sent;
};

/* A SYN-ACK alone has its flow turned: the forged address stands as who began. */
static bool is_sent_to_unused(const struct admitted_flow *admitted, enum behaviour_end end,
                              struct sending *out)
{
    const struct flow *flow = &admitted->flow;
    bool from_initiator = end == END_INITIATOR;
    *out = (struct sending){
        .sender = from_initiator ? &flow->initiator : &flow->responder,
        .target = from_initiator ? &flow->responder : &flow->initiator,
        .half = from_initiator ? &flow->forward : &flow->reverse,
        .place = from_initiator ? admitted->initiator_place : admitted->responder_place,
        .port = flow->responder_port,
    };
    enum line_class target =
        from_initiator ? admitted->responder_class : admitted->initiator_class;
    return target == CLASS_UNUSED && out->half->packets > 0;
}

static enum sent sent_of(const struct flow *flow, const struct sending *sending)
{
    switch (flow->protocol) {
    case PROTOCOL_TCP: return tcp_sent(flow, sending->half);
    case PROTOCOL_UDP: return udp_sent(flow->initiator_port, flow->responder_port);
    case PROTOCOL_ICMP:
    case PROTOCOL_ICMPV6: return icmp_sent(flow->protocol, flow->responder_port >> 8);
    default: return SENT_KINDS;
    }
}

/* Why it is not counted, or REASONS. */
static enum reason reason_to_leave(const struct admitted_flow *admitted,
                                   const struct sending *sending, enum behaviour_end end)
{
    const struct flow *flow = &admitted->flow;
    const struct flow_half *other = end == END_INITIATOR ? &flow->reverse : &flow->forward;
    if (other->packets > 0)
        return end == END_INITIATOR ? REASON_ANSWERED : REASON_IN_USE;
    if (sending->half->first_ns < 0 || sending->half->first_ns > INT64_MAX / 2 ||
        sending->half->last_ns < 0 || sending->half->last_ns > INT64_MAX / 2)
        return REASON_TIME;
    return sending->sent == SENT_KINDS ? REASON_OTHER : REASONS;
}

static void begin_source(struct source *source, const struct admitted_flow *admitted,
                         const struct sending *sending)
{
    *source = (struct source){
        .address = *sending->sender,
        .port = sending->port,
        .direction = (uint8_t)admitted->direction,
        .basis = (uint8_t)admitted->basis,
        .place = (uint8_t)sending->place,
    };
}

static void add_track(struct track *track, const struct flow_half *half, uint64_t target)
{
    if (track->flows == 0 || half->first_ns < track->first_ns)
        track->first_ns = half->first_ns;
    if (half->last_ns > track->last_ns)
        track->last_ns = half->last_ns;
    track->packets += half->packets;
    track->octets += half->octets;
    track->flows++;
    add_hit(&track->hits, (uint32_t)target);
    sketch_add(&track->hits.all, target);
}

/* Shifts the slots so that the given one is in the window; false when it is long past. */
static bool reach_slot(struct source *source, int64_t slot)
{
    for (; source->slot_latest < slot; source->slot_latest++) {
        if (slot - source->slot_latest >= SLOTS) {
            memset(source->slots, 0, sizeof source->slots);
            source->slot_latest = slot;
            return true;
        }
        memmove(source->slots + 1, source->slots, sizeof source->slots - sizeof *source->slots);
        source->slots[0] = 0;
    }
    return source->slot_latest - slot < SLOTS;
}

static void add_to_slot(struct source *source, int64_t slot, uint64_t packets)
{
    if (!reach_slot(source, slot))
        return;
    uint32_t *at = &source->slots[source->slot_latest - slot];
    *at = packets < UINT32_MAX / SLOTS - *at ? *at + (uint32_t)packets : UINT32_MAX / SLOTS;
    uint32_t sum = 0;
    for (size_t i = 0; i < SLOTS; i++)
        sum += source->slots[i];
    if (sum > source->window_packets)
        source->window_packets = sum;
}

/* The packets of a flow that lasted longer are spread over its last minute, evenly. */
static void add_to_window(struct source *source, const struct flow_half *half)
{
    int64_t from = half->first_ns / SLOT_NS, to = half->last_ns / SLOT_NS;
    uint64_t slots = to > from ? (uint64_t)(to - from) + 1 : 1;
    uint64_t least = half->packets / slots, more = half->packets % slots;
    for (uint64_t i = slots < SLOTS ? slots : SLOTS; i-- > 0;)
        add_to_slot(source, to - (int64_t)i, least + (i < more));
}

static bool is_inside(const struct source *source)
{
    return source->place == PLACE_OWN || source->place == PLACE_DOMESTIC;
}

static double seconds_of(const struct track *track)
{
    return (double)(track->last_ns - track->first_ns) / 1e9;
}

static bool is_victim(const struct source *source)
{
    const struct track *track = &source->tracks[SENT_ANSWER];
    return track->packets >= VICTIM_PACKETS && seconds_of(track) >= victim_seconds &&
           source->window_packets >= VICTIM_WINDOW_PACKETS;
}

static void add_probe_measures(struct sighting *sighting, const struct source *source)
{
    const struct track *track = &source->tracks[SENT_PROBE];
    uint32_t hits = hits_of(&track->hits);
    double spread = log((double)hits / HITS_LEAST) / log((double)HITS_OUTSIDE / HITS_LEAST);
    double weight = is_inside(source) ? 4 : fmin(4, 2 + 2 * spread);
    double insistence = is_inside(source) ? fmin(2, log10(fmax(1, track->flows))) : 0;
    evidence_add(sighting,
                 (struct measure){ MEASURE_DARK_HITS, hits,
                                   is_inside(source) ? HITS_LEAST : HITS_OUTSIDE, weight, 0 });
    evidence_add(sighting,
                 (struct measure){ MEASURE_CONNECTIONS, track->flows, 0, insistence, 0 });
    evidence_add(sighting, (struct measure){ MEASURE_TARGET_PORTS,
                                             round(sketch_count(&source->ports)), 0, 0, 0 });
}

/* At the thresholds 4, and one more for each time ten as many packets. */
static void add_answer_measures(struct sighting *sighting, const struct source *source)
{
    const struct track *track = &source->tracks[SENT_ANSWER];
    double rate = source->window_packets / 60.0;
    double more = log10((double)track->packets / VICTIM_PACKETS);
    evidence_add(sighting, (struct measure){ MEASURE_RATE_PACKETS, rate,
                                             VICTIM_WINDOW_PACKETS / 60.0, 4, 0 });
    evidence_add(sighting, (struct measure){ MEASURE_DURATION, seconds_of(track),
                                             victim_seconds, fmin(4, more), 0 });
    evidence_add(sighting,
                 (struct measure){ MEASURE_DARK_HITS, hits_of(&track->hits), 0, 0, 0 });
}

static void emit(const struct source *source, enum sent sent, struct sighting_sink sink)
{
    enum { ALONE = 2 }; /* the sketch says 1.01 of one, 2.03 of two */
    const struct track *track = &source->tracks[sent];
    bool is_probe = sent == SENT_PROBE;
    bool is_one_port = !is_probe || sketch_count(&source->ports) < ALONE;
    struct sighting sighting = {
        .behaviour = BEHAVIOUR_DARK,
        .direction = (enum direction)source->direction,
        .basis = (enum basis)source->basis,
        .server = source->address,
        .server_place = (enum place)source->place,
        .protocol = source->protocol[sent],
        .shape = is_probe ? SHAPE_PROBES : SHAPE_BACKSCATTER,
        .port = is_one_port ? source->port : 0,
        .first_ns = track->first_ns,
        .last_ns = track->last_ns,
        .connections = track->flows,
        .octets_out = track->octets,
    };
    if (is_probe)
        add_probe_measures(&sighting, source);
    else
        add_answer_measures(&sighting, source);
    evidence_add_rate(&sighting, source->rate);
    sink.take(sink.context, &sighting);
}

/* Once at the threshold, then at each doubling. */
static void judge(struct dark *dark, struct source *source, struct sighting_sink sink)
{
    for (enum sent sent = SENT_PROBE; sent < SENT_KINDS; sent++) {
        struct track *track = &source->tracks[sent];
        bool is_probe = sent == SENT_PROBE;
        uint64_t much = is_probe ? hits_of(&track->hits) : track->packets;
        bool fires = is_probe ? much >= HITS_LEAST : is_victim(source);
        if (!fires || much < 2 * (uint64_t)track->told)
            continue;
        dark->fired[sent] += track->told == 0;
        track->told = much < UINT32_MAX ? (uint32_t)much : UINT32_MAX;
        emit(source, sent, sink);
    }
}

static void dark_observe(void *state, const struct admitted_flow *admitted,
                         enum behaviour_end end, struct sighting_sink sink)
{
    struct dark *dark = state;
    const struct flow *flow = &admitted->flow;
    if (admitted->initiator_class != CLASS_UNUSED && admitted->responder_class != CLASS_UNUSED)
        return;
    struct sending sending;
    if (!is_sent_to_unused(admitted, end, &sending))
        return;
    sending.sent = sent_of(flow, &sending);
    enum reason reason = reason_to_leave(admitted, &sending, end);
    if (reason != REASONS) {
        dark->left_out[reason]++;
        return;
    }
    if (sending.sent == SENT_ANSWER && flow->protocol == PROTOCOL_UDP)
        sending.port = flow->initiator_port;
    bool is_new;
    uint64_t print = prints_of(hash_sixteen(&dark->key, sending.sender->octets));
    struct source *source = source_of(dark, print, &is_new);
    if (is_new)
        begin_source(source, admitted, &sending);
    struct track *track = &source->tracks[sending.sent];
    if (track->flows == 0)
        source->protocol[sending.sent] = flow->protocol;
    dark->flows[sending.sent]++;
    source->rate = observation_rate(&flow->observation);
    add_track(track, sending.half, hash_sixteen(&dark->key, sending.target->octets));
    if (sending.sent == SENT_PROBE)
        sketch_add(&source->ports, hash_two(&dark->key, sending.port, flow->protocol));
    else
        add_to_window(source, sending.half);
    judge(dark, source, sink);
}

/* The last word on those that fired, and what only a merge has brought together. */
static void dark_finish(void *state, struct sighting_sink sink)
{
    struct dark *dark = state;
    for (size_t slot = 0; slot < prints_slots(&dark->prints); slot++) {
        struct source *source = &dark->sources[slot];
        if (dark->prints.print[slot] == 0)
            continue;
        judge(dark, source, sink);
        for (enum sent sent = SENT_PROBE; sent < SENT_KINDS; sent++)
            if (source->tracks[sent].told != 0)
                emit(source, sent, sink);
    }
}

static void dark_count(const void *state, struct summary *summary)
{
    const struct dark *dark = state;
    for (size_t i = 0; i < REASONS; i++)
        summary_count(summary, "behaviour", dark_reasons[i], "flows", dark->left_out[i]);
    summary_count(summary, "behaviour", "dark: probes", "flows", dark->flows[SENT_PROBE]);
    summary_count(summary, "behaviour", "dark: answers", "flows", dark->flows[SENT_ANSWER]);
    summary_count(summary, "behaviour", "dark: sources held", "sources",
                  prints_used(&dark->prints));
    summary_count(summary, "behaviour", "dark: sources evicted", "sources", dark->evicted);
    summary_count(summary, "behaviour", "dark: units judged", "units",
                  prints_used(&dark->prints) + dark->evicted);
    summary_count(summary, "behaviour", "dark: fired sources evicted", "sources",
                  dark->evicted_fired);
    summary_count(summary, "behaviour", "dark: sources that probed", "sources",
                  dark->fired[SENT_PROBE]);
    summary_count(summary, "behaviour", "dark: victims that answered", "sources",
                  dark->fired[SENT_ANSWER]);
}

static size_t dark_parts(void *state, struct behaviour_part out[BEHAVIOUR_PARTS_MAX])
{
    struct dark *dark = state;
    size_t slots = prints_slots(&dark->prints);
    out[0] = (struct behaviour_part){ dark->prints.print, slots * sizeof *dark->prints.print };
    out[1] = (struct behaviour_part){ dark->sources, slots * sizeof *dark->sources };
    out[2] = (struct behaviour_part){ dark->left_out, sizeof dark->left_out };
    out[3] = (struct behaviour_part){ dark->flows, sizeof dark->flows };
    out[4] = (struct behaviour_part){ dark->fired, sizeof dark->fired };
    out[5] = (struct behaviour_part){ &dark->evicted, sizeof dark->evicted };
    out[6] = (struct behaviour_part){ &dark->evicted_fired, sizeof dark->evicted_fired };
    return 7;
}

static void merge_track(struct track *track, const struct track *other)
{
    if (other->flows == 0)
        return;
    if (track->flows == 0 || other->first_ns < track->first_ns)
        track->first_ns = other->first_ns;
    if (other->last_ns > track->last_ns)
        track->last_ns = other->last_ns;
    track->packets += other->packets;
    track->octets += other->octets;
    track->flows += other->flows;
    track->told = track->told > other->told ? track->told : other->told;
    for (size_t i = 0; i < other->hits.count; i++)
        add_hit(&track->hits, other->hits.first[i]);
    sketch_merge(&track->hits.all, &other->hits.all);
}

static void merge_source(struct source *source, const struct source *other)
{
    for (enum sent sent = SENT_PROBE; sent < SENT_KINDS; sent++) {
        if (source->tracks[sent].flows == 0)
            source->protocol[sent] = other->protocol[sent];
        merge_track(&source->tracks[sent], &other->tracks[sent]);
    }
    sketch_merge(&source->ports, &other->ports);
    for (size_t i = SLOTS; i-- > 0;)
        if (other->slots[i] > 0)
            add_to_slot(source, other->slot_latest - (int64_t)i, other->slots[i]);
    if (other->window_packets > source->window_packets)
        source->window_packets = other->window_packets;
}

static void dark_merge(void *state, const void *from)
{
    struct dark *dark = state;
    const struct dark *other = from;
    for (size_t slot = 0; slot < prints_slots(&other->prints); slot++) {
        if (other->prints.print[slot] == 0)
            continue;
        bool is_new;
        struct source *source = source_of(dark, other->prints.print[slot], &is_new);
        if (is_new)
            *source = other->sources[slot];
        else
            merge_source(source, &other->sources[slot]);
    }
    for (size_t i = 0; i < REASONS; i++)
        dark->left_out[i] += other->left_out[i];
    for (size_t i = 0; i < SENT_KINDS; i++) {
        dark->flows[i] += other->flows[i];
        dark->fired[i] += other->fired[i];
    }
    dark->evicted += other->evicted;
    dark->evicted_fired += other->evicted_fired;
}

const struct behaviour_kind behaviour_dark = {
    .ends = END_BOTH,
    .names = NAMES_NONE,
    .init = dark_init,
    .observe = dark_observe,
    .finish = dark_finish,
    .count = dark_count,
    .parts = dark_parts,
    .merge = dark_merge,
};
