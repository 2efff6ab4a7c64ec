// SPDX-License-Identifier: Apache-2.0
#include "base/ip.h"

#include <arpa/inet.h>

static const uint8_t v4_mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

struct ip_address ip_from_v4(uint32_t v4)
{
    struct ip_address address;
    memcpy(address.octets, v4_mapped, sizeof v4_mapped);
    address.octets[12] = (uint8_t)(v4 >> 24);
    address.octets[13] = (uint8_t)(v4 >> 16);
    address.octets[14] = (uint8_t)(v4 >> 8);
    address.octets[15] = (uint8_t)v4;
    return address;
}

bool ip_is_zero(const struct ip_address *address)
{
    static const struct ip_address zero;
    return ip_equal(address, &zero) || (ip_is_v4(address) && ip_to_v4(address) == 0);
}

bool ip_is_multicast(const struct ip_address *address)
{
    if (!ip_is_v4(address))
        return address->octets[0] == 0xff;
    uint32_t v4 = ip_to_v4(address);
    return v4 >> 28 == 0xe || v4 == UINT32_MAX;
}

static bool is_internal_v4(uint32_t v4)
{
    static const struct {
        uint32_t network;
        uint32_t mask;
    } internal[] = {
        { 0x0a000000, 0xff000000 }, /* 10.0.0.0/8 */
        { 0xac100000, 0xfff00000 }, /* 172.16.0.0/12 */
        { 0xc0a80000, 0xffff0000 }, /* 192.168.0.0/16 */
        { 0x64400000, 0xffc00000 }, /* 100.64.0.0/10 */
        { 0x7f000000, 0xff000000 }, /* 127.0.0.0/8 */
        { 0xa9fe0000, 0xffff0000 }, /* 169.254.0.0/16 */
    };
    for (size_t i = 0; i < sizeof internal / sizeof *internal; i++) {
        if ((v4 & internal[i].mask) == internal[i].network)
            return true;
    }
    return false;
}

bool ip_is_internal(const struct ip_address *address)
{
    static const struct ip_prefix internal[] = {
        { { { 0xfc } }, 7 },
        { { { 0xfe, 0x80 } }, 10 },
        { { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } }, 128 },
    };
    if (ip_is_v4(address))
        return is_internal_v4(ip_to_v4(address));
    for (size_t i = 0; i < sizeof internal / sizeof *internal; i++) {
        if (ip_prefix_holds(&internal[i], address))
            return true;
    }
    return false;
}

void ip_write(const struct ip_address *address, struct text *out)
{
    char words[INET6_ADDRSTRLEN];
    bool is_v4 = ip_is_v4(address);
    const uint8_t *octets = is_v4 ? address->octets + 12 : address->octets;
    if (inet_ntop(is_v4 ? AF_INET : AF_INET6, octets, words, sizeof words))
        text_put_string(out, words);
}

bool ip_read(struct bytes bytes, struct ip_address *out)
{
    char words[INET6_ADDRSTRLEN];
    if (bytes.len == 0 || bytes.len >= sizeof words || memchr(bytes.at, 0, bytes.len))
        return false;
    memcpy(words, bytes.at, bytes.len);
    words[bytes.len] = '\0';
    struct ip_address address;
    uint8_t v4[4];
    if (inet_pton(AF_INET, words, v4) == 1) {
        memcpy(address.octets, v4_mapped, sizeof v4_mapped);
        memcpy(address.octets + sizeof v4_mapped, v4, sizeof v4);
    } else if (inet_pton(AF_INET6, words, address.octets) != 1) {
        return false;
    }
    *out = address;
    return true;
}

/* The bits of octet i that a prefix of len bits covers. */
static uint8_t mask_of_octet(size_t len, size_t i)
{
    size_t from = i * 8;
    if (len >= from + 8)
        return 0xff;
    return len <= from ? 0 : (uint8_t)(0xff00u >> (len - from));
}

bool ip_prefix_holds(const struct ip_prefix *prefix, const struct ip_address *address)
{
    size_t whole = prefix->len / 8;
    if (memcmp(prefix->address.octets, address->octets, whole) != 0)
        return false;
    if (whole == 16)
        return true;
    uint8_t mask = mask_of_octet(prefix->len, whole);
    return ((prefix->address.octets[whole] ^ address->octets[whole]) & mask) == 0;
}

void ip_prefix_write(const struct ip_prefix *prefix, struct text *out)
{
    ip_write(&prefix->address, out);
    text_put_char(out, '/');
    bool is_v4 = prefix->len >= 96 && ip_is_v4(&prefix->address);
    text_put_u64(out, is_v4 ? prefix->len - 96u : prefix->len);
}

bool ip_prefix_read(struct bytes bytes, struct ip_prefix *out)
{
    size_t slash = 0;
    while (slash < bytes.len && bytes.at[slash] != '/')
        slash++;
    struct ip_prefix prefix = { .len = 128 };
    if (!ip_read(bytes_slice(bytes, 0, slash), &prefix.address))
        return false;
    bool is_v4 = memchr(bytes.at, ':', slash) == NULL;
    if (slash < bytes.len) {
        uint64_t len = 0;
        if (!text_read_u64(bytes_slice(bytes, slash + 1, bytes.len), is_v4 ? 32 : 128, &len))
            return false;
        prefix.len = (uint8_t)(is_v4 ? 96 + len : len);
    }
    for (size_t i = 0; i < 16; i++) {
        if (prefix.address.octets[i] & ~mask_of_octet(prefix.len, i) & 0xff)
            return false;
    }
    *out = prefix;
    return true;
}

static uint64_t hash_address(const struct hash_key *key, const struct ip_address *address)
{
    return hash_two(key, hash_load64(address->octets), hash_load64(address->octets + 8));
}

uint64_t ip_pair_hash(const struct hash_key *key, const struct ip_address *a,
                      const struct ip_address *b)
{
    uint64_t x = hash_address(key, a), y = hash_address(key, b);
    return hash_two(key, x + y, x ^ y);
}
