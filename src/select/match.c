// SPDX-License-Identifier: Apache-2.0
/* What a flow is asked: both its ends, and what its facts tell. */
#include "select/indicators_private.h"

/* One flow's questions. */
struct match {
    const struct indicators *whole; /* whose lists are marked */
    const struct indicators *set;   /* that is asked now: the same, or its overlay */
    int64_t time_ns;
    struct selection *why;
    struct indicator_marks *marks;
    bool is_marked;
    enum indicator_stand stand; /* of what is asked now */
    const struct record *hits[SELECTION_HITS_MAX];
};

/* The first mark of a flow clears those of the flow before: most flows have none. */
static COLD void mark(struct match *match, const struct record *record)
{
    if (!match->is_marked)
        memset(match->marks->kinds, 0, sizeof match->marks->kinds);
    match->is_marked = true;
    bool is_whole = match->set == match->whole;
    size_t list = is_whole ? record->list : match->whole->overlay_lists[record->list];
    match->marks->kinds[match->stand][list] |= (uint8_t)(1U << record->kind);
}

/* Of the lists that have it, each is marked, and the first that has it valid is told. */
static COLD const struct record *find_valid(struct match *match, const struct wanted *wanted)
{
    const struct record *first = NULL;
    bool has_expired = false;
    struct search search = search_of(match->set, wanted);
    for (const struct record *record; (record = search_next(match->set, wanted, &search));) {
        bool is_for = record->protocol == 0 || record->protocol == wanted->protocol;
        if (!is_for || (record->flags & RECORD_REVOKED) != 0)
            continue;
        if (!record_holds(record, match->time_ns)) {
            has_expired = true;
            continue;
        }
        if (!first && is_revoked(match->set, wanted))
            return NULL;
        mark(match, record);
        first = first ? first : record;
    }
    match->marks->expired += !first && has_expired;
    return first;
}

static void take_hit(struct match *match, const struct record *record)
{
    struct selection *why = match->why;
    if (!record || why->hit_count == SELECTION_HITS_MAX)
        return;
    for (size_t i = 0; i < why->hit_count; i++) {
        if (match->hits[i] == record)
            return;
    }
    match->hits[why->hit_count] = record;
    struct indicator_hit *hit = &why->hits[why->hit_count++];
    record_tell(match->set, record, hit);
    hit->on_initiator = match->stand == STAND_INITIATOR;
    hit->in_dns = match->stand == STAND_DNS;
}

static ALWAYS_INLINE bool may_be_at(const struct indicators *set, struct spot spot)
{
    return UNLIKELY(may_be_listed(set, spot.line, spot.hash));
}

/* The longest says most; the lists of shorter ones are marked all the same. */
static void match_prefixes(struct match *match, const struct ip_address *address)
{
    const struct indicators *set = match->set;
    const struct record *longest = NULL;
    struct prefix_walk walk = prefixes_of(set, address);
    while (next_prefix(set, &walk)) {
        if (LIKELY(!may_be_listed(set, walk.line, walk.hash)))
            continue;
        struct ip_address masked = *address;
        ip_mask(&masked, walk.len);
        struct wanted wanted = wanted_prefix(set, &masked, walk.len);
        const struct record *record = find_valid(match, &wanted);
        longest = longest ? longest : record;
    }
    take_hit(match, longest);
}

static void match_address(struct match *match, const struct ip_address *address)
{
    const struct indicators *set = match->set;
    if (set->kind_count[INDICATOR_ADDRESS] > 0 &&
        may_be_at(set, spot_of_address(set, address))) {
        struct wanted wanted = wanted_address(set, address);
        take_hit(match, find_valid(match, &wanted));
    }
    if (set->kind_count[INDICATOR_PREFIX] > 0)
        match_prefixes(match, address);
}

static void match_end(struct match *match, const struct flow *flow, bool is_initiator)
{
    const struct indicators *set = match->set;
    const struct ip_address *address = is_initiator ? &flow->initiator : &flow->responder;
    uint16_t port = is_initiator ? flow->initiator_port : flow->responder_port;
    match->stand = is_initiator ? STAND_INITIATOR : STAND_RESPONDER;
    if (set->kind_count[INDICATOR_ENDPOINT] > 0 &&
        may_be_at(set, spot_of_endpoint(set, address, port))) {
        struct wanted wanted = wanted_endpoint(set, address, port, flow->protocol);
        take_hit(match, find_valid(match, &wanted));
    }
    match_address(match, address);
}

/* Of the indicators above a name the nearest is told, and the lists of all are marked. */
static void match_suffixes(struct match *match, struct bytes name)
{
    const struct record *nearest = NULL;
    struct suffix_walk walk = walk_over(name);
    while (next_suffix(&match->set->key, &walk)) {
        if (walk.labels < 2)
            continue; /* a top level is never an indicator */
        struct spot spot = spot_of_suffix(match->set, &walk);
        if (LIKELY(!may_be_at(match->set, spot)))
            continue;
        struct wanted wanted = wanted_suffix(match->set, &walk);
        const struct record *record = find_valid(match, &wanted);
        nearest = record ? record : nearest;
    }
    take_hit(match, nearest);
}

