// SPDX-License-Identifier: Apache-2.0
/* Minimised records in a file, for other programs: IPFIX (RFC 5655, exchange/ipfix.h), JSON
 * lines (one object a line, docs/schema/record.schema.json) or CSV (RFC 4180, with a header).
 * JSON and CSV have the same names in the same order; what a record has not is left out of
 * the object and empty in the table.  Text off the wire is cleaned. */
#pragma once

#include <stdio.h>

#include "exchange/ipfix.h"

enum records_kind { RECORDS_IPFIX, RECORDS_JSON_LINES, RECORDS_CSV, RECORDS_KINDS };

/* By the end of a file's name: .ipfix, .jsonl, .csv. */
MUST_CHECK bool records_kind_of(const char *path, enum records_kind *out);

struct records {
    enum records_kind kind;
    FILE *file;
    bool failed; /* for good: something could not be written */
    struct ipfix_writer ipfix;
};

/* file stays the caller's. */
void records_open(struct records *records, enum records_kind kind, FILE *file);
void records_put(struct records *records, const struct minimised_flow *flow, int64_t now_ns);
/* Whether all was written. */
MUST_CHECK bool records_end(struct records *records);
