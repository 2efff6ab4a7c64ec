// SPDX-License-Identifier: Apache-2.0
/* A line of JSON (RFC 8259) to values by name, in one pass, without a tree and without memory
 * (docs/decisions/0033): what nobody asks for is passed over.  Of a name given twice the last
 * value counts.  Numbers and words are handed over as they stand; who reads them checks them.
 */
#pragma once

#include "base/fault.h"
#include "logs/record_private.h"

enum { JSON_DEPTH_MAX = 64 };

/* The object's members, by the names of the scope.  record->values is cleared first. */
MUST_CHECK enum fault log_json_read(const struct log_names *names, uint8_t scope,
                                    struct bytes line, struct log_record *record);
/* The first value of the text; rest is what follows. */
MUST_CHECK bool log_json_value(struct bytes *rest, struct bytes *out);
