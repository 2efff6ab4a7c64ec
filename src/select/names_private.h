// SPDX-License-Identifier: Apache-2.0
/* A name's suffixes from the right, label by label: the hash of each grows from the last, so
 * that a name costs what its length does.  In line, because every name on the wire is asked. */
#pragma once

#include "base/attr.h"
#include "base/hash.h"

enum { WALK_DOTS_MAX = 64 };

struct suffix_walk {
    struct bytes name;
    uint64_t dots; /* among the last 64 octets, those to come; bit 0 is the last octet */
    size_t start;  /* of the suffix */
    size_t labels;
    uint64_t hash;
    uint64_t line; /* of two labels their own; of more that of the last three */
};

static inline uint32_t hash_load32(const uint8_t *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Which of eight octets are dots, as eight bits, the first lowest.  A sum per octet cannot
 * carry into the next: its highest bit is taken off before. */
static inline uint64_t dots_of(const uint8_t *at)
{
    const uint64_t low = 0x7f7f7f7f7f7f7f7f, dots = 0x2e2e2e2e2e2e2e2e;
    uint64_t word = hash_load64(at) ^ dots;
    uint64_t are_dots = ~(((word & low) + low) | word | low);
    return (are_dots >> 7) * 0x0102040810204080 >> 56;
}

static inline uint64_t reversed(uint64_t eight_bits)
{
    return (eight_bits * 0x0202020202 & 0x010884422010) % 1023;
}

/* The label's octets as two words: its first eight and last eight, which overlap below 16. */
static inline uint64_t hash_label(const struct hash_key *key, uint64_t state,
                                  struct bytes label)
{
    const uint8_t *at = label.at;
    size_t len = label.len;
    uint64_t low = 0, high = 0, inner;
    if (len > 16) {
        inner = hash_bytes(key, label);
        return hash_fold(inner ^ state, key->word[3] ^ len);
    }
    if (len >= 8) {
        low = hash_load64(at);
        high = hash_load64(at + len - 8);
    } else if (len >= 4) {
        low = hash_load32(at);
        high = hash_load32(at + len - 4);
    } else if (len > 0) {
        low = (uint64_t)at[0] << 16 | (uint64_t)at[len / 2] << 8 | at[len - 1];
    }
    inner = hash_fold(low ^ key->word[1], high ^ key->word[2]);
    return hash_fold(inner ^ state, key->word[3] ^ len);
}

static inline struct suffix_walk walk_over(struct bytes name)
{
    struct suffix_walk walk = { .name = name, .start = name.len };
    size_t end = name.len, taken = 0;
    for (; end >= 8 && taken < WALK_DOTS_MAX; end -= 8, taken += 8)
        walk.dots |= reversed(dots_of(name.at + end - 8)) << taken;
    for (; end > 0 && taken < WALK_DOTS_MAX; end--, taken++)
        walk.dots |= (uint64_t)(name.at[end - 1] == '.') << taken;
    return walk;
}

/* Where the label that ends before end begins. */
static inline size_t label_start(struct suffix_walk *walk, size_t end)
{
    size_t len = walk->name.len;
    if (LIKELY(walk->dots != 0)) {
        size_t back = (size_t)__builtin_ctzll(walk->dots);
        walk->dots &= walk->dots - 1;
        return len - back;
    }
    if (LIKELY(len <= WALK_DOTS_MAX))
        return 0;
    size_t start = end < len - WALK_DOTS_MAX ? end : len - WALK_DOTS_MAX;
    while (start > 0 && walk->name.at[start - 1] != '.')
        start--;
    return start;
}

/* From a name's top level down; false past its whole. */
static inline bool next_suffix(const struct hash_key *key, struct suffix_walk *walk)
{
    if (walk->start == 0)
        return false;
    size_t end = walk->labels == 0 ? walk->name.len : walk->start - 1;
    size_t start = label_start(walk, end);
    struct bytes label = { walk->name.at + start, end - start };
    walk->hash = hash_label(key, walk->hash, label);
    walk->start = start;
    if (++walk->labels <= 3)
        walk->line = walk->hash;
    return true;
}
