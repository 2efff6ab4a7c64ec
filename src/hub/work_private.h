// SPDX-License-Identifier: Apache-2.0
/* What the hub does by itself, now and then: steps whose clock ran out, what retention ends,
 * answers and challenges that are no longer wanted.  A budget for each turn, so that nobody's
 * request waits long for it. */
#pragma once

#include "hub/core_private.h"

MUST_CHECK bool work_start(struct hub *hub, struct error *err);
void work_stop(struct hub *hub);

/* work_measures.c: measures whose warrant a sensor has are active from their first moment. */
MUST_CHECK bool work_begin_measures(struct hub *hub, struct error *err);
