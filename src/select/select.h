// SPDX-License-Identifier: Apache-2.0
/* Selection: of the admitted flows, those that a selector selects.  What is not selected is
 * forgotten by the caller and only counted.  Only this module makes a selected_flow or a
 * selected_sighting. */
#pragma once

#include "base/arena.h"
#include "base/hash.h"
#include "model/selected.h"
#include "select/indicators.h"

struct select;

struct select_limits {
    size_t concern_max; /* pairs and sources that fired and whose flows are kept from then on */
};

size_t select_size(const struct select_limits *limits);
/* indicators may be NULL. */
struct select *select_init(const struct select_limits *limits,
                           const struct indicators *indicators, struct hash_key key,
                           struct arena *keep);

/* Does an indicator match, or is the flow of a pair or source a behaviour fired on? */
MUST_CHECK bool select_flow(struct select *select, const struct admitted_flow *flow,
                            struct selected_flow *out);

/* Tells the processor that select_flow of this flow comes soon. */
void select_prefetch(const struct select *select, const struct admitted_flow *flow);

/* A behaviour fired: the sighting is selected, and later flows of its pair, server or source
 * are too.  Scans select at most 64 flows a source, so that a flood of them is not kept. */
void select_sighting(struct select *select, const struct sighting *sighting,
                     struct selected_sighting *out);

struct select_counts {
    uint64_t expired_matches; /* matched an indicator past its date: not selected */
    uint64_t concern_evicted; /* by the bound of the table */
    uint64_t scan_flows_left; /* of scanning sources, past the 64 */
};
struct select_counts select_counts(const struct select *select);
