// SPDX-License-Identifier: Apache-2.0
#include "mediate/mediate.h"

#include "base/index.h"
#include "base/input_clock.h"
#include "base/must.h"
#include "base/time.h"
#include "base/wipe.h"
#include "mediate/initiator_private.h"
#include "mediate/told_private.h"

enum {
    RUN_MAX = 64,
    AHEAD = 12,         /* flows between fetching an entry and working on it */
    SAME_ENDS_MAX = 4,  /* conversations between the same ends at one time */
    LOOK_AT = 4,        /* entries, to find the one to be handed on early */
    SWEEPS_OF_WAIT = 8, /* how often the hand goes round while a flow waits */
    SWEEP_MAX = 256,    /* entries looked at for one flow that comes in */
    DNS_PORT = 53
};

#define ENTRY_NONE UINT32_MAX

static const int64_t dns_idle_ns = 10 * TIME_SECOND_NS, reopening_ns = TIME_SECOND_NS;

const struct mediate_limits mediate_defaults = {
    .flows_max = 1 << 18,
    .facts_max = 1 << 14,
    .wait_ns = 120 * TIME_SECOND_NS,
    .whole_ns = 30 * 60 * TIME_SECOND_NS,
};

struct mediate_counts {
    uint64_t flows, halves;
    uint64_t handed_on, halves_handed_on, slices;
    uint64_t joined[JOINED_KINDS];
    uint64_t paired, turned, kept_apart, rate_changes, early;
};

struct mediate {
    struct mediate_limits limits;
    struct hash_key key;
    struct mediate_sink sink;
    struct index index;
    struct entry *entries;
    struct view_pool pool;
    struct told told;
    uint32_t entries_used; /* given out at least once */
    uint32_t free;
    uint32_t count;
    struct input_clock clock;
    uint32_t wait_ticks;
    uint32_t swept_tick; /* up to here the hand was told to go */
    uint32_t hand;       /* the entry it looks at next */
    uint32_t debt;       /* entries it still has to look at */
    struct mediate_counts counts;
    size_t run_count;
    struct flow run[RUN_MAX]; /* to be handed on */
};

size_t mediate_size(const struct mediate_limits *limits)
{
    return sizeof(struct mediate) + 256 + index_size(limits->flows_max) +
           limits->flows_max * sizeof(struct entry) + view_pool_size(limits->flows_max) +
           told_size(limits->flows_max, limits->facts_max);
}

struct mediate *mediate_init(const struct mediate_limits *limits, struct hash_key key,
                             struct mediate_sink sink, struct arena *keep)
{
    MUST(limits->flows_max > 0 && limits->flows_max <= INDEX_ENTRIES_MAX);
    MUST(limits->wait_ns >= 0 && limits->wait_ns <= TIME_DAY_NS);
    struct mediate *mediate = ARENA_NEW(keep, struct mediate, 1);
    mediate->limits = *limits;
    mediate->key = key;
    mediate->sink = sink;
    index_init(&mediate->index, limits->flows_max, keep);
    mediate->entries =
        arena_take(keep, sizeof(struct entry), alignof(struct entry), limits->flows_max);
    view_pool_init(&mediate->pool, limits->flows_max, keep);
    told_init(&mediate->told, limits->flows_max, limits->facts_max, keep);
    mediate->free = ENTRY_NONE;
    mediate->wait_ticks = (uint32_t)(limits->wait_ns / TIME_SECOND_NS) + 1;
    mediate->clock.jump = mediate->wait_ticks + 1;
    return mediate;
}

/* later - earlier, at the ends of the range when it does not fit. */
static int64_t since(int64_t later_ns, int64_t earlier_ns)
{
    int64_t ns = 0;
    if (__builtin_sub_overflow(later_ns, earlier_ns, &ns))
        return later_ns < earlier_ns ? INT64_MIN : INT64_MAX;
    return ns;
}

/* ICMP has no ports; what it carries there is not part of the key, as in the meter. */
static bool has_key_ports(uint8_t protocol)
{
    return protocol != PROTOCOL_ICMP && protocol != PROTOCOL_ICMPV6;
}

static uint16_t key_port(const struct flow *flow, uint16_t port)
{
    return has_key_ports(flow->protocol) ? port : 0;
}

