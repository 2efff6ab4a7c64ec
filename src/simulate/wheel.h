// SPDX-License-Identifier: Apache-2.0
/* A queue of entries by time: a timing wheel of four levels (Varghese and Lauck, 1987), for
 * millions of entries that each come again and again.  Each is moved at most four times, where
 * a heap moves it once a level of its height. */
#pragma once

#include "base/arena.h"

enum { WHEEL_SLOT_BITS = 11, WHEEL_SLOTS = 1 << WHEEL_SLOT_BITS, WHEEL_LEVELS = 4 };

#define WHEEL_NONE UINT32_MAX

/* The first field of what is queued. */
struct wheel_entry {
    int64_t due_ns;
    uint32_t next;
};

struct wheel {
    void *entries; /* numbered from 0, entry_octets apart */
    size_t entry_octets;
    int64_t start_ns;
    unsigned tick_bits; /* a tick is 2^tick_bits ns */
    uint32_t ready;     /* those of this tick, soonest first */
    uint64_t now;       /* in ticks since the start */
    uint32_t *heads;    /* of WHEEL_LEVELS times WHEEL_SLOTS lists */
    uint32_t held;      /* entries in it */
};

size_t wheel_size(void);
/* entries, entry_octets, start_ns and tick_bits are set.  A tick should see a few entries; 2^44
 * are the most that can be looked ahead. */
void wheel_init(struct wheel *wheel, struct arena *keep);
/* At its due_ns, or at once when that has passed. */
void wheel_put(struct wheel *wheel, uint32_t entry);
/* The soonest; WHEEL_NONE when none is left. */
uint32_t wheel_take(struct wheel *wheel);
