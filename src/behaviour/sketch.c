// SPDX-License-Identifier: Apache-2.0
/* HyperLogLog: Flajolet, Fusy, Gandouet, Meunier 2007, with linear counting below 2.5 m. */
#include "behaviour/sketch.h"

#include <math.h>

#include "base/attr.h"
#include "base/must.h"

enum {
    REGISTERS = 64,
    WIDE_REGISTERS = 256,
    RANK_MAX = 15,
    LINE_OCTETS = SEEN_LINE_OCTETS,
    LINE_WORDS = 8,
    LINE_HASHES = 32
};

/* Registers in pairs, the even one low: count is a power of two. */
static inline bool registers_add(uint8_t *registers, unsigned count, uint64_t hash)
{
    size_t index = hash % count;
    uint64_t rest = hash / count;
    unsigned rank = rest == 0 ? RANK_MAX : (unsigned)__builtin_ctzll(rest) + 1;
    if (rank > RANK_MAX)
        rank = RANK_MAX;
    unsigned shift = (unsigned)(index % 2) * 4;
    uint8_t *pair = &registers[index / 2];
    if (rank <= ((unsigned)*pair >> shift & 15U))
        return false;
    *pair = (uint8_t)((*pair & ~(15U << shift)) | rank << shift);
    return true;
}

static double registers_count(const uint8_t *registers, unsigned count, double alpha)
{
    double sum = 0;
    unsigned empty = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned rank = (unsigned)registers[i / 2] >> i % 2 * 4 & 15U;
        sum += 1.0 / (double)(1U << rank);
        empty += rank == 0;
    }
    double raw = alpha * count * count / sum;
    if (raw <= 2.5 * count && empty > 0)
        return count * log((double)count / empty);
    return raw;
}

static void registers_merge(uint8_t *registers, const uint8_t *others, unsigned count)
{
    for (size_t i = 0; i < count / 2; i++) {
        uint8_t low = registers[i] & 15, other_low = others[i] & 15;
        uint8_t high = registers[i] & 240, other_high = others[i] & 240;
        registers[i] = (uint8_t)((low > other_low ? low : other_low) |
                                 (high > other_high ? high : other_high));
    }
}

bool sketch_add(struct sketch *sketch, uint64_t hash)
{
    return registers_add(sketch->registers, REGISTERS, hash);
}

double sketch_count(const struct sketch *sketch)
{
    return registers_count(sketch->registers, REGISTERS, 0.709);
}

void sketch_merge(struct sketch *sketch, const struct sketch *other)
{
    registers_merge(sketch->registers, other->registers, REGISTERS);
}

void wide_sketch_add(struct wide_sketch *sketch, uint64_t hash)
{
    registers_add(sketch->registers, WIDE_REGISTERS, hash);
}

double wide_sketch_count(const struct wide_sketch *sketch)
{
    return registers_count(sketch->registers, WIDE_REGISTERS, 0.7183);
}

void wide_sketch_merge(struct wide_sketch *sketch, const struct wide_sketch *other)
{
    registers_merge(sketch->registers, other->registers, WIDE_REGISTERS);
}

void seen_init(struct seen *seen, size_t octets, struct arena *keep)
{
    MUST(octets >= SEEN_OCTETS_LEAST);
    *seen = (struct seen){ .lines = octets / (2 * LINE_OCTETS) };
    seen->words[0] = arena_take_zeroed(keep, LINE_OCTETS, LINE_OCTETS, seen->lines);
    seen->words[1] = arena_take(keep, LINE_OCTETS, LINE_OCTETS, seen->lines);
    seen->left = seen->lines * LINE_HASHES;
}

static void forget_older(struct seen *seen)
{
    uint64_t *oldest = seen->words[1];
    memset(oldest, 0, seen->lines * LINE_OCTETS);
    seen->words[1] = seen->words[0];
    seen->words[0] = oldest;
    seen->has_older = true;
    seen->left = seen->lines * LINE_HASHES;
}

static size_t line_of(const struct seen *seen, uint64_t hash)
{
    __extension__ unsigned __int128 wide = (unsigned __int128)hash * seen->lines;
    return (size_t)(wide >> 64) * LINE_WORDS;
}

void seen_expect(const struct seen *seen, uint64_t hash)
{
    PREFETCH(seen->words[0] + line_of(seen, hash));
    if (seen->has_older)
        PREFETCH(seen->words[1] + line_of(seen, hash));
}

/* Two bits in one line of cache, at 16 bits a hash: a full generation is wrong for 1 in 70. */
bool seen_add(struct seen *seen, uint64_t hash)
{
    uint64_t bits[2] = { UINT64_C(1) << hash % 64, UINT64_C(1) << (hash >> 6) % 64 };
    size_t at[2] = { line_of(seen, hash) + (hash >> 12) % LINE_WORDS,
                     line_of(seen, hash) + (hash >> 15) % LINE_WORDS };
    const uint64_t *young = seen->words[0];
    if ((young[at[0]] & bits[0]) != 0 && (young[at[1]] & bits[1]) != 0)
        return true;
    const uint64_t *old = seen->words[1];
    bool was = seen->has_older && (old[at[0]] & bits[0]) != 0 && (old[at[1]] & bits[1]) != 0;
    if (seen->left == 0)
        forget_older(seen);
    seen->left--;
    seen->words[0][at[0]] |= bits[0];
    seen->words[0][at[1]] |= bits[1];
    return was;
}

void seen_merge(struct seen *seen, const struct seen *other)
{
    size_t words = seen->lines * LINE_WORDS;
    MUST(seen->lines == other->lines);
    if (other->has_older && !seen->has_older)
        memset(seen->words[1], 0, seen->lines * LINE_OCTETS);
    for (size_t i = 0; i < words; i++)
        seen->words[0][i] |= other->words[0][i];
    for (size_t i = 0; other->has_older && i < words; i++)
        seen->words[1][i] |= other->words[1][i];
    seen->has_older |= other->has_older;
    uint64_t used = seen->lines * LINE_HASHES - other->left;
    seen->left = seen->left > used ? seen->left - used : 0;
}
