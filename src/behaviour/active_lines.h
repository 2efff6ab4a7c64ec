// SPDX-License-Identifier: Apache-2.0
/* How many different lines are active: bounded, merged by maxima, the same whoever adds which
 * line first. */
#pragma once

#include "base/hash.h"
#include "base/ip.h"
#include "behaviour/sketch.h"

enum { ACTIVE_LINES_PARTS = 16 };

struct active_lines {
    struct sketch parts[ACTIVE_LINES_PARTS]; /* a line is in one of them */
};

static inline uint64_t active_lines_hash(const struct hash_key *key,
                                         const struct ip_address *line)
{
    return hash_sixteen(key, line->octets);
}

/* Did it change?  Where it does not, it changes nothing where all that was added here is. */
bool active_lines_add(struct active_lines *lines, uint64_t line_hash);
double active_lines_count(const struct active_lines *lines);
void active_lines_merge(struct active_lines *lines, const struct active_lines *other);
