// SPDX-License-Identifier: Apache-2.0
#include "behaviour/kinds_private.h"

const struct behaviour_kind *const behaviour_kinds[BEHAVIOURS] = {
    [BEHAVIOUR_BEACON] = &behaviour_beacon,
    [BEHAVIOUR_SCAN] = &behaviour_scan,
};
