// SPDX-License-Identifier: Apache-2.0
/* What the hub does by itself, now and then: steps whose clock ran out, what retention ends,
 * answers and challenges that are no longer wanted.  A budget for each turn, so that nobody's
 * request waits long for it. */
#pragma once

#include "hub/core_private.h"

MUST_CHECK bool work_start(struct hub *hub, struct error *err);
void work_stop(struct hub *hub);

/* seen.c: writes which sessions went on since the last turn. */
MUST_CHECK bool seen_turn(struct hub *hub, struct error *err);
/* work_feeds.c: whose warrant a sensor has begins with its period. */
MUST_CHECK bool work_open_feeds(struct hub *hub, struct error *err);
