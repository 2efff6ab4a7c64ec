// SPDX-License-Identifier: Apache-2.0
/* The names that exporters tell of a conversation (SNI, Host, names asked for in DNS), kept
 * until it is handed on.  Few flows have any: room is taken, and looked at, for those alone. */
#pragma once

#include "mediate/entry_private.h"
#include "model/fact_table.h"

enum { TOLD_OF_ENTRY_MAX = 8, TOLD_SPENT_MAX = 64 };

struct told_chain {
    struct fact *first, *last;
    uint32_t count;
};

struct told {
    struct fact_table table;
    struct told_chain *chains; /* of each entry, good with ENTRY_NAMED */
    uint64_t dropped, repeated;
    size_t spent_count;
    struct fact *spent[TOLD_SPENT_MAX]; /* handed on, and read until told_release */
};

size_t told_size(size_t entries_max, size_t facts_max);
void told_init(struct told *told, size_t entries_max, size_t facts_max, struct arena *keep);
/* Copies the flow's facts, but those the entry has already.  What there is no room for is
 * counted, in the entry too. */
void told_keep(struct told *told, struct entry *entry, uint32_t id, const struct flow *flow,
               size_t initiator);
/* The facts of an entry whose initiator is decided, which then has none; at most
 * TOLD_SPENT_MAX times before told_release. */
const struct fact *told_take(struct told *told, struct entry *entry, uint32_t id);
/* Of an entry that ends with nothing to be handed on. */
void told_forget(struct told *told, struct entry *entry, uint32_t id);
/* What was taken is read no more. */
void told_release(struct told *told);
