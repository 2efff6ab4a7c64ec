// SPDX-License-Identifier: Apache-2.0
/* Room for runs of different length in one fixed array (the buddy system, Knowlton 1965): runs
 * are powers of two, and neighbours join again when both are given back, so that no order of
 * templates coming and going can break it to pieces for good. */
#pragma once

#include "base/arena.h"

enum {
    ROOM_UNIT = 8,   /* the least run, in fields */
    ROOM_ORDERS = 8, /* the largest is ROOM_UNIT << 7 */
    ROOM_LARGEST = ROOM_UNIT << (ROOM_ORDERS - 1),
};

#define ROOM_NONE UINT32_MAX

struct room {
    uint32_t units;
    uint8_t *state; /* of each unit: the order of a free run that begins there, or ROOM_TAKEN */
    uint32_t *next, *previous;
    uint32_t free[ROOM_ORDERS];
};

size_t room_size(size_t fields_max);
void room_init(struct room *room, size_t fields_max, struct arena *keep);
size_t
room_fields(const struct room *room); /* in all: fields_max, rounded to the largest run */

/* The order of the least run that holds count, at most ROOM_LARGEST. */
unsigned room_order(size_t count);
/* Where the run begins, in fields; ROOM_NONE when there is none. */
uint32_t room_take(struct room *room, unsigned order);
void room_give(struct room *room, uint32_t at, unsigned order);
