// SPDX-License-Identifier: Apache-2.0
/* De-duplication: of several points that saw one direction of a conversation, whose numbers
 * stand.  The rules are in docs/flow-exports.md, "De-duplication". */
#pragma once

#include "mediate/entry_private.h"

/* What happened to the halves that came in, by rule, beside those that were handed on. */
enum joined {
    JOINED_SLICE,     /* added to the slice before it, of the same point */
    JOINED_PATH,      /* added: another point saw another part of it */
    JOINED_EXPORTER,  /* seen by another exporter too */
    JOINED_LEAVING,   /* seen entering and leaving the same exporter */
    JOINED_INTERFACE, /* seen at another interface of the same exporter too */
    JOINED_LATE,      /* came after what it tells had been handed on */
    JOINED_FURTHER,   /* more points than there is room for */
    JOINED_KINDS
};

/* One direction as it is handed on. */
struct standing {
    const struct view *view; /* NULL: this direction was not seen */
    struct flow_half half;
    uint32_t points; /* that saw it */
};

struct standing standing_of(const struct view_pool *pool, const struct entry *entry,
                            size_t side, uint64_t joined[JOINED_KINDS]);
