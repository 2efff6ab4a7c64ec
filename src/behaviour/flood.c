// SPDX-License-Identifier: Apache-2.0
/* Floods: hosts and prefixes that are sent more than they can take, and hosts that send it in
 * others' name (detectors.md 6.2; docs/detectors/flood.md).
 *
 * Each half of a flow comes to an address, that address and the prefixes around it are each a
 * watch (flood_private.h).  What was asked for is told from what was not by whether the host
 * spoke, too: a download is acknowledged, a flood is not.  Prefixes are counted first; a host
 * gets a watch only while its prefix is busy, or when something is odd with what it is sent. */
#include <math.h>

#include "base/must.h"
#include "behaviour/flood_private.h"
#include "behaviour/kinds_private.h"

enum {
    BUSY_PACKETS = 256,       /* in ten minutes: then what came unasked is counted for what is
                                 within, too */
    HEAVY_PACKETS = 20000,    /* in a slot: then so is what was asked for, */
    HEAVY_OCTETS = 125000000, /* a tenth of what can be a flood of it */
    LOOK_LEAST = 128,         /* packets of a slot, and at each quarter more */
    TOPS_LEAST = 64,          /* packets of a window, until sources are kept apart */
    STRAY_PACKETS_MAX = 3,    /* of a connection whose beginning was not seen, to be unasked */
    TELL_SLOTS = 6,           /* an incident is told again after a minute */
    OCTETS_MAX_BITS = 48,     /* of one flow, times its rate */
};

static const char *const flood_reason_names[FLOOD_REASONS] = {
    [FLOOD_REASON_EMPTY] = "flood: no packets counted",
    [FLOOD_REASON_SAMPLED] = "flood: sampled too thinly",
    [FLOOD_REASON_TIME] = "flood: impossible times",
    [FLOOD_REASON_MULTICAST] = "flood: to many at once",
};

enum arrival_kind {
    ARRIVAL_ASKED,
    ARRIVAL_UNASKED,
    ARRIVAL_BEGUN,    /* SYN, never finished */
    ARRIVAL_FINISHED, /* a connection the host took */
    ARRIVAL_ANSWER,   /* of TCP, to no SYN of the host's */
};

/* One half of a flow, seen from where it goes. */
struct toward {
    const struct admitted_flow *admitted;
    const struct flow_half *half;
    const struct flow_half *back;
    const struct ip_address *from;
    const struct ip_address *to;
    enum place from_place;
    enum place to_place;
    uint16_t from_port;
    uint16_t to_port;
    enum arrival_kind kind;
    uint32_t rate;
    struct flood_arrival arrival;
};

static void *flood_init(const struct behaviour_limits *limits, struct hash_key key,
                        struct arena *keep)
{
    enum { SLACK = 1024, LEAST = 32768 };
    MUST(limits->memory_octets >= LEAST);
    struct flood *flood = ARENA_NEW(keep, struct flood, 1);
    flood->key = key;
    flood->totals = ARENA_NEW(keep, struct flood_totals, 1);
    size_t room = limits->memory_octets - sizeof *flood - sizeof *flood->totals - SLACK;
    prints_init(&flood->prints, room / (sizeof(uint64_t) + 1 + sizeof(struct flood_watch)),
                keep);
    flood->watches = PRINTS_RECORDS(keep, struct flood_watch, prints_slots(&flood->prints));
    flood->was_full = ARENA_NEW(keep, uint8_t, flood->prints.buckets);
    return flood;
}

/* What is known to be answers nobody asked for is not told as mere volume, too, nor as their
 * fragments. */
