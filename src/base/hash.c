// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"

uint64_t hash_bytes(const struct hash_key *key, struct bytes bytes)
{
    uint64_t state = key->word[0] ^ bytes.len;
    size_t left = bytes.len;
    const uint8_t *at = bytes.at;
    while (left >= 16) {
        state = hash_fold(hash_load64(at) ^ key->word[1], hash_load64(at + 8) ^ state);
        at += 16;
        left -= 16;
    }
    uint8_t tail[16] = { 0 };
    if (left > 0)
        memcpy(tail, at, left);
    state = hash_fold(hash_load64(tail) ^ key->word[2], hash_load64(tail + 8) ^ state);
    return hash_fold(state ^ key->word[3], key->word[1] | 1);
}
