// SPDX-License-Identifier: Apache-2.0
#include "base/index.h"

static size_t slots_for(size_t entries_max)
{
    size_t slots = 1024;
    while (slots < entries_max * 2)
        slots *= 2;
    return slots;
}

size_t index_size(size_t entries_max)
{
    return slots_for(entries_max) * sizeof(struct index_slot);
}

void index_init(struct index *index, size_t entries_max, struct arena *keep)
{
    index->mask = slots_for(entries_max) - 1;
    index->slots = ARENA_NEW(keep, struct index_slot, index->mask + 1);
}

void index_add(struct index *index, uint32_t tag, uint32_t entry)
{
    size_t at = index_home(index, tag);
    while (index->slots[at].tag != 0)
        at = index_next(index, at);
    index->slots[at] = (struct index_slot){ tag, entry };
}

/* What follows moves up unless it stands nearer to its place (Knuth 6.4, algorithm R). */
void index_remove(struct index *index, uint32_t tag, uint32_t entry)
{
    struct index_slot *slots = index->slots;
    size_t hole = index_home(index, tag);
    while (slots[hole].tag == 0 || slots[hole].entry != entry)
        hole = index_next(index, hole);
    for (size_t at = index_next(index, hole); slots[at].tag != 0; at = index_next(index, at)) {
        size_t home = index_home(index, slots[at].tag);
        if (((at - home) & index->mask) >= ((at - hole) & index->mask)) {
            slots[hole] = slots[at];
            hole = at;
        }
    }
    slots[hole].tag = 0;
}