static bool is_told_elsewhere(const struct flood *flood, const struct flood_watch *watch)
{
    if (watch->vector == VECTOR_ANSWERS)
        return watch->protocol == PROTOCOL_UDP && watch->port == 0 &&
               flood_has_named_answers(flood, watch);
    if (watch->vector != VECTOR_ALL || watch->incident.shape != SHAPE_VOLUME)
        return false;
    uint32_t key = flood_commonest_port(&watch->ports);
    struct flood_subject answers = { .vector = VECTOR_ANSWERS,
                                     .address = watch->address,
                                     .len = watch->len,
                                     .protocol = (uint8_t)(key >> 16) };
    answers.port = answers.protocol == PROTOCOL_TCP ? 0 : (uint16_t)key;
    const struct flood_watch *other = flood_find(flood, &answers);
    return other && other->incident.is_open;
}

static void tell(struct flood *flood, struct flood_watch *watch, struct sighting_sink sink)
{
    watch->incident.is_untold = false;
    if (is_told_elsewhere(flood, watch))
        return;
    flood->totals->incidents += watch->incident.told_slot == 0;
    watch->incident.told_slot = watch->head + 1;
    flood_tell(watch, sink);
}

/* What goes on is counted whole; else sources and ports are those of ten minutes. */
static void turn_window(struct flood *flood, struct flood_watch *watch,
                        struct sighting_sink sink)
{
    enum { GOES_ON = 30 };
    const struct flood_incident *incident = &watch->incident;
    int64_t window = watch->head / FLOOD_WINDOW;
    if (window == watch->window ||
        (incident->is_open && watch->head <= incident->last_slot + GOES_ON))
        return;
    if (incident->is_untold)
        tell(flood, watch, sink);
    flood_turn_window(watch, window);
}

static void add_top(struct flood_watch *watch, const struct toward *to,
                    const struct ip_address *other, enum place place)
{
    struct flood_top *least = &watch->tops[0];
    for (size_t i = 0; i < FLOOD_TOPS; i++) {
        struct flood_top *top = &watch->tops[i];
        if (top->flows > 0 && ip_equal(&top->address, other)) {
            least = top;
            break;
        }
        if (top->packets < least->packets)
            least = top;
    }
    if (least->flows == 0 || !ip_equal(&least->address, other))
        *least = (struct flood_top){ .address = *other,
                                     .packets = least->packets,
                                     .error = least->packets,
                                     .place = (uint8_t)place };
    least->packets += to->arrival.packets;
    least->octets += to->arrival.octets;
    least->flows++;
}

static bool judge(struct flood *flood, struct flood_watch *watch)
{
    struct flood_around around = { .is_one_way = flood->totals->answered == 0 };
    bool is_host = watch->len == 128 || watch->len == FLOOD_HOST_V6;
    switch (watch->vector) {
    case VECTOR_SYN: return flood_judge_syn(watch, &around);
    case VECTOR_ANSWERS: return flood_judge_answers(watch, &around);
    case VECTOR_REFLECTED: return flood_judge_reflected(watch, &around);
    case VECTOR_ALL:
    default:
        return is_host ? flood_judge_host(watch, &around)
                       : flood_judge_prefix(flood, watch, &around);
    }
}

/* When a slot begins, and whenever what came in it grew by a quarter. */
static void look(struct flood *flood, struct flood_watch *watch, int64_t head,
                 struct sighting_sink sink)
{
    const struct flood_slot *slot = flood_slot_of(watch, watch->head);
    if (watch->head == head && slot->packets < watch->look_at)
        return;
    uint64_t next = (uint64_t)slot->packets + slot->packets / 4;
    watch->look_at = next < LOOK_LEAST ? LOOK_LEAST : next;
    if (!judge(flood, watch))
        return;
    if (watch->incident.told_slot == 0 || watch->head >= watch->incident.told_slot + TELL_SLOTS)
        tell(flood, watch, sink);
}

