// SPDX-License-Identifier: Apache-2.0
#include "meter/meter.h"

#include "base/index.h"
#include "base/input_clock.h"
#include "base/must.h"
#include "base/time.h"
#include "base/wipe.h"
#include "meter/half_private.h"
#include "model/fact_table.h"

/* The wheel has a bucket a second, more than the longest wait of a flow. */
enum { WHEEL_BUCKETS = 512 };

#define ENTRY_NONE UINT32_MAX

const struct meter_limits meter_defaults = {
    .flows_max = 1 << 20,
    .facts_max = 1 << 16,
    .active_ns = 300 * TIME_SECOND_NS,
    .idle_ns = 60 * TIME_SECOND_NS,
    .dns_idle_ns = 10 * TIME_SECOND_NS,
    .closed_ns = 5 * TIME_SECOND_NS,
};

/* A flow in the table: the first cache line finds it, one of the two others counts it. */
struct entry {
    alignas(64) struct ip_address initiator;
    struct ip_address responder;
    uint16_t ports[2]; /* of the key: initiator's, responder's */
    uint8_t protocol;
    uint8_t fact_count;
    bool is_closed;
    bool is_turned;
    uint32_t seen_tick; /* of the meter's clock, at the last packet */
    uint32_t deadline_tick;
    uint32_t wheel_next, wheel_previous;
    uint32_t stream;
    uint8_t tcp_flags[2];              /* of each half, over all slices */
    alignas(64) struct half halves[2]; /* forward, reverse */
    struct fact *facts, *facts_last;
    uint32_t facts_dropped;
    uint32_t slice;
    uint32_t tag; /* in the index */
    uint16_t encapsulation;
    uint16_t vlan;
    uint16_t icmp; /* type and code of the first packet */
    uint8_t version;
};

/* Flows that may be due at the same tick, in the order they came to it. */
struct bucket {
    uint32_t first, last;
};

struct meter_counts {
    uint64_t flows, slices, ends[FLOW_END_RESOURCES + 1], evicted, facts_dropped;
};

struct meter {
    struct meter_limits limits;
    struct hash_key key;
    struct meter_hooks hooks;
    struct index index;
    struct entry *entries;
    uint32_t entries_used;
    uint32_t free;
    uint32_t count;
    struct input_clock clock;
    uint32_t turned; /* the last tick whose bucket was turned */
    struct bucket buckets[WHEEL_BUCKETS];
    struct fact_table facts;
    struct meter_counts counts;
};

size_t meter_size(const struct meter_limits *limits)
{
    return sizeof(struct meter) + 256 + index_size(limits->flows_max) +
           limits->flows_max * sizeof(struct entry) + fact_table_size(limits->facts_max);
}

struct meter *meter_init(const struct meter_limits *limits, struct hash_key key,
                         struct meter_hooks hooks, struct arena *keep)
{
    MUST(limits->flows_max > 0 && limits->flows_max <= INDEX_ENTRIES_MAX);
    MUST(limits->idle_ns <= METER_IDLE_MAX_S * TIME_SECOND_NS);
    struct meter *meter = ARENA_NEW(keep, struct meter, 1);
    meter->limits = *limits;
    meter->key = key;
    meter->hooks = hooks;
    index_init(&meter->index, limits->flows_max, keep);
    meter->entries =
        arena_take(keep, sizeof(struct entry), alignof(struct entry), limits->flows_max);
    meter->free = ENTRY_NONE;
    meter->clock.jump = WHEEL_BUCKETS;
    for (size_t i = 0; i < WHEEL_BUCKETS; i++)
        meter->buckets[i] = (struct bucket){ ENTRY_NONE, ENTRY_NONE };
    fact_table_init(&meter->facts, limits->facts_max, keep);
    return meter;
}

/* ICMP has no ports; what it carries there is not part of the flow's key. */
static bool has_key_ports(uint8_t protocol)
{
    return protocol != PROTOCOL_ICMP && protocol != PROTOCOL_ICMPV6;
}

static ALWAYS_INLINE uint64_t hash_end(const struct meter *meter,
                                       const struct ip_address *address, uint16_t port)
{
    return hash_fold(hash_load64(address->octets) ^ meter->key.word[0] ^ port,
                     hash_load64(address->octets + 8) ^ meter->key.word[1]);
}

