// SPDX-License-Identifier: Apache-2.0
#include "behaviour/prints.h"

void prints_init(struct prints *prints, size_t slots, struct arena *keep)
{
    prints->buckets = slots < PRINTS_WAYS ? 1 : slots / PRINTS_WAYS;
    prints->print = arena_take_zeroed(keep, sizeof *prints->print * PRINTS_WAYS,
                                      sizeof *prints->print * PRINTS_WAYS, prints->buckets);
}

size_t prints_take(struct prints *prints, uint64_t print, prints_weaker_fn *is_weaker,
                   const void *records, uint64_t *evicted)
{
    size_t home = prints_home(prints, print);
    size_t slot = home;
    for (size_t i = home; i < home + PRINTS_WAYS && prints->print[slot] != 0; i++)
        if (prints->print[i] == 0 || is_weaker(records, i, slot))
            slot = i;
    *evicted += prints->print[slot] != 0;
    prints->print[slot] = print;
    return slot;
}

size_t prints_used(const struct prints *prints)
{
    size_t used = 0;
    for (size_t slot = 0; slot < prints_slots(prints); slot++)
        used += prints->print[slot] != 0;
    return used;
}

static size_t count_free(const struct prints *prints, size_t home, size_t *slot)
{
    size_t count = 0;
    for (size_t i = home; i < home + PRINTS_WAYS; i++)
        if (prints->print[i] == 0) {
            *slot = i;
            count++;
        }
    return count;
}

size_t prints_free_two(const struct prints *prints, uint64_t print)
{
    size_t first = PRINTS_NONE;
    size_t second = PRINTS_NONE;
    size_t in_first = count_free(prints, prints_home(prints, print), &first);
    size_t in_second = count_free(prints, prints_second(prints, print), &second);
    return in_second > in_first ? second : first;
}