static ALWAYS_INLINE uint64_t hash_end(const struct mediate *mediate,
                                       const struct ip_address *address, uint16_t port)
{
    return hash_fold(hash_load64(address->octets) ^ mediate->key.word[0] ^ port,
                     hash_load64(address->octets + 8) ^ mediate->key.word[1]);
}

/* The same for both directions. */
static uint64_t hash_of(const struct mediate *mediate, const struct flow *flow)
{
    uint64_t a = hash_end(mediate, &flow->initiator, key_port(flow, flow->initiator_port));
    uint64_t b = hash_end(mediate, &flow->responder, key_port(flow, flow->responder_port));
    return hash_fold((a + b) ^ mediate->key.word[2],
                     (a ^ b ^ flow->protocol) + mediate->key.word[3]);
}

static bool is_between(const struct entry *entry, const struct flow *flow, size_t initiator)
{
    return entry->ports[initiator] == key_port(flow, flow->initiator_port) &&
           entry->ports[!initiator] == key_port(flow, flow->responder_port) &&
           ip_equal(&entry->ends[initiator], &flow->initiator) &&
           ip_equal(&entry->ends[!initiator], &flow->responder);
}

static bool is_dns(const struct entry *entry)
{
    return entry->protocol == PROTOCOL_UDP &&
           (entry->ports[0] == DNS_PORT || entry->ports[1] == DNS_PORT);
}

/* One connection ended and the next one opened, well after it. */
static bool is_reopened(uint8_t before, uint8_t after, int64_t apart_ns)
{
    return (before & (TCP_FIN | TCP_RST)) && (after & TCP_SYN) && apart_ns > reopening_ns;
}

/* Part of this conversation: not too far from it in time, nor beyond a port's reuse. */
static bool is_part(const struct mediate *mediate, const struct entry *entry,
                    const struct flow *flow)
{
    int64_t idle_ns = mediate->limits.wait_ns;
    if (is_dns(entry) && idle_ns > dns_idle_ns)
        idle_ns = dns_idle_ns;
    int64_t after_ns = since(flow_start_ns(flow), entry->last_ns);
    int64_t before_ns = since(entry->first_ns, flow_end_ns(flow));
    if (after_ns > idle_ns || before_ns > idle_ns)
        return false;
    if (entry->protocol != PROTOCOL_TCP)
        return true;
    uint8_t old = entry->tcp_flags[0] | entry->tcp_flags[1];
    uint8_t new = flow->forward.tcp_flags | flow->reverse.tcp_flags;
    return !is_reopened(old, new, after_ns) && !is_reopened(new, old, before_ns);
}

/* What a search found. */
struct found {
    uint32_t id;      /* ENTRY_NONE: not in the table */
    size_t initiator; /* the side of the flow's initiator */
    uint32_t oldest;  /* of other conversations between the same ends */
    size_t others;
};

static uint32_t age_of(const struct mediate *mediate, uint32_t id)
{
    return mediate->clock.tick - mediate->entries[id].seen_tick;
}

static struct found find(const struct mediate *mediate, const struct flow *flow, uint64_t hash)
{
    struct found found = { .id = ENTRY_NONE, .oldest = ENTRY_NONE };
    uint32_t tag = index_tag(hash);
    for (size_t at = index_home(&mediate->index, tag); mediate->index.slots[at].tag != 0;
         at = index_next(&mediate->index, at)) {
        uint32_t id = mediate->index.slots[at].entry;
        const struct entry *entry = &mediate->entries[id];
        if (mediate->index.slots[at].tag != tag || entry->protocol != flow->protocol)
            continue;
        size_t initiator = is_between(entry, flow, 0) ? 0 : 1;
        if (initiator == 1 && !is_between(entry, flow, 1))
            continue;
        if (is_part(mediate, entry, flow)) {
            found.id = id;
            found.initiator = initiator;
            return found;
        }
        found.others++;
        if (found.oldest == ENTRY_NONE || age_of(mediate, id) > age_of(mediate, found.oldest))
            found.oldest = id;
    }
    return found;
}

