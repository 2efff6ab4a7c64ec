// SPDX-License-Identifier: Apache-2.0
#include "simulate/heap.h"

#include "base/must.h"

static bool is_before(const struct moment *a, const struct moment *b)
{
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns;
    return (int32_t)(a->serial - b->serial) < 0; /* the serial may wrap */
}

void heap_init(struct heap *heap, size_t max, struct arena *keep)
{
    *heap = (struct heap){ .moments = ARENA_NEW(keep, struct moment, max), .max = max };
}

void heap_put(struct heap *heap, int64_t time_ns, uint32_t what)
{
    MUST(heap->count < heap->max);
    struct moment moment = { time_ns, heap->serial++, what };
    size_t at = heap->count++;
    while (at > 0 && is_before(&moment, &heap->moments[(at - 1) / 2])) {
        heap->moments[at] = heap->moments[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap->moments[at] = moment;
}

/* Puts moment where the first was, and lets it sink to its place. */
static void sink(struct heap *heap, struct moment moment)
{
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count &&
            is_before(&heap->moments[child + 1], &heap->moments[child]))
            child++;
        if (!is_before(&heap->moments[child], &moment))
            break;
        heap->moments[at] = heap->moments[child];
        at = child;
    }
    heap->moments[at] = moment;
}

void heap_drop_first(struct heap *heap)
{
    MUST(heap->count > 0);
    heap->count--;
    if (heap->count > 0)
        sink(heap, heap->moments[heap->count]);
}

void heap_delay_first(struct heap *heap, int64_t time_ns)
{
    MUST(heap->count > 0);
    struct moment moment = { time_ns, heap->serial++, heap->moments[0].what };
    sink(heap, moment);
}
