// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "behaviour/prints.h"
#include "behaviour/sketch.h"

#include "check.h"

static const struct hash_key test_key = { { 0xa0761d6478bd642f, 0xe7037ed1a0b428db,
                                            0x8ebc6af09c88c6e3, 0x589965cc75374cc3 } };

static void a_sketch_counts_different_things_once(void **state)
{
    (void)state;
    struct sketch sketch = { { 0 } };
    check(sketch_count(&sketch) < 0.01);
    for (int again = 0; again < 3; again++)
        sketch_add(&sketch, hash_two(&test_key, 1, 2));
    check(fabs(sketch_count(&sketch) - 1) < 0.05);
}

/* Relative error over many sketches: 13 % expected, with no bias to speak of. */
static void counts_are_right_on_average(void **state)
{
    (void)state;
    static const uint64_t counts[] = { 3, 10, 30, 100, 300, 1000, 30000 };
    for (size_t kind = 0; kind < sizeof counts / sizeof *counts; kind++) {
        double sum = 0;
        double squares = 0;
        enum { TRIALS = 100 };
        for (uint64_t trial = 0; trial < TRIALS; trial++) {
            struct sketch sketch = { { 0 } };
            for (uint64_t i = 0; i < counts[kind]; i++)
                sketch_add(&sketch, hash_two(&test_key, trial << 32 | i, kind));
            double error = sketch_count(&sketch) / (double)counts[kind] - 1;
            sum += error;
            squares += error * error;
        }
        check(fabs(sum / TRIALS) < 0.06);
        check(sqrt(squares / TRIALS) < 0.2);
    }
}

static void a_set_knows_what_it_saw_and_forgets_the_oldest(void **state)
{
    (void)state;
    enum { OCTETS = 8192, CAPACITY = OCTETS / 128 * 32 };
    void *memory = malloc(OCTETS + 64);
    struct arena arena = arena_over(memory, OCTETS + 64);
    struct seen seen;
    seen_init(&seen, OCTETS, &arena);
    unsigned wrong = 0;
    for (uint64_t i = 0; i < CAPACITY; i++)
        wrong += seen_add(&seen, hash_two(&test_key, i, 1));
    check(wrong < CAPACITY / 35);
    for (uint64_t i = 0; i < CAPACITY; i++)
        check(seen_add(&seen, hash_two(&test_key, i, 1)));
    for (uint64_t i = 0; i < 10 * CAPACITY; i++)
        wrong += seen_add(&seen, hash_two(&test_key, i, 2));
    check(wrong < 11 * CAPACITY / 35);
    unsigned remembered = 0;
    for (uint64_t i = 0; i < CAPACITY; i++)
        remembered += seen_add(&seen, hash_two(&test_key, i, 1));
    check(remembered < CAPACITY / 10);
    free(memory);
}

static void a_fingerprint_is_found_in_its_bucket_alone(void **state)
{
    (void)state;
    void *memory = malloc(4096);
    struct arena arena = arena_over(memory, 4096);
    struct prints prints;
    prints_init(&prints, 100, &arena);
    check_equal(prints_slots(&prints), 96);
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t print = prints_of(hash_two(&test_key, i, 3));
        size_t home = prints_home(&prints, print);
        check(home % PRINTS_WAYS == 0 && home < prints_slots(&prints));
        check(prints_find(&prints, print) == PRINTS_NONE);
        prints.print[home + 5] = print;
        check_equal(prints_find(&prints, print), home + 5);
        prints.print[home + 5] = 0;
    }
    check_equal(prints_of(0), 1);
    free(memory);
}

static void two_sketches_merged_are_one_that_saw_both(void **state)
{
    (void)state;
    struct sketch whole = { { 0 } }, a = { { 0 } }, b = { { 0 } };
    for (uint64_t i = 0; i < 3000; i++) {
        uint64_t hash = hash_two(&test_key, i, 77);
        sketch_add(&whole, hash);
        sketch_add(i % 3 == 0 ? &a : &b, hash);
    }
    sketch_merge(&a, &b);
    check(memcmp(&a, &whole, sizeof a) == 0);
}

static bool is_lower(const void *records, size_t a, size_t b)
{
    const int *worth = records;
    return worth[a] < worth[b];
}

static void a_full_bucket_gives_the_slot_of_the_weakest(void **state)
{
    (void)state;
    uint64_t room[64] = { 0 };
    struct arena arena = arena_over(room, sizeof room);
    struct prints prints;
    uint64_t evicted = 0;
    int worth[PRINTS_WAYS] = { 0 };
    prints_init(&prints, PRINTS_WAYS, &arena);
    for (uint64_t i = 1; i <= PRINTS_WAYS; i++) {
        size_t slot = prints_take(&prints, i, is_lower, worth, &evicted);
        worth[slot] = i == 5 ? -1 : (int)i;
    }
    check_equal(prints_used(&prints), PRINTS_WAYS);
    check_equal(evicted, 0);
    size_t slot = prints_take(&prints, 99, is_lower, worth, &evicted);
    check_equal(worth[slot], -1);
    check_equal(evicted, 1);
    check(prints_find(&prints, 5) == PRINTS_NONE && prints_find(&prints, 99) == slot);
}

TESTS(TEST(two_sketches_merged_are_one_that_saw_both),
      TEST(a_full_bucket_gives_the_slot_of_the_weakest),
      TEST(a_sketch_counts_different_things_once), TEST(counts_are_right_on_average),
      TEST(a_set_knows_what_it_saw_and_forgets_the_oldest),
      TEST(a_fingerprint_is_found_in_its_bucket_alone))
