// SPDX-License-Identifier: Apache-2.0
/* Memory by lifetime: an arena is one run of memory given out from the front.  Pass it by
 * value for scratch (all of it is free again on return) and by pointer for results that stay.
 * An arena is sized at the door for the worst case, so an exhausted one is a bug. */
#pragma once

#include <stdalign.h>

#include "base/bytes.h"

struct arena {
    uint8_t *at;
    size_t left;
    bool is_clear; /* fresh from the system, all zero: what is taken needs no clearing.  Such an
                      arena is never copied for scratch. */
};

static inline struct arena arena_over(void *memory, size_t size)
{
    return (struct arena){ memory, size, false };
}

/* count things of size bytes each, not cleared.  align is a power of two. */
void *arena_take(struct arena *arena, size_t size, size_t align, size_t count);
/* The same, cleared. */
void *arena_take_zeroed(struct arena *arena, size_t size, size_t align, size_t count);

#define ARENA_NEW(arena, type, count) \
    ((type *)arena_take_zeroed(arena, sizeof(type), alignof(type), count))
