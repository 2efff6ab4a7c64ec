// SPDX-License-Identifier: Apache-2.0
/* Counters that are told more than once.  Totals since a flow's start (octetTotalCount 85 and
 * its like) come again, grown, with each slice; a firewall (NSEL) tells what came since the
 * last update with each update, and the whole once more when the flow is deleted.  What was
 * told before is taken off, so that slices and ends can be added up.  A table of fixed size:
 * what was evicted is told whole, and evictions are counted. */
#pragma once

#include "base/arena.h"
#include "base/hash.h"
#include "collect/reading_private.h"

struct totals;

size_t totals_size(const struct collect_limits *limits);
struct totals *totals_init(const struct collect_limits *limits, struct hash_key key,
                           struct arena *keep);
uint64_t totals_evicted(const struct totals *totals);

/* Whether the counters of such a record may have been told before, or will be again. */
bool totals_concern(const struct plan *plan, const struct record *record);
/* Leaves in the record what was not told before; false when nothing is left of it. */
MUST_CHECK bool totals_settle(const struct reading *reading, const struct plan *plan,
                              struct record *record);
