// SPDX-License-Identifier: Apache-2.0
/* Lines that share what they ask for: each small hash is listed with who has it, the list is
 * sorted, and neighbours that have the same one are compared. */
#include "behaviour/generated_private.h"

bool bottom_add(struct bottom *bottom, uint64_t hash)
{
    uint32_t at = bottom->count;
    while (at > 0 && bottom->at[at - 1] > hash)
        at--;
    if ((at > 0 && bottom->at[at - 1] == hash) || at == BOTTOM_MAX)
        return false;
    uint32_t moved = bottom->count == BOTTOM_MAX ? BOTTOM_MAX - 1 : bottom->count;
    memmove(&bottom->at[at + 1], &bottom->at[at], (moved - at) * sizeof *bottom->at);
    bottom->at[at] = hash;
    bottom->count = moved + 1;
    return true;
}

double bottom_overlap(const struct bottom *a, const struct bottom *b, uint32_t *shared)
{
    uint32_t i = 0, j = 0, seen = 0;
    *shared = 0;
    while (seen < BOTTOM_MAX && (i < a->count || j < b->count)) {
        bool from_a = j == b->count || (i < a->count && a->at[i] <= b->at[j]);
        bool from_b = i == a->count || (j < b->count && b->at[j] <= a->at[i]);
        *shared += from_a && from_b;
        i += from_a;
        j += from_b;
        seen++;
    }
    return seen == 0 ? 0 : (double)*shared / seen;
}

void generated_groups_init(struct generated_groups *groups, size_t octets, struct arena *keep)
{
    enum { MOST = 1 << 16 };
    size_t each = sizeof(struct generated_member) + BOTTOM_MAX * sizeof(struct generated_pair);
    size_t max = octets / each < MOST ? octets / each : MOST;
    *groups = (struct generated_groups){ .max = (uint32_t)max };
    groups->members = ARENA_NEW(keep, struct generated_member, max);
    groups->pairs = ARENA_NEW(keep, struct generated_pair, max * BOTTOM_MAX);
}

bool generated_groups_add(struct generated_groups *groups, uint32_t slot)
{
    if (groups->count == groups->max)
        return false;
    groups->members[groups->count] =
        (struct generated_member){ .slot = slot, .parent = groups->count };
    groups->count++;
    return true;
}

uint32_t generated_groups_root(const struct generated_groups *groups, uint32_t member)
{
    while (groups->members[member].parent != member)
        member = groups->members[member].parent;
    return member;
}

static bool stands_before(const struct generated_pair *a, const struct generated_pair *b)
{
    return a->hash != b->hash ? a->hash < b->hash : a->member < b->member;
}

static void sift_down(struct generated_pair *pairs, size_t at, size_t count)
{
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && stands_before(&pairs[child], &pairs[child + 1]))
            child++;
        if (!stands_before(&pairs[at], &pairs[child]))
            return;
        struct generated_pair moved = pairs[at];
        pairs[at] = pairs[child];
        pairs[child] = moved;
    }
}

static void sort(struct generated_pair *pairs, size_t count)
{
    for (size_t i = count / 2; i-- > 0;)
        sift_down(pairs, i, count);
    for (size_t end = count; end-- > 1;) {
        struct generated_pair first = pairs[0];
        pairs[0] = pairs[end];
        pairs[end] = first;
        sift_down(pairs, 0, end);
    }
}

/* The root with the smaller number stays one, so that trees stay flat enough. */
static void unite(struct generated_groups *groups, uint32_t a, uint32_t b, double overlap)
{
    uint32_t root_a = generated_groups_root(groups, a);
    uint32_t root_b = generated_groups_root(groups, b);
    uint32_t root = root_a < root_b ? root_a : root_b;
    groups->members[root_a].parent = groups->members[root_b].parent = root;
    groups->members[a].parent = groups->members[b].parent = root;
    struct generated_member *members[] = { &groups->members[a], &groups->members[b] };
    for (size_t i = 0; i < 2; i++)
        if (members[i]->overlap < overlap)
            members[i]->overlap = overlap;
}

void generated_groups_join(struct generated_groups *groups, const struct asker *askers,
                           double overlap_least, uint32_t shared_least)
{
    size_t count = 0;
    for (uint32_t i = 0; i < groups->count; i++) {
        const struct bottom *bottom = &askers[groups->members[i].slot].bottom;
        for (size_t at = 0; at < bottom->count; at++)
            groups->pairs[count++] = (struct generated_pair){ bottom->at[at], i };
    }
    sort(groups->pairs, count);
    for (size_t at = 1; at < count; at++) {
        const struct generated_pair *before = &groups->pairs[at - 1],
                                    *pair = &groups->pairs[at];
        if (before->hash != pair->hash || generated_groups_root(groups, before->member) ==
                                              generated_groups_root(groups, pair->member))
            continue;
        uint32_t shared;
        double overlap =
            bottom_overlap(&askers[groups->members[before->member].slot].bottom,
                           &askers[groups->members[pair->member].slot].bottom, &shared);
        if (overlap >= overlap_least && shared >= shared_least)
            unite(groups, before->member, pair->member, overlap);
    }
}
