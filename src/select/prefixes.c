// SPDX-License-Identifier: Apache-2.0
/* Of prefixes only the lengths are asked that any listed prefix near the address has; those of
 * one neighbourhood stand in one line of the filter. */
#include "select/indicators_private.h"

struct prefix_walk prefixes_of(const struct indicators *set, const struct ip_address *address)
{
    struct prefix_walk walk = { .address = words_of(address),
                                .is_v4 = ip_is_v4(address),
                                .group = UINT8_MAX };
    if (walk.is_v4)
        walk.v4_lengths = set->v4_lengths[ip_to_v4(address) >> 16];
    return walk;
}

static bool next_length(const struct indicators *set, struct prefix_walk *walk)
{
    if (walk->is_v4) {
        if (walk->v4_lengths == 0)
            return false;
        unsigned bits = 31 - (unsigned)__builtin_clz(walk->v4_lengths);
        walk->v4_lengths ^= UINT32_C(1) << bits;
        walk->len = (uint8_t)(V4_BITS + bits);
        return true;
    }
    if (walk->v6_at == set->v6_length_count)
        return false;
    walk->len = set->v6_lengths[walk->v6_at++];
    return true;
}

bool next_prefix(const struct indicators *set, struct prefix_walk *walk)
{
    if (!next_length(set, walk))
        return false;
    uint8_t group = prefix_group(walk->len, walk->is_v4);
    if (group != walk->group) {
        walk->group = group;
        walk->line = prefix_line(set, walk->address, group);
    }
    walk->hash = prefix_hash(set, walk->address, walk->len);
    return true;
}

void prefixes_prefetch(const struct indicators *set, const struct ip_address *address)
{
    struct prefix_walk walk = prefixes_of(set, address);
    while (next_length(set, &walk)) {
        uint8_t group = prefix_group(walk.len, walk.is_v4);
        if (group == walk.group)
            continue;
        walk.group = group;
        PREFETCH(filter_line(set, prefix_line(set, walk.address, group)));
    }
}