static void add_totals(struct flood_watch *watch, const struct toward *to)
{
    const struct flood_arrival *arrival = &to->arrival;
    watch->direction = (uint8_t)to->admitted->direction;
    watch->basis = (uint8_t)to->admitted->basis;
    watch->packets += arrival->packets;
    watch->octets += arrival->octets;
    watch->flows += to->admitted->flow.slice == 0;
    if (to->rate != 1 && (watch->rate == 1 || to->rate > watch->rate))
        watch->rate = to->rate;
    if (arrival->first_ns < watch->first_ns)
        watch->first_ns = arrival->first_ns;
    if (arrival->last_ns > watch->last_ns)
        watch->last_ns = arrival->last_ns;
}

static void add_others(struct flood *flood, struct flood_watch *watch, const struct toward *to)
{
    bool is_reflector = watch->vector == VECTOR_REFLECTED;
    const struct ip_address *other = is_reflector ? to->to : to->from;
    watch->place = (uint8_t)(is_reflector ? to->from_place : to->to_place);
    sketch_add(&watch->others, hash_sixteen(&flood->key, other->octets));
    if (watch->vector == VECTOR_SYN)
        sketch_add(&watch->ends, hash_two(&flood->key, to->to_port, watch->vector));
    if (is_reflector || watch->packets >= TOPS_LEAST)
        add_top(watch, to, other, is_reflector ? to->to_place : to->from_place);
}

/* NULL when there is none and none may be made. */
static struct flood_watch *count_in(struct flood *flood, const struct flood_subject *subject,
                                    const struct toward *to, struct sighting_sink sink)
{
    uint64_t print = flood_print(flood, subject);
    size_t slot = prints_find(&flood->prints, print);
    struct flood_watch *watch = slot == PRINTS_NONE
                                    ? flood_make(flood, print, subject, &to->arrival)
                                    : &flood->watches[slot];
    int64_t head = watch->has_head ? watch->head : INT64_MIN;
    if (!flood_rates_add(watch, &to->arrival, &flood->totals->late))
        return watch;
    if (watch->head != head)
        turn_window(flood, watch, sink);
    add_totals(watch, to);
    if (subject->len == 128 || subject->len == FLOOD_HOST_V6)
        add_others(flood, watch, to);
    else
        watch->place = (uint8_t)to->to_place;
    if (subject->vector == VECTOR_ALL && to->arrival.marked > 0)
        flood_add_port(&watch->ports,
                       (uint32_t)to->admitted->flow.protocol << 16 | to->from_port,
                       to->arrival.marked);
    if (subject->vector == VECTOR_SYN)
        flood_add_port(&watch->ports, to->to_port, to->arrival.packets);
    look(flood, watch, head, sink);
    return watch;
}

static bool is_busy(const struct flood_watch *watch, const struct flood_arrival *arrival)
{
    if (arrival->marked > 0)
        return watch->packets >= BUSY_PACKETS;
    const struct flood_slot *slot = flood_slot_of(watch, flood_slot_number(arrival->last_ns));
    return slot->packets >= HEAVY_PACKETS || slot->octets >= HEAVY_OCTETS;
}

/* The wide prefix first, the narrow one and the host while that is busy.  Little else comes to
 * where it is not, so that what they lack is no flood. */
static void count_all(struct flood *flood, const struct toward *to, struct sighting_sink sink)
{
    static const uint8_t lens[2][3] = { { FLOOD_BLOCK_V6, FLOOD_NET_V6, FLOOD_HOST_V6 },
                                        { FLOOD_BLOCK_V4, FLOOD_NET_V4, 128 } };
    const uint8_t *len = lens[ip_is_v4(to->to)];
    for (size_t i = 0; i < 3; i++) {
        struct flood_subject subject = flood_subject_at(VECTOR_ALL, to->to, len[i]);
        if (!is_busy(count_in(flood, &subject, to, sink), &to->arrival))
            return;
    }
}