static void flush(struct mediate *mediate)
{
    if (mediate->run_count > 0)
        mediate->sink.take(mediate->sink.context, mediate->run, mediate->run_count);
    wipe(mediate->run, mediate->run_count * sizeof *mediate->run);
    mediate->run_count = 0;
    told_release(&mediate->told);
}

static struct flow *next_of_run(struct mediate *mediate)
{
    if (mediate->run_count == RUN_MAX)
        flush(mediate);
    return &mediate->run[mediate->run_count++];
}

/* The point whose word stands for the flow: the initiator's half's, where it was seen. */
static struct observation observation_of(const struct entry *entry,
                                         const struct standing *forward,
                                         const struct standing *reverse)
{
    const struct standing *word = forward->view ? forward : reverse;
    struct observation observation = word->view->observation;
    if (word == reverse) { /* interfaces as the initiator's packets would have passed them */
        observation.ingress = word->view->observation.egress;
        observation.egress = word->view->observation.ingress;
    } else if (reverse->view && reverse->view->observation.time > observation.time) {
        observation.time = reverse->view->observation.time;
    }
    uint32_t points = forward->points > reverse->points ? forward->points : reverse->points;
    bool is_more = (entry->marks & ENTRY_FURTHER) || points > UINT8_MAX;
    observation.observers = is_more ? UINT8_MAX : (uint8_t)points;
    return observation;
}

static uint16_t responder_port(const struct entry *entry, size_t initiator, bool is_seen)
{
    if (has_key_ports(entry->protocol))
        return entry->ports[!initiator];
    return entry->icmp[is_seen ? initiator : !initiator];
}

static void write_flow(struct mediate *mediate, struct entry *entry,
                       const struct standing *forward, const struct standing *reverse,
                       enum flow_end end)
{
    size_t initiator = entry->initiator;
    struct flow *next = next_of_run(mediate);
    uint32_t id = (uint32_t)(entry - mediate->entries);
    *next = (struct flow){
        .initiator = entry->ends[initiator],
        .responder = entry->ends[!initiator],
        .forward = forward->half,
        .reverse = reverse->half,
        .observation = observation_of(entry, forward, reverse),
        .facts = told_take(&mediate->told, entry, id),
        .facts_dropped = entry->facts_dropped,
        .slice = entry->slice,
        .initiator_port = entry->ports[initiator],
        .responder_port = responder_port(entry, initiator, forward->view),
        .encapsulation = entry->encapsulation,
        .vlan = entry->vlan,
        .protocol = entry->protocol,
        .version = entry->version,
        .end = (uint8_t)end,
        .tcp = (uint8_t)flow_tcp_state(entry->protocol, entry->tcp_flags[initiator],
                                       entry->tcp_flags[!initiator]),
        .continues = end == FLOW_END_ACTIVE,
        .is_turned = entry->marks & ENTRY_TURNED,
    };
    mediate->counts.handed_on++;
    mediate->counts.halves_handed_on += forward->view && reverse->view ? 2 : 1;
}

/* Once for all slices of a conversation. */
static void decide_initiator(struct mediate *mediate, struct entry *entry,
                             const struct standing sides[SIDES])
{
    if (sides[0].view && sides[1].view && !(entry->marks & ENTRY_TOLD))
        mediate->counts.paired++;
    if (entry->initiator != SIDES)
        return;
    struct initiator initiator = initiator_of(entry, sides);
    entry->initiator = initiator.side;
    if (!initiator.is_turned)
        return;
    entry->marks |= ENTRY_TURNED;
    mediate->counts.turned++;
}

/* Hands on what was counted so far.  Counts of unlike rates stay in flows of their own. */
static void hand_on(struct mediate *mediate, struct entry *entry, enum flow_end end,
                    const struct view *stands[SIDES])
{
    static const struct standing none;
    struct standing sides[SIDES];
    for (size_t side = 0; side < SIDES; side++) {
        sides[side] = standing_of(&mediate->pool, entry, side, mediate->counts.joined);
        stands[side] = sides[side].view;
    }
    if (!stands[0] && !stands[1])
        return;
    decide_initiator(mediate, entry, sides);
    const struct standing *forward = &sides[entry->initiator];
    const struct standing *reverse = &sides[!entry->initiator];
    if (forward->view && reverse->view &&
        forward->view->observation.rate != reverse->view->observation.rate) {
        mediate->counts.kept_apart++;
        write_flow(mediate, entry, &none, reverse, end);
        reverse = &none;
    }
    write_flow(mediate, entry, forward, reverse, end);
}

