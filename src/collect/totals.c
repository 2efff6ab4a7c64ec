// SPDX-License-Identifier: Apache-2.0
#include "collect/totals_private.h"

enum { WAYS = 4, COUNTERS = 4, SETS_MIN = 16 };
enum { EVENT_DELETED = 2, EVENT_UPDATED = 5 }; /* firewallEvent 233 */

static const enum slot counters[COUNTERS] = { SLOT_OCTETS, SLOT_PACKETS, SLOT_REVERSE_OCTETS,
                                              SLOT_REVERSE_PACKETS };

struct total {
    uint64_t print; /* of exporter and flow; 0: free */
    uint64_t heard; /* when, in records of this table */
    uint64_t told[COUNTERS];
};

struct totals {
    struct hash_key key;
    size_t mask; /* of sets */
    uint64_t now;
    uint64_t evicted;
    struct total *entries;
};

static size_t sets_for(const struct collect_limits *limits)
{
    size_t sets = SETS_MIN;
    while (sets < limits->exporters_max)
        sets *= 2;
    return sets;
}

size_t totals_size(const struct collect_limits *limits)
{
    return sizeof(struct totals) + sets_for(limits) * WAYS * sizeof(struct total) +
           2 * alignof(max_align_t);
}

struct totals *totals_init(const struct collect_limits *limits, struct hash_key key,
                           struct arena *keep)
{
    struct totals *totals = ARENA_NEW(keep, struct totals, 1);
    totals->key = key;
    totals->mask = sets_for(limits) - 1;
    totals->entries = ARENA_NEW(keep, struct total, sets_for(limits) * WAYS);
    return totals;
}

uint64_t totals_evicted(const struct totals *totals)
{
    return totals->evicted;
}

/* Totals are those of one flow only where its start is told, too: a port is used again. */
static bool has_totals(const struct plan *plan)
{
    return plan_has(plan, SLOT_FIRST) &&
           (plan->forms[SLOT_OCTETS] == FORM_TOTAL || plan->forms[SLOT_PACKETS] == FORM_TOTAL);
}

bool totals_concern(const struct plan *plan, const struct record *record)
{
    if (!plan_has(plan, SLOT_EVENT))
        return has_totals(plan);
    return record->numbers[SLOT_EVENT] == EVENT_UPDATED ||
           record->numbers[SLOT_EVENT] == EVENT_DELETED;
}

static uint64_t print_of(const struct totals *totals, const struct reading *reading,
                         const struct plan *plan, const struct record *record)
{
    const uint64_t *numbers = record->numbers;
    /* Updates of firewalls tell other times than the end does. */
    uint64_t start = plan_has(plan, SLOT_EVENT) ? 0 : numbers[SLOT_FIRST];
    uint64_t hash = hash_two(&totals->key, start, exporter_number(reading->exporter));
    hash =
        hash_two(&totals->key, hash, numbers[SLOT_SOURCE4] << 32 | numbers[SLOT_DESTINATION4]);
    hash = hash_two(&totals->key, hash,
                    numbers[SLOT_SOURCE_PORT] << 32 | numbers[SLOT_DESTINATION_PORT] << 16 |
                        numbers[SLOT_PROTOCOL]);
    for (enum slot slot = SLOT_SOURCE6; slot <= SLOT_DESTINATION6; slot++) {
        const uint8_t *octets = record->addresses[slot - SLOT_NUMBERS].octets;
        hash = hash_two(&totals->key, hash ^ hash_load64(octets), hash_load64(octets + 8));
    }
    return hash != 0 ? hash : 1;
}

/* Of a set the flow's entry, else the one to be used for it: free, or heard longest ago. */
static struct total *find(const struct totals *totals, uint64_t print)
{
    struct total *set = &totals->entries[(print & totals->mask) * WAYS];
    struct total *oldest = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].print == print)
            return &set[i];
        if (set[i].heard < oldest->heard)
            oldest = &set[i];
    }
    return oldest;
}

static void take(struct totals *totals, struct total *total, uint64_t print)
{
    if (total->print != print) {
        totals->evicted += total->print != 0;
        *total = (struct total){ .print = print };
    }
    total->heard = ++totals->now;
}

/* The counters that an update adds to the whole. */
static void add(struct total *total, const struct record *record)
{
    for (size_t i = 0; i < COUNTERS; i++)
        if (__builtin_add_overflow(total->told[i], record->numbers[counters[i]],
                                   &total->told[i]))
            total->told[i] = UINT64_MAX;
}

/* A total below what was told before has wrapped, or lies: none of it is new for certain. */
static bool take_off(struct total *total, struct record *record)
{
    uint64_t left = 0;
    for (size_t i = 0; i < COUNTERS; i++) {
        uint64_t *number = &record->numbers[counters[i]];
        uint64_t whole = *number;
        *number = whole > total->told[i] ? whole - total->told[i] : 0;
        total->told[i] = whole;
        left |= *number;
    }
    return left != 0;
}

bool totals_settle(const struct reading *reading, const struct plan *plan,
                   struct record *record)
{
    struct totals *totals = reading->collect->totals;
    uint64_t print = print_of(totals, reading, plan, record);
    struct total *total = find(totals, print);
    bool is_known = total->print == print;
    bool is_event = plan_has(plan, SLOT_EVENT);
    if (is_event && record->numbers[SLOT_EVENT] == EVENT_UPDATED) {
        take(totals, total, print);
        add(total, record);
        return true;
    }
    if (is_event && !is_known) /* deleted before its first update: this is the whole */
        return true;
    take(totals, total, print);
    bool is_left = take_off(total, record);
    if (is_event)
        *total = (struct total){ .print = 0 };
    return is_left || !is_known;
}
