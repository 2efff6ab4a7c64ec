// SPDX-License-Identifier: Apache-2.0
/* The leak tests of one set as JSON: those that need the run of the whole input while it
 * stands, and those that compare its conditions afterwards. */
#pragma once

#include "cmd/evaluate_json.h"
#include "evaluate/leak.h"

/* The run of the whole input. */
struct evaluate_whole {
    struct evaluate_feed *feed;
    const struct score_order *order;
    const struct score *score;
    uint64_t seed;
};

/* One rule and shuffled labels, appended to the tests. */
MUST_CHECK bool evaluate_leaks_of_whole(const struct evaluate_whole *whole, json_t *tests,
                                        struct error *err);
/* What conditions say: each is compared with the first of the runs.  ports_matter: why a fall
 * without ports is explained, or NULL. */
void evaluate_leaks_of_runs(const json_t *runs, const char *ports_matter, json_t *tests);
/* Has one of them failed? */
bool evaluate_leaks_void(const json_t *tests);
