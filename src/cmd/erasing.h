// SPDX-License-Identifier: Apache-2.0
/* Erasure at the end of retention, with its entries in the ledger: at the start of a run, and
 * by `sekisho retention sweep`. */
#pragma once

#include "store/store.h"

/* Of that basis, or of any ("*").  The entries follow the erasure: what must go goes even where
 * the ledger cannot be written, which fails then. */
MUST_CHECK bool erasing_sweep(struct store *store, const char *basis, int64_t now_ns,
                              struct store_erasure *out, struct error *err);
