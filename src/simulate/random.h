// SPDX-License-Identifier: Apache-2.0
/* Randomness that is the same on every machine: xoshiro256** seeded through splitmix64 (both
 * public domain, by D. Blackman and S. Vigna), and distributions in integers alone, since two C
 * libraries need not agree on the last bit of a logarithm.  For synthetic traffic only. */
#pragma once

#include "base/bytes.h"

struct random {
    uint64_t word[4];
};

/* One step of splitmix64, also good to mix two numbers into a third. */
uint64_t random_mix(uint64_t word);
struct random random_from(uint64_t seed);
uint64_t random_u64(struct random *random);

static inline uint32_t random_u32(struct random *random)
{
    return (uint32_t)(random_u64(random) >> 32);
}

/* From 0 to bound - 1; 0 when bound is 0. */
static inline uint32_t random_below(struct random *random, uint32_t bound)
{
    return (uint32_t)((uint64_t)random_u32(random) * bound >> 32);
}

/* From low to high, both included; low <= high. */
static inline uint32_t random_between(struct random *random, uint32_t low, uint32_t high)
{
    return low + random_below(random, high - low + 1);
}

static inline bool random_percent(struct random *random, uint32_t percent)
{
    return random_below(random, 100) < percent;
}

/* Exponentially distributed with this mean (not negative); at most some 22 means. */
int64_t random_exponential(struct random *random, int64_t mean);
/* Pareto with shape 1, from least (at least 1) on, cut at most: the gaps of people. */
int64_t random_pareto(struct random *random, int64_t least, int64_t most);
/* Uniform in value * (1 +- percent / 100); percent at most 100. */
int64_t random_jitter(struct random *random, int64_t value, uint32_t percent);
void random_fill(struct random *random, uint8_t *out, size_t len);
