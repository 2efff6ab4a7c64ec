// SPDX-License-Identifier: Apache-2.0
#include "minimise/retention.h"

#include "base/time.h"

#define JAPAN_AHEAD_NS (9 * 3600 * TIME_SECOND_NS)

enum { YEARS_KEPT = 2, FISCAL_MONTH = 4 };

int64_t minimise_statutory_retention(int64_t selection_end_ns)
{
    struct time_date ended = time_date_of(selection_end_ns + JAPAN_AHEAD_NS);
    int64_t fiscal_year = ended.year - (ended.month < FISCAL_MONTH);
    struct time_date end = { fiscal_year + 1 + YEARS_KEPT, FISCAL_MONTH, 1 };
    return time_of_date(end) - JAPAN_AHEAD_NS;
}
