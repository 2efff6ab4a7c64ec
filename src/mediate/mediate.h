// SPDX-License-Identifier: Apache-2.0
/* The mediator (RFC 6183): the flows of many exporters to one view of each conversation.
 *
 * The same flow seen at several points counts once, slices of one conversation become one
 * flow, and the two halves of a conversation, seen as two one-way flows, become one.  The
 * rules are in docs/flow-exports.md; nothing is dropped silently: every flow that was taken
 * together with another is counted by rule.  Table of fixed size; times come from the flows.
 */
#pragma once

#include "base/arena.h"
#include "base/hash.h"
#include "model/flow.h"
#include "model/summary.h"

struct mediate;

struct mediate_limits {
    size_t flows_max;
    size_t facts_max; /* of each kind, over all flows */
    int64_t wait_ns;  /* how long a flow waits for its other half, slices and other observers */
    int64_t whole_ns; /* a conversation longer than this is handed on in slices */
};

extern const struct mediate_limits mediate_defaults;

struct mediate_sink {
    /* In runs; what they point to lives until it returns. */
    void (*take)(void *context, const struct flow *flows, size_t count);
    void *context;
};

size_t mediate_size(const struct mediate_limits *limits);
struct mediate *mediate_init(const struct mediate_limits *limits, struct hash_key key,
                             struct mediate_sink sink, struct arena *keep);
void mediate_flows(struct mediate *mediate, const struct flow *flows, size_t count);
/* Live input was quiet for so long: what waited long enough is handed on. */
void mediate_tick(struct mediate *mediate, int64_t quiet_ns);
void mediate_finish(struct mediate *mediate);
/* Counters under the stage "mediate". */
void mediate_count(const struct mediate *mediate, struct summary *summary);
