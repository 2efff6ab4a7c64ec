// SPDX-License-Identifier: Apache-2.0
#include "collect/room_private.h"

enum { ROOM_TAKEN = 255 };

static const uint32_t largest_units = 1U << (ROOM_ORDERS - 1);

static uint32_t units_for(size_t fields_max)
{
    size_t largest = (fields_max + ROOM_LARGEST - 1) / ROOM_LARGEST;
    return (uint32_t)(largest > 0 ? largest : 1) * largest_units;
}

size_t room_size(size_t fields_max)
{
    return units_for(fields_max) * (sizeof(uint8_t) + 2 * sizeof(uint32_t)) +
           3 * alignof(max_align_t);
}

size_t room_fields(const struct room *room)
{
    return (size_t)room->units * ROOM_UNIT;
}

static void put_free(struct room *room, uint32_t unit, unsigned order)
{
    uint32_t first = room->free[order];
    room->state[unit] = (uint8_t)order;
    room->previous[unit] = ROOM_NONE;
    room->next[unit] = first;
    if (first != ROOM_NONE)
        room->previous[first] = unit;
    room->free[order] = unit;
}

static void take_free(struct room *room, uint32_t unit, unsigned order)
{
    uint32_t next = room->next[unit], previous = room->previous[unit];
    if (next != ROOM_NONE)
        room->previous[next] = previous;
    if (previous != ROOM_NONE)
        room->next[previous] = next;
    else
        room->free[order] = next;
    room->state[unit] = ROOM_TAKEN;
}

void room_init(struct room *room, size_t fields_max, struct arena *keep)
{
    room->units = units_for(fields_max);
    room->state = ARENA_NEW(keep, uint8_t, room->units);
    room->next = ARENA_NEW(keep, uint32_t, room->units);
    room->previous = ARENA_NEW(keep, uint32_t, room->units);
    memset(room->state, ROOM_TAKEN, room->units);
    for (unsigned order = 0; order < ROOM_ORDERS; order++)
        room->free[order] = ROOM_NONE;
    for (uint32_t unit = room->units; unit > 0; unit -= largest_units)
        put_free(room, unit - largest_units, ROOM_ORDERS - 1);
}

unsigned room_order(size_t count)
{
    unsigned order = 0;
    while (((size_t)ROOM_UNIT << order) < count)
        order++;
    return order;
}

uint32_t room_take(struct room *room, unsigned order)
{
    unsigned found = order;
    while (found < ROOM_ORDERS && room->free[found] == ROOM_NONE)
        found++;
    if (found == ROOM_ORDERS)
        return ROOM_NONE;
    uint32_t unit = room->free[found];
    take_free(room, unit, found);
    while (found > order) {
        found--;
        put_free(room, unit + (1U << found), found);
    }
    return unit * ROOM_UNIT;
}

void room_give(struct room *room, uint32_t at, unsigned order)
{
    uint32_t unit = at / ROOM_UNIT;
    for (; order < ROOM_ORDERS - 1; order++) {
        uint32_t buddy = unit ^ (1U << order);
        if (room->state[buddy] != order)
            break;
        take_free(room, buddy, order);
        unit &= ~(1U << order);
    }
    put_free(room, unit, order);
}
