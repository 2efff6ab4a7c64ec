// SPDX-License-Identifier: Apache-2.0
/* The log on disk: what is appended here stays, and what is committed is signed.
 *
 * A commit writes the tiles first and the checkpoint last, each file whole and durable before
 * the next is begun.  An entry counts from the moment a checkpoint names it; what lies behind
 * the last one is the rest of an interrupted commit, which the next open removes.  So there is
 * no journal, nothing to repair, and no torn end: a killed process or a lost machine leaves the
 * log as the last finished commit did.
 *
 * One writer at a time, held by a lock on the folder. */
#pragma once

#include "base/error.h"
#include "proof/checkpoint.h"
#include "proof/note.h"

struct ledger;

/* Signs with a key that is held elsewhere, as in a file or in hardware (keys/keys.h). */
typedef bool ledger_sign_fn(void *context, struct bytes message,
                            uint8_t out[NOTE_SIGNATURE_OCTETS], struct error *err);

/* The name of the key is the name of the log. */
struct ledger_signer {
    struct note_key key;
    uint8_t secret[NOTE_SECRET_OCTETS]; /* used where there is no sign */
    ledger_sign_fn *sign;
    void *context; /* for sign */
};

/* The key pair of a seed of 32 octets.  False where the name is not good for a key. */
MUST_CHECK bool ledger_signer_init(struct bytes name, const uint8_t seed[32],
                                   struct ledger_signer *out);

/* Makes folder, and in it the log, where there is none.  Refuses what is not whole at its end,
 * or was signed by another. */
MUST_CHECK struct ledger *ledger_open(const char *folder, const struct ledger_signer *signer,
                                      struct error *err);
/* The same, and where another process writes, waits for it that long; a wait in vain fails with
 * the code EWOULDBLOCK. */
MUST_CHECK struct ledger *ledger_open_waiting(const char *folder,
                                              const struct ledger_signer *signer,
                                              int64_t wait_ns, struct error *err);
/* What was appended and not committed is lost. */
void ledger_close(struct ledger *ledger);

/* entry: 1 to TILE_ENTRY_OCTETS_MAX octets, as entry_write gives.  Its number is ledger_size
 * before.  After a failure nothing is appended, and it may be tried again. */
MUST_CHECK bool ledger_append(struct ledger *ledger, struct bytes entry, struct error *err);
/* When this returns true, all that was appended is durable, signed and acknowledged.  After a
 * failure, as of a full disk, nothing is lost and it may be tried again.  Some six calls of
 * fsync, whatever the number of entries: commit by time or batch, not by entry. */
MUST_CHECK bool ledger_commit(struct ledger *ledger, struct error *err);

uint64_t ledger_size(const struct ledger *ledger);      /* all that was appended */
uint64_t ledger_committed(const struct ledger *ledger); /* what a checkpoint names */
