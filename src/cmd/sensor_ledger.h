// SPDX-License-Identifier: Apache-2.0
/* What a sensor enters into the ledger of its installation (cmd/own_ledger.h): entries wait
 * here for the next commit, about once a second, and are acknowledged by it and not before. */
#pragma once

#include "proof/entry.h"

#include "base/error.h"

/* Takes the entry.  False when no more can wait, or it is no entry. */
MUST_CHECK bool sensor_ledger_put(const struct entry *entry, struct error *err);
/* That nothing was watched from then to then. */
MUST_CHECK bool sensor_ledger_put_gap(int64_t from_ns, int64_t to_ns, const char *why,
                                      struct error *err);
/* Makes all that waits durable.  After a failure it still waits. */
MUST_CHECK bool sensor_ledger_commit(struct error *err);
/* Entries of the log at the last commit. */
uint64_t sensor_ledger_acknowledged(void);
size_t sensor_ledger_waiting(void);
