// SPDX-License-Identifier: Apache-2.0
#include "behaviour/active_lines.h"
#include "check.h"

enum { STATES = 8, LINES = 5000 };

static const struct hash_key test_key = { { 0xa0761d6478bd642f, 0xe7037ed1a0b428db,
                                            0x8ebc6af09c88c6e3, 0x589965cc75374cc3 } };

static uint64_t hash_of(uint32_t i)
{
    struct ip_address line = { { 0x20, 0x01, 0x0d, 0xb8 } };
    memcpy(line.octets + 12, &i, sizeof i);
    return active_lines_hash(&test_key, &line);
}

/* As workers do: each sees some of the lines, and tells the others those that change what it
 * told before. */
static void those_who_tell_what_changes_all_count_the_same(void **state)
{
    (void)state;
    static struct active_lines alone, told[STATES], each[STATES];
    size_t messages = 0;
    for (uint32_t i = 0; i < 4 * LINES; i++) {
        uint64_t hash = hash_of(i % LINES);
        size_t who = (i / 7) % STATES;
        (void)active_lines_add(&alone, hash);
        if (!active_lines_add(&told[who], hash))
            continue;
        messages++;
        for (size_t to = 0; to < STATES; to++)
            (void)active_lines_add(&each[to], hash);
    }
    for (size_t to = 0; to < STATES; to++)
        assert_memory_equal(&each[to], &alone, sizeof alone);
    check(active_lines_count(&alone) > 0.9 * LINES && active_lines_count(&alone) < 1.1 * LINES);
    check(messages < 4 * LINES);
}

static void two_merged_are_as_one_that_saw_all(void **state)
{
    (void)state;
    struct active_lines a = { .parts = { { { 0 } } } }, b = a, whole = a;
    for (uint32_t i = 0; i < LINES; i++) {
        (void)active_lines_add(i % 3 ? &a : &b, hash_of(i));
        (void)active_lines_add(&whole, hash_of(i));
    }
    active_lines_merge(&a, &b);
    assert_memory_equal(&a, &whole, sizeof a);
}

TESTS(TEST(those_who_tell_what_changes_all_count_the_same),
      TEST(two_merged_are_as_one_that_saw_all))
