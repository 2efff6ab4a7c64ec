// SPDX-License-Identifier: Apache-2.0
#include "evaluate/units_private.h"

#include "base/must.h"

/* struct whom is hashed and compared as octets. */
_Static_assert(sizeof(struct whom) == 36, "a unit has no octets between its fields");

size_t units_size(size_t max, size_t record_octets)
{
    return index_size(max) + max * (sizeof(struct whom) + record_octets) +
           3 * alignof(max_align_t);
}

void units_init(struct units *units, size_t max, size_t record_octets, struct hash_key key,
                struct arena *keep)
{
    MUST(record_octets % 8 == 0);
    *units = (struct units){ .key = key, .record_octets = record_octets, .max = max };
    index_init(&units->index, max, keep);
    units->at = arena_take(keep, sizeof *units->at, alignof(struct whom), max);
    units->records = arena_take(keep, record_octets, 8, max);
}

static uint32_t tag_of(const struct units *units, const struct whom *unit)
{
    struct bytes octets = { (const uint8_t *)unit, sizeof *unit };
    return index_tag(hash_bytes(&units->key, octets));
}

static void *find_tagged(const struct units *units, const struct whom *unit, uint32_t tag)
{
    for (size_t slot = index_home(&units->index, tag); units->index.slots[slot].tag != 0;
         slot = index_next(&units->index, slot)) {
        struct index_slot found = units->index.slots[slot];
        if (found.tag == tag && memcmp(&units->at[found.entry], unit, sizeof *unit) == 0)
            return units_record(units, found.entry);
    }
    return NULL;
}

void *units_find(const struct units *units, const struct whom *unit)
{
    return find_tagged(units, unit, tag_of(units, unit));
}

void *units_take(struct units *units, const struct whom *unit)
{
    uint32_t tag = tag_of(units, unit);
    void *found = find_tagged(units, unit, tag);
    if (found != NULL)
        return found;
    if (units->count == units->max) {
        units->refused++;
        return NULL;
    }
    size_t at = units->count++;
    units->at[at] = *unit;
    index_add(&units->index, tag, (uint32_t)at);
    void *record = units_record(units, at);
    memset(record, 0, units->record_octets);
    return record;
}

void units_clear(struct units *units)
{
    memset(units->index.slots, 0, (units->index.mask + 1) * sizeof *units->index.slots);
    units->count = 0;
}

uint64_t units_refused(const void *state)
{
    return ((const struct units *)state)->refused;
}

struct ranked ranked_of(const struct whom *unit, enum finding_kind kind)
{
    return (struct ranked){ .kind = kind,
                            .unit = unit->server,
                            .line = unit->line,
                            .port = unit->port,
                            .protocol = unit->protocol,
                            .has_line = !ip_is_zero(&unit->line) };
}

static int order_of(const struct ranked *a, const struct ranked *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    int order = memcmp(&a->unit, &b->unit, sizeof a->unit);
    if (order == 0)
        order = memcmp(&a->line, &b->line, sizeof a->line);
    if (order == 0)
        order = (int)a->port - (int)b->port;
    return order != 0 ? order : (int)a->protocol - (int)b->protocol;
}

static bool is_worse(const struct ranked *a, const struct ranked *b)
{
    if (a->score < b->score)
        return true;
    return !(a->score > b->score) && order_of(a, b) > 0;
}

static void swap(struct ranked *a, struct ranked *b)
{
    struct ranked kept = *a;
    *a = *b;
    *b = kept;
}

static void sink(struct ranked *heap, size_t count, size_t at)
{
    for (;;) {
        size_t worst = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++)
            if (is_worse(&heap[child], &heap[worst]))
                worst = child;
        if (worst == at)
            return;
        swap(&heap[at], &heap[worst]);
        at = worst;
    }
}

void best_put(struct best *best, const struct ranked *ranked)
{
    if (best->count == best->max) {
        if (best->max == 0 || !is_worse(&best->out[0], ranked))
            return;
        best->out[0] = *ranked;
        sink(best->out, best->count, 0);
        return;
    }
    size_t at = best->count++;
    best->out[at] = *ranked;
    for (; at > 0 && is_worse(&best->out[at], &best->out[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&best->out[at], &best->out[(at - 1) / 2]);
}

size_t best_sort(struct best *best)
{
    for (size_t left = best->count; left > 1; left--) {
        swap(&best->out[0], &best->out[left - 1]);
        sink(best->out, left - 1, 0);
    }
    return best->count;
}
