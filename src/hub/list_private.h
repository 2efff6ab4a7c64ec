// SPDX-License-Identifier: Apache-2.0
/* What every list has: filters, a cursor, a limit, and a count that stops at ten thousand. */
#pragma once

#include "hub/compartment_private.h"

enum { LIST_LIMIT_DEFAULT = 50, LIST_LIMIT_MAX = 200, LIST_COUNT_MAX = 10000 };

struct list {
    int64_t view, limit;
    int64_t before, before_id; /* (at, row) of the last of the page before */
    int64_t updated_since;
    int64_t sector, organisation, label; /* -1, 0, -1: any */
    char procedure[48], state[48];       /* "": any */
    char q[128];                         /* "": any */
};

/* How the rows are counted that a page is of: the page's statement around which is counted,
 * with the same values, of which the second and third are before and before_id. */
struct list_counting {
    const char *sql;
    struct database_value *values;
    size_t count, limit_at;
};
#define LIST_COUNT(selected) "SELECT COUNT(*) FROM (SELECT 1" selected ") AS capped"

/* Reads what the query says; refuses what it does not know. */
MUST_CHECK bool list_begin(struct asking *asking, struct list *out, struct error *err);
/* Takes items over; each has "at" and "row", which go, and one more than limit where there is a
 * next page. */
MUST_CHECK bool list_answer(struct asking *asking, const struct list *list, json_t *items,
                            const struct list_counting *counting, struct error *err);
/* What a statement counts; more than LIST_COUNT_MAX is LIST_COUNT_MAX + 1, as it was within the
 * last minute (much.c). */
MUST_CHECK bool much_count(struct asking *asking, const struct database_statement *statement,
                           int64_t *out, struct error *err);
/* "TLP:AMBER", "amber". */
bool tlp_read(const char *text, enum access_label *out);
