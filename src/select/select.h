// SPDX-License-Identifier: Apache-2.0
/* Selection: of the admitted flows, those that a selector selects.  What is not selected is
 * forgotten by the caller and only counted.  Only this module makes a selected_flow or a
 * selected_sighting. */
#pragma once

#include "base/arena.h"
#include "base/hash.h"
#include "model/rule.h"
#include "select/indicators.h"

struct select;

struct select_limits {
    size_t concern_max; /* pairs and sources that fired and whose flows are kept from then on */
    size_t quota_max;   /* servers that rules with a number a day are counted for */
    /* Of several that share the work, who this is: each may name its part of such a number,
     * so that all together never name more.  0 and 0 for one alone. */
    uint32_t share, shares;
};

size_t select_size(const struct select_limits *limits);
/* indicators and rules may be NULL; both stay the caller's. */
struct select *select_init(const struct select_limits *limits,
                           const struct indicators *indicators, const struct rule_set *rules,
                           struct hash_key key, struct arena *keep);

/* Between two flows: other rules, or none, from now on.  NULL or an empty set selects nothing.
 * The set has been found sound (model/rule.h) and stays the caller's. */
void select_set_rules(struct select *select, const struct rule_set *rules);

/* Between two flows: other indicators, or NULL for none, from now on. */
void select_set_indicators(struct select *select, const struct indicators *indicators);

/* Does an indicator match, or is the flow of a pair or source a behaviour fired on, and does a
 * rule in force ask for that?  Rules are asked only of flows that something named; the first
 * that holds gives the mandate. */
MUST_CHECK bool select_flow(struct select *select, const struct admitted_flow *flow,
                            struct selected_flow *out);

/* Tells the processor that select_flow of this flow comes soon. */
void select_prefetch(const struct select *select, const struct admitted_flow *flow);

/* A behaviour fired.  When a rule in force surely holds of the sighting it is selected; when
 * one holds or might, later flows of its pair, server or source are asked the rules as those
 * that an indicator matched are.  Scans select at most 64 flows a source, so that a flood of
 * them is not kept. */
MUST_CHECK bool select_sighting(struct select *select, const struct sighting *sighting,
                                struct selected_sighting *out);
/* The same where it was another's to select. */
void select_concern(struct select *select, const struct sighting *sighting);

struct select_counts {
    uint64_t expired_matches; /* matched an indicator past its date: not selected */
    uint64_t concern_evicted; /* by the bound of the table */
    uint64_t host_flows_left; /* of hosts that fired, past the 64 */
    uint64_t unasked;         /* flows that something named, and no rule asks for */
    uint64_t sightings_unasked;
    uint64_t stopped; /* flows and sightings past a rule's number of servers a day */
};
struct select_counts select_counts(const struct select *select);
