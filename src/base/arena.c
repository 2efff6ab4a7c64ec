// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include "base/must.h"

void *arena_take(struct arena *arena, size_t size, size_t align, size_t count)
{
    MUST(align > 0 && (align & (align - 1)) == 0);
    MUST(size == 0 || count <= SIZE_MAX / size);
    size_t gap = (size_t)(-(uintptr_t)arena->at & (align - 1));
    size_t need = size * count;
    MUST(gap <= arena->left && need <= arena->left - gap);
    uint8_t *start = arena->at + gap;
    arena->at = start + need;
    arena->left -= gap + need;
    return start;
}

void *arena_take_zeroed(struct arena *arena, size_t size, size_t align, size_t count)
{
    void *start = arena_take(arena, size, align, count);
    if (size * count > 0 && !arena->is_clear)
        memset(start, 0, size * count);
    return start;
}