static void count_host(struct flood *flood, enum flood_vector vector, const struct toward *to,
                       struct sighting_sink sink)
{
    bool is_reflector = vector == VECTOR_REFLECTED;
    const struct ip_address *host = is_reflector ? to->from : to->to;
    struct flood_subject subject =
        flood_subject_at(vector, host, ip_is_v4(host) ? 128U : (unsigned)FLOOD_HOST_V6);
    subject.protocol = to->admitted->flow.protocol;
    if (vector != VECTOR_SYN && subject.protocol == PROTOCOL_UDP)
        subject.port = to->from_port;
    count_in(flood, &subject, to, sink);
}

static enum arrival_kind tcp_arrival(const struct toward *to)
{
    const struct flow *flow = &to->admitted->flow;
    unsigned first = to->half->first_flags, all = to->half->tcp_flags | first;
    bool is_alone = to->back->packets == 0 && flow->slice == 0;
    if ((all & TCP_SYN) != 0 && (all & TCP_ACK) == 0)
        return ARRIVAL_BEGUN;
    bool answers = (first & TCP_RST) != 0 || (~first & (TCP_SYN | TCP_ACK)) == 0;
    if (is_alone && to->half->payload == 0 && answers)
        return ARRIVAL_ANSWER;
    if ((first & (TCP_SYN | TCP_ACK)) == TCP_SYN)
        return flow->slice == 0 ? ARRIVAL_FINISHED : ARRIVAL_ASKED;
    bool is_stray = to->half->packets <= STRAY_PACKETS_MAX && (all & TCP_SYN) == 0;
    return is_alone && is_stray ? ARRIVAL_UNASKED : ARRIVAL_ASKED;
}

static enum arrival_kind arrival_of(const struct toward *to)
{
    if (to->admitted->flow.protocol == PROTOCOL_TCP)
        return tcp_arrival(to);
    bool is_alone = to->back->packets == 0 && to->admitted->flow.slice == 0;
    return is_alone ? ARRIVAL_UNASKED : ARRIVAL_ASKED;
}

static uint64_t scaled(uint64_t count, uint32_t rate)
{
    uint64_t most = UINT64_C(1) << OCTETS_MAX_BITS;
    uint64_t times = rate > 1 ? rate : 1;
    return count > most / times ? most : count * times;
}

static bool is_inside(enum place place)
{
    return place != PLACE_FOREIGN;
}

static void count_syn(struct flood *flood, struct toward *to, struct sighting_sink sink)
{
    uint64_t packets = to->arrival.packets, octets = to->arrival.octets;
    if (to->kind == ARRIVAL_BEGUN) {
        to->arrival.marked = 0;
    } else {
        /* Of a sampled connection the SYN is seldom seen: its other packets tell of it. */
        to->arrival.marked = to->rate > 1 ? packets : to->kind == ARRIVAL_FINISHED;
        to->arrival.packets = to->arrival.octets = 0;
    }
    if (to->kind == ARRIVAL_BEGUN || to->arrival.marked > 0)
        count_host(flood, VECTOR_SYN, to, sink);
    to->arrival.packets = packets;
    to->arrival.octets = octets;
}

/* Larger than honest answers, and more than was asked: half comes from a port that answers. */
static bool is_amplified(const struct toward *to)
{
    enum { AMPLIFICATION_LEAST = 5 };
    double least = flood_answer_least(to->admitted->flow.protocol, to->from_port);
    return least > 0 && (double)to->half->octets >= least * (double)to->half->packets &&
           to->half->octets / AMPLIFICATION_LEAST >= to->back->octets &&
           (to->from_port != 0 || to->to_port == 0);
}

static void count_answers(struct flood *flood, struct toward *to, struct sighting_sink sink)
{
    bool is_alone = to->kind == ARRIVAL_UNASKED || to->kind == ARRIVAL_ANSWER;
    to->arrival.marked = 0;
    if (is_alone)
        count_host(flood, VECTOR_ANSWERS, to, sink);
    if (to->admitted->flow.protocol != PROTOCOL_UDP || !is_inside(to->from_place) ||
        to->from_port == 0)
        return;
    to->arrival.marked = scaled(to->back->octets, to->rate);
    count_host(flood, VECTOR_REFLECTED, to, sink);
}