uint64_t meter_hash(const struct meter *meter, const struct packet *packet)
{
    bool ports = has_key_ports(packet->protocol);
    uint64_t a = hash_end(meter, &packet->source, ports ? packet->source_port : 0);
    uint64_t b = hash_end(meter, &packet->destination, ports ? packet->destination_port : 0);
    return hash_fold((a + b) ^ meter->key.word[2],
                     (a ^ b ^ packet->protocol) + meter->key.word[3]);
}

void meter_prefetch(const struct meter *meter, uint64_t hash)
{
    PREFETCH(&meter->index.slots[index_home(&meter->index, index_tag(hash))]);
}

void meter_prefetch_entry(const struct meter *meter, uint64_t hash)
{
    const struct index_slot *slot =
        &meter->index.slots[index_home(&meter->index, index_tag(hash))];
    if (slot->tag == index_tag(hash)) {
        const struct entry *entry = &meter->entries[slot->entry];
        PREFETCH(entry);
        PREFETCH(&entry->halves[0]);
        PREFETCH(&entry->halves[1]);
    }
}

static bool is_forward(const struct entry *entry, const struct packet *packet,
                       uint16_t source_port, uint16_t destination_port)
{
    return entry->ports[0] == source_port && entry->ports[1] == destination_port &&
           ip_equal(&entry->initiator, &packet->source) &&
           ip_equal(&entry->responder, &packet->destination);
}

static bool is_reverse(const struct entry *entry, const struct packet *packet,
                       uint16_t source_port, uint16_t destination_port)
{
    return entry->ports[1] == source_port && entry->ports[0] == destination_port &&
           ip_equal(&entry->responder, &packet->source) &&
           ip_equal(&entry->initiator, &packet->destination);
}

/* The entry of the packet's flow, or ENTRY_NONE. */
static uint32_t find(const struct meter *meter, const struct packet *packet, uint64_t hash,
                     bool *forward)
{
    bool ports = has_key_ports(packet->protocol);
    uint16_t source_port = ports ? packet->source_port : 0;
    uint16_t destination_port = ports ? packet->destination_port : 0;
    uint32_t tag = index_tag(hash);
    for (size_t at = index_home(&meter->index, tag);; at = index_next(&meter->index, at)) {
        const struct index_slot *slot = &meter->index.slots[at];
        if (slot->tag == 0)
            return ENTRY_NONE;
        if (slot->tag != tag)
            continue;
        const struct entry *entry = &meter->entries[slot->entry];
        if (entry->protocol != packet->protocol)
            continue;
        if (is_forward(entry, packet, source_port, destination_port)) {
            *forward = true;
            return slot->entry;
        }
        if (is_reverse(entry, packet, source_port, destination_port)) {
            *forward = false;
            return slot->entry;
        }
    }
}

static void wheel_add(struct meter *meter, uint32_t id, uint32_t deadline)
{
    struct entry *entry = &meter->entries[id];
    struct bucket *bucket = &meter->buckets[deadline % WHEEL_BUCKETS];
    entry->deadline_tick = deadline;
    entry->wheel_next = ENTRY_NONE;
    entry->wheel_previous = bucket->last;
    if (bucket->last == ENTRY_NONE)
        bucket->first = id;
    else
        meter->entries[bucket->last].wheel_next = id;
    bucket->last = id;
}

static void wheel_remove(struct meter *meter, uint32_t id)
{
    const struct entry *entry = &meter->entries[id];
    struct bucket *bucket = &meter->buckets[entry->deadline_tick % WHEEL_BUCKETS];
    uint32_t previous = entry->wheel_previous, next = entry->wheel_next;
    *(previous == ENTRY_NONE ? &bucket->first : &meter->entries[previous].wheel_next) = next;
    *(next == ENTRY_NONE ? &bucket->last : &meter->entries[next].wheel_previous) = previous;
}

static bool is_dns(const struct entry *entry)
{
    return entry->protocol == PROTOCOL_UDP && (entry->ports[0] == 53 || entry->ports[1] == 53);
}

static int64_t idle_ns(const struct meter *meter, const struct entry *entry)
{
    if (entry->is_closed)
        return meter->limits.closed_ns;
    return is_dns(entry) ? meter->limits.dns_idle_ns : meter->limits.idle_ns;
}

/* The first tick at which the flow may have been idle long enough. */
static uint32_t idle_tick(const struct meter *meter, const struct entry *entry)
{
    return entry->seen_tick + (uint32_t)(idle_ns(meter, entry) / TIME_SECOND_NS) + 1;
}

