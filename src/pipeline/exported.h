// SPDX-License-Identifier: Apache-2.0
/* From messages of exporters to flows: the collector, and the decoder of the packets that
 * exporters pick out.  What comes out goes to a mediator, here or at several workers. */
#pragma once

#include "collect/collect.h"
#include "decode/packet.h"

struct exported;

struct flow_sink {
    void (*take)(void *context, const struct flow *flows, size_t count);
    void *context;
};

size_t exported_size(const struct collect_limits *limits);
struct exported *exported_init(const struct collect_limits *limits,
                               const struct collect_policy *policy, struct hash_key key,
                               struct flow_sink sink, struct arena *keep);
void exported_run(struct exported *exported, const struct message_batch *messages);
void exported_finish(struct exported *exported);
/* Exporters, messages and records, and the counters of both. */
void exported_summarise(const struct exported *exported, struct summary *summary);
struct collect *exported_collect(struct exported *exported);