static void count_toward(struct flood *flood, struct toward *to, struct sighting_sink sink)
{
    bool is_inside_end = is_inside(to->to_place);
    bool is_tcp = to->admitted->flow.protocol == PROTOCOL_TCP;
    to->kind = arrival_of(to);
    bool is_unasked = to->kind == ARRIVAL_UNASKED || to->kind == ARRIVAL_ANSWER;
    to->arrival.marked = is_unasked ? to->arrival.packets : 0;
    if (is_inside_end || is_unasked)
        count_all(flood, to, sink);
    if (to->kind == ARRIVAL_BEGUN || (is_tcp && is_inside_end && !is_unasked))
        count_syn(flood, to, sink);
    if (to->kind == ARRIVAL_ANSWER || (!is_tcp && is_amplified(to)))
        count_answers(flood, to, sink);
}

static enum flood_reason reason_to_leave(const struct flow *flow)
{
    if (flow->forward.packets == 0 && flow->reverse.packets == 0)
        return FLOOD_REASON_EMPTY;
    if (observation_rate(&flow->observation) > FLOOD_RATE_MAX)
        return FLOOD_REASON_SAMPLED;
    if (ip_is_multicast(&flow->responder) || ip_is_multicast(&flow->initiator))
        return FLOOD_REASON_MULTICAST;
    const struct flow_half *halves[] = { &flow->forward, &flow->reverse };
    for (size_t i = 0; i < 2; i++)
        if (halves[i]->packets > 0 &&
            (halves[i]->first_ns < 0 || halves[i]->last_ns < halves[i]->first_ns ||
             halves[i]->last_ns > INT64_MAX / 2))
            return FLOOD_REASON_TIME;
    return FLOOD_REASONS;
}

static struct toward toward_of(const struct admitted_flow *admitted, bool is_forward)
{
    const struct flow *flow = &admitted->flow;
    struct toward to = { .admitted = admitted };
    uint32_t rate = observation_rate(&flow->observation);
    to.rate = rate;
    to.half = is_forward ? &flow->forward : &flow->reverse;
    to.back = is_forward ? &flow->reverse : &flow->forward;
    to.from = is_forward ? &flow->initiator : &flow->responder;
    to.to = is_forward ? &flow->responder : &flow->initiator;
    to.from_place = is_forward ? admitted->initiator_place : admitted->responder_place;
    to.to_place = is_forward ? admitted->responder_place : admitted->initiator_place;
    to.from_port = is_forward ? flow->initiator_port : flow->responder_port;
    to.to_port = is_forward ? flow->responder_port : flow->initiator_port;
    to.arrival = (struct flood_arrival){
        .packets = scaled(to.half->packets, rate),
        .octets = scaled(to.half->octets, rate),
        .first_ns = to.half->first_ns,
        .last_ns = to.half->last_ns,
    };
    return to;
}

static void note_time(struct flood *flood, const struct flow *flow)
{
    int64_t slot = flood_slot_number(flow_start_ns(flow));
    if (!flood->totals->has_slot || slot < flood->totals->first_slot)
        flood->totals->first_slot = slot;
    flood->totals->has_slot = true;
}

/* Most flows touch one watch: that of the wide prefix of the end inside. */
static uint64_t print_of_block(const struct flood *flood, const struct ip_address *address)
{
    struct flood_subject subject = flood_subject_at(
        VECTOR_ALL, address, ip_is_v4(address) ? FLOOD_BLOCK_V4 : FLOOD_BLOCK_V6);
    return flood_print(flood, &subject);
}

static void flood_expect(const void *state, const struct admitted_flow *admitted)
{
    const struct flood *flood = state;
    if (is_inside(admitted->initiator_place))
        prints_expect(&flood->prints, print_of_block(flood, &admitted->flow.initiator));
    if (is_inside(admitted->responder_place))
        prints_expect(&flood->prints, print_of_block(flood, &admitted->flow.responder));
}

