// SPDX-License-Identifier: Apache-2.0
/* Records of all kinds stand in one array.  A table of tags by hash leads to them, and a bitmap
 * before it answers most questions, which are misses, with one read of memory: what is asked of
 * one address (is it listed, is its port) is in one line of cache.  Of prefixes only the
 * lengths are asked that any listed prefix near the address has. */
#include "base/must.h"
#include "base/time.h"
#include "select/indicators_private.h"
#include "select/suffixes_private.h"

enum { V4_WIDEST = V4_BITS + 8, V6_WIDEST = 19, CROWD_MAX = 256, LINE_KEYS = 32 };

/* At most three quarters of the slots are taken. */
static uint64_t slots_of(size_t count)
{
    return count + count / 3 + 8;
}

/* 16 bits for each indicator. */
static uint64_t lines_of(size_t count)
{
    return count / LINE_KEYS + 1;
}

size_t indicators_size(size_t count_max, size_t text_max)
{
    return sizeof(struct indicators) + count_max * sizeof(struct record) +
           slots_of(count_max) * sizeof(struct slot) + (lines_of(count_max) + 1) * LINE_OCTETS +
           V4_BLOCKS * sizeof(uint32_t) + INDICATOR_LISTS_MAX * sizeof(struct generation_list) +
           text_max + 7 * alignof(max_align_t) + sizeof(struct record);
}

/* Masks, and what else follows from the arrays. */
void indicators_prepare(struct indicators *set)
{
    for (size_t len = 0; len < LENGTHS; len++) {
        struct ip_address mask;
        memset(mask.octets, 0xff, sizeof mask.octets);
        ip_mask(&mask, (uint8_t)len);
        set->masks[len] = words_of(&mask);
    }
}

struct indicators *indicators_init(size_t count_max, size_t text_max, struct hash_key key,
                                   struct arena *keep)
{
    MUST(count_max < UINT32_MAX / 2 && text_max <= UINT32_MAX);
    struct indicators *set = ARENA_NEW(keep, struct indicators, 1);
    set->key = key;
    set->count_max = count_max;
    set->text_max = text_max;
    set->slot_count = slots_of(count_max);
    set->line_count = lines_of(count_max);
    set->slots = ARENA_NEW(keep, struct slot, set->slot_count);
    set->filter = arena_take_zeroed(keep, LINE_OCTETS, LINE_OCTETS, set->line_count);
    set->v4_lengths = ARENA_NEW(keep, uint32_t, V4_BLOCKS);
    set->lists = ARENA_NEW(keep, struct generation_list, INDICATOR_LISTS_MAX);
    indicators_prepare(set);
    /* Not cleared: what is not filled is not paged in. */
    set->records = arena_take(keep, sizeof(struct record), sizeof(struct record), count_max);
    set->text = arena_take(keep, 1, 1, text_max);
    return set;
}

static bool find_own_list(const struct indicators *set, const char *name, uint16_t *out)
{
    for (size_t i = 0; i < set->list_count; i++) {
        if (strncmp(set->lists[i].name, name, LIST_NAME_MAX - 1) != 0)
            continue;
        *out = (uint16_t)i;
        return true;
    }
    return false;
}

bool indicators_find_list(const struct indicators *set, const char *name, uint16_t *out)
{
    uint16_t there = 0;
    if (find_own_list(set, name, out))
        return true;
    if (!set->overlay || !find_own_list(set->overlay, name, &there))
        return false;
    *out = set->overlay_lists[there];
    return true;
}

bool indicators_set_digest(struct indicators *set, const char *list,
                           const uint8_t digest[GENERATION_DIGEST_OCTETS])
{
    static const uint8_t none[GENERATION_DIGEST_OCTETS];
    uint16_t at = 0;
    if (!find_own_list(set, list, &at) || memcmp(set->lists[at].digest, none, sizeof none) != 0)
        return false;
    memcpy(set->lists[at].digest, digest, GENERATION_DIGEST_OCTETS);
    return true;
}

bool indicators_add_list(struct indicators *set, const char *name, uint16_t *out)
{
    if (find_own_list(set, name, out))
        return true;
    if (set->list_count == INDICATOR_LISTS_MAX)
        return false;
    struct text room = text_over(set->lists[set->list_count].name, LIST_NAME_MAX);
    text_put_string(&room, name);
    *out = (uint16_t)set->list_count++;
    return true;
}

