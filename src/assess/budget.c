// SPDX-License-Identifier: Apache-2.0
#include "assess/budget.h"

#include <math.h>

static bool are_one_test(const struct budget_item *a, const struct budget_item *b)
{
    return a->day == b->day && a->test == b->test;
}

/* Benjamini, Hochberg 1995: m p / k of the k-th smallest of m p-values. */
static double expected_share(const struct budget_item *items, size_t count, size_t at)
{
    uint64_t as_small = 0;
    uint64_t members = 0;
    for (size_t i = 0; i < count; i++) {
        if (!are_one_test(&items[i], &items[at]))
            continue;
        members++;
        as_small += items[i].p_value <= items[at].p_value;
    }
    double judged = fmax((double)items[at].judged, (double)members);
    return fmin(1, judged * items[at].p_value / (double)as_small);
}

/* Their step up: whatever a larger p-value passes with, a smaller one passes with. */
static void find_shares(struct budget_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        items[i].false_discovery = 1;
    for (size_t at = 0; at < count; at++) {
        double share = expected_share(items, count, at);
        for (size_t i = 0; i < count; i++)
            if (are_one_test(&items[i], &items[at]) && items[i].p_value <= items[at].p_value)
                items[i].false_discovery = fmin(items[i].false_discovery, share);
    }
}

static bool passes(const struct budget_item *item)
{
    return item->false_discovery <= BUDGET_FALSE_DISCOVERY;
}

/* The rank its subject has that day, or the next one. */
static uint32_t rank_of(const struct budget_item *items, size_t count, size_t at)
{
    uint32_t most = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == at || items[i].rank == 0 || items[i].day != items[at].day)
            continue;
        if (items[i].subject == items[at].subject)
            return items[i].rank;
        most = items[i].rank > most ? items[i].rank : most;
    }
    return most + 1;
}

void budget_fill(struct budget_item *items, size_t count, uint32_t alerts_per_day)
{
    find_shares(items, count);
    for (size_t i = 0; i < count; i++)
        items[i].rank = 0;
    for (int first = 1; first >= 0; first--)
        for (size_t i = 0; i < count; i++)
            if (passes(&items[i]) == first)
                items[i].rank = rank_of(items, count, i);
    for (size_t i = 0; i < count; i++)
        items[i].is_alert = passes(&items[i]) && items[i].rank <= alerts_per_day;
}
