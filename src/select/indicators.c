// SPDX-License-Identifier: Apache-2.0
/* Records of all kinds stand in one array.  A table of tags by hash leads to them, and a bitmap
 * before it answers most questions, which are misses, with one read of memory. */
#include "select/indicators.h"

#include "base/must.h"
#include "select/suffixes_private.h"

enum { LISTS_MAX = 256, V4_WIDEST = 96 + 8, V6_WIDEST = 19, PREFIX_LENGTHS = 129 };

struct record {
    int64_t expires_ns;
    union {
        uint8_t octets[32]; /* an address, or a digest */
        uint32_t text_at;   /* DOMAIN, JA4 */
    };
    uint16_t list;
    uint16_t port;
    uint8_t kind;
    uint8_t len;      /* bits of a prefix, octets of a digest or text */
    uint8_t protocol; /* 0 for any */
};

struct slot {
    uint32_t tag;
    uint32_t record; /* its index and one; 0 for none */
};

struct indicators {
    struct hash_key key;
    struct record *records;
    struct slot *slots;
    uint64_t *filter;
    uint8_t *text;
    size_t count;
    size_t count_max;
    size_t text_len;
    size_t text_max;
    size_t slot_mask;
    size_t filter_mask;
    size_t kind_count[INDICATOR_KINDS];
    uint8_t lengths[PREFIX_LENGTHS]; /* of prefixes in use, longest first */
    size_t length_count;
    size_t list_count;
    char lists[LISTS_MAX][LIST_NAME_MAX];
};

static size_t power_of_two(size_t least)
{
    size_t power = 8;
    while (power < least)
        power *= 2;
    return power;
}

/* At most three quarters of the slots are taken. */
static size_t slots_of(size_t count_max)
{
    return power_of_two(count_max + count_max / 3);
}

/* 16 bits and more for each indicator. */
static size_t filter_words_of(size_t count_max)
{
    return power_of_two(count_max / 4);
}

size_t indicators_size(size_t count_max, size_t text_max)
{
    return sizeof(struct indicators) + count_max * sizeof(struct record) +
           slots_of(count_max) * sizeof(struct slot) +
           filter_words_of(count_max) * sizeof(uint64_t) + text_max + 5 * alignof(max_align_t);
}

struct indicators *indicators_init(size_t count_max, size_t text_max, struct hash_key key,
                                   struct arena *keep)
{
    MUST(count_max < UINT32_MAX / 2 && text_max <= UINT32_MAX);
    struct indicators *set = ARENA_NEW(keep, struct indicators, 1);
    set->key = key;
    set->count_max = count_max;
    set->text_max = text_max;
    set->slot_mask = slots_of(count_max) - 1;
    set->filter_mask = filter_words_of(count_max) - 1;
    set->slots = ARENA_NEW(keep, struct slot, set->slot_mask + 1);
    set->filter = ARENA_NEW(keep, uint64_t, set->filter_mask + 1);
    /* Not cleared: what is not filled is not paged in. */
    set->records = arena_take(keep, sizeof(struct record), alignof(struct record), count_max);
    set->text = arena_take(keep, 1, 1, text_max);
    return set;
}

bool indicators_add_list(struct indicators *set, const char *name, uint16_t *out)
{
    if (set->list_count == LISTS_MAX)
        return false;
    struct text room = text_over(set->lists[set->list_count], LIST_NAME_MAX);
    text_put_string(&room, name);
    *out = (uint16_t)set->list_count++;
    return true;
}

size_t indicators_count(const struct indicators *set)
{
    return set->count;
}

/* A key to look up.  Which octets it has is told by the kind. */
struct wanted {
    enum indicator_kind kind;
    struct bytes key; /* of 16 octets, masked, for addresses */
    uint64_t hash;
    uint16_t port;
    uint8_t len;
    uint8_t protocol;
};

