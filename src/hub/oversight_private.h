// SPDX-License-Identifier: Apache-2.0
/* What overseers look at: the ledger itself, what somebody could do then, samples, numbers, and
 * the evidence to take away.  Each look of theirs is an entry of the ledger as well. */
#pragma once

#include "hub/look_private.h"
#include "ledger/audit.h"

enum { OVERSIGHT_LIMIT_MAX = 200, OVERSIGHT_TRIES = 5 };

/* How much of the ledger somebody may see: all, or the entries he made. */
enum ledger_reach { LEDGER_NONE, LEDGER_OWN, LEDGER_ALL };
MUST_CHECK bool ledger_reach(struct asking *asking, enum access_action action,
                             enum ledger_reach *out, struct error *err);
/* Opens the hub's own log at its present checkpoint. */
MUST_CHECK struct audit *ledger_audit(struct hub *hub, struct error *err);
/* {"number","at","kind","actor","subject","digest","octets","body","committed"} */
json_t *ledger_entry_json(const struct hub *hub, int64_t number, struct bytes octets);
/* A whole number of the query; refuses (false) what is none. */
MUST_CHECK bool query_number(struct asking *asking, const char *name, int64_t missing,
                             int64_t *out);
asking_fn ledger_show, ledger_entries, ledger_entry, ledger_proof, ledger_export;
asking_fn inspection_view, inspection_sample, statistics_show;
