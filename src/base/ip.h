// SPDX-License-Identifier: Apache-2.0
/* IP addresses and prefixes.  An IPv4 address is held as its IPv4-mapped IPv6 form (RFC 4291
 * 2.5.5.2), so tables need one key; it is written as IPv4. */
#pragma once

#include "base/hash.h"
#include "base/text.h"

enum { IP_TEXT_MAX = 64 }; /* an address or a prefix, with its NUL */

struct ip_address {
    uint8_t octets[16];
};

/* len counts bits of the 128; an IPv4 prefix /n has len 96 + n.  Bits past len are 0. */
struct ip_prefix {
    struct ip_address address;
    uint8_t len;
};

/* v4 in host order: 0x7f000001 is 127.0.0.1. */
struct ip_address ip_from_v4(uint32_t v4);

/* The first 80 bits 0, then 16 that are 1. */
static inline bool ip_is_v4(const struct ip_address *address)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    return memcmp(address->octets, mapped, sizeof mapped) == 0;
}

/* Only when ip_is_v4. */
static inline uint32_t ip_to_v4(const struct ip_address *address)
{
    const uint8_t *o = address->octets;
    return (uint32_t)o[12] << 24 | (uint32_t)o[13] << 16 | (uint32_t)o[14] << 8 | o[15];
}

static inline bool ip_equal(const struct ip_address *a, const struct ip_address *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

bool ip_is_zero(const struct ip_address *address);
/* Multicast, or the IPv4 limited broadcast. */
bool ip_is_multicast(const struct ip_address *address);
/* Private, unique-local, link-local, loopback, carrier-grade NAT (RFC 1918, 4193, 3927, 4291,
 * 6598): addresses that never cross a border by themselves. */
bool ip_is_internal(const struct ip_address *address);

/* The same for both directions of a pair of addresses, for spreading pairs over workers. */
uint64_t ip_pair_hash(const struct hash_key *key, const struct ip_address *a,
                      const struct ip_address *b);

void ip_write(const struct ip_address *address, struct text *out); /* RFC 5952 */
MUST_CHECK bool ip_read(struct bytes bytes, struct ip_address *out);

/* Clears the bits past len. */
static inline void ip_mask(struct ip_address *address, uint8_t len)
{
    size_t at = len / 8;
    if (at >= sizeof address->octets)
        return;
    address->octets[at] = (uint8_t)(address->octets[at] & 0xff00U >> len % 8);
    memset(address->octets + at + 1, 0, sizeof address->octets - at - 1);
}

bool ip_prefix_holds(const struct ip_prefix *prefix, const struct ip_address *address);
void ip_prefix_write(const struct ip_prefix *prefix, struct text *out);
/* "192.0.2.0/24", "2001:db8::/32", or a lone address (its full length).  Bits past the length
 * must be 0. */
MUST_CHECK bool ip_prefix_read(struct bytes bytes, struct ip_prefix *out);