static uint64_t hash_key_of(const struct hash_key *key, uint64_t base, enum indicator_kind kind,
                            unsigned detail)
{
    return hash_two(key, base, (uint64_t)kind << 32 | detail);
}

static uint64_t hash_address(const struct hash_key *key, const struct ip_address *address)
{
    return hash_two(key, hash_load64(address->octets), hash_load64(address->octets + 8));
}

static struct bytes octets_of(const struct ip_address *address)
{
    return (struct bytes){ address->octets, sizeof address->octets };
}

static struct wanted wanted_address(const struct indicators *set,
                                    const struct ip_address *address)
{
    uint64_t base = hash_address(&set->key, address);
    return (struct wanted){ .kind = INDICATOR_ADDRESS,
                            .key = octets_of(address),
                            .hash = hash_key_of(&set->key, base, INDICATOR_ADDRESS, 0) };
}

/* address is the prefix's: bits past len are 0. */
static struct wanted wanted_prefix(const struct indicators *set,
                                   const struct ip_address *address, uint8_t len)
{
    uint64_t base = hash_address(&set->key, address);
    return (struct wanted){ .kind = INDICATOR_PREFIX,
                            .key = octets_of(address),
                            .len = len,
                            .hash = hash_key_of(&set->key, base, INDICATOR_PREFIX, len) };
}

/* The protocol is no part of the hash: a record may be of any. */
static struct wanted wanted_endpoint(const struct indicators *set,
                                     const struct ip_address *address, uint16_t port,
                                     uint8_t protocol)
{
    uint64_t base = hash_address(&set->key, address);
    return (struct wanted){ .kind = INDICATOR_ENDPOINT,
                            .key = octets_of(address),
                            .port = port,
                            .protocol = protocol,
                            .hash = hash_key_of(&set->key, base, INDICATOR_ENDPOINT, port) };
}

/* JA3, JA4, CERTIFICATE. */
static struct wanted wanted_bytes(const struct indicators *set, enum indicator_kind kind,
                                  struct bytes bytes)
{
    uint64_t base = hash_bytes(&set->key, bytes);
    return (struct wanted){ .kind = kind,
                            .key = bytes,
                            .len = (uint8_t)bytes.len,
                            .hash = hash_key_of(&set->key, base, kind, 0) };
}

/* A name's suffixes from the right, label by label: the hash of each grows from the last. */
struct suffix_walk {
    struct bytes name;
    size_t start; /* of the suffix */
    size_t labels;
    uint64_t hash;
};

static bool next_suffix(const struct hash_key *key, struct suffix_walk *walk)
{
    if (walk->start == 0)
        return false;
    size_t end = walk->labels == 0 ? walk->name.len : walk->start - 1;
    size_t start = end;
    while (start > 0 && walk->name.at[start - 1] != '.')
        start--;
    struct bytes label = bytes_slice(walk->name, start, end - start);
    walk->hash = hash_two(key, walk->hash, hash_bytes(key, label));
    walk->start = start;
    walk->labels++;
    return true;
}

static struct suffix_walk walk_over(struct bytes name)
{
    return (struct suffix_walk){ .name = name, .start = name.len };
}

static struct wanted wanted_suffix(const struct indicators *set, const struct suffix_walk *walk)
{
    struct bytes suffix = bytes_slice(walk->name, walk->start, walk->name.len);
    return (struct wanted){ .kind = INDICATOR_DOMAIN,
                            .key = suffix,
                            .len = (uint8_t)suffix.len,
                            .hash = hash_key_of(&set->key, walk->hash, INDICATOR_DOMAIN, 0) };
}

static struct wanted wanted_domain(const struct indicators *set, struct bytes name)
{
    struct suffix_walk walk = walk_over(name);
    while (next_suffix(&set->key, &walk))
        continue;
    return wanted_suffix(set, &walk);
}

static bool has_text(enum indicator_kind kind)
{
    return kind == INDICATOR_DOMAIN || kind == INDICATOR_JA4;
}

