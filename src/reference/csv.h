// SPDX-License-Identifier: Apache-2.0
/* The fields of one record of comma-separated values (RFC 4180). */
#pragma once

#include "base/cursor.h"
#include "base/text.h"

struct csv {
    struct cursor rest;
    char delimiter;
    bool is_done;
    bool broken; /* a quote was not closed, or something stands behind a closing one */
};

/* The delimiter is the one of ',', ';' and tab that the record has most of; ',' for none. */
struct csv csv_over(struct bytes record);
/* The next field, without blanks around it and, when it is quoted, without its quotes.  False
 * when there is none, or the record is broken. */
MUST_CHECK bool csv_next(struct csv *csv, struct text *field);
