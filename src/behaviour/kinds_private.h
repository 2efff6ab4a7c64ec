// SPDX-License-Identifier: Apache-2.0
/* The rows of behaviour_kinds. */
#pragma once

#include "behaviour/behaviour.h"

extern const struct behaviour_kind behaviour_beacon;
extern const struct behaviour_kind behaviour_scan;
