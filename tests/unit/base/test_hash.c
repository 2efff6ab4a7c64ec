// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"

#include "check.h"

static const struct hash_key key = { { 0xa0761d6478bd642f, 0xe7037ed1a0b428db,
                                       0x8ebc6af09c88c6e3, 0x589965cc75374cc3 } };
static const struct hash_key other = { { 0xa0761d6478bd642f, 0xe7037ed1a0b428db,
                                         0x8ebc6af09c88c6e3, 0x589965cc75374cc2 } };

static void every_bit_of_input_length_and_key_counts(void **state)
{
    (void)state;
    uint8_t bytes[40] = { 0 };
    for (size_t len = 0; len <= sizeof bytes; len++) {
        struct bytes whole = { bytes, len };
        uint64_t before = hash_bytes(&key, whole);
        check(hash_bytes(&other, whole) != before);
        for (size_t bit = 0; bit < len * 8; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            check(hash_bytes(&key, whole) != before);
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        check(hash_bytes(&key, whole) == before);
    }
    check(hash_bytes(&key, (struct bytes){ bytes, 1 }) !=
          hash_bytes(&key, (struct bytes){ bytes, 2 }));
}

static void sixteen_octets_in_line_are_hashed_as_any_bytes(void **state)
{
    (void)state;
    uint8_t octets[16] = { 0 };
    for (size_t i = 0; i < 256; i++) {
        octets[i % 16] = (uint8_t)(octets[i % 16] + i);
        check(hash_sixteen(&key, octets) == hash_bytes(&key, (struct bytes){ octets, 16 }));
    }
}

static void two_words_spread_over_the_low_bits(void **state)
{
    (void)state;
    unsigned filled[256] = { 0 };
    for (uint64_t i = 0; i < 65536; i++)
        filled[hash_two(&key, i, 7) & 255]++;
    for (size_t i = 0; i < 256; i++)
        check(filled[i] > 128 && filled[i] < 512);
}

TESTS(TEST(every_bit_of_input_length_and_key_counts),
      TEST(sixteen_octets_in_line_are_hashed_as_any_bytes),
      TEST(two_words_spread_over_the_low_bits))
