// SPDX-License-Identifier: Apache-2.0
/* How many records messages carry, as a collector would read them: templates, lengths and
 * samples decide, not what a header claims. */
#pragma once

#include "base/error.h"
#include "model/message.h"

struct replay_records;

/* One a process: its memory stays until the end. */
MUST_CHECK struct replay_records *replay_records_open(struct error *err);
/* Flows and packet samples; those that waited for their template count with it. */
uint64_t replay_records_of(struct replay_records *records,
                           const struct export_message *message);
