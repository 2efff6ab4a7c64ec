// SPDX-License-Identifier: Apache-2.0
/* Where the record of a fingerprint lies: buckets of eight fingerprints, one line of cache
 * each.  Records lie in arrays of their owner under the same slot; the owner chooses who is
 * evicted.  A fingerprint is a keyed hash, never an address. */
#pragma once

#include "base/arena.h"
#include "base/attr.h"

enum { PRINTS_WAYS = 8 };

struct prints {
    uint64_t *print; /* 0 where the slot is free */
    size_t buckets;
};

#define PRINTS_NONE SIZE_MAX

/* Room for records, not cleared: a record is written whole when its slot is taken, and memory
 * that nobody used is never touched. */
#define PRINTS_RECORDS(arena, type, count) \
    ((type *)arena_take(arena, sizeof(type), alignof(type), count))

/* slots is rounded down to whole buckets; at least one. */
void prints_init(struct prints *prints, size_t slots, struct arena *keep);

static inline size_t prints_slots(const struct prints *prints)
{
    return prints->buckets * PRINTS_WAYS;
}

static inline uint64_t prints_of(uint64_t hash)
{
    return hash == 0 ? 1 : hash;
}

/* The first slot of its bucket. */
static inline size_t prints_home(const struct prints *prints, uint64_t print)
{
    __extension__ unsigned __int128 wide = (unsigned __int128)print * prints->buckets;
    return (size_t)(wide >> 64) * PRINTS_WAYS;
}

/* Does the record in slot a go before the one in b? */
typedef bool prints_weaker_fn(const void *records, size_t a, size_t b);

/* The slot for a fingerprint that is not there: a free one of its bucket, else that of the
 * weakest record, which is evicted: *evicted grows by one. */
size_t prints_take(struct prints *prints, uint64_t print, prints_weaker_fn *is_weaker,
                   const void *records, uint64_t *evicted);

/* How many slots are taken. */
size_t prints_used(const struct prints *prints);

/* Tells the processor that prints_find of this fingerprint comes soon. */
static inline void prints_expect(const struct prints *prints, uint64_t print)
{
    PREFETCH(&prints->print[prints_home(prints, print)]);
}

static inline size_t prints_find(const struct prints *prints, uint64_t print)
{
    size_t home = prints_home(prints, print);
    for (size_t slot = home; slot < home + PRINTS_WAYS; slot++)
        if (prints->print[slot] == print)
            return slot;
    return PRINTS_NONE;
}

/* The other bucket that a fingerprint of a table with two choices may lie in (Azar, Broder,
 * Karlin, Upfal 1999): such a table can be filled to nineteen in twenty before anything is
 * evicted. */
static inline size_t prints_second(const struct prints *prints, uint64_t print)
{
    return prints_home(prints, print * UINT64_C(0x9e3779b97f4a7c15));
}

static inline void prints_expect_two(const struct prints *prints, uint64_t print)
{
    PREFETCH(&prints->print[prints_home(prints, print)]);
    PREFETCH(&prints->print[prints_second(prints, print)]);
}

/* In either of its buckets. */
static inline size_t prints_find_two(const struct prints *prints, uint64_t print)
{
    size_t slot = prints_find(prints, print);
    if (slot != PRINTS_NONE)
        return slot;
    size_t home = prints_second(prints, print);
    for (slot = home; slot < home + PRINTS_WAYS; slot++)
        if (prints->print[slot] == print)
            return slot;
    return PRINTS_NONE;
}

/* A free slot of the emptier of its two buckets, or PRINTS_NONE. */
size_t prints_free_two(const struct prints *prints, uint64_t print);
