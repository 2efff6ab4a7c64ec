// SPDX-License-Identifier: Apache-2.0
#include "minimise/prefix.h"

#include <nettle/aes.h>

#include "base/hash.h"

enum {
    BLOCK = AES_BLOCK_SIZE,
    V4_BITS = 32,
    V4_HALF_BITS = 16, /* the upper half has a table of its own */
    V4_HALVES = 1 << V4_HALF_BITS,
    V6_BITS = 128,
    CACHE_SLOTS = 1 << 15
};

struct known {
    struct ip_address address;
    struct ip_address pseudonym;
};

struct prefix_cipher {
    struct aes128_ctx aes;
    uint8_t pad[BLOCK];
    struct hash_key key;        /* of the cache; nobody outside can aim at a slot */
    uint32_t halves[V4_HALVES]; /* one-time pad of an upper half, and IS_KNOWN */
    struct known cache[CACHE_SLOTS];
};

#define IS_KNOWN (UINT32_C(1) << 31)

size_t prefix_cipher_size(void)
{
    return sizeof(struct prefix_cipher) + alignof(struct prefix_cipher);
}

/* The block for one position: the bits before it of the address, the rest of the padding. */
static void write_block(const uint8_t pad[BLOCK], const uint8_t *address, unsigned position,
                        uint8_t out[BLOCK])
{
    unsigned whole = position / 8;
    memcpy(out, pad, BLOCK);
    memcpy(out, address, whole);
    uint8_t mask = (uint8_t)(0xff00u >> position % 8);
    if (whole < BLOCK)
        out[whole] = (uint8_t)((address[whole] & mask) | (pad[whole] & ~mask));
}

/* One-time pad of the bits from..to of an address, first bit first: the first bit of each
 * block enciphered.  All blocks go through the cipher in one call. */
static void write_bits(const struct prefix_cipher *cipher, const uint8_t *address,
                       unsigned from, unsigned to, uint8_t *bits)
{
    uint8_t blocks[V6_BITS * BLOCK];
    for (unsigned position = from; position < to; position++)
        write_block(cipher->pad, address, position, blocks + (size_t)(position - from) * BLOCK);
    aes128_encrypt(&cipher->aes, (size_t)(to - from) * BLOCK, blocks, blocks);
    for (unsigned position = from; position < to; position++) {
        uint8_t bit = blocks[(size_t)(position - from) * BLOCK] >> 7;
        bits[position / 8] |= (uint8_t)(bit << (7 - position % 8));
    }
}

static uint32_t upper_bits(struct prefix_cipher *cipher, const uint8_t *address)
{
    uint32_t *known = &cipher->halves[address[0] << 8 | address[1]];
    if (*known == 0) {
        uint8_t bits[4] = { 0 };
        write_bits(cipher, address, 0, V4_HALF_BITS, bits);
        *known = IS_KNOWN | (uint32_t)bits[0] << 8 | bits[1];
    }
    return *known;
}

static struct ip_address encipher_v4(struct prefix_cipher *cipher,
                                     const struct ip_address *address)
{
    const uint8_t *octets = address->octets + 12;
    uint32_t upper = upper_bits(cipher, octets);
    uint8_t bits[4] = { (uint8_t)(upper >> 8), (uint8_t)upper };
    write_bits(cipher, octets, V4_HALF_BITS, V4_BITS, bits);
    struct ip_address pseudonym = *address;
    for (size_t i = 0; i < sizeof bits; i++)
        pseudonym.octets[12 + i] ^= bits[i];
    return pseudonym;
}

static struct ip_address encipher_v6(const struct prefix_cipher *cipher,
                                     const struct ip_address *address)
{
    struct ip_address pseudonym = { { 0 } };
    write_bits(cipher, address->octets, 0, V6_BITS, pseudonym.octets);
    for (size_t i = 0; i < sizeof pseudonym.octets; i++)
        pseudonym.octets[i] ^= address->octets[i];
    return pseudonym;
}

static struct ip_address encipher(struct prefix_cipher *cipher,
                                  const struct ip_address *address)
{
    return ip_is_v4(address) ? encipher_v4(cipher, address) : encipher_v6(cipher, address);
}

static struct known *slot_of(struct prefix_cipher *cipher, const struct ip_address *address)
{
    uint64_t hash =
        hash_two(&cipher->key, hash_load64(address->octets), hash_load64(address->octets + 8));
    return &cipher->cache[hash % CACHE_SLOTS];
}

struct prefix_cipher *prefix_cipher_init(const uint8_t key[PREFIX_KEY_BYTES],
                                         struct arena *keep)
{
    struct prefix_cipher *cipher = ARENA_NEW(keep, struct prefix_cipher, 1);
    aes128_set_encrypt_key(&cipher->aes, key);
    aes128_encrypt(&cipher->aes, BLOCK, cipher->pad, key + BLOCK);
    static const uint8_t purpose[2 * BLOCK] = "sekisho cache of pseudonyms";
    aes128_encrypt(&cipher->aes, sizeof purpose, (uint8_t *)&cipher->key, purpose);
    /* An empty slot reads as the address of zeros: its own slot must tell the truth. */
    struct ip_address zero = { { 0 } };
    slot_of(cipher, &zero)->pseudonym = encipher(cipher, &zero);
    return cipher;
}

struct ip_address prefix_pseudonym(struct prefix_cipher *cipher,
                                   const struct ip_address *address)
{
    struct known *known = slot_of(cipher, address);
    if (!ip_equal(&known->address, address))
        *known = (struct known){ *address, encipher(cipher, address) };
    return known->pseudonym;
}