static struct bytes record_key(const struct indicators *set, const struct record *record)
{
    if (has_text((enum indicator_kind)record->kind))
        return (struct bytes){ set->text + record->text_at, record->len };
    bool is_digest = record->kind == INDICATOR_JA3 || record->kind == INDICATOR_CERTIFICATE;
    return (struct bytes){ record->octets, is_digest ? record->len : 16 };
}

/* The hash led here; only the whole key is evidence. */
static bool is_same_key(const struct indicators *set, const struct record *record,
                        const struct wanted *wanted)
{
    return record->kind == wanted->kind && record->len == wanted->len &&
           record->port == wanted->port && bytes_equal(record_key(set, record), wanted->key);
}

static uint64_t *filter_word(const struct indicators *set, uint64_t hash)
{
    return &set->filter[hash >> 12 & set->filter_mask];
}

static uint64_t filter_bits(uint64_t hash)
{
    return UINT64_C(1) << (hash & 63) | UINT64_C(1) << (hash >> 6 & 63);
}

/* The next record of this key from slot *at on; NULL at the end of its run. */
static struct record *next_record(const struct indicators *set, const struct wanted *wanted,
                                  size_t *at)
{
    for (;; *at = (*at + 1) & set->slot_mask) {
        const struct slot *slot = &set->slots[*at];
        if (slot->record == 0)
            return NULL;
        struct record *record = &set->records[slot->record - 1];
        if (slot->tag == (uint32_t)wanted->hash && is_same_key(set, record, wanted)) {
            *at = (*at + 1) & set->slot_mask;
            return record;
        }
    }
}

static size_t first_slot(const struct indicators *set, uint64_t hash)
{
    return hash >> 32 & set->slot_mask;
}

static bool is_too_wide(const struct indicator *indicator)
{
    if (indicator->kind == INDICATOR_DOMAIN)
        return is_shared_name(indicator->text);
    if (indicator->kind != INDICATOR_PREFIX)
        return false;
    const struct ip_prefix *prefix = &indicator->prefix;
    if (prefix->len >= 96 && ip_is_v4(&prefix->address))
        return prefix->len < V4_WIDEST;
    struct ip_address v4 = ip_from_v4(0);
    return prefix->len < V6_WIDEST || ip_prefix_holds(prefix, &v4);
}

static struct wanted wanted_indicator(const struct indicators *set,
                                      const struct indicator *indicator)
{
    const struct ip_address *address = &indicator->prefix.address;
    switch (indicator->kind) {
    case INDICATOR_PREFIX:
        if (indicator->prefix.len < 128)
            return wanted_prefix(set, address, indicator->prefix.len);
        return wanted_address(set, address);
    case INDICATOR_ENDPOINT:
        return wanted_endpoint(set, address, indicator->port, indicator->protocol);
    case INDICATOR_DOMAIN: return wanted_domain(set, indicator->text);
    case INDICATOR_JA4: return wanted_bytes(set, indicator->kind, indicator->text);
    case INDICATOR_JA3:
    case INDICATOR_CERTIFICATE:
        return wanted_bytes(set, indicator->kind,
                            (struct bytes){ indicator->digest, indicator->digest_len });
    case INDICATOR_ADDRESS:
    case INDICATOR_KINDS: break;
    }
    return wanted_address(set, address);
}

static void note_length(struct indicators *set, uint8_t len)
{
    size_t at = 0;
    while (at < set->length_count && set->lengths[at] > len)
        at++;
    if (at < set->length_count && set->lengths[at] == len)
        return;
    memmove(set->lengths + at + 1, set->lengths + at, set->length_count - at);
    set->lengths[at] = len;
    set->length_count++;
}

