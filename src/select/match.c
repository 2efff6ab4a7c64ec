// SPDX-License-Identifier: Apache-2.0
/* What a flow is asked: both its ends, and what its facts tell. */
#include "select/indicators_private.h"

/* One flow's questions. */
struct match {
    const struct indicators *set;
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
    match->marks->kinds[match->stand][record->list] |= (uint8_t)(1U << record->kind);
}

/* Of the lists that have it, each is marked, and the first that has it valid is told. */
static HOT const struct record *find_valid(struct match *match, const struct wanted *wanted)
{
    const struct indicators *set = match->set;
    if (LIKELY(!may_be_listed(set, wanted->base, wanted->hash)))
        return NULL;
    size_t slot = first_slot(set, wanted->hash);
    const struct record *first = NULL;
    bool has_expired = false;
    for (const struct record *record; (record = next_record(set, wanted, &slot)) != NULL;) {
        if (record->protocol != 0 && record->protocol != wanted->protocol)
            continue;
        if (match->time_ns < record->expires_ns) {
            mark(match, record);
            first = first ? first : record;
        } else {
            has_expired = true;
        }
    }
    match->marks->expired += !first && has_expired;
    return first;
}

/* The indicator's canonical words: never more of a list's line than its key. */
static void write_value(const struct indicators *set, const struct record *record,
                        struct text *out)
{
    struct bytes key = record_key(set, record);
    struct ip_prefix prefix = { .len = record->len };
    memcpy(prefix.address.octets, record->octets, sizeof prefix.address.octets);
    switch ((enum indicator_kind)record->kind) {
    case INDICATOR_ADDRESS: ip_write(&prefix.address, out); break;
    case INDICATOR_PREFIX: ip_prefix_write(&prefix, out); break;
    case INDICATOR_ENDPOINT: {
        bool is_v4 = ip_is_v4(&prefix.address);
        text_put_string(out, is_v4 ? "" : "[");
        ip_write(&prefix.address, out);
        text_put_string(out, is_v4 ? ":" : "]:");
        text_put_u64(out, record->port);
        break;
    }
    case INDICATOR_DOMAIN:
    case INDICATOR_JA4: text_put(out, key); break;
    case INDICATOR_JA3:
    case INDICATOR_CERTIFICATE: text_put_hex(out, key); break;
    case INDICATOR_SIGNATURE:
        text_put_string(out, "sid:");
        text_put(out, key);
        break;
    case INDICATOR_KINDS: break;
    }
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
    *hit = (struct indicator_hit){ .kind = (enum indicator_kind)record->kind,
                                   .on_initiator = match->stand == STAND_INITIATOR,
                                   .in_dns = match->stand == STAND_DNS,
                                   .expires_ns = record->expires_ns };
    struct text value = text_over(hit->value, sizeof hit->value);
    write_value(match->set, record, &value);
    memcpy(hit->list, match->set->lists[record->list], sizeof hit->list);
}

/* The prefixes of one address that may be listed, longest first. */
struct prefix_walk {
    struct words address;
    uint32_t v4_lengths; /* still to come, /n as bit n */
    size_t v6_at;
    bool is_v4;
};

static struct prefix_walk prefixes_of(const struct indicators *set,
                                      const struct ip_address *address)
{
    struct prefix_walk walk = { .address = words_of(address), .is_v4 = ip_is_v4(address) };
    if (walk.is_v4)
        walk.v4_lengths = set->v4_lengths[ip_to_v4(address) >> 16];
    return walk;
}

static bool next_length(const struct indicators *set, struct prefix_walk *walk, uint8_t *len)
{
    if (walk->is_v4) {
        if (walk->v4_lengths == 0)
            return false;
        unsigned bits = 31 - (unsigned)__builtin_clz(walk->v4_lengths);
        walk->v4_lengths ^= UINT32_C(1) << bits;
        *len = (uint8_t)(96 + bits);
        return true;
    }
    if (walk->v6_at == set->v6_length_count)
        return false;
    *len = set->v6_lengths[walk->v6_at++];
    return true;
}

