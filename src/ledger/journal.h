// SPDX-License-Identifier: Apache-2.0
/* How a process that runs long writes the ledger: entries come together in memory and are
 * committed by time or number.  The log is held only while a commit lasts, so several processes
 * write one log in turn.
 *
 * An entry is acknowledged when a commit says so, and not before.  While the log cannot be
 * written, as on a full disk, entries are held here, within bounds; what must not go on without
 * a record (selection) asks journal_is_good. */
#pragma once

#include "ledger/log.h"
#include "proof/entry.h"

struct journal_settings {
    const char *folder;
    const struct ledger_signer *signer;
    int64_t commit_ns;     /* at the latest so long after the first entry that waits */
    size_t commit_entries; /* or when so many wait */
    size_t held_octets;    /* all that is held at most */
    int64_t wait_ns;       /* for another writer's commit */
    int64_t retry_ns;      /* between a commit that failed and the next */
};

struct journal;

/* Opens the log once, and makes it where there is none; fails where it could not be written.
 * The signer is copied, and what its context points to must stay. */
MUST_CHECK struct journal *journal_open(const struct journal_settings *settings,
                                        struct error *err);
/* What is held and was not committed is lost. */
void journal_close(struct journal *journal);

/* Takes the entry; it is not yet acknowledged.  False when it is no entry, or no room is left:
 * then it was not taken. */
MUST_CHECK bool journal_append(struct journal *journal, const struct entry *entry,
                               struct error *err);
/* To be called often, at least every commit_ns: commits when it is due.  False when a commit
 * failed: nothing is lost, and it is tried again after retry_ns. */
MUST_CHECK bool journal_turn(struct journal *journal, int64_t monotonic_ns, struct error *err);
/* Commits all that is held, now. */
MUST_CHECK bool journal_commit(struct journal *journal, struct error *err);

/* No commit has failed since the last that succeeded, and there is room: what needs a record
 * may go on. */
bool journal_is_good(const struct journal *journal);
/* Entries not yet acknowledged. */
size_t journal_held(const struct journal *journal);
/* The number in the log of the first entry of the last commit; those after it follow in the
 * order they were appended. */
uint64_t journal_first(const struct journal *journal);
