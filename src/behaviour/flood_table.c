// SPDX-License-Identifier: Apache-2.0
/* The table of watches: who has one, who goes when it is full, and two tables made one. */
#include "behaviour/flood_private.h"

enum { LOOK_LEAST = 128 };

uint64_t flood_print(const struct flood *flood, const struct flood_subject *subject)
{
    uint64_t words = (uint64_t)subject->vector | (uint64_t)subject->len << 8 |
                     (uint64_t)subject->protocol << 16 | (uint64_t)subject->port << 32;
    return prints_of(
        hash_two(&flood->key, hash_sixteen(&flood->key, subject->address.octets), words));
}

struct flood_subject flood_subject_at(enum flood_vector vector,
                                      const struct ip_address *address, unsigned len)
{
    struct flood_subject subject = { vector, *address, (uint8_t)len, 0, 0 };
    ip_mask(&subject.address, (uint8_t)len);
    return subject;
}

const struct flood_watch *flood_find(const struct flood *flood,
                                     const struct flood_subject *subject)
{
    size_t slot = prints_find(&flood->prints, flood_print(flood, subject));
    return slot == PRINTS_NONE ? NULL : &flood->watches[slot];
}

static bool is_live(const struct flood_watch *watch)
{
    return watch->incident.is_open || watch->incident.is_untold;
}

/* Who goes when a bucket is full: what fired last, then what is long silent, then what was
 * sent least. */
static bool is_weaker(const void *records, size_t at_a, size_t at_b)
{
    const struct flood_watch *a = (const struct flood_watch *)records + at_a;
    const struct flood_watch *b = (const struct flood_watch *)records + at_b;
    if (is_live(a) != is_live(b))
        return !is_live(a);
    if (a->window != b->window)
        return a->window < b->window;
    return a->packets < b->packets;
}

static size_t make_room(struct flood *flood, uint64_t print)
{
    uint64_t before = flood->totals->evicted;
    size_t slot =
        prints_take(&flood->prints, print, is_weaker, flood->watches, &flood->totals->evicted);
    bool was_full = flood->totals->evicted != before;
    flood->totals->evicted_fired += was_full && flood->watches[slot].incident.is_open;
    flood->was_full[slot / PRINTS_WAYS] |= was_full;
    return slot;
}

/* What is not there was sent nothing since the input began, unless it was forgotten. */
struct flood_watch *flood_make(struct flood *flood, uint64_t print,
                               const struct flood_subject *subject,
                               const struct flood_arrival *arrival)
{
    size_t slot = make_room(flood, print);
    struct flood_watch *watch = &flood->watches[slot];
    int64_t now = flood_slot_number(arrival->first_ns);
    *watch = (struct flood_watch){
        .vector = (uint8_t)subject->vector,
        .len = subject->len,
        .address = subject->address,
        .protocol = subject->protocol,
        .port = subject->port,
        .rate = 1,
        .born = now,
        .window = now / FLOOD_WINDOW,
        .first_ns = arrival->first_ns,
        .last_ns = arrival->last_ns,
        .look_at = LOOK_LEAST,
    };
    if (!flood->was_full[slot / PRINTS_WAYS])
        flood_rates_begin(watch, flood->totals->first_slot, now);
    return watch;
}

void flood_turn_window(struct flood_watch *watch, int64_t window)
{
    watch->window = window;
    watch->packets = watch->octets = watch->flows = 0;
    watch->others = watch->ends = (struct sketch){ { 0 } };
    watch->ports = (struct flood_ports){ .key = { 0 } };
    memset(watch->tops, 0, sizeof watch->tops);
}

void flood_add_port(struct flood_ports *ports, uint32_t key, uint64_t packets)
{
    uint32_t count = packets < UINT32_MAX / 2 ? (uint32_t)packets : UINT32_MAX / 2;
    size_t least = 0;
    for (size_t i = 0; i < FLOOD_PORTS; i++) {
        if (ports->key[i] == key || ports->count[i] == 0) {
            ports->key[i] = key;
            uint32_t room = UINT32_MAX - ports->count[i];
            ports->count[i] += count < room ? count : room;
            return;
        }
        least = ports->count[i] < ports->count[least] ? i : least;
    }
    uint32_t lost = ports->count[least] < count ? ports->count[least] : count;
    for (size_t i = 0; i < FLOOD_PORTS; i++)
        ports->count[i] -= lost;
    if (count > lost) {
        ports->key[least] = key;
        ports->count[least] = count - lost;
    }
}

