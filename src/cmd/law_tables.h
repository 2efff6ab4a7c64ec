// SPDX-License-Identifier: Apache-2.0
/* The tables of a law that say who may do what: labels, sectors, handling, subjects, matrix. */
#pragma once

#include <jansson.h>

#include "statute/statute.h"

struct law_view {
    const struct law *law;
    bool is_japanese;
    int64_t day_ns;
};

/* The rows of the table of that name; NULL where there is none. */
json_t *law_tables_json(const struct law_view *view, const char *name);
/* One line a row. */
void law_tables_print(const json_t *rows);
