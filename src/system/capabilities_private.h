// SPDX-License-Identifier: Apache-2.0
/* What root is allowed to do that others are not (capabilities(7)), of this thread and those it
 * begins. */
#pragma once

#include <stdbool.h>

#include "base/attr.h"

/* What no program that is begun can have again; asks for CAP_SETPCAP, else nothing happens. */
void capabilities_unbind(void);
MUST_CHECK bool capabilities_drop(void);
