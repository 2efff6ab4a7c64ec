// SPDX-License-Identifier: Apache-2.0
#include "simulate/random.h"

uint64_t random_mix(uint64_t word)
{
    word += 0x9e3779b97f4a7c15;
    word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
    word = (word ^ word >> 27) * 0x94d049bb133111eb;
    return word ^ word >> 31;
}

struct random random_from(uint64_t seed)
{
    struct random random;
    for (size_t i = 0; i < 4; i++) {
        random.word[i] = random_mix(seed);
        seed += 0x9e3779b97f4a7c15;
    }
    return random;
}

static uint64_t rotate(uint64_t word, unsigned by)
{
    return word << by | word >> (64 - by);
}

uint64_t random_u64(struct random *random)
{
    uint64_t *word = random->word;
    uint64_t result = rotate(word[1] * 5, 7) * 9;
    uint64_t shifted = word[1] << 17;
    word[2] ^= word[0];
    word[3] ^= word[1];
    word[1] ^= word[2];
    word[0] ^= word[3];
    word[2] ^= shifted;
    word[3] = rotate(word[3], 45);
    return result;
}

/* log2 of a number from 1 to 2^32 - 1, in 1/65536: the whole part is the place of the first
 * bit, and each squaring of the mantissa gives one more bit. */
static uint32_t log2_fixed(uint32_t number)
{
    unsigned whole = 31 - (unsigned)__builtin_clz(number);
    uint64_t mantissa = (uint64_t)number << (31 - whole); /* 1.31 */
    uint32_t fraction = 0;
    for (unsigned bit = 0; bit < 16; bit++) {
        mantissa = mantissa * mantissa >> 31;
        fraction <<= 1;
        if (mantissa >> 32) {
            mantissa >>= 1;
            fraction |= 1;
        }
    }
    return (uint32_t)whole << 16 | fraction;
}

int64_t random_exponential(struct random *random, int64_t mean)
{
    uint32_t uniform = random_u32(random) | 1;
    uint64_t bits = (UINT64_C(32) << 16) - log2_fixed(uniform);
    uint64_t nats = bits * 45426 >> 16; /* ln 2 in 1/65536 */
    __extension__ unsigned __int128 product = (unsigned __int128)(uint64_t)mean * nats;
    return (int64_t)(uint64_t)(product >> 16);
}

int64_t random_pareto(struct random *random, int64_t least, int64_t most)
{
    uint64_t uniform = (uint64_t)random_u32(random) + 1;
    uint64_t ratio = (UINT64_C(1) << 63) / uniform; /* 1.0 is 1 << 31 */
    __extension__ unsigned __int128 wide = (unsigned __int128)(uint64_t)least * ratio >> 31;
    if (wide >> 63 != 0)
        return most;
    uint64_t value = (uint64_t)wide;
    return value > (uint64_t)most ? most : (int64_t)value;
}

int64_t random_jitter(struct random *random, int64_t value, uint32_t percent)
{
    int64_t reach = value / 100 * (int64_t)percent;
    uint64_t width = 2 * (uint64_t)reach + 1;
    __extension__ unsigned __int128 wide = (unsigned __int128)random_u64(random) * width;
    return value - reach + (int64_t)(uint64_t)(wide >> 64);
}

void random_fill(struct random *random, uint8_t *out, size_t len)
{
    for (; len >= 8; out += 8, len -= 8) {
        uint64_t word = random_u64(random);
        for (unsigned i = 0; i < 8; i++)
            out[i] = (uint8_t)(word >> (8 * i));
    }
    uint64_t word = random_u64(random);
    for (unsigned i = 0; i < len; i++)
        out[i] = (uint8_t)(word >> (8 * i));
}
