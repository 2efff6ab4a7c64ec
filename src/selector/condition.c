// SPDX-License-Identifier: Apache-2.0
/* The condition.  Parentheses that are open stand on a stack; each becomes a node when it
 * closes, and is taken into the one around it where that says the same. */
#include "selector/read_private.h"

/* What is open, and whether the word between its children is said. */
struct groups {
    uint16_t open[SELECTOR_DEPTH_MAX + 1];
    bool has_word[SELECTOR_DEPTH_MAX + 1];
    size_t depth; /* of the innermost */
};

static bool new_node(struct reader *reader, const struct node *like, uint16_t *out)
{
    struct selector *selector = reader->out;
    if (selector->node_count == SELECTOR_NODES_MAX)
        return reader_refuse(reader, REFUSED_FULL, "", "");
    *out = selector->node_count++;
    selector->nodes[*out] = *like;
    selector->nodes[*out].parent = selector->nodes[*out].next = NO_NODE;
    return true;
}

static void adopt(struct selector *selector, uint16_t parent, uint16_t child)
{
    struct node *group = &selector->nodes[parent];
    selector->nodes[child].parent = parent;
    selector->nodes[child].next = NO_NODE;
    if (group->last == NO_NODE)
        group->first = child;
    else
        selector->nodes[group->last].next = child;
    group->last = child;
}

static bool open_group(struct reader *reader, struct groups *groups, size_t depth,
                       bool is_negated)
{
    struct node node = { .kind = NODE_AND,
                         .is_negated = is_negated,
                         .first = NO_NODE,
                         .last = NO_NODE,
                         .line = reader->token.line,
                         .column = reader->token.column };
    if (depth > SELECTOR_DEPTH_MAX)
        return reader_refuse(reader, REFUSED_DEEP, "", "");
    groups->depth = depth;
    groups->has_word[depth] = false;
    return new_node(reader, &node, &groups->open[depth]);
}

/* The children of a group of the same word are one's own. */
static void take_in(struct selector *selector, uint16_t into)
{
    struct node *group = &selector->nodes[into];
    uint16_t child = group->first;
    group->first = group->last = NO_NODE;
    for (uint16_t next; child != NO_NODE; child = next) {
        const struct node *node = &selector->nodes[child];
        next = node->next;
        if (!node_is_group(node) || node->is_negated || node->kind != group->kind) {
            adopt(selector, into, child);
            continue;
        }
        for (uint16_t inner = node->first, after; inner != NO_NODE; inner = after) {
            after = selector->nodes[inner].next;
            adopt(selector, into, inner);
        }
    }
}

/* What the innermost group comes to: of one, that one. */
static uint16_t close_group(struct selector *selector, uint16_t group, bool is_negated_after)
{
    struct node *node = &selector->nodes[group];
    uint16_t result = group;
    node->is_negated ^= is_negated_after;
    if (node->first == node->last) {
        result = node->first;
        selector->nodes[result].is_negated ^= node->is_negated;
    } else {
        take_in(selector, group);
    }
    selector->nodes[result].parent = selector->nodes[result].next = NO_NODE;
    return result;
}

static bool read_nots(struct reader *reader)
{
    bool is_not = false;
    while (reader_skip(reader, WORD_NOT))
        is_not = !is_not;
    return is_not;
}

static bool read_term(struct reader *reader, struct groups *groups, bool is_negated)
{
    uint16_t at = NO_NODE;
    struct node node = { .line = reader->token.line, .column = reader->token.column };
    if (!test_read(reader, &node))
        return false;
    node.is_negated ^= is_negated;
    if (!new_node(reader, &node, &at))
        return false;
    adopt(reader->out, groups->open[groups->depth], at);
    return true;
}

/* Parentheses that close here, each perhaps with 「ではない」 after it. */
static void read_closing(struct reader *reader, struct groups *groups)
{
    while (groups->depth > 0 && reader_is_sign(reader, ')')) {
        reader_next(reader);
        uint16_t group = groups->open[groups->depth--];
        uint16_t result = close_group(reader->out, group, read_nots(reader));
        adopt(reader->out, groups->open[groups->depth], result);
    }
}

/* `and` or `or` after a term; false in more where the condition is over. */
static bool read_between(struct reader *reader, struct groups *groups, bool *more)
{
    struct node *group = &reader->out->nodes[groups->open[groups->depth]];
    bool is_or = reader_is(reader, WORD_OR);
    *more = is_or || reader_is(reader, WORD_AND);
    if (!*more)
        return true;
    uint8_t kind = is_or ? NODE_OR : NODE_AND;
    if (groups->has_word[groups->depth] && group->kind != kind)
        return reader_refuse(reader, REFUSED_MIXED, "", "");
    group->kind = kind;
    groups->has_word[groups->depth] = true;
    reader_next(reader);
    return true;
}

static bool read_opening(struct reader *reader, struct groups *groups, bool *is_negated)
{
    *is_negated = read_nots(reader);
    while (reader_is_sign(reader, '(')) {
        if (!open_group(reader, groups, groups->depth + 1, *is_negated))
            return false;
        reader_next(reader);
        *is_negated = read_nots(reader);
    }
    return true;
}

bool condition_read(struct reader *reader)
{
    struct groups groups = { .depth = 0 };
    bool more = true, is_negated = false;
    if (!open_group(reader, &groups, 0, false))
        return false;
    while (more) {
        if (!read_opening(reader, &groups, &is_negated) ||
            !read_term(reader, &groups, is_negated))
            return false;
        read_closing(reader, &groups);
        if (!read_between(reader, &groups, &more))
            return false;
    }
    if (groups.depth > 0)
        return reader_expected(reader, "`and`, `or` or `)`", "「かつ」「又は」又は「）」");
    reader->out->root = close_group(reader->out, groups.open[0], false);
    return true;
}