static void merge_top(struct flood_watch *watch, const struct flood_top *other)
{
    struct flood_top *least = &watch->tops[0];
    for (size_t i = 0; i < FLOOD_TOPS; i++) {
        struct flood_top *top = &watch->tops[i];
        if (top->flows > 0 && ip_equal(&top->address, &other->address)) {
            top->packets += other->packets;
            top->octets += other->octets;
            top->error += other->error;
            top->flows += other->flows;
            return;
        }
        if (top->packets < least->packets)
            least = top;
    }
    if (other->packets > least->packets)
        *least = *other;
}

static void merge_window(struct flood_watch *watch, const struct flood_watch *other)
{
    watch->packets += other->packets;
    watch->octets += other->octets;
    watch->flows += other->flows;
    sketch_merge(&watch->others, &other->others);
    sketch_merge(&watch->ends, &other->ends);
    for (size_t i = 0; i < FLOOD_PORTS; i++)
        if (other->ports.count[i] > 0)
            flood_add_port(&watch->ports, other->ports.key[i], other->ports.count[i]);
    for (size_t i = 0; i < FLOOD_TOPS; i++)
        if (other->tops[i].flows > 0)
            merge_top(watch, &other->tops[i]);
}

static void merge_watch(struct flood_watch *watch, const struct flood_watch *other)
{
    flood_rates_merge(watch, other);
    if (other->born < watch->born)
        watch->born = other->born;
    if (other->first_ns < watch->first_ns)
        watch->first_ns = other->first_ns;
    if (other->last_ns > watch->last_ns)
        watch->last_ns = other->last_ns;
    if (other->rate != 1 && (watch->rate == 1 || other->rate > watch->rate))
        watch->rate = other->rate;
    bool is_newer = other->window > watch->window;
    if (is_newer && !watch->incident.is_open)
        flood_turn_window(watch, other->window);
    if (other->window == watch->window || watch->incident.is_open)
        merge_window(watch, other);
    const struct flood_incident *incident = &other->incident;
    if (incident->is_open &&
        (!watch->incident.is_open || incident->last_slot > watch->incident.last_slot))
        watch->incident = *incident;
}

static void merge_totals(struct flood_totals *totals, const struct flood_totals *other)
{
    if (other->has_slot && (!totals->has_slot || other->first_slot < totals->first_slot))
        totals->first_slot = other->first_slot;
    totals->has_slot |= other->has_slot;
    totals->answered += other->answered;
    for (size_t i = 0; i < FLOOD_REASONS; i++)
        totals->left_out[i] += other->left_out[i];
    totals->late += other->late;
    totals->evicted += other->evicted;
    totals->evicted_fired += other->evicted_fired;
    totals->incidents += other->incidents;
}

void flood_merge(void *state, const void *from)
{
    struct flood *flood = state;
    const struct flood *other = from;
    for (size_t at = 0; at < prints_slots(&other->prints); at++) {
        uint64_t print = other->prints.print[at];
        if (print == 0)
            continue;
        size_t slot = prints_find(&flood->prints, print);
        if (slot != PRINTS_NONE)
            merge_watch(&flood->watches[slot], &other->watches[at]);
        else
            flood->watches[make_room(flood, print)] = other->watches[at];
    }
    for (size_t i = 0; i < flood->prints.buckets; i++)
        flood->was_full[i] |= other->was_full[i];
    merge_totals(flood->totals, other->totals);
}

uint32_t flood_commonest_port(const struct flood_ports *ports)
{
    size_t most = 0;
    for (size_t i = 1; i < FLOOD_PORTS; i++)
        most = ports->count[i] > ports->count[most] ? i : most;
    return ports->key[most];
}
