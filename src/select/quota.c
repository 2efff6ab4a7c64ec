// SPDX-License-Identifier: Apache-2.0
/* Servers stand in groups of eight; a full group loses one of an earlier day.  What is lost is
 * not taken off its day's count, so a server that comes again is counted again, and the rule
 * stops earlier, never later. */
#include "select/quota_private.h"

#include "base/must.h"

enum { GROUP = 8, DAYS = 1024 };

struct counted {
    uint64_t mark; /* of rule, day and server; 0 for a free place */
    int64_t day;
};

struct day_count {
    uint64_t rule;
    int64_t day;
    uint32_t servers;
};

struct quota {
    struct hash_key key;
    struct counted *counted;
    size_t group_mask;
    struct day_count days[DAYS];
    size_t day_count;
    int64_t closed_day; /* and all before it: their counts are gone, so nothing more is named */
    uint32_t share, shares;
};

static size_t groups_of(size_t servers_max)
{
    size_t groups = 1;
    while (groups * GROUP * 2 <= servers_max)
        groups *= 2;
    return groups;
}

size_t quota_size(size_t servers_max)
{
    return sizeof(struct quota) + 2 * alignof(max_align_t) +
           groups_of(servers_max) * GROUP * sizeof(struct counted);
}

struct quota *quota_init(const struct select_limits *limits, struct hash_key key,
                         struct arena *keep)
{
    struct quota *quota = ARENA_NEW(keep, struct quota, 1);
    size_t groups = groups_of(limits->quota_max);
    quota->key = key;
    quota->counted = ARENA_NEW(keep, struct counted, groups * GROUP);
    quota->group_mask = groups - 1;
    quota->closed_day = INT64_MIN;
    quota->share = limits->share;
    quota->shares = limits->shares > 0 ? limits->shares : 1;
    return quota;
}

/* Of several that share the work, each has its part of the number: all together never name
 * more. */
static uint32_t part_of(const struct quota *quota, uint32_t servers_max)
{
    return servers_max / quota->shares + (quota->share < servers_max % quota->shares);
}

/* Room for another count, in place of the earliest day's when all is taken; NULL when that
 * is the day in hand. */
static struct day_count *new_day(struct quota *quota, int64_t day)
{
    if (quota->day_count < DAYS)
        return &quota->days[quota->day_count++];
    struct day_count *earliest = &quota->days[0];
    for (size_t i = 1; i < DAYS; i++)
        earliest = quota->days[i].day < earliest->day ? &quota->days[i] : earliest;
    if (earliest->day >= day)
        return NULL;
    quota->closed_day = earliest->day;
    return earliest;
}

static struct day_count *find_day(struct quota *quota, const struct quota_claim *claim)
{
    if (claim->day <= quota->closed_day)
        return NULL;
    for (size_t i = 0; i < quota->day_count; i++) {
        struct day_count *day = &quota->days[i];
        if (day->rule == claim->rule && day->day == claim->day)
            return day;
    }
    struct day_count *day = new_day(quota, claim->day);
    if (day)
        *day = (struct day_count){ .rule = claim->rule, .day = claim->day };
    return day;
}

static uint64_t mark_of(const struct quota *quota, const struct quota_claim *claim)
{
    uint64_t server = hash_sixteen(&quota->key, claim->server.octets);
    return hash_two(&quota->key, hash_two(&quota->key, claim->rule, (uint64_t)claim->day),
                    server) |
           1;
}

/* A place for the mark: its own, a free one, or one of an earlier day; NULL when there is
 * none. */
static struct counted *find_place(struct quota *quota, uint64_t mark, int64_t day)
{
    struct counted *group = &quota->counted[(mark >> 32 & quota->group_mask) * GROUP];
    struct counted *place = NULL;
    for (size_t i = 0; i < GROUP; i++) {
        if (group[i].mark == mark)
            return &group[i];
        if (group[i].mark == 0 || group[i].day < day)
            place = place && place->mark == 0 ? place : &group[i];
    }
    return place;
}

bool quota_claim(struct quota *quota, const struct quota_claim *claim)
{
    uint64_t mark = mark_of(quota, claim);
    struct counted *place = find_place(quota, mark, claim->day);
    if (place && place->mark == mark)
        return true;
    struct day_count *day = find_day(quota, claim);
    if (!place || !day || day->servers >= part_of(quota, claim->servers_max))
        return false;
    day->servers++;
    *place = (struct counted){ mark, claim->day };
    return true;
}
