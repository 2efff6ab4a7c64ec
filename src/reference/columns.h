// SPDX-License-Identifier: Apache-2.0
/* What the columns of a CSV list are, told by its header row. */
#pragma once

#include "reference/csv.h"

enum column {
    COLUMN_IGNORED,
    COLUMN_VALUE,
    COLUMN_TYPE,
    COLUMN_BEGINS,
    COLUMN_EXPIRES,
    COLUMN_PORT,
    COLUMN_PROTOCOL
};

enum { COLUMNS_MAX = 64, FIELD_TEXT_MAX = 1024 };

struct columns {
    size_t count;               /* 0: there is no header */
    uint8_t kinds[COLUMNS_MAX]; /* enum column */
    uint8_t ranks[COLUMNS_MAX]; /* of values: which is asked first, 1 before 2 */
};

/* True when the record is a header: one of its fields names a column of values. */
MUST_CHECK bool columns_read(struct bytes record, struct columns *out);
/* Does the word of a type column speak of something no flow shows (a file, a mail, a path)? */
bool columns_type_is_foreign(struct bytes type);