static void expect_watch(const struct flood *flood, const struct ip_address *address)
{
    size_t at = prints_find(&flood->prints, print_of_block(flood, address));
    if (at == PRINTS_NONE)
        return;
    const struct flood_watch *watch = &flood->watches[at];
    PREFETCH(&watch->head);
    PREFETCH(&watch->vector);
    PREFETCH(&watch->look_at);
}

static void flood_expect_more(const void *state, const struct admitted_flow *admitted)
{
    if (is_inside(admitted->initiator_place))
        expect_watch(state, &admitted->flow.initiator);
    if (is_inside(admitted->responder_place))
        expect_watch(state, &admitted->flow.responder);
}

static void flood_observe(void *state, const struct admitted_flow *admitted,
                          enum behaviour_end end, struct sighting_sink sink)
{
    (void)end;
    struct flood *flood = state;
    const struct flow *flow = &admitted->flow;
    enum flood_reason reason = reason_to_leave(flow);
    if (reason != FLOOD_REASONS) {
        flood->totals->left_out[reason]++;
        return;
    }
    note_time(flood, flow);
    flood->totals->answered += flow->protocol == PROTOCOL_UDP && flow->forward.packets > 0 &&
                               flow->reverse.packets > 0;
    for (int is_forward = 0; is_forward < 2; is_forward++) {
        struct toward to = toward_of(admitted, is_forward);
        if (to.half->packets > 0)
            count_toward(flood, &to, sink);
    }
}

static void flood_finish(void *state, struct sighting_sink sink)
{
    struct flood *flood = state;
    for (int telling = 0; telling < 2; telling++) {
        for (size_t slot = 0; slot < prints_slots(&flood->prints); slot++) {
            struct flood_watch *watch = &flood->watches[slot];
            if (flood->prints.print[slot] == 0)
                continue;
            if (!telling)
                judge(flood, watch);
            else if (watch->incident.is_untold)
                tell(flood, watch, sink);
        }
    }
}

static void flood_count(const void *state, struct summary *summary)
{
    const struct flood *flood = state;
    const struct flood_totals *totals = flood->totals;
    for (size_t i = 0; i < FLOOD_REASONS; i++)
        summary_count(summary, "behaviour", flood_reason_names[i], "flows",
                      totals->left_out[i]);
    summary_count(summary, "behaviour", "flood: too late", "packets", totals->late);
    summary_count(summary, "behaviour", "flood: watches held", "watches",
                  prints_used(&flood->prints));
    summary_count(summary, "behaviour", "flood: watches evicted", "watches", totals->evicted);
    summary_count(summary, "behaviour", "flood: fired watches evicted", "watches",
                  totals->evicted_fired);
    summary_count(summary, "behaviour", "flood: incidents", "incidents", totals->incidents);
}

static size_t flood_parts(void *state, struct behaviour_part out[BEHAVIOUR_PARTS_MAX])
{
    struct flood *flood = state;
    size_t slots = prints_slots(&flood->prints);
    out[0] = (struct behaviour_part){ flood->prints.print, slots * sizeof(uint64_t) };
    out[1] = (struct behaviour_part){ flood->watches, slots * sizeof(struct flood_watch) };
    out[2] = (struct behaviour_part){ flood->was_full, flood->prints.buckets };
    out[3] = (struct behaviour_part){ flood->totals, sizeof *flood->totals };
    return 4;
}

const struct behaviour_kind behaviour_flood = {
    .ends = END_ANY,
    .names = NAMES_NONE,
    .init = flood_init,
    .expect = flood_expect,
    .expect_more = flood_expect_more,
    .observe = flood_observe,
    .finish = flood_finish,
    .count = flood_count,
    .parts = flood_parts,
    .merge = flood_merge,
};
