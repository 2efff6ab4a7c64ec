// SPDX-License-Identifier: Apache-2.0
/* What rules of thumb have in common: something is counted for someone, over a window of time
 * or until nothing came for a while, and an alert is due when the sum reaches a threshold.
 * Different members count once each, where a rule asks for that.
 *
 * Bounded to 2^20 of those counted for and 2^21 members. */
#pragma once

#include "evaluate/units_private.h"

struct tally_rule {
    enum finding_kind finding;
    double threshold;
    int64_t idle_ns;   /* after so long without any, counting starts anew; 0: never */
    int64_t window_ns; /* counting starts anew with each; 0: never */
};

/* Keys carry the number of their rule as kind. */
struct tally {
    const struct tally_rule *rules;
    struct units groups;
    struct units members;
};

size_t tally_size(void);
void tally_init(struct tally *tally, const struct tally_rule *rules, struct hash_key key,
                struct arena *keep);
void tally_add(struct tally *tally, const struct whom *group, double weight, int64_t now_ns);
/* Counts 1 unless the member was counted for this group before, in this window. */
void tally_add_member(struct tally *tally, const struct whom *group, const struct whom *member,
                      int64_t now_ns);
/* Scores are multiples of the threshold. */
size_t tally_rank(const struct tally *tally, struct ranked *out, size_t max);
uint64_t tally_refused(const struct tally *tally);
