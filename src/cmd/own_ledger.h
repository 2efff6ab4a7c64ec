// SPDX-License-Identifier: Apache-2.0
/* The ledger of this installation: what is done with its own store and its own warrants, in
 * $XDG_STATE_HOME/sekisho/ledger, with the public key beside it in ledger.pub (`sekisho verify
 * --key ledger.pub ledger`).  Its key is derived from the installation's secret.
 *
 * A log has one writer at a time, and many commands write this one: so hold it shortly.  What
 * runs long puts its entries into a journal, which holds the log only to commit. */
#pragma once

#include "ledger/journal.h"
#include "proof/entry.h"

enum { OWN_LEDGER_PATH_MAX = 4096 };

/* The folder of the ledger and the file of its public key; they need not be there yet. */
MUST_CHECK bool own_ledger_folder(char room[OWN_LEDGER_PATH_MAX], struct error *err);
MUST_CHECK bool own_ledger_key(char room[OWN_LEDGER_PATH_MAX], struct error *err);

/* Waits for another writer, at most some ten seconds.  Makes it where there is none. */
MUST_CHECK struct ledger *own_ledger_open(struct error *err);
/* Can an entry hold it: UTF-8 without controls, and not too long?  To be asked of what a person
 * says before anything is done by it. */
bool own_ledger_may_hold(const char *text);
/* For a process that runs long; one in a process. */
MUST_CHECK struct journal *own_ledger_journal(struct error *err);
/* ledger_append of the entry as it is written. */
MUST_CHECK bool own_ledger_append(struct ledger *ledger, const struct entry *entry,
                                  struct error *err);
/* Opens, appends these in their order, commits and closes: all that most commands need.  When
 * it returns true they are durable and signed. */
MUST_CHECK bool own_ledger_put(const struct entry *entries, size_t count, struct error *err);
