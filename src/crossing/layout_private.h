// SPDX-License-Identifier: Apache-2.0
/* What each kind of message holds. */
#pragma once

#include "crossing/crossing.h"
#include "crossing/table_private.h"

/* NULL: the kind is all there is. */
extern const struct layout *const crossing_layouts[CROSSING_KINDS];
