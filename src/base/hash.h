// SPDX-License-Identifier: Apache-2.0
/* Keyed 64-bit hashing for tables keyed by the wire: multiply-and-fold over 128 bits with a
 * secret (the construction of wyhash, public domain, by Wang Yi).  The key must come from the
 * system's randomness at start, or, for tests, be fixed.  Not for anything that leaves the
 * process: pseudonyms are made by minimise/ with a cryptographic hash. */
#pragma once

#include "base/bytes.h"

struct hash_key {
    uint64_t word[4];
};

static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_load64(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Two words, one fold each way round. */
static inline uint64_t hash_two(const struct hash_key *key, uint64_t a, uint64_t b)
{
    return hash_fold(hash_fold(a ^ key->word[0], b ^ key->word[1]) ^ key->word[2],
                     key->word[3]);
}

/* What hash_bytes says of 16 octets, in line: most keys are addresses. */
static inline uint64_t hash_sixteen(const struct hash_key *key, const uint8_t *octets)
{
    uint64_t state = hash_fold(hash_load64(octets) ^ key->word[1],
                               hash_load64(octets + 8) ^ key->word[0] ^ 16);
    state = hash_fold(key->word[2], state);
    return hash_fold(state ^ key->word[3], key->word[1] | 1);
}

uint64_t hash_bytes(const struct hash_key *key, struct bytes bytes);
