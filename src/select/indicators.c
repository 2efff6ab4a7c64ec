// SPDX-License-Identifier: Apache-2.0
/* Records of all kinds stand in one array.  A table of tags by hash leads to them, and a bitmap
 * before it answers most questions, which are misses, with one read of memory: what is asked of
 * one address (is it listed, is its port) is in one line of cache.  Of prefixes only the
 * lengths are asked that any listed prefix near the address has. */
#include "base/must.h"
#include "select/indicators_private.h"
#include "select/suffixes_private.h"

enum { V4_WIDEST = 96 + 8, V6_WIDEST = 19 };

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
static size_t filter_lines_of(size_t count_max)
{
    return power_of_two(count_max / 4 / LINE_WORDS);
}

size_t indicators_size(size_t count_max, size_t text_max)
{
    return sizeof(struct indicators) + count_max * sizeof(struct record) +
           slots_of(count_max) * sizeof(struct slot) +
           (filter_lines_of(count_max) + 1) * LINE_OCTETS + V4_BLOCKS * sizeof(uint32_t) +
           text_max + 6 * alignof(max_align_t);
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
    set->line_mask = filter_lines_of(count_max) - 1;
    set->slots = ARENA_NEW(keep, struct slot, set->slot_mask + 1);
    set->filter = arena_take_zeroed(keep, LINE_OCTETS, LINE_OCTETS, set->line_mask + 1);
    set->v4_lengths = ARENA_NEW(keep, uint32_t, V4_BLOCKS);
    for (size_t len = 0; len < LENGTHS; len++) {
        struct ip_address mask;
        memset(mask.octets, 0xff, sizeof mask.octets);
        ip_mask(&mask, (uint8_t)len);
        set->masks[len] = words_of(&mask);
    }
    /* Not cleared: what is not filled is not paged in. */
    set->records = arena_take(keep, sizeof(struct record), alignof(struct record), count_max);
    set->text = arena_take(keep, 1, 1, text_max);
    return set;
}

bool indicators_find_list(const struct indicators *set, const char *name, uint16_t *out)
{
    for (size_t i = 0; i < set->list_count; i++) {
        if (strncmp(set->lists[i], name, LIST_NAME_MAX - 1) != 0)
            continue;
        *out = (uint16_t)i;
        return true;
    }
    return false;
}

bool indicators_add_list(struct indicators *set, const char *name, uint16_t *out)
{
    if (indicators_find_list(set, name, out))
        return true;
    if (set->list_count == INDICATOR_LISTS_MAX)
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

static bool has_text(enum indicator_kind kind)
{
    return kind == INDICATOR_DOMAIN || kind == INDICATOR_JA4 || kind == INDICATOR_SIGNATURE;
}

struct bytes record_key(const struct indicators *set, const struct record *record)
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

static void note_in_filter(struct indicators *set, const struct wanted *wanted)
{
    uint64_t *line = filter_line(set, wanted->base);
    struct filter_mark mark = filter_mark(wanted->hash);
    line[mark.word[0]] |= mark.bits[0];
    line[mark.word[1]] |= mark.bits[1];
}

/* The next record of this key from slot *at on; NULL at the end of its run. */
struct record *next_record(const struct indicators *set, const struct wanted *wanted,
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

size_t first_slot(const struct indicators *set, uint64_t hash)
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
    case INDICATOR_SIGNATURE:
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

static void note_v4_length(struct indicators *set, const struct wanted *wanted)
{
    enum { BLOCK_BITS = 16 };
    uint32_t len = wanted->len - 96U;
    uint32_t block = (uint32_t)wanted->key.at[12] << 8 | wanted->key.at[13];
    uint32_t blocks = len < BLOCK_BITS ? UINT32_C(1) << (BLOCK_BITS - len) : 1;
    for (uint32_t i = 0; i < blocks; i++)
        set->v4_lengths[block + i] |= UINT32_C(1) << len;
}

static void note_v6_length(struct indicators *set, uint8_t len)
{
    size_t at = 0;
    while (at < set->v6_length_count && set->v6_lengths[at] > len)
        at++;
    if (at < set->v6_length_count && set->v6_lengths[at] == len)
        return;
    memmove(set->v6_lengths + at + 1, set->v6_lengths + at, set->v6_length_count - at);
    set->v6_lengths[at] = len;
    set->v6_length_count++;
}

/* A prefix that is too wide for IPv4 is none of IPv6 either: none holds addresses of both. */
static void note_length(struct indicators *set, const struct wanted *wanted)
{
    struct ip_address address;
    memcpy(address.octets, wanted->key.at, sizeof address.octets);
    if (wanted->len >= V4_WIDEST && ip_is_v4(&address))
        note_v4_length(set, wanted);
    else
        note_v6_length(set, wanted->len);
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
    note_in_filter(set, wanted);
    set->kind_count[wanted->kind]++;
    if (wanted->kind == INDICATOR_PREFIX)
        note_length(set, wanted);
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
        if (record->protocol != wanted.protocol || record->list != indicator->list)
            continue;
        if (record->expires_ns < indicator->expires_ns)
            record->expires_ns = indicator->expires_ns;
        return INDICATORS_DUPLICATE;
    }
    size_t text_need = has_text(wanted.kind) ? wanted.key.len : 0;
    if (set->count == set->count_max || text_need > set->text_max - set->text_len)
        return INDICATORS_FULL;
    insert(set, indicator, &wanted, slot);
    return INDICATORS_ADDED;
}
