// SPDX-License-Identifier: Apache-2.0
/* Notices to people and calls to their programs: what happened, to whoever may know. */
#pragma once

#include "hub/asking_private.h"

asking_fn notices_list, notices_read;
asking_fn webhooks_list, webhooks_add, webhooks_end;

/* A budget of records a turn. */
MUST_CHECK bool notices_turn(struct hub *hub, struct error *err);
MUST_CHECK bool notices_of_duties(struct hub *hub, struct error *err);

/* A thread of its own, since others' servers may be slow. */
MUST_CHECK bool hooks_start(struct hub *hub, struct error *err);
void hooks_stop(struct hub *hub);
