// SPDX-License-Identifier: Apache-2.0
/* A selector as it was read: its head, and its condition as a tree.  A node of several is `and`
 * or `or` of its children, none of which is the same without a `not`: so one condition has one
 * tree, and one canonical text. */
#pragma once

#include "selector/selector.h"

enum {
    SELECTOR_NODES_MAX = 128,
    SELECTOR_RANGES_MAX = 128,
    SELECTOR_DEPTH_MAX = 8, /* of parentheses: what rules' stacks hold */
    SELECTOR_STRING_MAX = 160,
    SELECTOR_DAYS_MAX = 180,
    SELECTOR_KEEP_DAYS_MAX = 1096,
    SELECTOR_SERVERS_MAX = 100000,
    SELECTOR_SAMPLING_MAX = 65536,
    SELECTOR_ALTERNATIVES_MAX = 64,
    NO_NODE = UINT16_MAX
};

/* What of a flow is looked for in lists. */
enum subject {
    SUBJECT_SERVER,
    SUBJECT_ADDRESS,
    SUBJECT_ENDPOINT,
    SUBJECT_ANSWER,
    SUBJECT_DOMAIN,
    SUBJECT_JA3,
    SUBJECT_JA4,
    SUBJECT_CERTIFICATE,
    SUBJECT_ALERT,
    SUBJECTS
};

enum reveals { REVEALS_SERVER, REVEALS_LINE, REVEALS };

enum node_kind { NODE_AND, NODE_OR, NODE_LISTED, NODE_BEHAVIOUR, NODE_FIELD };

struct node {
    uint8_t kind; /* enum node_kind */
    uint8_t what; /* enum subject, enum behaviour or enum rule_field */
    bool is_negated;
    uint8_t score;                      /* NODE_BEHAVIOUR: at least */
    uint16_t parent, first, last, next; /* NO_NODE where there is none */
    uint16_t list;                      /* NODE_LISTED: of the selector's names */
    uint16_t range_first, range_count;  /* NODE_FIELD: in order, apart from each other */
    unsigned line, column;
};

struct range {
    uint64_t low, high;
};

struct selector {
    char name[SELECTOR_NAME_MAX];
    uint32_t version;
    char purpose[SELECTOR_NAME_MAX];
    char basis[BASIS_NAME_MAX]; /* or "" */
    char owner[SELECTOR_STRING_MAX];
    char note[SELECTOR_STRING_MAX]; /* or "" */
    int64_t from_ns, to_ns;         /* [from, to), whole days of the zone */
    int32_t ahead_minutes;          /* of UTC */
    uint32_t directions;            /* bits 1 << enum direction */
    enum reveals reveals;
    uint32_t sampling_max; /* 1: every packet; 0: any, also one that nobody told */
    uint32_t keep_days;
    uint32_t servers_per_day;
    uint16_t root;
    uint16_t node_count, list_count, range_count;
    struct node nodes[SELECTOR_NODES_MAX];
    struct range ranges[SELECTOR_RANGES_MAX];
    char lists[RULE_LISTS_MAX / 8][LIST_NAME_MAX];
};

#define OWN_NETWORK ((UINT32_C(1) << DIRECTIONS) - 1)

/* Every way through the condition, in order: each node when it is entered, each node of several
 * also between two of its children and when it is left. */
enum walk_event { WALK_ENTER, WALK_BETWEEN, WALK_LEAVE };

struct walk {
    const struct selector *selector;
    uint16_t at;   /* NO_NODE at the end */
    uint16_t down; /* the child that comes after WALK_BETWEEN */
    enum walk_event event;
};

struct walk walk_begin(const struct selector *selector);
void walk_on(struct walk *walk);
static inline bool walk_is_over(const struct walk *walk)
{
    return walk->at == NO_NODE;
}

static inline bool node_is_group(const struct node *node)
{
    return node->kind == NODE_AND || node->kind == NODE_OR;
}

/* The smallest sets of pieces of information on which the condition may hold; a set is bits of
 * enum piece. */
struct alternatives {
    size_t count;
    bool is_cut; /* there are more than SELECTOR_ALTERNATIVES_MAX */
    uint32_t pieces[SELECTOR_ALTERNATIVES_MAX];
};
void selector_alternatives(const struct selector *selector, struct alternatives *out);
