// SPDX-License-Identifier: Apache-2.0
/* Does a set measure anything about a detector (numbers-to-beat.md 5.4)?  What one feature with
 * one cut can do, the set gives away; and when the truth is dealt out at random, no more may be
 * found than alerts fall on whatever is there.
 *
 * Candidates are services that were called and hosts that called: bounded, first come first
 * kept, what did not fit is counted. */
#pragma once

#include "base/arena.h"
#include "evaluate/score.h"

enum leak_table { LEAK_SERVICES, LEAK_HOSTS, LEAK_TABLES };
enum { LEAK_CANDIDATES_MAX = 1 << 17 };

struct leaks;

struct leak_rule {
    const char *feature; /* NULL: there was nothing to ask */
    bool is_above;       /* true above the cut, else below */
    double cut;
    double f1; /* of the rule */
    uint64_t candidates;
    uint64_t right; /* true ones among them */
};

struct leak_shuffle {
    uint64_t draws;
    double recall;     /* mean over the draws */
    double alert_rate; /* share of candidates that an alert is about */
    bool is_failed;    /* more than chance gives, by over 3 deviations */
};

size_t leaks_size(void);
struct leaks *leaks_init(struct arena *keep);
void leaks_observe(struct leaks *leaks, const struct flow *flow);
/* Once all was observed, before anything is asked. */
void leaks_mark(struct leaks *leaks, const struct truth *truth);
struct leak_rule leaks_one_rule(struct leaks *leaks, enum leak_table table);
/* The same measure of what we told: harmonic mean of precision and recall over units of the
 * table, alerts of which nobody knows left out. */
double leaks_our_f1(const struct score_order *order, const struct score *score,
                    enum leak_table table);
struct leak_shuffle leaks_shuffle(const struct leaks *leaks, const struct score_order *order,
                                  uint64_t seed);
uint64_t leaks_lost(const struct leaks *leaks);
