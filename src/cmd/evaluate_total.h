// SPDX-License-Identifier: Apache-2.0
/* What all sets give together: units pooled by kind and by family, false alerts where it is
 * known what is harmless. */
#pragma once

#include "cmd/evaluate_json.h"

enum { EVALUATE_FAMILIES_MAX = 512 };

struct evaluate_total {
    struct share_score all;
    struct share_score kinds[TRUTH_KINDS];
    size_t family_count;
    struct evaluate_family {
        char name[TRUTH_WORD_MAX];
        struct share_score share;
    } families[EVALUATE_FAMILIES_MAX];
    uint64_t wrong; /* false alerts */
    uint64_t flows; /* of sets where it is known what is harmless */
    double line_days;
};

void evaluate_total_add(struct evaluate_total *total, const struct score_order *order,
                        const struct score *score);
json_t *evaluate_json_total(const struct evaluate_total *total);
