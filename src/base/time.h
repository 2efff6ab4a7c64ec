// SPDX-License-Identifier: Apache-2.0
/* Times are int64_t nanoseconds since 1970-01-01 UTC (good from 1678 to 2262) and always come
 * in from outside: nothing here reads a clock. */
#pragma once

#include "base/text.h"

#define TIME_SECOND_NS INT64_C(1000000000)
#define TIME_MILLISECOND_NS INT64_C(1000000)
#define TIME_MICROSECOND_NS INT64_C(1000)
#define TIME_DAY_NS (INT64_C(86400) * TIME_SECOND_NS)

enum { TIME_TEXT_MAX = 40 };

struct time_date {
    int64_t year;
    unsigned month; /* 1 to 12 */
    unsigned day;   /* 1 to 31 */
};

/* seconds + nanoseconds, held at the ends of the range instead of overflowing. */
int64_t time_from_parts(int64_t seconds, int64_t nanoseconds);
struct time_date time_date_of(int64_t time_ns);
int64_t time_of_date(struct time_date date);
/* RFC 3339 in UTC, with decimals 0, 3, 6 or 9: 2026-11-21T08:33:00.000Z. */
void time_write(int64_t time_ns, unsigned decimals, struct text *out);
/* Reads "2026-11-21" or RFC 3339 with Z or a numeric offset. */
MUST_CHECK bool time_read(struct bytes bytes, int64_t *out);
/* A length of time for people: "31.2 s", "5 min", "2.5 h", "3 d". */
void time_write_span(int64_t span_ns, struct text *out);
/* Reads "90s", "15m", "12h", "30d" or plain seconds; not negative. */
MUST_CHECK bool time_read_span(struct bytes bytes, int64_t *out);
