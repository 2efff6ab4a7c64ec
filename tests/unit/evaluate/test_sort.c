// SPDX-License-Identifier: Apache-2.0
#include "evaluate/sort.h"

#include <stdint.h>

#include "check.h"

static int compare(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

static void whatever_the_order_it_comes_out_sorted(void **state)
{
    (void)state;
    static uint32_t values[1000];
    for (uint32_t count = 0; count <= 1000; count += 37) {
        uint64_t before = 0, after = 0;
        for (uint32_t i = 0; i < count; i++)
            before += values[i] = i * 2654435761U % 97;
        sort_run(values, count, sizeof *values, compare);
        for (uint32_t i = 0; i < count; i++) {
            after += values[i];
            check(i == 0 || values[i - 1] <= values[i]);
        }
        check(before == after);
    }
}

TESTS(TEST(whatever_the_order_it_comes_out_sorted))
