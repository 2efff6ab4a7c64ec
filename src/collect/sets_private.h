// SPDX-License-Identifier: Apache-2.0
/* Sets of NetFlow v9 and IPFIX, without their header. */
#pragma once

#include "collect/reading_private.h"
#include "collect/templates_table_private.h"

/* Templates or options templates; the data that waits for a new one is read at once. */
MUST_CHECK enum fault template_set_read(struct reading *reading, bool is_options,
                                        struct cursor set);
/* Records of the template with this number; the set waits when there is none. */
MUST_CHECK enum fault data_set_read(struct reading *reading, uint16_t id, struct cursor set);
/* All sets that wait for this template, each in its own message's context. */
void data_sets_replay(struct reading *reading, uint16_t id);

/* The time of the message as we count the age of things. */
int64_t reading_now_ns(const struct reading *reading);
