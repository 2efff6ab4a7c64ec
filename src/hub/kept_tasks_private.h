// SPDX-License-Identifier: Apache-2.0
/* What waits for somebody, kept as it was answered: pages ask for it once a second, and it
 * changes only when somebody works.  One answer a person, and no more than so many. */
#pragma once

#include "hub/asking_private.h"

/* True: it was answered.  The asker's view is known. */
bool kept_tasks_give(struct asking *asking);
/* worked: hub->worked before anything of it was read. */
void kept_tasks_keep(const struct asking *asking, const json_t *tasks, uint64_t worked);
/* The rows of the first records of that view of work; NULL where they are not kept.  Much is
 * put in order to find them, and many have the same. */
json_t *kept_first_give(struct asking *asking, int64_t work);
void kept_first_keep(const struct asking *asking, int64_t work, const json_t *rows,
                     uint64_t stamp);
/* Goes up with what the first records rest on: taken before they are read. */
uint64_t kept_stamp(const struct hub *hub);
void kept_tasks_free(struct hub *hub);
