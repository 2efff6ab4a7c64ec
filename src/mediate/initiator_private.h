// SPDX-License-Identifier: Apache-2.0
/* Who began a conversation of which two one-way records, or one, were seen.  The rules are in
 * docs/flow-exports.md, "Halves". */
#pragma once

#include "mediate/standing_private.h"

struct initiator {
    uint8_t side;
    bool is_turned; /* inferred against who was seen to speak first */
};

/* At least one of the two was seen. */
struct initiator initiator_of(const struct entry *entry, const struct standing sides[SIDES]);
