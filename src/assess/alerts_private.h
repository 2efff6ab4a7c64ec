// SPDX-License-Identifier: Apache-2.0
/* From findings to alerts: what each finding's p-value is, how many units could have been
 * found, and which findings the budget of their day has a place for. */
#pragma once

#include "assess/budget.h"
#include "model/finding.h"
#include "model/summary.h"
#include "model/verdict.h"

struct alerts {
    uint32_t alerts_per_day;
    uint64_t judged[FINDING_KINDS]; /* units, by the rule of the kind; 0: not told */
    struct budget_item *items;      /* room for as many as there may be findings */
    const struct verdict *verdicts; /* newest first */
    size_t verdict_count;
    uint64_t over_budget, by_chance, by_verdict;
};

/* Reads how many units each behaviour judged: its counter "NAME: units judged". */
void alerts_set_judged(struct alerts *alerts, const struct summary *summary);

/* Findings that are told, best first.  Adds to each that rests on statistics its p-value, false
 * discovery, rank and units judged; what rests on a list is outside the budget and gets none,
 * and so does what a verdict says is harmless or malicious. */
void alerts_mark(struct alerts *alerts, struct finding *findings, size_t count);
