// SPDX-License-Identifier: Apache-2.0
/* What generated keeps of a line that asks for names nobody registered, and which lines ask for
 * the same ones. */
#pragma once

#include "base/arena.h"
#include "base/ip.h"
#include "behaviour/sketch.h"

enum { BOTTOM_MAX = 32, SHORT_NAME_MAX = 63 };

/* The smallest hashes of a set, in order: two sets compare by what theirs have in common
 * (bottom-k: Broder 1997; Cohen and Kaplan 2007). */
struct bottom {
    uint64_t at[BOTTOM_MAX];
    uint32_t count;
    uint32_t filler;
};

/* False when it is there, or too large to stay. */
bool bottom_add(struct bottom *bottom, uint64_t hash);
/* How alike the sets are (Jaccard), and how many of the smallest they share. */
double bottom_overlap(const struct bottom *a, const struct bottom *b, uint32_t *shared);

struct short_name {
    uint64_t rank; /* the least stands for the others */
    uint8_t len;
    char at[SHORT_NAME_MAX];
};

/* Of a day. */
struct asker {
    struct ip_address address; /* sealed until it fires, as are the names */
    int64_t day;
    int64_t hour;
    int64_t first_ns;
    int64_t last_ns;
    uint64_t cost; /* letters_cost of all missing names */
    uint32_t cost_places;
    uint32_t missed; /* responses that the name does not exist */
    uint32_t hour_asked;
    uint32_t hour_missed;
    double best_domains; /* of the fullest hour: different domains that do not exist */
    double best_share;
    double found_bits;
    uint32_t rate;
    uint8_t direction;
    uint8_t basis;
    uint8_t place;
    uint8_t filler;
    struct sketch hour_missing;
    struct sketch missing;
    struct bottom bottom;         /* of domains that do not exist */
    struct short_name first_name; /* the one of the least rank */
    struct short_name found_name; /* one that does exist and looks as made up */
};

struct generated_tally {
    int64_t day;
    bool has_day;
    uint64_t evicted;
    uint64_t left_out;
    uint64_t fired;
};

struct generated_member {
    uint32_t slot;
    uint32_t parent; /* in members: the root is its own */
    double overlap;  /* with the one it joined by */
};

/* Scratch of a judgement; nothing in it lasts. */
struct generated_groups {
    struct generated_member *members;
    uint32_t count;
    uint32_t max;
    struct generated_pair {
        uint64_t hash;
        uint32_t member;
    } * pairs;
};

void generated_groups_init(struct generated_groups *groups, size_t octets, struct arena *keep);
/* False when there is no room. */
bool generated_groups_add(struct generated_groups *groups, uint32_t slot);
void generated_groups_join(struct generated_groups *groups, const struct asker *askers,
                           double overlap_least, uint32_t shared_least);
uint32_t generated_groups_root(const struct generated_groups *groups, uint32_t member);
