// SPDX-License-Identifier: Apache-2.0
#include "base/must.h"
#include "selector/terms_private.h"

struct walk walk_begin(const struct selector *selector)
{
    return (struct walk){
        .selector = selector, .at = selector->root, .down = NO_NODE, .event = WALK_ENTER
    };
}

void walk_on(struct walk *walk)
{
    const struct node *node = &walk->selector->nodes[walk->at];
    if (walk->event == WALK_BETWEEN) {
        walk->at = walk->down;
        walk->event = WALK_ENTER;
    } else if (walk->event == WALK_ENTER && node_is_group(node)) {
        walk->at = node->first;
    } else {
        walk->at = node->parent;
        walk->down = node->next;
        walk->event = node->next == NO_NODE ? WALK_LEAVE : WALK_BETWEEN;
    }
}

/* Sets that hold another are no new way: they are left out. */
static void add_way(struct alternatives *ways, uint32_t pieces)
{
    size_t kept = 0;
    for (size_t i = 0; i < ways->count; i++) {
        if ((ways->pieces[i] & pieces) == ways->pieces[i])
            return;
    }
    for (size_t i = 0; i < ways->count; i++) {
        if ((ways->pieces[i] & pieces) != pieces)
            ways->pieces[kept++] = ways->pieces[i];
    }
    ways->is_cut |= kept == SELECTOR_ALTERNATIVES_MAX;
    if (kept < SELECTOR_ALTERNATIVES_MAX)
        ways->pieces[kept++] = pieces;
    ways->count = kept;
}

static void join(struct alternatives *into, const struct alternatives *other, bool is_and)
{
    if (!is_and) {
        for (size_t i = 0; i < other->count; i++)
            add_way(into, other->pieces[i]);
        into->is_cut |= other->is_cut;
        return;
    }
    struct alternatives both = { .is_cut = into->is_cut || other->is_cut };
    for (size_t i = 0; i < into->count; i++) {
        for (size_t k = 0; k < other->count; k++)
            add_way(&both, into->pieces[i] | other->pieces[k]);
    }
    *into = both;
}

/* That something is not so names nobody: it rests on no piece. */
static uint32_t pieces_of(const struct node *node, bool is_not)
{
    if (is_not || node->kind == NODE_FIELD)
        return 0;
    enum piece piece = node->kind == NODE_LISTED ? selector_subjects[node->what].piece
                                                 : selector_behaviours[node->what].piece;
    return UINT32_C(1) << piece;
}

/* `not` turns an `and` below it into an `or`, and the other way round. */
void selector_alternatives(const struct selector *selector, struct alternatives *out)
{
    struct alternatives ways[SELECTOR_DEPTH_MAX + 2];
    bool is_and[SELECTOR_DEPTH_MAX + 2] = { false };
    size_t depth = 0;
    bool is_not = false;
    ways[0] = (struct alternatives){ .count = 0 };
    for (struct walk walk = walk_begin(selector); !walk_is_over(&walk); walk_on(&walk)) {
        const struct node *node = &selector->nodes[walk.at];
        if (walk.event == WALK_BETWEEN)
            continue;
        is_not ^= node->is_negated;
        if (walk.event == WALK_ENTER && node_is_group(node)) {
            depth++;
            MUST(depth < SELECTOR_DEPTH_MAX + 2);
            is_and[depth] = (node->kind == NODE_AND) != is_not;
            ways[depth] = (struct alternatives){ .count = is_and[depth] };
            continue;
        }
        struct alternatives one = { .count = 1, .pieces = { pieces_of(node, is_not) } };
        if (node_is_group(node))
            one = ways[depth--];
        join(&ways[depth], &one, is_and[depth]);
        is_not ^= node->is_negated && !node_is_group(node);
    }
    *out = ways[0];
}