size_t indicators_count(const struct indicators *set)
{
    return set->count;
}

void indicators_allow_wide(struct indicators *set)
{
    set->allows_wide = true;
}

bool indicator_is_wide(const struct indicator *indicator)
{
    if (indicator->kind == INDICATOR_DOMAIN)
        return is_shared_name(indicator->text);
    if (indicator->kind != INDICATOR_PREFIX)
        return false;
    const struct ip_prefix *prefix = &indicator->prefix;
    if (is_v4_prefix(&prefix->address, prefix->len))
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

bool indicators_has(const struct indicators *set, const struct indicator *indicator)
{
    struct wanted wanted = wanted_indicator(set, indicator);
    struct search search = search_of(set, &wanted);
    return search_next(set, &wanted, &search) != NULL;
}

static void note_v4_length(struct indicators *set, const struct wanted *wanted)
{
    enum { BLOCK_BITS = 16 };
    uint32_t len = wanted->len - (uint32_t)V4_BITS;
    uint32_t block = (uint32_t)wanted->key.at[12] << 8 | wanted->key.at[13];
    uint32_t blocks = len < BLOCK_BITS ? UINT32_C(1) << (BLOCK_BITS - len) : 1;
    for (uint32_t i = 0; i < blocks; i++)
        set->v4_lengths[block + i] |= UINT32_C(1) << len;
}

static void note_v6_length(struct indicators *set, uint8_t len)
{
    uint8_t at = 0;
    while (at < set->v6_length_count && set->v6_lengths[at] > len)
        at++;
    if (at < set->v6_length_count && set->v6_lengths[at] == len)
        return;
    memmove(set->v6_lengths + at + 1, set->v6_lengths + at, (size_t)set->v6_length_count - at);
    set->v6_lengths[at] = len;
    set->v6_length_count++;
}

static void note_length(struct indicators *set, const struct wanted *wanted)
{
    struct ip_address address;
    memcpy(address.octets, wanted->key.at, sizeof address.octets);
    if (is_v4_prefix(&address, wanted->len))
        note_v4_length(set, wanted);
    else
        note_v6_length(set, wanted->len);
}

/* The first free slot; false when it is too far from where a search starts. */
static bool find_free(const struct indicators *set, uint64_t hash, struct search *out)
{
    *out = (struct search){ first_slot(set, hash), 0 };
    while (set->slots[out->slot].record != 0) {
        if (++out->steps > GENERATION_PROBE_MAX)
            return false;
        out->slot = out->slot + 1 == set->slot_count ? 0 : out->slot + 1;
    }
    return true;
}

/* Makes the record of that index be found. */
static bool enter(struct indicators *set, const struct wanted *wanted, size_t index)
{
    struct search free;
    if (!find_free(set, wanted->hash, &free))
        return false;
    set->slots[free.slot] = (struct slot){ (uint32_t)wanted->hash, (uint32_t)index + 1 };
    if (free.steps > set->probe_max)
        set->probe_max = free.steps;
    uint64_t *line = filter_line(set, wanted->line);
    struct filter_mark mark = filter_mark(wanted->hash);
    line[mark.word[0]] |= mark.bits[0];
    line[mark.word[1]] |= mark.bits[1];
    return true;
}

/* Whole seconds within [begins, expires): a window is never widened. */
static uint32_t second_from(int64_t begins_ns)
{
    if (begins_ns <= 0)
        return 0;
    int64_t second = begins_ns / TIME_SECOND_NS + (begins_ns % TIME_SECOND_NS > 0);
    return second < TO_NEVER ? (uint32_t)second : TO_NEVER - 1;
}

static uint32_t second_to(int64_t expires_ns)
{
    if (expires_ns <= 0)
        return 0;
    int64_t second = expires_ns / TIME_SECOND_NS;
    if (expires_ns == INT64_MAX)
        return TO_NEVER;
    return second < TO_NEVER ? (uint32_t)second : TO_NEVER - 1;
}

static struct record new_record(struct indicators *set, const struct indicator *indicator,
                                const struct wanted *wanted)
{
    struct record record = { .from_s = second_from(indicator->begins_ns),
                             .to_s = second_to(indicator->expires_ns),
                             .list = indicator->list,
                             .port = wanted->port,
                             .kind = (uint8_t)wanted->kind,
                             .len = wanted->len,
                             .protocol = wanted->protocol,
                             .flags = indicator->is_revoked ? RECORD_REVOKED : 0 };
    if (!has_text(wanted->kind)) {
        memcpy(record.octets, wanted->key.at, wanted->key.len);
        return record;
    }
    record.text_at = (uint32_t)set->text_len;
    memcpy(set->text + set->text_len, wanted->key.at, wanted->key.len);
    return record;
}

static bool insert(struct indicators *set, const struct indicator *indicator,
                   const struct wanted *wanted)
{
    if (!enter(set, wanted, set->count))
        return false;
    set->records[set->count++] = new_record(set, indicator, wanted);
    set->text_len += has_text(wanted->kind) ? wanted->key.len : 0;
    set->kind_count[wanted->kind]++;
    set->lists[indicator->list].count++;
    if (wanted->kind == INDICATOR_PREFIX)
        note_length(set, wanted);
    return true;
}

/* The same list says the same again: windows that meet become one. */
static bool is_again(struct record *record, const struct indicator *indicator)
{
    uint32_t from_s = second_from(indicator->begins_ns),
             to_s = second_to(indicator->expires_ns);
    bool is_same = record->list == indicator->list && record->protocol == indicator->protocol &&
                   ((record->flags & RECORD_REVOKED) != 0) == indicator->is_revoked;
    if (!is_same || from_s > record->to_s || record->from_s > to_s)
        return false;
    record->from_s = from_s < record->from_s ? from_s : record->from_s;
    record->to_s = to_s > record->to_s ? to_s : record->to_s;
    return true;
}

enum indicators_verdict indicators_add(struct indicators *set,
                                       const struct indicator *indicator)
{
    MUST(indicator->kind < INDICATOR_KINDS && indicator->digest_len <= 32);
    MUST(indicator->list < set->list_count && indicator->text.len <= UINT8_MAX);
    if (!set->allows_wide && indicator_is_wide(indicator))
        return INDICATORS_TOO_WIDE;
    struct wanted wanted = wanted_indicator(set, indicator);
    struct search search = search_of(set, &wanted);
    size_t crowd = 0;
    for (struct record *record; (record = search_next(set, &wanted, &search)) != NULL;
         crowd++) {
        if (is_again(record, indicator))
            return INDICATORS_DUPLICATE;
    }
    size_t text_need = has_text(wanted.kind) ? wanted.key.len : 0;
    if (set->count == set->count_max || text_need > set->text_max - set->text_len)
        return INDICATORS_FULL;
    if (crowd >= CROWD_MAX || !insert(set, indicator, &wanted))
        return INDICATORS_CROWDED;
    return INDICATORS_ADDED;
}

/* Enters all records anew in so many slots. */
static bool enter_all(struct indicators *set, uint64_t slot_count)
{
    set->slot_count = slot_count;
    set->line_count = lines_of(set->count);
    set->probe_max = 0;
    memset(set->slots, 0, slot_count * sizeof *set->slots);
    memset(set->filter, 0, set->line_count * LINE_OCTETS);
    for (size_t i = 0; i < set->count; i++) {
        struct wanted wanted = wanted_record(set, &set->records[i]);
        if (!enter(set, &wanted, i))
            return false;
    }
    return true;
}

bool indicators_seal(struct indicators *set, struct generation *out)
{
    uint64_t slots_max = slots_of(set->count_max);
    if (!enter_all(set, slots_of(set->count)) && !enter_all(set, slots_max))
        return false;
    out->key = set->key;
    out->count = set->count;
    out->text_len = set->text_len;
    out->slot_count = set->slot_count;
    out->line_count = set->line_count;
    out->list_count = (uint32_t)set->list_count;
    out->probe_max = set->probe_max;
    memset(out->v6_lengths, 0, sizeof out->v6_lengths);
    for (size_t i = 0; i < set->v6_length_count; i++)
        out->v6_lengths[set->v6_lengths[i] / 8] |= (uint8_t)(1U << set->v6_lengths[i] % 8);
    for (size_t kind = 0; kind < INDICATOR_KINDS; kind++)
        out->kind_count[kind] = set->kind_count[kind];
    return true;
}

const char *indicators_list_name(const struct indicators *set, size_t i)
{
    if (i < set->list_count)
        return set->lists[i].name;
    for (size_t j = 0; set->overlay && j < set->overlay->list_count; j++) {
        if (set->overlay_lists[j] == i)
            return set->overlay->lists[j].name;
    }
    return NULL;
}
