// SPDX-License-Identifier: Apache-2.0
#include "logs/join_private.h"

#include "base/must.h"
#include "base/wipe.h"

enum { NOBODY = -1 };

struct held {
    struct fact fact;
    uint64_t certificate; /* hash of its identifier, 0 for none */
    int32_t next;         /* in the connection's chain, or of the free */
};

struct waiting {
    struct flow flow; /* its ends and time */
    uint64_t id;
    int32_t first; /* held facts, oldest first */
    int32_t chain; /* next of the same slot, or of the free */
    int32_t older; /* by arrival */
    int32_t newer;
    uint32_t count;
    uint32_t dropped;
};

struct certificate {
    uint64_t id;
    struct tls_certificate_fact fact;
};

struct log_join {
    struct hash_key key;
    struct logs_sink sink;
    struct waiting *waiting;
    struct held *held;
    struct certificate *certificates;
    int32_t *slots;
    size_t slot_mask;
    size_t certificate_mask;
    bool has_certificates; /* any */
    int32_t free_waiting;
    int32_t free_held;
    int32_t oldest;
    int32_t newest;
    struct log_join_counts counts;
};

static size_t power_of_two(size_t least)
{
    size_t power = 16;
    while (power < least)
        power *= 2;
    return power;
}

size_t log_join_size(size_t facts_max)
{
    return sizeof(struct log_join) +
           facts_max * (sizeof(struct waiting) + sizeof(struct held)) +
           power_of_two(facts_max * 2) * sizeof(int32_t) +
           power_of_two(facts_max) * sizeof(struct certificate) + 5 * alignof(max_align_t);
}

struct log_join *log_join_init(size_t facts_max, struct hash_key key, struct logs_sink sink,
                               struct arena *keep)
{
    MUST(facts_max > 0 && facts_max < INT32_MAX / 4);
    struct log_join *join = ARENA_NEW(keep, struct log_join, 1);
    size_t slots = power_of_two(facts_max * 2);
    size_t certificates = power_of_two(facts_max);
    join->key = key;
    join->sink = sink;
    join->waiting =
        arena_take(keep, sizeof(struct waiting), alignof(struct waiting), facts_max);
    join->held = arena_take(keep, sizeof(struct held), alignof(struct held), facts_max);
    join->slots = ARENA_NEW(keep, int32_t, slots);
    join->slot_mask = slots - 1;
    join->certificates = ARENA_NEW(keep, struct certificate, certificates);
    join->certificate_mask = certificates - 1;
    for (size_t i = 0; i < slots; i++)
        join->slots[i] = NOBODY;
    int32_t last = (int32_t)facts_max - 1;
    for (int32_t i = 0; i <= last; i++) {
        join->waiting[i].chain = i < last ? i + 1 : NOBODY;
        join->held[i].next = i < last ? i + 1 : NOBODY;
    }
    join->oldest = join->newest = NOBODY;
    return join;
}

static uint64_t hash_of(const struct log_join *join, struct bytes id)
{
    uint64_t hash = hash_bytes(&join->key, id);
    return hash ? hash : 1;
}

static int32_t *slot_of(const struct log_join *join, uint64_t id)
{
    return &join->slots[id >> 32 & join->slot_mask];
}

static bool is_turned(const struct flow *a, const struct flow *b)
{
    return ip_equal(&a->initiator, &b->responder) && ip_equal(&a->responder, &b->initiator) &&
           (a->initiator_port != b->initiator_port || !ip_equal(&a->initiator, &b->initiator));
}

static bool is_same(const struct flow *a, const struct flow *b)
{
    return (ip_equal(&a->initiator, &b->initiator) && ip_equal(&a->responder, &b->responder)) ||
           is_turned(a, b);
}

/* When as many wait with this identifier as may, the last of them is in crowd. */
static int32_t find(struct log_join *join, uint64_t id, const struct flow *flow, int32_t *crowd)
{
    size_t others = 0;
    *crowd = NOBODY;
    for (int32_t at = *slot_of(join, id); at != NOBODY; at = join->waiting[at].chain) {
        if (join->waiting[at].id != id)
            continue;
        if (is_same(&join->waiting[at].flow, flow))
            return at;
        if (++others == LOG_JOIN_OF_ID_MAX)
            *crowd = at;
    }
    join->counts.mismatched += others > 0;
    return NOBODY;
}

/* Leaving */

static void take_out(struct log_join *join, int32_t at)
{
    struct waiting *waiting = &join->waiting[at];
    int32_t *link = slot_of(join, waiting->id);
    while (*link != at)
        link = &join->waiting[*link].chain;
    *link = waiting->chain;
    *(waiting->older == NOBODY ? &join->oldest : &join->waiting[waiting->older].newer) =
        waiting->newer;
    *(waiting->newer == NOBODY ? &join->newest : &join->waiting[waiting->newer].older) =
        waiting->older;
    for (int32_t held = waiting->first; held != NOBODY;) {
        int32_t next = join->held[held].next;
        wipe(&join->held[held], sizeof join->held[held]);
        join->held[held].next = join->free_held;
        join->free_held = held;
        held = next;
    }
    wipe(waiting, sizeof *waiting);
    waiting->chain = join->free_waiting;
    join->free_waiting = at;
}

/* A certificate has two places. */
static struct certificate *place_of(const struct log_join *join, uint64_t id)
{
    struct certificate *places =
        &join->certificates[id & join->certificate_mask & ~UINT64_C(1)];
    return places[0].id == 0 || places[0].id == id ? &places[0] : &places[1];
}

static const struct certificate *certificate_of(const struct log_join *join, uint64_t id)
{
    const struct certificate *known = place_of(join, id);
    return id != 0 && known->id == id ? known : NULL;
}

