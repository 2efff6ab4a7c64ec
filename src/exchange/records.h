// SPDX-License-Identifier: Apache-2.0
/* Minimised records in a file, for other programs: IPFIX (RFC 5655, exchange/ipfix.h), JSON
 * lines (one object a line, docs/schema/record.schema.json) or CSV (RFC 4180, with a header).
 * JSON and CSV have the same names in the same order; what a record has not is left out of
 * the object and empty in the table.  Text off the wire is cleaned. */
#pragma once

#include <stdio.h>

#include "exchange/ipfix.h"

enum records_kind { RECORDS_IPFIX, RECORDS_JSON_LINES, RECORDS_CSV, RECORDS_KINDS };

/* By the end of a file's name: .ipfix, .jsonl, .csv; or by a word in front: "jsonl:-".
 * out_path: the name without that word. */
MUST_CHECK bool records_kind_of(const char *place, enum records_kind *out,
                                const char **out_path);

enum { RECORDS_BUFFER_OCTETS = 32768 };

/* Lives until the file is closed, whose buffer it has. */
struct records {
    enum records_kind kind;
    FILE *file;
    int code;         /* errno of the first failure, for good; 0 for none */
    size_t unflushed; /* octets, at least, that the file has not been given */
    struct ipfix_writer ipfix;
    char buffer[RECORDS_BUFFER_OCTETS];
};

/* file stays the caller's, and is not used before.  It gets whole lines and messages only, so
 * that what reads along finds no half ones. */
void records_open(struct records *records, enum records_kind kind, FILE *file);
void records_put(struct records *records, const struct minimised_flow *flow, int64_t now_ns);
/* Gives the file all that was put: at the end, and now and then before.  Whether all was
 * written, ever. */
MUST_CHECK bool records_flush(struct records *records);