/* The conversation goes on with the record at hand. */
static void slice(struct mediate *mediate, struct entry *entry)
{
    const struct view *stands[SIDES];
    hand_on(mediate, entry, FLOW_END_ACTIVE, stands);
    for (size_t side = 0; side < SIDES; side++)
        view_restart(&mediate->pool, entry, side, stands[side]);
    entry->slice++;
    entry->first_ns = entry->last_ns;
    entry->facts_dropped = 0;
    mediate->counts.slices++;
}

static bool is_closed(const struct entry *entry)
{
    const uint8_t *flags = entry->tcp_flags;
    return entry->protocol == PROTOCOL_TCP &&
           ((flags[0] & flags[1] & TCP_FIN) || ((flags[0] | flags[1]) & TCP_RST));
}

static void end_entry(struct mediate *mediate, uint32_t id, enum flow_end end)
{
    struct entry *entry = &mediate->entries[id];
    const struct view *stands[SIDES];
    if (end != FLOW_END_RESOURCES && is_closed(entry))
        end = FLOW_END_DETECTED;
    hand_on(mediate, entry, end, stands);
    told_forget(&mediate->told, entry, id);
    index_remove(&mediate->index, entry->tag, id);
    entry_erase(&mediate->pool, entry);
    entry->seen_tick = mediate->free;
    mediate->free = id;
    mediate->count--;
}

/* The hand goes on over some of the table: what waited long enough is handed on. */
static void sweep(struct mediate *mediate)
{
    uint32_t looks = mediate->debt < SWEEP_MAX ? mediate->debt : SWEEP_MAX;
    mediate->debt -= looks;
    for (; looks > 0; looks--) {
        if (mediate->hand >= mediate->entries_used)
            mediate->hand = 0;
        uint32_t id = mediate->hand++;
        if (mediate->entries[id].tag != 0 && age_of(mediate, id) > mediate->wait_ticks)
            end_entry(mediate, id, FLOW_END_IDLE);
    }
}

/* Time went on: the hand has to go its share of the way round, at most once all of it. */
static void owe_sweep(struct mediate *mediate)
{
    uint64_t ticks = mediate->clock.tick - mediate->swept_tick;
    mediate->swept_tick = mediate->clock.tick;
    uint64_t round = mediate->wait_ticks / SWEEPS_OF_WAIT + 1;
    uint64_t debt = mediate->debt + ticks * (mediate->entries_used / round + 1);
    mediate->debt = debt < mediate->entries_used ? (uint32_t)debt : mediate->entries_used;
}

/* The table is full: of a few, the one not heard of for the longest time. */
static void hand_on_early(struct mediate *mediate)
{
    MUST(mediate->entries_used > 0);
    uint32_t oldest = mediate->hand % mediate->entries_used;
    for (uint32_t i = 1; i < LOOK_AT; i++) {
        uint32_t id = (mediate->hand + i) % mediate->entries_used;
        if (age_of(mediate, id) > age_of(mediate, oldest))
            oldest = id;
    }
    mediate->hand = (mediate->hand + 1) % mediate->entries_used;
    mediate->counts.early++;
    end_entry(mediate, oldest, FLOW_END_RESOURCES);
}

static uint32_t take_entry(struct mediate *mediate)
{
    if (mediate->count == mediate->limits.flows_max)
        hand_on_early(mediate);
    mediate->count++;
    if (mediate->free != ENTRY_NONE) {
        uint32_t id = mediate->free;
        mediate->free = mediate->entries[id].seen_tick;
        return id;
    }
    MUST(mediate->entries_used < mediate->limits.flows_max);
    return mediate->entries_used++;
}

