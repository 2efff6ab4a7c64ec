// SPDX-License-Identifier: Apache-2.0
/* How many servers a rule has named on a day, by the time of the event: past its number it
 * stops for that day, whatever comes.  When it cannot be told whether a server was counted
 * before, it stops as well. */
#pragma once

#include "base/arena.h"
#include "base/hash.h"
#include "select/select.h"

struct quota;

struct quota_claim {
    uint64_t rule; /* who it is, over sets */
    int64_t day;
    struct ip_address server;
    uint32_t servers_max;
};

size_t quota_size(size_t servers_max);
struct quota *quota_init(const struct select_limits *limits, struct hash_key key,
                         struct arena *keep);
/* May the rule name this server on that day?  If so it is counted, once. */
bool quota_claim(struct quota *quota, const struct quota_claim *claim);
