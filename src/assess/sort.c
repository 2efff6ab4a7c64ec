// SPDX-License-Identifier: Apache-2.0
#include "assess/sort_private.h"

struct sorting {
    uint32_t *order;
    sort_before_fn *before;
    const void *context;
};

static bool stands_before(const struct sorting *sorting, size_t a, size_t b)
{
    return sorting->before(sorting->context, sorting->order[a], sorting->order[b]);
}

static void swap(uint32_t *order, size_t a, size_t b)
{
    uint32_t moved = order[a];
    order[a] = order[b];
    order[b] = moved;
}

static void sift_down(const struct sorting *sorting, size_t at, size_t count)
{
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && stands_before(sorting, child, child + 1))
            child++;
        if (!stands_before(sorting, at, child))
            return;
        swap(sorting->order, at, child);
    }
}

/* Heapsort. */
void sort_order(uint32_t *order, size_t count, sort_before_fn *before, const void *context)
{
    struct sorting sorting = { order, before, context };
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = count / 2; i-- > 0;)
        sift_down(&sorting, i, count);
    for (size_t end = count; end-- > 1;) {
        swap(order, 0, end);
        sift_down(&sorting, 0, end);
    }
}
