// SPDX-License-Identifier: Apache-2.0
/* The rules in force, asked of what an indicator or a behaviour named: the first that holds
 * gives its mandate.  An answer may also be that it cannot be told (the list is not there, the
 * flow does not say): only what surely holds selects, and `not` makes nothing sure. */
#pragma once

#include "base/arena.h"
#include "base/hash.h"
#include "select/select.h"

struct rules;

/* What a rule is asked of.  Of a sighting, only its ends, its protocol and its port are in the
 * flow; the rest cannot be told. */
struct rule_question {
    const struct flow *flow;
    enum direction direction;
    bool line_is_initiator;              /* the line behind the border */
    const struct indicator_marks *marks; /* NULL: no indicator matched */
    const double *scores;                /* by behaviour; below 0: not of what it fired on */
    const struct sighting *sighting;     /* NULL: of a flow */
    bool names_nobody;                   /* is only asked: no server is counted */
    int64_t time_ns;                     /* when it ended */
    struct ip_address server;
};

enum rule_answer { RULE_NO, RULE_CANNOT_TELL, RULE_YES };

size_t rules_size(const struct select_limits *limits);
struct rules *rules_init(const struct select_limits *limits, struct hash_key key,
                         struct arena *keep);
/* indicators may be NULL.  A rule's lists are found in it here, once. */
void rules_set(struct rules *rules, const struct rule_set *set,
               const struct indicators *indicators);
/* The same rules over other indicators: lists are found anew by their names. */
void rules_set_indicators(struct rules *rules, const struct indicators *indicators);
bool rules_are_empty(const struct rules *rules);
/* The first that holds, when the answer is yes; and where the condition does but
 * a hard stop forbids it, no. */
enum rule_answer rules_ask(struct rules *rules, const struct rule_question *question,
                           const struct rule **out);
uint64_t rules_stopped(const struct rules *rules);
