// SPDX-License-Identifier: Apache-2.0
/* An index of a table: from the tag of a key's hash to the number of its entry.  Linear probing
 * without tombstones; a tag tells where its search starts, so that taking one out needs no look
 * at the entries of the others. */
#pragma once

#include "base/arena.h"

struct index_slot {
    uint32_t tag; /* 0: free */
    uint32_t entry;
};

struct index {
    struct index_slot *slots; /* at least twice as many as entries */
    size_t mask;
};

enum { INDEX_ENTRIES_MAX = 1 << 29 }; /* 31 bits of a tag tell places apart */

size_t index_size(size_t entries_max);
void index_init(struct index *index, size_t entries_max, struct arena *keep);
void index_add(struct index *index, uint32_t tag, uint32_t entry);
/* The entry must be there under this tag. */
void index_remove(struct index *index, uint32_t tag, uint32_t entry);

static inline uint32_t index_tag(uint64_t hash)
{
    return (uint32_t)hash | 1;
}

/* Where the search for a tag starts; it ends at the first free slot. */
static inline size_t index_home(const struct index *index, uint32_t tag)
{
    return tag >> 1 & index->mask;
}

static inline size_t index_next(const struct index *index, size_t at)
{
    return (at + 1) & index->mask;
}