static struct flow flow_out(const struct entry *entry, enum flow_end end)
{
    return (struct flow){
        .observation = { .rate = 1, .observers = 1 },
        .initiator = entry->initiator,
        .responder = entry->responder,
        .forward = half_out(&entry->halves[0]),
        .reverse = half_out(&entry->halves[1]),
        .facts = entry->facts,
        .facts_dropped = entry->facts_dropped,
        .slice = entry->slice,
        .initiator_port = entry->ports[0],
        .responder_port = has_key_ports(entry->protocol) ? entry->ports[1] : entry->icmp,
        .encapsulation = entry->encapsulation,
        .vlan = entry->vlan,
        .protocol = entry->protocol,
        .version = entry->version,
        .end = (uint8_t)end,
        .tcp =
            (uint8_t)flow_tcp_state(entry->protocol, entry->tcp_flags[0], entry->tcp_flags[1]),
        .is_turned = entry->is_turned,
    };
}

static void report(struct meter *meter, struct entry *entry, enum flow_end end, bool continues)
{
    struct flow flow = flow_out(entry, end);
    flow.continues = continues;
    meter->counts.ends[end]++;
    meter->hooks.take(meter->hooks.context, &flow);
    fact_table_release(&meter->facts, entry->facts);
    entry->facts = entry->facts_last = NULL;
    entry->fact_count = 0;
    entry->facts_dropped = 0;
}

/* Reports what was counted so far; the flow goes on with the packet at hand, so no flow in the
 * table is ever without packets. */
static void slice(struct meter *meter, struct entry *entry, enum flow_end end)
{
    report(meter, entry, end, true);
    for (size_t i = 0; i < 2; i++)
        half_restart(&entry->halves[i]);
    entry->slice++;
    meter->counts.slices++;
}

static void end_flow(struct meter *meter, uint32_t id, enum flow_end end)
{
    struct entry *entry = &meter->entries[id];
    PREFETCH(&meter->index.slots[index_home(&meter->index, entry->tag)]);
    if (entry->stream != 0)
        meter->hooks.ending(meter->hooks.context, id);
    report(meter, entry, end, false);
    wheel_remove(meter, id);
    index_remove(&meter->index, entry->tag, id);
    wipe(entry, sizeof *entry);
    entry->wheel_next = meter->free;
    meter->free = id;
    meter->count--;
}

static int64_t entry_last_ns(const struct entry *entry)
{
    int64_t forward = entry->halves[0].packets ? entry->halves[0].last_ns : INT64_MIN;
    int64_t reverse = entry->halves[1].packets ? entry->halves[1].last_ns : INT64_MIN;
    return forward > reverse ? forward : reverse;
}

static int64_t entry_first_ns(const struct entry *entry)
{
    int64_t forward = entry->halves[0].packets ? entry->halves[0].first_ns : INT64_MAX;
    int64_t reverse = entry->halves[1].packets ? entry->halves[1].first_ns : INT64_MAX;
    return forward < reverse ? forward : reverse;
}

/* By its packets' times the flow is not idle, whatever the ticks say: the clock stepped. */
static bool is_recent(const struct meter *meter, const struct entry *entry)
{
    int64_t age_ns = meter->clock.now_ns / 2 - entry_last_ns(entry) / 2;
    return age_ns > -idle_ns(meter, entry) / 2 && age_ns < idle_ns(meter, entry) / 2;
}

/* Ticks are compared by the sign of their difference, as they may wrap. */
static bool is_due(uint32_t due, uint32_t tick)
{
    return (int32_t)(due - tick) <= 0;
}

/* Ends what is due in one bucket; the rest of it moves to where it is due. */
static void turn_bucket(struct meter *meter, uint32_t tick)
{
    uint32_t id = meter->buckets[tick % WHEEL_BUCKETS].first;
    while (id != ENTRY_NONE) {
        struct entry *entry = &meter->entries[id];
        uint32_t next = entry->wheel_next;
        uint32_t due = idle_tick(meter, entry);
        if (is_due(due, meter->clock.tick) && is_recent(meter, entry)) {
            entry->seen_tick = meter->clock.tick;
            due = idle_tick(meter, entry);
        }
        if (is_due(due, meter->clock.tick)) {
            end_flow(meter, id, entry->is_closed ? FLOW_END_DETECTED : FLOW_END_IDLE);
        } else if (due % WHEEL_BUCKETS != tick % WHEEL_BUCKETS) {
            wheel_remove(meter, id);
            wheel_add(meter, id, due);
        }
        id = next;
    }
}

