// SPDX-License-Identifier: Apache-2.0
/* The conditions under which a set is run: whole first, then each that was asked for. */
#pragma once

#include "cmd/evaluate_input.h"
#include "evaluate/perturb.h"

enum { EVALUATE_CONDITIONS_MAX = 40 };

struct evaluate_condition {
    char name[48];
    struct evaluate_reading reading;
    struct perturbation how;
};

struct evaluate_conditions {
    size_t count;
    struct evaluate_condition list[EVALUATE_CONDITIONS_MAX];
};

void evaluate_conditions_of(const struct evaluate_options *options,
                            const struct evaluate_set *set, struct evaluate_conditions *out);
