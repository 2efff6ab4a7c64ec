// SPDX-License-Identifier: Apache-2.0
#include "simulate/random.h"

#include "check.h"

/* The first outputs of splitmix64 from 0, as its authors' program prints them. */
static void mixing_agrees_with_the_published_generator(void **state)
{
    (void)state;
    check(random_mix(0) == 0xe220a8397b1dcdaf);
    check(random_mix(0x9e3779b97f4a7c15) == 0x6e789e6aa1b965f4);
}

static void the_same_seed_gives_the_same_numbers(void **state)
{
    (void)state;
    struct random a = random_from(1);
    struct random b = random_from(1);
    struct random other = random_from(2);
    unsigned same = 0;
    for (unsigned i = 0; i < 1000; i++) {
        uint64_t number = random_u64(&a);
        check(number == random_u64(&b));
        same += number == random_u64(&other);
    }
    check(same == 0);
}

static void numbers_stay_within_their_bounds(void **state)
{
    (void)state;
    struct random random = random_from(3);
    check_equal(random_below(&random, 0), 0);
    for (unsigned i = 0; i < 10000; i++) {
        check(random_below(&random, 7) < 7);
        uint32_t between = random_between(&random, 5, 9);
        check(between >= 5 && between <= 9);
        int64_t jitter = random_jitter(&random, 60000000000, 20);
        check(jitter >= 48000000000 && jitter <= 72000000000);
        check(random_jitter(&random, 1000, 0) == 1000);
        int64_t pareto = random_pareto(&random, 100, 5000);
        check(pareto >= 100 && pareto <= 5000);
        check(random_exponential(&random, 1000) >= 0);
        check(random_exponential(&random, INT64_MAX / 32) >= 0);
    }
}

static void exponentials_have_their_mean(void **state)
{
    (void)state;
    struct random random = random_from(4);
    int64_t sum = 0;
    unsigned below_mean = 0;
    for (unsigned i = 0; i < 100000; i++) {
        int64_t value = random_exponential(&random, 1000000);
        sum += value;
        below_mean += value < 1000000;
    }
    check(sum > 98000000000 && sum < 102000000000);
    check(below_mean > 62200 && below_mean < 64200); /* 1 - 1/e of them */
}

static void half_of_a_pareto_is_below_twice_the_least(void **state)
{
    (void)state;
    struct random random = random_from(5);
    unsigned below = 0;
    for (unsigned i = 0; i < 100000; i++)
        below += random_pareto(&random, 1000, INT64_MAX) < 2000;
    check(below > 49000 && below < 51000);
}

static void every_shorter_filling_is_the_start_of_the_longer(void **state)
{
    (void)state;
    uint8_t whole[64];
    struct random random = random_from(6);
    random_fill(&random, whole, sizeof whole);
    for (size_t len = 0; len < sizeof whole; len++) {
        uint8_t part[64] = { 0 };
        random = random_from(6);
        random_fill(&random, part, len);
        check(memcmp(part, whole, len) == 0);
        check(part[len] == 0);
    }
}

TESTS(TEST(mixing_agrees_with_the_published_generator),
      TEST(the_same_seed_gives_the_same_numbers), TEST(numbers_stay_within_their_bounds),
      TEST(exponentials_have_their_mean), TEST(half_of_a_pareto_is_below_twice_the_least),
      TEST(every_shorter_filling_is_the_start_of_the_longer))
