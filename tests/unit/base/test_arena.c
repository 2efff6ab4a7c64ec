// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include "check.h"

static void things_are_aligned_apart_and_cleared(void **state)
{
    (void)state;
    alignas(64) uint8_t memory[256];
    memset(memory, 0xff, sizeof memory);
    struct arena arena = arena_over(memory, sizeof memory);
    uint8_t *one = ARENA_NEW(&arena, uint8_t, 3);
    uint64_t *two = ARENA_NEW(&arena, uint64_t, 2);
    check((uintptr_t)two % alignof(uint64_t) == 0);
    check((uint8_t *)two >= one + 3);
    check(one[2] == 0 && two[0] == 0 && two[1] == 0);
}

static void a_copy_is_scratch(void **state)
{
    (void)state;
    uint8_t memory[64];
    struct arena keep = arena_over(memory, sizeof memory);
    struct arena scratch = keep;
    (void)arena_take(&scratch, 1, 1, 60);
    check_equal(keep.left, 64);
    check_equal(scratch.left, 4);
}

TESTS(TEST(things_are_aligned_apart_and_cleared), TEST(a_copy_is_scratch))
