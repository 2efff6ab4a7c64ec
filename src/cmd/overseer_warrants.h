// SPDX-License-Identifier: Apache-2.0
/* The warrants themselves, given beside a ledger: is each that the ledger tells as accepted
 * among them, as the ledger tells it, and genuine? */
#pragma once

#include "base/error.h"
#include "proof/entry.h"
#include "statute/statute.h"

enum given_verdict {
    GIVEN_GOOD,
    GIVEN_MISSING, /* no file has that digest */
    GIVEN_DIFFERS, /* the entry tells it otherwise than the warrant does: ruling.words where */
    GIVEN_REFUSED  /* by the law or its signatures: see the ruling */
};

/* Of all warrants in the folder, their digests; those of a file that is none are passed over.
 * Called once. */
MUST_CHECK bool given_open(const char *folder, const char *trust, const struct law *law,
                           struct error *err);
/* For an entry warrant_accepted, as of the time it was made. */
enum given_verdict given_check(const struct entry *entry, struct law_ruling *ruling);
