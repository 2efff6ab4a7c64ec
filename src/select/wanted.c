// SPDX-License-Identifier: Apache-2.0
/* What is asked of a set: a key, its hash, and where in the filter it would stand. */
#include "select/indicators_private.h"

static struct bytes octets_of(const struct ip_address *address)
{
    return (struct bytes){ address->octets, sizeof address->octets };
}

struct wanted wanted_address(const struct indicators *set, const struct ip_address *address)
{
    uint64_t base = hash_address(&set->key, address);
    return (struct wanted){ .kind = INDICATOR_ADDRESS,
                            .key = octets_of(address),
                            .base = base,
                            .hash = hash_key_of(&set->key, base, INDICATOR_ADDRESS, 0) };
}

/* address is the prefix's: bits past len are 0. */
struct wanted wanted_prefix(const struct indicators *set, const struct ip_address *address,
                            uint8_t len)
{
    uint64_t base = hash_address(&set->key, address);
    return (struct wanted){ .kind = INDICATOR_PREFIX,
                            .key = octets_of(address),
                            .len = len,
                            .base = base,
                            .hash = hash_key_of(&set->key, base, INDICATOR_PREFIX, len) };
}

/* The protocol is no part of the hash: a record may be of any. */
struct wanted wanted_endpoint(const struct indicators *set, const struct ip_address *address,
                              uint16_t port, uint8_t protocol)
{
    uint64_t base = hash_address(&set->key, address);
    return (struct wanted){ .kind = INDICATOR_ENDPOINT,
                            .key = octets_of(address),
                            .port = port,
                            .protocol = protocol,
                            .base = base,
                            .hash = hash_key_of(&set->key, base, INDICATOR_ENDPOINT, port) };
}

/* JA3, JA4, CERTIFICATE. */
struct wanted wanted_bytes(const struct indicators *set, enum indicator_kind kind,
                           struct bytes bytes)
{
    uint64_t base = hash_bytes(&set->key, bytes);
    return (struct wanted){ .kind = kind,
                            .key = bytes,
                            .len = (uint8_t)bytes.len,
                            .base = base,
                            .hash = hash_key_of(&set->key, base, kind, 0) };
}

bool next_suffix(const struct hash_key *key, struct suffix_walk *walk)
{
    if (walk->start == 0)
        return false;
    size_t end = walk->labels == 0 ? walk->name.len : walk->start - 1;
    size_t start = end;
    while (start > 0 && walk->name.at[start - 1] != '.')
        start--;
    struct bytes label = bytes_slice(walk->name, start, end - start);
    walk->hash = hash_two(key, walk->hash, hash_bytes(key, label));
    walk->start = start;
    walk->labels++;
    return true;
}

struct suffix_walk walk_over(struct bytes name)
{
    return (struct suffix_walk){ .name = name, .start = name.len };
}

struct wanted wanted_suffix(const struct indicators *set, const struct suffix_walk *walk)
{
    struct bytes suffix = bytes_slice(walk->name, walk->start, walk->name.len);
    return (struct wanted){ .kind = INDICATOR_DOMAIN,
                            .key = suffix,
                            .len = (uint8_t)suffix.len,
                            .base = walk->hash,
                            .hash = hash_key_of(&set->key, walk->hash, INDICATOR_DOMAIN, 0) };
}

struct wanted wanted_domain(const struct indicators *set, struct bytes name)
{
    struct suffix_walk walk = walk_over(name);
    while (next_suffix(&set->key, &walk))
        continue;
    return wanted_suffix(set, &walk);
}
