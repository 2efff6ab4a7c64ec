// SPDX-License-Identifier: Apache-2.0
/* Lines of logs that others wrote to flows with facts: Zeek (TSV and JSON), Suricata EVE, Argus
 * binetflow.  Column headers and keys decide what a line is; a column that is needed and not
 * there is named.
 *
 * What a log says of one connection in several lines (conn, dns, ssl, ...) is joined by its
 * identifier: facts wait in a bounded table for their connection; those whose connection never
 * comes make a flow of their own, without packets. */
#pragma once

#include "base/arena.h"
#include "base/hash.h"
#include "model/flow.h"
#include "model/line.h"
#include "model/summary.h"

struct logs;

struct logs_limits {
    size_t facts_max; /* waiting for their connection */
};

extern const struct logs_limits logs_defaults;

struct logs_sink {
    /* A flow and its facts live until this returns. */
    void (*take)(void *context, const struct flow *flow);
    void *context;
};

size_t logs_size(const struct logs_limits *limits);
struct logs *logs_init(const struct logs_limits *limits, struct hash_key key,
                       struct logs_sink sink, struct arena *keep);
void logs_run(struct logs *logs, const struct line_batch *lines);
void logs_finish(struct logs *logs);
/* Counters under the stage "logs". */
void logs_count(const struct logs *logs, struct summary *summary);
/* What was wrong with a file as a whole, in words ("no column id.resp_h"), with its number;
 * NULL past the last.  At most 32 are kept. */
const char *logs_trouble(const struct logs *logs, size_t i, uint16_t *file);