/* What x509.log says of the certificate, and what ssl.log says of its chain. */
static void fill_certificate(const struct log_join *join, struct held *held)
{
    const struct certificate *known = certificate_of(join, held->certificate);
    if (!known)
        return;
    uint8_t chain_length = held->fact.certificate.chain_length;
    held->fact.certificate = known->fact;
    held->fact.certificate.chain_length = chain_length;
}

/* Links the facts as a flow has them. */
static struct fact *facts_of(struct log_join *join, const struct waiting *waiting,
                             bool is_turned)
{
    struct fact *first = &join->held[waiting->first].fact;
    for (int32_t at = waiting->first; at != NOBODY; at = join->held[at].next) {
        struct held *held = &join->held[at];
        held->fact.next = held->next == NOBODY ? NULL : &join->held[held->next].fact;
        if (held->fact.kind == FACT_TLS_CERTIFICATE)
            fill_certificate(join, held);
        if (held->fact.kind == FACT_ALERT && is_turned)
            held->fact.from_initiator = !held->fact.from_initiator;
    }
    return first;
}

static void give(struct log_join *join, struct flow *flow)
{
    flow->observation = (struct observation){
        .rate = 1, .sampling = SAMPLING_ALL, .time = TIME_EXACT, .observers = 1
    };
    join->sink.take(join->sink.context, flow);
}

static void give_alone(struct log_join *join, int32_t at)
{
    struct waiting *waiting = &join->waiting[at];
    struct flow flow = waiting->flow;
    flow.facts = facts_of(join, waiting, false);
    flow.facts_dropped = waiting->dropped;
    flow.end = FLOW_END_FORCED;
    flow.tcp = flow.protocol == PROTOCOL_TCP ? FLOW_TCP_MIDSTREAM : FLOW_TCP_NONE;
    join->counts.alone += waiting->count;
    join->counts.flows++;
    give(join, &flow);
    take_out(join, at);
}

void log_join_flow(struct log_join *join, struct bytes id, struct flow *flow)
{
    int32_t at = NOBODY, crowd;
    if (join->oldest != NOBODY && id.len > 0)
        at = find(join, hash_of(join, id), flow, &crowd);
    if (at == NOBODY) {
        give(join, flow);
        return;
    }
    struct waiting *waiting = &join->waiting[at];
    flow->facts = facts_of(join, waiting, is_turned(&waiting->flow, flow));
    flow->facts_dropped = waiting->dropped;
    join->counts.joined += waiting->count;
    give(join, flow);
    take_out(join, at);
}

void log_join_finish(struct log_join *join)
{
    while (join->oldest != NOBODY)
        give_alone(join, join->oldest);
    if (join->has_certificates)
        wipe(join->certificates, (join->certificate_mask + 1) * sizeof *join->certificates);
    join->has_certificates = false;
}

/* Coming */

static int32_t put_in(struct log_join *join, uint64_t id, const struct flow *ends)
{
    int32_t at = join->free_waiting;
    struct waiting *waiting = &join->waiting[at];
    join->free_waiting = waiting->chain;
    int32_t *slot = slot_of(join, id);
    *waiting = (struct waiting){ .flow = *ends,
                                 .id = id,
                                 .first = NOBODY,
                                 .chain = *slot,
                                 .older = join->newest,
                                 .newer = NOBODY };
    *slot = at;
    *(join->newest == NOBODY ? &join->oldest : &join->waiting[join->newest].newer) = at;
    join->newest = at;
    return at;
}

static bool is_full(const struct log_join *join)
{
    return join->free_held == NOBODY || join->free_waiting == NOBODY;
}

static void give_up(struct log_join *join, int32_t at)
{
    join->counts.evicted += join->waiting[at].count;
    give_alone(join, at);
}

/* Into the chain by time; mostly at its end. */
static void link_in(struct log_join *join, struct waiting *waiting, int32_t new)
{
    int32_t *link = &waiting->first;
    int64_t time_ns = join->held[new].fact.time_ns;
    while (*link != NOBODY && join->held[*link].fact.time_ns <= time_ns)
        link = &join->held[*link].next;
    join->held[new].next = *link;
    *link = new;
    waiting->count++;
}

void log_join_add(struct log_join *join, struct bytes id, const struct flow *ends,
                  const struct fact *fact, struct bytes certificate)
{
    uint64_t hash = hash_of(join, id);
    int32_t crowd;
    int32_t at = find(join, hash, ends, &crowd);
    if (at != NOBODY && join->waiting[at].count == LOG_JOIN_FACTS_MAX) {
        join->waiting[at].dropped++;
        join->counts.dropped++;
        return;
    }
    if (at == NOBODY && crowd != NOBODY)
        give_up(join, crowd);
    if (is_full(join)) {
        bool is_oldest = at == join->oldest;
        give_up(join, join->oldest);
        at = is_oldest ? NOBODY : at;
    }
    if (at == NOBODY)
        at = put_in(join, hash, ends);
    int32_t new = join->free_held;
    struct held *held = &join->held[new];
    join->free_held = held->next;
    memcpy(&held->fact, fact, fact_size((enum fact_kind)fact->kind));
    held->fact.time_ns = ends->forward.first_ns;
    held->certificate = certificate.len > 0 ? hash_of(join, certificate) : 0;
    link_in(join, &join->waiting[at], new);
}

void log_join_certificate(struct log_join *join, struct bytes id,
                          const struct tls_certificate_fact *fact)
{
    uint64_t hash = hash_of(join, id);
    struct certificate *place = place_of(join, hash);
    join->counts.replaced += place->id != 0 && place->id != hash;
    *place = (struct certificate){ hash, *fact };
    join->has_certificates = true;
}

struct log_join_counts log_join_counts(const struct log_join *join)
{
    return join->counts;
}
