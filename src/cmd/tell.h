// SPDX-License-Identifier: Apache-2.0
/* Findings told on standard output while the input goes on, each once. */
#pragma once

#include "report/report.h"

enum { TELL_MAX = 4096 };

struct tell {
    bool as_json;
    enum report_language language;
    size_t count;
    char ids[TELL_MAX][FINDING_ID_MAX]; /* of the newest that were told */
};

/* One line for each finding not told before.  False when standard output is closed. */
MUST_CHECK bool tell_new(struct tell *tell, const struct finding *findings, size_t count);
