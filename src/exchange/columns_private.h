// SPDX-License-Identifier: Apache-2.0
/* The columns of a record, as JSON lines and CSV name them. */
#pragma once

#include "base/text.h"
#include "model/record.h"

enum column_type { COLUMN_TEXT, COLUMN_NUMBER, COLUMN_LIST };

struct column {
    const char *name;
    enum column_type type;
    /* Writes the i-th value (only lists have more than the one at 0); false when there is
     * none.  Text may be off the wire and is not yet clean. */
    bool (*write)(const struct minimised_flow *flow, size_t i, struct text *out);
};

extern const struct column columns[];
extern const size_t column_count;

enum { COLUMN_TEXT_MAX = 512 };