static void turn_to(struct meter *meter, uint32_t tick)
{
    uint32_t steps = tick - meter->turned;
    if (steps > WHEEL_BUCKETS)
        steps = WHEEL_BUCKETS;
    meter->turned = tick;
    for (uint32_t i = 1; i <= steps; i++)
        turn_bucket(meter, tick - steps + i);
}

/* The flow that would have ended next.  Those heard of since they were put into their bucket
 * move to where they are due: each at most once a tick. */
static uint32_t next_to_end(struct meter *meter)
{
    for (uint32_t tick = meter->clock.tick;; tick++) {
        uint32_t id = meter->buckets[tick % WHEEL_BUCKETS].first;
        while (id != ENTRY_NONE) {
            uint32_t due = idle_tick(meter, &meter->entries[id]);
            if (is_due(due, tick))
                return id;
            wheel_remove(meter, id);
            wheel_add(meter, id, due);
            id = meter->buckets[tick % WHEEL_BUCKETS].first;
        }
    }
}

static void evict(struct meter *meter)
{
    meter->counts.evicted++;
    end_flow(meter, next_to_end(meter), FLOW_END_RESOURCES);
}

static uint32_t take_entry(struct meter *meter)
{
    if (meter->count == meter->limits.flows_max)
        evict(meter);
    meter->count++;
    if (meter->free != ENTRY_NONE) {
        uint32_t id = meter->free;
        meter->free = meter->entries[id].wheel_next;
        return id;
    }
    MUST(meter->entries_used < meter->limits.flows_max);
    return meter->entries_used++;
}

/* The first packet seen may be an answer: a SYN-ACK says so, and without a SYN a service's
 * port on the sender's side and none on the other. */
static bool is_answer(const struct packet *packet)
{
    if (packet->protocol == PROTOCOL_TCP && (packet->tcp_flags & TCP_SYN))
        return packet->tcp_flags & TCP_ACK;
    return (packet->protocol == PROTOCOL_TCP || packet->protocol == PROTOCOL_UDP) &&
           packet->has_transport && packet->source_port < 1024 &&
           packet->destination_port >= 1024;
}

static uint32_t start_flow(struct meter *meter, const struct packet *packet, uint64_t hash)
{
    uint32_t id = take_entry(meter);
    struct entry *entry = &meter->entries[id];
    bool turned = is_answer(packet), ports = has_key_ports(packet->protocol);
    *entry = (struct entry){
        .initiator = turned ? packet->destination : packet->source,
        .responder = turned ? packet->source : packet->destination,
        .protocol = packet->protocol,
        .is_turned = turned,
        .seen_tick = meter->clock.tick,
        .tag = index_tag(hash),
        .encapsulation = packet->encapsulation,
        .vlan = packet->vlan,
        .icmp = ports ? 0 : packet->destination_port,
        .version = packet->version,
    };
    entry->ports[turned] = ports ? packet->source_port : 0;
    entry->ports[!turned] = ports ? packet->destination_port : 0;
    index_add(&meter->index, entry->tag, id);
    wheel_add(meter, id, idle_tick(meter, entry));
    meter->counts.flows++;
    return id;
}

/* RFC 793 has many states; to end a flow two facts are enough. */
static void track_close(struct meter *meter, uint32_t id)
{
    struct entry *entry = &meter->entries[id];
    uint8_t forward = entry->tcp_flags[0], reverse = entry->tcp_flags[1];
    if (entry->is_closed || !((forward & reverse & TCP_FIN) || ((forward | reverse) & TCP_RST)))
        return;
    entry->is_closed = true;
    wheel_remove(meter, id);
    wheel_add(meter, id, idle_tick(meter, entry));
}

/* Whether the packet belongs to a new flow between the same ends, and how the old one ended:
 * too far from it in time, or opened anew after it was closed. */
