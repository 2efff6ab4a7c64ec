// SPDX-License-Identifier: Apache-2.0
/* Known services that are polled by design, from YAML:
 *
 *     pollers:
 *       - { suffix: pool.ntp.org, class: time, reason: "NTP Pool Project" }
 *
 * A suffix has two labels at least, in small letters; a reason is needed, and only for people.
 */
#pragma once

#include "base/error.h"
#include "model/poller.h"

/* Given back with pollers_free. */
MUST_CHECK bool pollers_load(const char *path, struct pollers *out, struct error *err);
void pollers_free(struct pollers *pollers);
/* The file that came with the program; false when there is none. */
MUST_CHECK bool pollers_find_shipped(char *room, size_t room_len);
