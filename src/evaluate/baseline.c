// SPDX-License-Identifier: Apache-2.0
#include "evaluate/units_private.h"

const struct baseline_kind *const baseline_kinds[BASELINES] = {
    [BASELINE_RANDOM] = &baseline_random,     [BASELINE_POPULARITY] = &baseline_popularity,
    [BASELINE_LONG] = &baseline_long,         [BASELINE_RITA] = &baseline_rita,
    [BASELINE_SENTINEL] = &baseline_sentinel, [BASELINE_FLARE] = &baseline_flare,
    [BASELINE_ELASTIC] = &baseline_elastic,   [BASELINE_NEMEA] = &baseline_nemea,
    [BASELINE_SLIPS] = &baseline_slips,
};
