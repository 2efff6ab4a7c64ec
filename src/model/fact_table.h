// SPDX-License-Identifier: Apache-2.0
/* Room for facts while their flows wait in a table: one pool a kind, since kinds differ tenfold
 * in size. */
#pragma once

#include "base/arena.h"
#include "model/facts.h"

struct fact_pool {
    uint8_t *memory;
    size_t stride;
    uint32_t used; /* given out at least once */
    uint32_t max;
    uint32_t free; /* first of those given back, or FACT_POOL_NONE */
};

#define FACT_POOL_NONE UINT32_MAX

struct fact_table {
    struct fact_pool pools[FACT_KINDS];
};

size_t fact_table_size(size_t facts_max);
void fact_table_init(struct fact_table *table, size_t facts_max, struct arena *keep);
/* A copy of the fact, next NULL; NULL when the pool of its kind is empty. */
struct fact *fact_table_copy(struct fact_table *table, const struct fact *fact);
void fact_table_release(struct fact_table *table, struct fact *first);