static uint32_t start_entry(struct mediate *mediate, const struct flow *flow, uint64_t hash)
{
    uint32_t id = take_entry(mediate);
    struct entry *entry = &mediate->entries[id];
    *entry = (struct entry){
        .ends = { flow->initiator, flow->responder },
        .ports = { key_port(flow, flow->initiator_port), key_port(flow, flow->responder_port) },
        .protocol = flow->protocol,
        .version = flow->version,
        .initiator = SIDES,
        .tag = index_tag(hash),
        .first_ns = flow_start_ns(flow),
        .last_ns = flow_end_ns(flow),
        .encapsulation = flow->encapsulation,
        .vlan = flow->vlan,
        .views = { { .next = VIEW_NONE }, { .next = VIEW_NONE } },
    };
    index_add(&mediate->index, entry->tag, id);
    return id;
}

/* One half of a flow that came in, and which side sent it. */
static void take_half(struct mediate *mediate, struct entry *entry, size_t side,
                      const struct flow *flow, bool is_reverse)
{
    const struct flow_half *half = is_reverse ? &flow->reverse : &flow->forward;
    struct observation observation = flow->observation;
    if (is_reverse) {
        observation.ingress = flow->observation.egress;
        observation.egress = flow->observation.ingress;
    }
    mediate->counts.halves++;
    struct view *view = view_find(&mediate->pool, entry, side, &observation);
    if (view && view->records > 0 && view->observation.rate != observation.rate) {
        mediate->counts.rate_changes++;
        slice(mediate, entry);
        view = view_find(&mediate->pool, entry, side, &observation);
    }
    if (!view)
        view = view_add(&mediate->pool, entry, side, &observation);
    if (!view) {
        mediate->counts.joined[JOINED_FURTHER]++;
        entry->marks |= ENTRY_FURTHER;
        return;
    }
    view_count(view, half, &observation);
    if (entry->icmp[side] == 0)
        entry->icmp[side] = flow->responder_port;
    entry->tcp_flags[side] |= half->tcp_flags;
}

static bool is_seen(const struct flow_half *half)
{
    return half->packets > 0 || half->octets > 0;
}

static void take_halves(struct mediate *mediate, struct entry *entry, const struct flow *flow,
                        size_t initiator)
{
    bool has_reverse = is_seen(&flow->reverse);
    if (has_reverse && !flow->is_turned && entry->initiator == SIDES) {
        entry->marks |= ENTRY_TOLD;
        entry->initiator = (uint8_t)initiator;
    }
    if (is_seen(&flow->forward) || !has_reverse)
        take_half(mediate, entry, initiator, flow, false);
    if (has_reverse)
        take_half(mediate, entry, !initiator, flow, true);
    int64_t start_ns = flow_start_ns(flow), end_ns = flow_end_ns(flow);
    if (entry->slice == 0 && start_ns < entry->first_ns)
        entry->first_ns = start_ns;
    if (end_ns > entry->last_ns)
        entry->last_ns = end_ns;
}

static void take_flow(struct mediate *mediate, const struct flow *flow, uint64_t hash)
{
    mediate->counts.flows++;
    if (UNLIKELY(input_clock_advance(&mediate->clock, flow_end_ns(flow))))
        owe_sweep(mediate);
    if (mediate->debt > 0)
        sweep(mediate);
    struct found found = find(mediate, flow, hash);
    if (found.id == ENTRY_NONE) {
        if (UNLIKELY(found.others == SAME_ENDS_MAX))
            end_entry(mediate, found.oldest, FLOW_END_IDLE);
        found.id = start_entry(mediate, flow, hash);
    }
    struct entry *entry = &mediate->entries[found.id];
    if (UNLIKELY(since(flow_start_ns(flow), entry->first_ns) >= mediate->limits.whole_ns))
        slice(mediate, entry);
    entry->seen_tick = mediate->clock.tick;
    take_halves(mediate, entry, flow, found.initiator);
    if (UNLIKELY(flow->facts || flow->facts_dropped > 0))
        told_keep(&mediate->told, entry, found.id, flow, found.initiator);
}

static void prefetch_lines(const struct entry *entry)
{
    PREFETCH(entry);
    PREFETCH(&entry->slice);
    PREFETCH(&entry->views[1]);
    PREFETCH(&entry->views[1].half.retransmitted);
}

/* What the hand will come to while the table is full. */
static void prefetch_hand(const struct mediate *mediate)
{
    if (mediate->count < mediate->limits.flows_max)
        return;
    uint32_t near = (mediate->hand + AHEAD) % mediate->entries_used;
    uint32_t far = (mediate->hand + 2 * AHEAD) % mediate->entries_used;
    PREFETCH(&mediate->index.slots[index_home(&mediate->index, mediate->entries[near].tag)]);
    prefetch_lines(&mediate->entries[far]);
}

