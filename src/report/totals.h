// SPDX-License-Identifier: Apache-2.0
/* The rows of the totals, for every form of report. */
#pragma once

#include "model/summary.h"
#include "report/phrases.h"

enum { TOTAL_ROWS = 4, TOTAL_SLOTS = 3 };

struct total_row {
    enum phrase label;
    enum phrase value;
    struct slot slots[TOTAL_SLOTS];
};

void totals_of(const struct summary *summary, struct total_row rows[TOTAL_ROWS]);
