// SPDX-License-Identifier: Apache-2.0
/* One line of a log to the few fields that labels need. */
#pragma once

#include "base/bytes.h"

enum label_field {
    LABEL_FIELD_INITIATOR,
    LABEL_FIELD_RESPONDER,
    LABEL_FIELD_PORT, /* of the responder */
    LABEL_FIELD_PROTOCOL,
    LABEL_FIELD_LABEL,
    LABEL_FIELD_DETAIL,
    LABEL_FIELDS
};

/* What the columns of one file are. */
struct label_columns {
    bool is_known;
    uint8_t separator;
    bool is_other_log;    /* of connections only one log is asked */
    int at[LABEL_FIELDS]; /* -1: not there */
};

/* True when the line is a record and gave at least both ends and a label; a header changes the
 * columns. */
bool label_read(struct label_columns *columns, struct bytes line,
                struct bytes out[LABEL_FIELDS]);