static bool is_over(const struct meter *meter, const struct entry *entry,
                    const struct packet *packet, enum flow_end *end)
{
    int64_t last_ns = entry_last_ns(entry), first_ns = entry_first_ns(entry);
    int64_t idle = meter->limits.idle_ns;
    if (is_dns(entry))
        idle = meter->limits.dns_idle_ns;
    *end = entry->is_closed ? FLOW_END_DETECTED : FLOW_END_IDLE;
    if (packet->time_ns / 2 - last_ns / 2 > idle / 2 ||
        first_ns / 2 - packet->time_ns / 2 > idle / 2)
        return true;
    bool is_syn = (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    return entry->is_closed && is_syn && packet->protocol == PROTOCOL_TCP;
}

static bool is_slice_due(const struct meter *meter, const struct entry *entry,
                         const struct packet *packet)
{
    return packet->time_ns / 2 - entry_first_ns(entry) / 2 > meter->limits.active_ns / 2;
}

struct meter_place meter_observe(struct meter *meter, const struct packet *packet,
                                 uint64_t hash)
{
    if (UNLIKELY(input_clock_advance(&meter->clock, packet->time_ns)))
        turn_to(meter, meter->clock.tick);
    bool forward = true, is_new = false;
    uint32_t id = find(meter, packet, hash, &forward);
    enum flow_end end = FLOW_END_IDLE;
    if (id != ENTRY_NONE && UNLIKELY(is_over(meter, &meter->entries[id], packet, &end))) {
        end_flow(meter, id, end);
        id = ENTRY_NONE;
    }
    if (id == ENTRY_NONE) {
        id = start_flow(meter, packet, hash);
        forward = !meter->entries[id].is_turned;
        is_new = true;
    }
    struct entry *entry = &meter->entries[id];
    if (UNLIKELY(is_slice_due(meter, entry, packet)))
        slice(meter, entry, FLOW_END_ACTIVE);
    if (UNLIKELY(entry->fact_count > METER_FACTS_OF_FLOW_MAX - METER_FACTS_OF_PACKET_MAX))
        slice(meter, entry, FLOW_END_RESOURCES);
    entry->seen_tick = meter->clock.tick;
    struct half *half = &entry->halves[!forward];
    struct meter_place place = { .flow = id,
                                 .from_initiator = forward,
                                 .is_new = is_new,
                                 .after_gap = half_has_gap_before(half, packet),
                                 .expected_sequence = half->next_sequence,
                                 .stream = &entry->stream };
    half_count(half, packet);
    if (packet->protocol == PROTOCOL_TCP) {
        entry->tcp_flags[!forward] |= packet->tcp_flags;
        if (packet->tcp_flags & (TCP_FIN | TCP_RST))
            track_close(meter, id);
    }
    return place;
}

uint32_t *meter_stream(struct meter *meter, uint32_t flow)
{
    return &meter->entries[flow].stream;
}

void meter_attach(struct meter *meter, uint32_t flow, const struct fact *fact)
{
    struct entry *entry = &meter->entries[flow];
    struct fact *copy = entry->fact_count < METER_FACTS_OF_FLOW_MAX
                            ? fact_table_copy(&meter->facts, fact)
                            : NULL;
    if (!copy) {
        entry->facts_dropped++;
        meter->counts.facts_dropped++;
        return;
    }
    if (entry->facts_last)
        entry->facts_last->next = copy;
    else
        entry->facts = copy;
    entry->facts_last = copy;
    entry->fact_count++;
}

void meter_tick(struct meter *meter, int64_t quiet_ns)
{
    if (input_clock_pass(&meter->clock, quiet_ns))
        turn_to(meter, meter->clock.tick);
}

void meter_finish(struct meter *meter)
{
    for (uint32_t i = 0; i < WHEEL_BUCKETS; i++) {
        uint32_t tick = meter->clock.tick + i;
        while (meter->buckets[tick % WHEEL_BUCKETS].first != ENTRY_NONE) {
            uint32_t id = meter->buckets[tick % WHEEL_BUCKETS].first;
            bool closed = meter->entries[id].is_closed;
            end_flow(meter, id, closed ? FLOW_END_DETECTED : FLOW_END_FORCED);
        }
    }
}

void meter_count(const struct meter *meter, struct summary *summary)
{
    static const char *const ends[] = {
        [FLOW_END_IDLE] = "ended_idle",           [FLOW_END_ACTIVE] = "sliced_active",
        [FLOW_END_DETECTED] = "ended_tcp",        [FLOW_END_FORCED] = "ended_input",
        [FLOW_END_RESOURCES] = "ended_resources",
    };
    summary_count(summary, "meter", "flows", "flows", meter->counts.flows);
    for (size_t end = FLOW_END_IDLE; end <= FLOW_END_RESOURCES; end++)
        summary_count(summary, "meter", ends[end], "flows", meter->counts.ends[end]);
    summary_count(summary, "meter", "evicted", "flows", meter->counts.evicted);
    summary_count(summary, "meter", "facts_dropped", "facts", meter->counts.facts_dropped);
    summary_count(summary, "meter", "time_backwards", "packets", meter->clock.backwards);
    summary_count(summary, "meter", "clock_steps", "steps", meter->clock.steps);
}

uint64_t meter_flows(const struct meter *meter)
{
    return meter->counts.flows;
}
