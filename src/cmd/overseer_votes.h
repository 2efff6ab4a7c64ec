// SPDX-License-Identifier: Apache-2.0
/* The votes under decisions, given beside a ledger: is each approval that the ledger tells of
 * covered by votes of people who had them, on exactly what was approved? */
#pragma once

#include "base/error.h"
#include "oversight/oversight.h"
#include "proof/entry.h"
#include "statute/statute.h"

struct votes_count {
    uint64_t decisions; /* asked about */
    uint64_t votes;     /* that verify */
};

/* A folder for each record (docs/ledger.md).  Called once; folder and law must stay. */
MUST_CHECK bool votes_open(const char *folder, const char *trust, const struct law *law,
                           struct error *err);
/* Entries in the order of the log. */
void votes_take(uint64_t number, const struct entry *entry);
/* After the last. */
void votes_end(oversight_tell_fn *tell, void *context, struct votes_count *out);