static uint64_t hash_prefix(const struct indicators *set, struct words address, uint8_t len)
{
    struct words mask = set->masks[len];
    return hash_words(&set->key,
                      (struct words){ address.high & mask.high, address.low & mask.low });
}

static const struct record *find_prefix(struct match *match, const struct ip_address *address,
                                        uint8_t len)
{
    struct ip_address masked = *address;
    ip_mask(&masked, len);
    struct wanted wanted = wanted_prefix(match->set, &masked, len);
    return find_valid(match, &wanted);
}

/* The longest says most; the lists of shorter ones are marked all the same. */
static void match_prefixes(struct match *match, const struct ip_address *address)
{
    const struct indicators *set = match->set;
    const struct record *longest = NULL;
    struct prefix_walk walk = prefixes_of(set, address);
    for (uint8_t len; next_length(set, &walk, &len);) {
        uint64_t base = hash_prefix(set, walk.address, len);
        uint64_t hash = hash_key_of(&set->key, base, INDICATOR_PREFIX, len);
        if (LIKELY(!may_be_listed(set, base, hash)))
            continue;
        const struct record *record = find_prefix(match, address, len);
        longest = longest ? longest : record;
    }
    take_hit(match, longest);
}

static void match_address(struct match *match, const struct ip_address *address)
{
    const struct indicators *set = match->set;
    if (set->kind_count[INDICATOR_ADDRESS] > 0) {
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
    if (set->kind_count[INDICATOR_ENDPOINT] > 0) {
        struct wanted wanted = wanted_endpoint(set, address, port, flow->protocol);
        take_hit(match, find_valid(match, &wanted));
    }
    match_address(match, address);
}

/* Of the indicators above a name, the one nearest to it.  A name that was cut keeps its end,
 * which is what matches.  A Host may be an address. */
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
    const struct record *nearest = NULL;
    struct suffix_walk walk = walk_over(name);
    while (next_suffix(&match->set->key, &walk)) {
        if (walk.labels < 2)
            continue; /* a top level is never an indicator */
        struct wanted wanted = wanted_suffix(match->set, &walk);
        const struct record *record = find_valid(match, &wanted);
        nearest = record ? record : nearest;
    }
    take_hit(match, nearest);
}

static void match_bytes(struct match *match, enum indicator_kind kind, const void *at,
                        size_t len)
{
    if (match->set->kind_count[kind] == 0)
        return;
    struct wanted wanted = wanted_bytes(match->set, kind, (struct bytes){ at, len });
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
    case FACT_TUNNEL:
    case FACT_NONE:
    case FACT_KINDS: break;
    }
}

bool indicators_match(const struct indicators *set, const struct flow *flow, int64_t time_ns,
                      struct selection *why, struct indicator_marks *marks)
{
    struct match match = { .set = set, .time_ns = time_ns, .why = why, .marks = marks };
    why->hit_count = 0;
    if (set->count == 0)
        return false;
    match_end(&match, flow, true);
    match_end(&match, flow, false);
    for (const struct fact *fact = flow->facts; fact; fact = fact->next)
        match_fact(&match, fact);
    return why->hit_count > 0;
}

static void prefetch_end(const struct indicators *set, const struct ip_address *address)
{
    PREFETCH(filter_line(set, hash_address(&set->key, address)));
    if (set->kind_count[INDICATOR_PREFIX] == 0)
        return;
    struct prefix_walk walk = prefixes_of(set, address);
    for (uint8_t len; next_length(set, &walk, &len);)
        PREFETCH(filter_line(set, hash_prefix(set, walk.address, len)));
}

void indicators_prefetch(const struct indicators *set, const struct flow *flow)
{
    if (set->count == 0)
        return;
    prefetch_end(set, &flow->initiator);
    prefetch_end(set, &flow->responder);
}
