// SPDX-License-Identifier: Apache-2.0
#include "simulate/wheel.h"

static const uint64_t slot_mask = WHEEL_SLOTS - 1;

size_t wheel_size(void)
{
    return sizeof(uint32_t) * WHEEL_LEVELS * WHEEL_SLOTS + alignof(uint32_t);
}

void wheel_init(struct wheel *wheel, struct arena *keep)
{
    wheel->ready = WHEEL_NONE;
    size_t lists = (size_t)WHEEL_LEVELS * WHEEL_SLOTS;
    wheel->heads = arena_take(keep, sizeof(uint32_t), alignof(uint32_t), lists);
    for (size_t i = 0; i < lists; i++)
        wheel->heads[i] = WHEEL_NONE;
}

static struct wheel_entry *entry_at(const struct wheel *wheel, uint32_t entry)
{
    void *at = (uint8_t *)wheel->entries + entry * wheel->entry_octets;
    return at;
}

static uint64_t tick_of(const struct wheel *wheel, const struct wheel_entry *entry)
{
    if (entry->due_ns <= wheel->start_ns)
        return 0;
    return (uint64_t)(entry->due_ns - wheel->start_ns) >> wheel->tick_bits;
}

/* Before the first that is due later. */
static void put_ready(struct wheel *wheel, uint32_t number)
{
    struct wheel_entry *entry = entry_at(wheel, number);
    uint32_t *link = &wheel->ready;
    while (*link != WHEEL_NONE && entry_at(wheel, *link)->due_ns <= entry->due_ns)
        link = &entry_at(wheel, *link)->next;
    entry->next = *link;
    *link = number;
}

/* The level is that of the highest digit in which the time differs from now. */
static void place(struct wheel *wheel, uint32_t number)
{
    struct wheel_entry *entry = entry_at(wheel, number);
    uint64_t tick = tick_of(wheel, entry);
    if (tick <= wheel->now) {
        put_ready(wheel, number);
        return;
    }
    unsigned bit = 63 - (unsigned)__builtin_clzll(tick ^ wheel->now);
    unsigned level = bit / WHEEL_SLOT_BITS;
    if (level >= WHEEL_LEVELS)
        level = WHEEL_LEVELS - 1;
    size_t list = level * (size_t)WHEEL_SLOTS + (tick >> (level * WHEEL_SLOT_BITS) & slot_mask);
    entry->next = wheel->heads[list];
    wheel->heads[list] = number;
}

void wheel_put(struct wheel *wheel, uint32_t entry)
{
    wheel->held++;
    place(wheel, entry);
}

/* The list of now at this level is placed anew, nearer. */
static void spread(struct wheel *wheel, unsigned level)
{
    size_t list =
        level * (size_t)WHEEL_SLOTS + (wheel->now >> (level * WHEEL_SLOT_BITS) & slot_mask);
    uint32_t number = wheel->heads[list];
    wheel->heads[list] = WHEEL_NONE;
    while (number != WHEEL_NONE) {
        uint32_t next = entry_at(wheel, number)->next;
        place(wheel, number);
        number = next;
    }
}

static void advance(struct wheel *wheel)
{
    wheel->now++;
    unsigned level = 0;
    while (level + 1 < WHEEL_LEVELS &&
           (wheel->now >> (level * WHEEL_SLOT_BITS) & slot_mask) == 0)
        level++;
    for (; level > 0; level--)
        spread(wheel, level);
    spread(wheel, 0);
}

uint32_t wheel_take(struct wheel *wheel)
{
    if (wheel->held == 0)
        return WHEEL_NONE;
    while (wheel->ready == WHEEL_NONE)
        advance(wheel);
    uint32_t soonest = wheel->ready;
    wheel->ready = entry_at(wheel, soonest)->next;
    wheel->held--;
    return soonest;
}
