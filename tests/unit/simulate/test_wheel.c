// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "simulate/random.h"
#include "simulate/wheel.h"

#include "check.h"

enum { ENTRIES = 3000 };

static struct wheel_entry entries[ENTRIES];

static void take_all_in_order(unsigned tick_bits, int64_t reach_ns)
{
    void *memory = malloc(wheel_size());
    struct arena arena = arena_over(memory, wheel_size());
    struct random random = random_from(tick_bits);
    struct wheel wheel = { .entries = entries,
                           .entry_octets = sizeof *entries,
                           .start_ns = 5,
                           .tick_bits = tick_bits };
    wheel_init(&wheel, &arena);
    check(wheel_take(&wheel) == WHEEL_NONE);
    for (uint32_t i = 0; i < ENTRIES; i++) {
        entries[i].due_ns = (int64_t)(random_u64(&random) % (uint64_t)reach_ns);
        wheel_put(&wheel, i);
    }
    int64_t last_ns = 0;
    size_t taken = 0;
    uint32_t entry;
    while ((entry = wheel_take(&wheel)) != WHEEL_NONE) {
        check(entries[entry].due_ns >= last_ns);
        last_ns = entries[entry].due_ns;
        if (taken++ < 20000) { /* again, sometimes at once */
            entries[entry].due_ns += random_exponential(&random, reach_ns / 8);
            wheel_put(&wheel, entry);
        }
    }
    check_equal(taken, 20000 + ENTRIES);
    free(memory);
}

static void entries_come_out_soonest_first(void **unused)
{
    (void)unused;
    take_all_in_order(0, 1000);
    take_all_in_order(10, INT64_C(1) << 34);
    take_all_in_order(20, INT64_C(1) << 40);
    take_all_in_order(30, INT64_C(1) << 51);
}

static void what_is_overdue_comes_at_once(void **unused)
{
    (void)unused;
    void *memory = malloc(wheel_size());
    struct arena arena = arena_over(memory, wheel_size());
    struct wheel wheel = {
        .entries = entries, .entry_octets = sizeof *entries, .start_ns = 1000, .tick_bits = 4
    };
    wheel_init(&wheel, &arena);
    entries[0].due_ns = 5000;
    entries[1].due_ns = INT64_MIN;
    wheel_put(&wheel, 0);
    wheel_put(&wheel, 1);
    check_equal(wheel_take(&wheel), 1);
    check_equal(wheel_take(&wheel), 0);
    entries[1].due_ns = 3;
    wheel_put(&wheel, 1);
    check_equal(wheel_take(&wheel), 1);
    free(memory);
}

TESTS(TEST(entries_come_out_soonest_first), TEST(what_is_overdue_comes_at_once))