/* A name that was cut keeps its end, which is what matches.  A Host may be an address. */
static void match_name(struct match *match, const struct fact_name *fact_name)
{
    struct bytes name = fact_name_bytes(fact_name);
    if (name.len > 0 && name.at[name.len - 1] == '.')
        name.len--;
    if (name.len == 0)
        return;
    struct ip_address address;
    if (name.at[name.len - 1] <= '9' && ip_read(name, &address)) {
        match_address(match, &address);
        return;
    }
    if (match->set->kind_count[INDICATOR_DOMAIN] == 0)
        return;
    match_suffixes(match, name);
}

static void match_bytes(struct match *match, enum indicator_kind kind, const void *at,
                        size_t len)
{
    struct bytes bytes = { at, len };
    if (match->set->kind_count[kind] == 0 ||
        !may_be_at(match->set, spot_of_bytes(match->set, kind, bytes)))
        return;
    struct wanted wanted = wanted_bytes(match->set, kind, bytes);
    take_hit(match, find_valid(match, &wanted));
}

static void match_dns(struct match *match, const struct dns_fact *dns)
{
    match_name(match, &dns->query_name);
    match_name(match, &dns->canonical_name);
    for (size_t i = 0; i < dns->answer_count && i < FACT_DNS_ANSWERS_MAX; i++)
        match_address(match, &dns->answers[i].address);
}

/* As lists write them: "GENERATOR:SIGNATURE", or the signature alone of Suricata's own
 * generator, which is 1. */
static void match_alert(struct match *match, const struct alert_fact *alert)
{
    char room[32];
    struct text text = text_over(room, sizeof room);
    text_put_u64(&text, alert->generator);
    text_put_string(&text, ":");
    size_t signature_at = text.len;
    text_put_u64(&text, alert->signature);
    match_bytes(match, INDICATOR_SIGNATURE, room, text.len);
    if (alert->generator == 1)
        match_bytes(match, INDICATOR_SIGNATURE, room + signature_at, text.len - signature_at);
}

static void match_fact(struct match *match, const struct fact *fact)
{
    match->stand = fact->kind == FACT_DNS ? STAND_DNS : STAND_RESPONDER;
    switch ((enum fact_kind)fact->kind) {
    case FACT_DNS: match_dns(match, &fact->dns); break;
    case FACT_TLS_CLIENT:
        match_name(match, &fact->tls_client.server_name);
        match_bytes(match, INDICATOR_JA3, fact->tls_client.ja3, sizeof fact->tls_client.ja3);
        match_bytes(match, INDICATOR_JA4, fact->tls_client.ja4, FACT_JA4_LEN);
        break;
    case FACT_TLS_SERVER:
        match_bytes(match, INDICATOR_JA3, fact->tls_server.ja3s, sizeof fact->tls_server.ja3s);
        break;
    case FACT_TLS_CERTIFICATE:
        match_bytes(match, INDICATOR_CERTIFICATE, fact->certificate.sha256, 32);
        match_bytes(match, INDICATOR_CERTIFICATE, fact->certificate.sha1, 20);
        break;
    case FACT_ALERT: match_alert(match, &fact->alert); break; /* only what a list names */
    case FACT_HTTP: match_name(match, &fact->http.host); break;
    case FACT_SSH: /* HASSH is no kind of indicator yet */
    case FACT_LOGIN:
    case FACT_TUNNEL:
    case FACT_NONE:
    case FACT_KINDS: break;
    }
}

static void match_flow(struct match *match, const struct flow *flow)
{
    match_end(match, flow, true);
    match_end(match, flow, false);
    for (const struct fact *fact = flow->facts; fact; fact = fact->next)
        match_fact(match, fact);
}

bool indicators_match(const struct indicators *set, const struct flow *flow, int64_t time_ns,
                      struct selection *why, struct indicator_marks *marks)
{
    struct match match = {
        .whole = set, .set = set, .time_ns = time_ns, .why = why, .marks = marks
    };
    why->hit_count = 0;
    if (set->count > 0)
        match_flow(&match, flow);
    if (set->overlay && set->overlay->count > 0) {
        match.set = set->overlay;
        match_flow(&match, flow);
    }
    return why->hit_count > 0;
}

static void prefetch_end(const struct indicators *set, const struct ip_address *address)
{
    PREFETCH(filter_line(set, hash_address(&set->key, address)));
    if (set->kind_count[INDICATOR_PREFIX] > 0)
        prefixes_prefetch(set, address);
}

void indicators_prefetch(const struct indicators *set, const struct flow *flow)
{
    if (set->count == 0)
        return;
    prefetch_end(set, &flow->initiator);
    prefetch_end(set, &flow->responder);
}
