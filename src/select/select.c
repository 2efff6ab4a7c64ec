// SPDX-License-Identifier: Apache-2.0
/* What fired is held in a set of groups of eight, as in a processor's cache: a full group loses
 * the one that was longest without a match. */
#include "select/select.h"

#include "base/attr.h"
#include "base/must.h"

enum { GROUP = 8, FILTER_WORDS = 2, SCAN_FLOWS_MAX = 64 };

enum concern_kind { CONCERN_PAIR = 1, CONCERN_SERVER, CONCERN_SCANNER };

/* Compared as bytes, so there is no padding in it and what does not apply is 0. */
struct concern_key {
    struct ip_address server;
    struct ip_address line;
    uint16_t port;
    uint8_t protocol;
    uint8_t kind; /* enum concern_kind; 0 for a free place */
};

struct concern {
    struct concern_key key;
    uint32_t flows; /* selected so far */
    uint64_t touched;
};

struct group {
    uint32_t tags[GROUP];
    struct concern concerns[GROUP];
};

struct select {
    struct hash_key key;
    const struct indicators *indicators;
    struct group *groups;
    /* Two bits for each server or source that ever fired: most flows are asked this only. */
    uint64_t *filter;
    size_t group_mask;
    size_t concern_count;
    uint64_t clock;       /* counts touches */
    struct selection why; /* of the flow in hand; too large to be cleared for each */
    struct select_counts counts;
};

static size_t groups_of(const struct select_limits *limits)
{
    size_t groups = 1;
    while (groups * GROUP * 2 <= limits->concern_max)
        groups *= 2;
    return groups;
}

size_t select_size(const struct select_limits *limits)
{
    return sizeof(struct select) + 3 * alignof(max_align_t) +
           groups_of(limits) * (sizeof(struct group) + FILTER_WORDS * sizeof(uint64_t));
}

struct select *select_init(const struct select_limits *limits,
                           const struct indicators *indicators, struct hash_key key,
                           struct arena *keep)
{
    struct select *select = ARENA_NEW(keep, struct select, 1);
    select->key = key;
    select->indicators = indicators;
    select->groups = ARENA_NEW(keep, struct group, groups_of(limits));
    select->group_mask = groups_of(limits) - 1;
    select->filter = ARENA_NEW(keep, uint64_t, groups_of(limits) * FILTER_WORDS);
    return select;
}

static uint64_t hash_concern(const struct select *select, const struct concern_key *key)
{
    return hash_bytes(&select->key, (struct bytes){ (const uint8_t *)key, sizeof *key });
}

/* Of the server's or source's address alone, so that an end of a flow is asked for once. */
static uint64_t hash_server(const struct select *select, const struct ip_address *address)
{
    return hash_sixteen(&select->key, address->octets);
}

static uint64_t *filter_word(const struct select *select, uint64_t hash)
{
    return &select->filter[hash >> 32 & (select->group_mask * FILTER_WORDS + 1)];
}

static uint64_t filter_bits(uint64_t hash)
{
    return UINT64_C(1) << (hash & 63) | UINT64_C(1) << (hash >> 6 & 63);
}

static bool may_be_concern(const struct select *select, const struct ip_address *address)
{
    uint64_t hash = hash_server(select, address);
    uint64_t bits = filter_bits(hash);
    return (*filter_word(select, hash) & bits) == bits;
}

static struct concern *find_in(struct group *group, uint32_t tag, const struct concern_key *key)
{
    for (size_t i = 0; i < GROUP; i++) {
        if (group->tags[i] == tag && memcmp(&group->concerns[i].key, key, sizeof *key) == 0)
            return &group->concerns[i];
    }
    return NULL;
}

static struct concern *find_concern(struct select *select, const struct concern_key *key)
{
    uint64_t hash = hash_concern(select, key);
    struct group *group = &select->groups[hash >> 32 & select->group_mask];
    struct concern *concern = find_in(group, (uint32_t)hash, key);
    if (concern)
        concern->touched = ++select->clock;
    return concern;
}

/* A free place has never been touched, so it goes first. */
static size_t longest_untouched(const struct group *group)
{
    size_t oldest = 0;
    for (size_t i = 1; i < GROUP; i++) {
        if (group->concerns[i].touched < group->concerns[oldest].touched)
            oldest = i;
    }
    return oldest;
}

