// SPDX-License-Identifier: Apache-2.0
/* Where else what a run kept was written: told to the store, so that whoever erases it there
 * knows what to erase elsewhere. */
#pragma once

#include "cmd/watch_options.h"
#include "store/store.h"

/* After the run has ended in the store. */
MUST_CHECK bool watch_copies_put(const struct watch_options *options, struct store *store,
                                 int64_t now_ns, struct error *err);