static void insert(struct indicators *set, const struct indicator *indicator,
                   const struct wanted *wanted, size_t slot)
{
    struct record *record = &set->records[set->count++];
    *record = (struct record){ .expires_ns = indicator->expires_ns,
                               .list = indicator->list,
                               .port = wanted->port,
                               .kind = (uint8_t)wanted->kind,
                               .len = wanted->len,
                               .protocol = wanted->protocol };
    if (has_text(wanted->kind)) {
        record->text_at = (uint32_t)set->text_len;
        memcpy(set->text + set->text_len, wanted->key.at, wanted->key.len);
        set->text_len += wanted->key.len;
    } else {
        memcpy(record->octets, wanted->key.at, wanted->key.len);
    }
    set->slots[slot] = (struct slot){ (uint32_t)wanted->hash, (uint32_t)set->count };
    *filter_word(set, wanted->hash) |= filter_bits(wanted->hash);
    set->kind_count[wanted->kind]++;
    if (wanted->kind == INDICATOR_PREFIX)
        note_length(set, wanted->len);
}

enum indicators_verdict indicators_add(struct indicators *set,
                                       const struct indicator *indicator)
{
    MUST(indicator->kind < INDICATOR_KINDS && indicator->digest_len <= 32);
    MUST(indicator->list < set->list_count && indicator->text.len <= UINT8_MAX);
    if (is_too_wide(indicator))
        return INDICATORS_TOO_WIDE;
    struct wanted wanted = wanted_indicator(set, indicator);
    size_t slot = first_slot(set, wanted.hash);
    for (struct record *record; (record = next_record(set, &wanted, &slot)) != NULL;) {
        if (record->protocol != wanted.protocol)
            continue;
        if (record->expires_ns < indicator->expires_ns) {
            record->expires_ns = indicator->expires_ns;
            record->list = indicator->list;
        }
        return INDICATORS_DUPLICATE;
    }
    size_t text_need = has_text(wanted.kind) ? wanted.key.len : 0;
    if (set->count == set->count_max || text_need > set->text_max - set->text_len)
        return INDICATORS_FULL;
    insert(set, indicator, &wanted, slot);
    return INDICATORS_ADDED;
}

/* One flow's questions. */
struct match {
    const struct indicators *set;
    int64_t time_ns;
    uint64_t expired;
    struct selection *why;
    const struct record *hits[SELECTION_HITS_MAX];
};

static HOT const struct record *find_valid(struct match *match, const struct wanted *wanted)
{
    const struct indicators *set = match->set;
    uint64_t bits = filter_bits(wanted->hash);
    if (LIKELY((*filter_word(set, wanted->hash) & bits) != bits))
        return NULL;
    size_t slot = first_slot(set, wanted->hash);
    for (const struct record *record; (record = next_record(set, wanted, &slot)) != NULL;) {
        if (record->protocol != 0 && record->protocol != wanted->protocol)
            continue;
        if (match->time_ns < record->expires_ns)
            return record;
        match->expired++;
    }
    return NULL;
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
    case INDICATOR_KINDS: break;
    }
}

/* Where a match stands: at an end of the flow, or in what DNS told. */
enum stand { STAND_INITIATOR, STAND_RESPONDER, STAND_DNS };

static void take_hit(struct match *match, const struct record *record, enum stand stand)
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
                                   .on_initiator = stand == STAND_INITIATOR,
                                   .in_dns = stand == STAND_DNS,
                                   .expires_ns = record->expires_ns };
    struct text value = text_over(hit->value, sizeof hit->value);
    write_value(match->set, record, &value);
    memcpy(hit->list, match->set->lists[record->list], sizeof hit->list);
}

static void match_prefixes(struct match *match, const struct ip_address *address,
                           enum stand stand)
{
    const struct indicators *set = match->set;
    bool is_v4 = ip_is_v4(address);
    for (size_t i = 0; i < set->length_count; i++) {
        uint8_t len = set->lengths[i];
        if (is_v4 && len < 96)
            return;
        struct ip_address masked = { { 0 } };
        memcpy(masked.octets, address->octets, len / 8);
        if (len % 8 != 0)
            masked.octets[len / 8] = (uint8_t)(address->octets[len / 8] & 0xff00u >> len % 8);
        struct wanted wanted = wanted_prefix(set, &masked, len);
        const struct record *record = find_valid(match, &wanted);
        if (record) {
            take_hit(match, record, stand);
            return; /* the longest says most */
        }
    }
}

