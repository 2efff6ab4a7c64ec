// SPDX-License-Identifier: Apache-2.0
/* Which findings are worth a person's time today: no more than a day's budget, and none beyond
 * the rank where too many of them would be chance (../shared/science/detectors.md 0.5).  Pure
 * arithmetic over numbers; the same whatever order the traffic came in. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUDGET_FALSE_DISCOVERY 0.1

struct budget_item {
    int64_t day;      /* on which it was found */
    unsigned test;    /* which rule: each is a question of its own */
    uint64_t subject; /* who; several findings of one take one place */
    uint64_t judged;  /* units that this rule judged, this one included; 0: not told */
    double p_value;
    /* Out: */
    double false_discovery; /* expected share of chance down to this p-value, at most 1 */
    uint32_t rank;          /* of its day, from 1 */
    bool is_alert;
};

/* items: by rank, best first.  Alerts are those of a day whose false_discovery is at most
 * BUDGET_FALSE_DISCOVERY, down to the rank alerts_per_day; the others rank after them. */
void budget_fill(struct budget_item *items, size_t count, uint32_t alerts_per_day);