static void add_concern(struct select *select, const struct concern_key *key)
{
    if (find_concern(select, key))
        return;
    uint64_t hash = hash_concern(select, key);
    struct group *group = &select->groups[hash >> 32 & select->group_mask];
    size_t place = longest_untouched(group);
    if (group->concerns[place].key.kind != 0)
        select->counts.concern_evicted++;
    else
        select->concern_count++;
    group->tags[place] = (uint32_t)hash;
    group->concerns[place] = (struct concern){ .key = *key, .touched = ++select->clock };
    uint64_t server = hash_server(select, &key->server);
    *filter_word(select, server) |= filter_bits(server);
}

static bool is_server_of_concern(struct select *select, const struct flow *flow,
                                 bool is_initiator)
{
    struct concern_key key = {
        .server = is_initiator ? flow->initiator : flow->responder,
        .line = is_initiator ? flow->responder : flow->initiator,
        .port = is_initiator ? flow->initiator_port : flow->responder_port,
        .protocol = flow->protocol,
        .kind = CONCERN_PAIR,
    };
    if (find_concern(select, &key))
        return true;
    memset(&key.line, 0, sizeof key.line);
    key.kind = CONCERN_SERVER;
    return find_concern(select, &key) != NULL;
}

/* Flows of a scanning source, so many and no more. */
static bool is_kept_of_scan(struct select *select, const struct flow *flow, bool is_kept_anyway)
{
    struct concern_key key = { .server = flow->initiator, .kind = CONCERN_SCANNER };
    struct concern *concern = find_concern(select, &key);
    if (!concern)
        return false;
    if (concern->flows < SCAN_FLOWS_MAX) {
        concern->flows++;
        return true;
    }
    select->counts.scan_flows_left += !is_kept_anyway;
    return false;
}

static bool is_selected(struct select *select, const struct flow *flow, struct selection *why)
{
    why->hit_count = 0;
    memset(why->by_behaviour, 0, sizeof why->by_behaviour);
    bool is_listed =
        select->indicators && indicators_match(select->indicators, flow, flow_start_ns(flow),
                                               why, &select->counts.expired_matches);
    if (select->concern_count == 0)
        return is_listed;
    bool initiator = may_be_concern(select, &flow->initiator);
    bool responder = may_be_concern(select, &flow->responder);
    bool of_beacon = (responder && is_server_of_concern(select, flow, false)) ||
                     (initiator && is_server_of_concern(select, flow, true));
    bool of_scan = initiator && is_kept_of_scan(select, flow, is_listed || of_beacon);
    why->by_behaviour[BEHAVIOUR_BEACON] = of_beacon;
    why->by_behaviour[BEHAVIOUR_SCAN] = of_scan;
    return is_listed || of_beacon || of_scan;
}

bool select_flow(struct select *select, const struct admitted_flow *admitted,
                 struct selected_flow *out)
{
    struct selection *why = &select->why;
    if (!is_selected(select, &admitted->flow, why))
        return false;
    out->admitted = *admitted;
    memset(&out->why, 0, sizeof out->why);
    out->why.hit_count = why->hit_count;
    memcpy(out->why.hits, why->hits, why->hit_count * sizeof *why->hits);
    memcpy(out->why.by_behaviour, why->by_behaviour, sizeof why->by_behaviour);
    return true;
}

void select_prefetch(const struct select *select, const struct admitted_flow *flow)
{
    if (select->indicators)
        indicators_prefetch(select->indicators, &flow->flow);
    if (select->concern_count > 0) {
        PREFETCH(filter_word(select, hash_server(select, &flow->flow.initiator)));
        PREFETCH(filter_word(select, hash_server(select, &flow->flow.responder)));
    }
}

static struct concern_key concern_of(const struct sighting *sighting)
{
    if (sighting->behaviour == BEHAVIOUR_SCAN)
        return (struct concern_key){ .server = sighting->server, .kind = CONCERN_SCANNER };
    struct concern_key key = { .server = sighting->server,
                               .port = sighting->port,
                               .protocol = sighting->protocol,
                               .kind = CONCERN_SERVER };
    if (sighting->has_line) {
        key.line = sighting->line;
        key.kind = CONCERN_PAIR;
    }
    return key;
}

void select_sighting(struct select *select, const struct sighting *sighting,
                     struct selected_sighting *out)
{
    MUST(sighting->behaviour < BEHAVIOURS);
    struct concern_key key = concern_of(sighting);
    add_concern(select, &key);
    out->sighting = *sighting;
}

struct select_counts select_counts(const struct select *select)
{
    return select->counts;
}
