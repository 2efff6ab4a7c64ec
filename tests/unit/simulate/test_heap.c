// SPDX-License-Identifier: Apache-2.0
#include "simulate/heap.h"

#include "check.h"
#include "simulate/random.h"

static uint8_t memory[1 << 16];

static struct heap new_heap(size_t max)
{
    struct arena arena = arena_over(memory, sizeof memory);
    struct heap heap;
    heap_init(&heap, max, &arena);
    return heap;
}

static void moments_come_out_in_the_order_of_their_times(void **state)
{
    (void)state;
    struct heap heap = new_heap(1000);
    struct random random = random_from(1);
    for (uint32_t i = 0; i < 1000; i++)
        heap_put(&heap, random_below(&random, 300), i);
    int64_t before = -1;
    uint32_t serial = 0;
    while (heap.count > 0) {
        const struct moment *first = heap_first(&heap);
        check(first->time_ns > before || (first->time_ns == before && first->serial > serial));
        before = first->time_ns;
        serial = first->serial;
        heap_drop_first(&heap);
    }
}

static void of_two_at_one_time_the_first_put_in_comes_first(void **state)
{
    (void)state;
    struct heap heap = new_heap(4);
    heap.serial = UINT32_MAX - 1; /* also across the end of the counter */
    for (uint32_t i = 0; i < 4; i++)
        heap_put(&heap, 5, i);
    for (uint32_t i = 0; i < 4; i++) {
        check_equal(heap_first(&heap)->what, i);
        heap_drop_first(&heap);
    }
}

static void a_delayed_moment_waits_behind_the_others(void **state)
{
    (void)state;
    struct heap heap = new_heap(3);
    heap_put(&heap, 1, 1);
    heap_put(&heap, 2, 2);
    heap_put(&heap, 3, 3);
    heap_delay_first(&heap, 2);
    check_equal(heap_first(&heap)->what, 2);
    heap_drop_first(&heap);
    check_equal(heap_first(&heap)->what, 1);
    heap_drop_first(&heap);
    check_equal(heap_first(&heap)->what, 3);
}

TESTS(TEST(moments_come_out_in_the_order_of_their_times),
      TEST(of_two_at_one_time_the_first_put_in_comes_first),
      TEST(a_delayed_moment_waits_behind_the_others))