static void prefetch_slot(const struct mediate *mediate, uint64_t hash)
{
    PREFETCH(&mediate->index.slots[index_home(&mediate->index, index_tag(hash))]);
}

static void prefetch_entry(const struct mediate *mediate, uint64_t hash)
{
    const struct index *index = &mediate->index;
    uint32_t tag = index_tag(hash);
    size_t at = index_home(index, tag);
    while (index->slots[at].tag != 0 && index->slots[at].tag != tag)
        at = index_next(index, at);
    if (index->slots[at].tag != 0)
        prefetch_lines(&mediate->entries[index->slots[at].entry]);
}

static void take_run(struct mediate *mediate, const struct flow *flows, size_t count)
{
    uint64_t hashes[RUN_MAX];
    for (size_t i = 0; i < count; i++) {
        hashes[i] = hash_of(mediate, &flows[i]);
        prefetch_slot(mediate, hashes[i]);
    }
    for (size_t i = 0; i < count + AHEAD; i++) {
        if (i < count)
            prefetch_entry(mediate, hashes[i]);
        prefetch_hand(mediate);
        if (i >= AHEAD)
            take_flow(mediate, &flows[i - AHEAD], hashes[i - AHEAD]);
    }
}

void mediate_flows(struct mediate *mediate, const struct flow *flows, size_t count)
{
    for (size_t at = 0; at < count; at += RUN_MAX)
        take_run(mediate, flows + at, count - at < RUN_MAX ? count - at : RUN_MAX);
    flush(mediate);
}

void mediate_tick(struct mediate *mediate, int64_t quiet_ns)
{
    if (input_clock_pass(&mediate->clock, quiet_ns))
        owe_sweep(mediate);
    while (mediate->debt > 0)
        sweep(mediate);
    flush(mediate);
}

void mediate_finish(struct mediate *mediate)
{
    for (uint32_t id = 0; id < mediate->entries_used; id++) {
        if (mediate->entries[id].tag != 0)
            end_entry(mediate, id, FLOW_END_FORCED);
    }
    flush(mediate);
}

void mediate_count(const struct mediate *mediate, struct summary *summary)
{
    static const char *const rules[JOINED_KINDS] = {
        [JOINED_SLICE] = "slice_joined",        [JOINED_PATH] = "path_changed",
        [JOINED_EXPORTER] = "other_exporter",   [JOINED_LEAVING] = "leaving_too",
        [JOINED_INTERFACE] = "other_interface", [JOINED_LATE] = "came_late",
        [JOINED_FURTHER] = "further_observers",
    };
    const struct mediate_counts *counts = &mediate->counts;
    summary_count(summary, "mediate", "received", "flows", counts->flows);
    summary_count(summary, "mediate", "received_halves", "halves", counts->halves);
    summary_count(summary, "mediate", "handed_on", "flows", counts->handed_on);
    summary_count(summary, "mediate", "handed_on_halves", "halves", counts->halves_handed_on);
    for (size_t rule = 0; rule < JOINED_KINDS; rule++)
        summary_count(summary, "mediate", rules[rule], "halves", counts->joined[rule]);
    summary_count(summary, "mediate", "halves_paired", "flows", counts->paired);
    summary_count(summary, "mediate", "turned", "flows", counts->turned);
    summary_count(summary, "mediate", "kept_apart_by_rate", "flows", counts->kept_apart);
    summary_count(summary, "mediate", "rate_changed", "flows", counts->rate_changes);
    summary_count(summary, "mediate", "sliced", "flows", counts->slices);
    summary_count(summary, "mediate", "handed_on_early", "flows", counts->early);
    summary_count(summary, "mediate", "facts_repeated", "facts", mediate->told.repeated);
    summary_count(summary, "mediate", "facts_dropped", "facts", mediate->told.dropped);
    summary_count(summary, "mediate", "time_backwards", "flows", mediate->clock.backwards);
    summary_count(summary, "mediate", "clock_steps", "steps", mediate->clock.steps);
}
