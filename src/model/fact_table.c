// SPDX-License-Identifier: Apache-2.0
#include "model/fact_table.h"

#include "base/wipe.h"

static size_t stride_of(enum fact_kind kind)
{
    size_t align = alignof(struct fact);
    return (fact_size(kind) + align - 1) / align * align;
}

size_t fact_table_size(size_t facts_max)
{
    size_t size = 0;
    for (size_t kind = 1; kind < FACT_KINDS; kind++)
        size += stride_of((enum fact_kind)kind) * facts_max + alignof(struct fact);
    return size;
}

void fact_table_init(struct fact_table *table, size_t facts_max, struct arena *keep)
{
    for (size_t kind = 1; kind < FACT_KINDS; kind++) {
        size_t stride = stride_of((enum fact_kind)kind);
        table->pools[kind] = (struct fact_pool){
            .memory = arena_take(keep, stride, alignof(struct fact), facts_max),
            .stride = stride,
            .max = (uint32_t)facts_max,
            .free = FACT_POOL_NONE,
        };
    }
}

static struct fact *fact_at(const struct fact_pool *pool, uint32_t index)
{
    void *at = pool->memory + (size_t)index * pool->stride;
    return at;
}

/* A free fact holds the index of the next free one in its first bytes. */
static struct fact *take(struct fact_pool *pool)
{
    if (pool->free != FACT_POOL_NONE) {
        struct fact *fact = fact_at(pool, pool->free);
        memcpy(&pool->free, fact, sizeof pool->free);
        return fact;
    }
    return pool->used < pool->max ? fact_at(pool, pool->used++) : NULL;
}

struct fact *fact_table_copy(struct fact_table *table, const struct fact *fact)
{
    struct fact *copy = take(&table->pools[fact->kind]);
    if (copy) {
        memcpy(copy, fact, fact_size((enum fact_kind)fact->kind));
        copy->next = NULL;
    }
    return copy;
}

void fact_table_release(struct fact_table *table, struct fact *first)
{
    while (first) {
        struct fact_pool *pool = &table->pools[first->kind];
        struct fact *next = first->next;
        wipe(first, fact_size((enum fact_kind)first->kind));
        uint32_t index = (uint32_t)((size_t)((uint8_t *)first - pool->memory) / pool->stride);
        memcpy(first, &pool->free, sizeof pool->free);
        pool->free = index;
        first = next;
    }
}
