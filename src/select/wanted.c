// SPDX-License-Identifier: Apache-2.0
/* What is asked of a set: a key, its hash, and where in the filter it would stand. */
#include "select/indicators_private.h"

static struct bytes octets_of(const struct ip_address *address)
{
    return (struct bytes){ address->octets, sizeof address->octets };
}

struct wanted wanted_address(const struct indicators *set, const struct ip_address *address)
{
    struct spot spot = spot_of_address(set, address);
    return (struct wanted){ .kind = INDICATOR_ADDRESS,
                            .key = octets_of(address),
                            .line = spot.line,
                            .hash = spot.hash };
}

bool is_v4_prefix(const struct ip_address *address, uint8_t len)
{
    return len >= V4_BITS && ip_is_v4(address);
}

/* address is the prefix's: bits past len are 0. */
struct wanted wanted_prefix(const struct indicators *set, const struct ip_address *address,
                            uint8_t len)
{
    struct words words = words_of(address);
    uint8_t group = prefix_group(len, is_v4_prefix(address, len));
    return (struct wanted){ .kind = INDICATOR_PREFIX,
                            .key = octets_of(address),
                            .len = len,
                            .line = prefix_line(set, words, group),
                            .hash = prefix_hash(set, words, len) };
}

struct wanted wanted_endpoint(const struct indicators *set, const struct ip_address *address,
                              uint16_t port, uint8_t protocol)
{
    struct spot spot = spot_of_endpoint(set, address, port);
    return (struct wanted){ .kind = INDICATOR_ENDPOINT,
                            .key = octets_of(address),
                            .port = port,
                            .protocol = protocol,
                            .line = spot.line,
                            .hash = spot.hash };
}

/* JA3, JA4, CERTIFICATE, SIGNATURE. */
struct wanted wanted_bytes(const struct indicators *set, enum indicator_kind kind,
                           struct bytes bytes)
{
    struct spot spot = spot_of_bytes(set, kind, bytes);
    return (struct wanted){ .kind = kind,
                            .key = bytes,
                            .len = (uint8_t)bytes.len,
                            .line = spot.line,
                            .hash = spot.hash };
}

struct wanted wanted_suffix(const struct indicators *set, const struct suffix_walk *walk)
{
    struct bytes suffix = bytes_slice(walk->name, walk->start, walk->name.len);
    return (struct wanted){ .kind = INDICATOR_DOMAIN,
                            .key = suffix,
                            .len = (uint8_t)suffix.len,
                            .line = walk->line,
                            .hash = hash_key_of(&set->key, walk->hash, INDICATOR_DOMAIN, 0) };
}

struct wanted wanted_domain(const struct indicators *set, struct bytes name)
{
    struct suffix_walk walk = walk_over(name);
    while (next_suffix(&set->key, &walk))
        continue;
    return wanted_suffix(set, &walk);
}

/* A record's octets are its key as long as the record stands. */
struct wanted wanted_record(const struct indicators *set, const struct record *record)
{
    struct bytes key = record_key(set, record);
    struct ip_address address = { { 0 } };
    struct wanted wanted;
    if (key.len == sizeof address.octets)
        memcpy(address.octets, key.at, key.len);
    switch ((enum indicator_kind)record->kind) {
    case INDICATOR_PREFIX: wanted = wanted_prefix(set, &address, record->len); break;
    case INDICATOR_ENDPOINT:
        wanted = wanted_endpoint(set, &address, record->port, record->protocol);
        break;
    case INDICATOR_DOMAIN: return wanted_domain(set, key);
    case INDICATOR_JA3:
    case INDICATOR_JA4:
    case INDICATOR_CERTIFICATE:
    case INDICATOR_SIGNATURE: return wanted_bytes(set, (enum indicator_kind)record->kind, key);
    case INDICATOR_ADDRESS:
    case INDICATOR_KINDS:
    default: wanted = wanted_address(set, &address); break;
    }
    wanted.key = key;
    return wanted;
}
