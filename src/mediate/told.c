// SPDX-License-Identifier: Apache-2.0
#include "mediate/told_private.h"

#include "base/must.h"

size_t told_size(size_t entries_max, size_t facts_max)
{
    return fact_table_size(facts_max) + entries_max * sizeof(struct told_chain) +
           alignof(struct told_chain);
}

void told_init(struct told *told, size_t entries_max, size_t facts_max, struct arena *keep)
{
    fact_table_init(&told->table, facts_max, keep);
    told->chains =
        arena_take(keep, sizeof(struct told_chain), alignof(struct told_chain), entries_max);
}

static bool is_same(const struct fact *a, const struct fact *b)
{
    return a->kind == b->kind && bytes_equal(fact_server_name(a), fact_server_name(b));
}

static bool has(const struct told_chain *chain, const struct fact *fact)
{
    for (const struct fact *known = chain->first; known; known = known->next) {
        if (is_same(known, fact))
            return true;
    }
    return false;
}

static void drop(struct told *told, struct entry *entry, uint32_t count)
{
    told->dropped += count;
    uint32_t dropped = entry->facts_dropped + count;
    entry->facts_dropped = dropped < UINT16_MAX ? (uint16_t)dropped : UINT16_MAX;
}

/* Until the initiator is decided, from_initiator says: from side 0. */
static void keep_one(struct told *told, struct entry *entry, struct told_chain *chain,
                     const struct fact *fact, size_t initiator)
{
    if (has(chain, fact)) {
        told->repeated++;
        return;
    }
    struct fact *copy =
        chain->count < TOLD_OF_ENTRY_MAX ? fact_table_copy(&told->table, fact) : NULL;
    if (!copy) {
        drop(told, entry, 1);
        return;
    }
    copy->from_initiator = fact->from_initiator == (initiator == 0);
    if (chain->last)
        chain->last->next = copy;
    else
        chain->first = copy;
    chain->last = copy;
    chain->count++;
}

void told_keep(struct told *told, struct entry *entry, uint32_t id, const struct flow *flow,
               size_t initiator)
{
    struct told_chain *chain = &told->chains[id];
    if (!(entry->marks & ENTRY_NAMED))
        *chain = (struct told_chain){ .first = NULL };
    entry->marks |= ENTRY_NAMED;
    for (const struct fact *fact = flow->facts; fact; fact = fact->next)
        keep_one(told, entry, chain, fact, initiator);
    drop(told, entry, flow->facts_dropped);
}

const struct fact *told_take(struct told *told, struct entry *entry, uint32_t id)
{
    if (!(entry->marks & ENTRY_NAMED))
        return NULL;
    entry->marks &= (uint8_t)~ENTRY_NAMED;
    struct fact *first = told->chains[id].first;
    for (struct fact *fact = first; fact && entry->initiator == 1; fact = fact->next)
        fact->from_initiator = !fact->from_initiator;
    if (!first)
        return NULL;
    MUST(told->spent_count < TOLD_SPENT_MAX);
    told->spent[told->spent_count++] = first;
    return first;
}

void told_forget(struct told *told, struct entry *entry, uint32_t id)
{
    if (!(entry->marks & ENTRY_NAMED))
        return;
    entry->marks &= (uint8_t)~ENTRY_NAMED;
    told->dropped += told->chains[id].count;
    fact_table_release(&told->table, told->chains[id].first);
}

void told_release(struct told *told)
{
    for (size_t i = 0; i < told->spent_count; i++)
        fact_table_release(&told->table, told->spent[i]);
    told->spent_count = 0;
}