static void match_address(struct match *match, const struct ip_address *address,
                          enum stand stand)
{
    const struct indicators *set = match->set;
    if (set->kind_count[INDICATOR_ADDRESS] > 0) {
        struct wanted wanted = wanted_address(set, address);
        take_hit(match, find_valid(match, &wanted), stand);
    }
    if (set->length_count > 0)
        match_prefixes(match, address, stand);
}

static void match_end(struct match *match, const struct flow *flow, bool is_initiator)
{
    const struct indicators *set = match->set;
    const struct ip_address *address = is_initiator ? &flow->initiator : &flow->responder;
    uint16_t port = is_initiator ? flow->initiator_port : flow->responder_port;
    enum stand stand = is_initiator ? STAND_INITIATOR : STAND_RESPONDER;
    if (set->kind_count[INDICATOR_ENDPOINT] > 0) {
        struct wanted wanted = wanted_endpoint(set, address, port, flow->protocol);
        take_hit(match, find_valid(match, &wanted), stand);
    }
    match_address(match, address, stand);
}

/* Of the indicators above a name, the one nearest to it.  A name that was cut keeps its end,
 * which is what matches.  A Host may be an address. */
static void match_name(struct match *match, const struct fact_name *fact_name, enum stand stand)
{
    struct bytes name = fact_name_bytes(fact_name);
    if (name.len > 0 && name.at[name.len - 1] == '.')
        name.len--;
    if (name.len == 0)
        return;
    struct ip_address address;
    if (name.at[name.len - 1] <= '9' && ip_read(name, &address)) {
        match_address(match, &address, stand);
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
    take_hit(match, nearest, stand);
}

static void match_bytes(struct match *match, enum indicator_kind kind, const void *at,
                        size_t len)
{
    if (match->set->kind_count[kind] == 0)
        return;
    struct wanted wanted = wanted_bytes(match->set, kind, (struct bytes){ at, len });
    take_hit(match, find_valid(match, &wanted), STAND_RESPONDER);
}

static void match_dns(struct match *match, const struct dns_fact *dns)
{
    match_name(match, &dns->query_name, STAND_DNS);
    match_name(match, &dns->canonical_name, STAND_DNS);
    for (size_t i = 0; i < dns->answer_count && i < FACT_DNS_ANSWERS_MAX; i++)
        match_address(match, &dns->answers[i].address, STAND_DNS);
}

static void match_fact(struct match *match, const struct fact *fact)
{
    switch ((enum fact_kind)fact->kind) {
    case FACT_DNS: match_dns(match, &fact->dns); break;
    case FACT_TLS_CLIENT:
        match_name(match, &fact->tls_client.server_name, STAND_RESPONDER);
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
    case FACT_HTTP: match_name(match, &fact->http.host, STAND_RESPONDER); break;
    case FACT_SSH: /* HASSH is no kind of indicator yet */
    case FACT_TUNNEL:
    case FACT_NONE:
    case FACT_KINDS: break;
    }
}

bool indicators_match(const struct indicators *set, const struct flow *flow, int64_t time_ns,
                      struct selection *why, uint64_t *expired)
{
    struct match match = { .set = set, .time_ns = time_ns, .why = why };
    why->hit_count = 0;
    if (set->count == 0)
        return false;
    match_end(&match, flow, true);
    match_end(&match, flow, false);
    for (const struct fact *fact = flow->facts; fact; fact = fact->next)
        match_fact(&match, fact);
    *expired += match.expired;
    return why->hit_count > 0;
}
