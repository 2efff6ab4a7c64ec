// SPDX-License-Identifier: Apache-2.0
/* Logs in columns: Zeek's TSV and Argus' CSV.  The header is made a plan once; a line is then
 * cut in one pass, and what nobody asks for is not looked at. */
#pragma once

#include "logs/record_private.h"

enum { LOG_COLUMNS_MAX = 256, LOG_MARK_MAX = 16, LOG_PATH_MAX = 32 };

struct log_columns {
    uint8_t scope; /* SCOPE_ZEEK or SCOPE_ARGUS; SCOPE_NONE before there is a header */
    uint8_t separator;
    uint8_t list_separator;
    uint8_t unset_len;
    uint8_t empty_len;
    uint8_t path_len;
    char unset[LOG_MARK_MAX];
    char empty[LOG_MARK_MAX];
    char path[LOG_PATH_MAX];
    uint16_t count;  /* of columns */
    uint16_t wanted; /* columns up to and with the last that means something */
    uint8_t fields[LOG_COLUMNS_MAX];
};

/* As before any header: tab, comma, "-" and "(empty)". */
void log_columns_start(struct log_columns *columns);
/* A line that starts with '#': Zeek's.  False when it says what cannot be. */
MUST_CHECK bool log_columns_directive(struct log_columns *columns,
                                      const struct log_names *names, struct bytes line);
/* A line of bare column names, if it is one: Argus' CSV, or Zeek's columns without their
 * directives. */
MUST_CHECK bool log_columns_header(struct log_columns *columns, const struct log_names *names,
                                   struct bytes line);
bool log_columns_have(const struct log_columns *columns, enum log_field field);

/* Cuts a line.  Only values of fields that have a column are written.  False when it has fewer
 * columns than its header. */
MUST_CHECK bool log_columns_cut(const struct log_columns *columns, struct bytes line,
                                struct log_record *record);
