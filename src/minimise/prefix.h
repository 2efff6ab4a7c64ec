// SPDX-License-Identifier: Apache-2.0
/* Prefix-preserving pseudonyms: Crypto-PAn (Xu, Fan, Ammar and Moon, "Prefix-Preserving IP
 * Address Anonymization", ICNP 2002) with AES-128.  Two addresses that share their first n bits
 * have pseudonyms that share exactly their first n bits.  That leaks the structure of what is
 * behind the border, and one line that becomes known gives away bits of its neighbours: see
 * docs/decisions/0034.  Pure; the caches hold addresses of lines in memory only. */
#pragma once

#include "base/arena.h"
#include "base/ip.h"

enum { PREFIX_KEY_BYTES = 32 };

struct prefix_cipher;

size_t prefix_cipher_size(void);
/* The first half of the key is the cipher's, of the second the padding is made. */
struct prefix_cipher *prefix_cipher_init(const uint8_t key[PREFIX_KEY_BYTES],
                                         struct arena *keep);
/* IPv4 becomes IPv4.  Costs nothing much when the address was asked for lately; else 16 or 32
 * blocks of AES for IPv4, 128 for IPv6. */
struct ip_address prefix_pseudonym(struct prefix_cipher *cipher,
                                   const struct ip_address *address);
