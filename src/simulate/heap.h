// SPDX-License-Identifier: Apache-2.0
/* What happens next: a binary heap of moments.  Of two at the same time the one put in first
 * comes first, so that a run is the same everywhere. */
#pragma once

#include "base/arena.h"

struct moment {
    int64_t time_ns;
    uint32_t serial;
    uint32_t what; /* the caller's */
};

struct heap {
    struct moment *moments;
    size_t count;
    size_t max;
    uint32_t serial;
};

void heap_init(struct heap *heap, size_t max, struct arena *keep);
/* The caller knows that there is room: what it puts is counted elsewhere. */
void heap_put(struct heap *heap, int64_t time_ns, uint32_t what);
/* The earliest; only when count > 0. */
static inline const struct moment *heap_first(const struct heap *heap)
{
    return heap->moments;
}
void heap_drop_first(struct heap *heap);
/* Drop the first and put it back for later, in one go. */
void heap_delay_first(struct heap *heap, int64_t time_ns);
