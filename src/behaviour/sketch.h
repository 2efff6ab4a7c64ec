// SPDX-License-Identifier: Apache-2.0
/* Counting different things in little room: a HyperLogLog of 64 registers of 4 bits (32
 * octets, standard error 13 %, near exact below 20) or 256 (128 octets, 6.5 %), and a set that
 * remembers what was seen (a Bloom filter of two generations).  All take 64-bit keyed hashes;
 * none can be read back. */
#pragma once

#include "base/arena.h"

struct sketch {
    uint8_t registers[32];
};

/* Did it change?  What was added before changes nothing. */
bool sketch_add(struct sketch *sketch, uint64_t hash);
double sketch_count(const struct sketch *sketch);
/* As if it had been given all that the other was given. */
void sketch_merge(struct sketch *sketch, const struct sketch *other);

struct wide_sketch {
    uint8_t registers[128];
};

void wide_sketch_add(struct wide_sketch *sketch, uint64_t hash);
double wide_sketch_count(const struct wide_sketch *sketch);
void wide_sketch_merge(struct wide_sketch *sketch, const struct wide_sketch *other);

/* Remembers at least the last capacity hashes and at most twice as many; says "seen" wrongly
 * for about 1 in 35 at most. */
struct seen {
    uint64_t *words[2]; /* the filling and the older generation, in lines of 64 octets */
    uint64_t lines;     /* of each */
    uint64_t left;      /* hashes until the older is forgotten */
    bool has_older;     /* until then it need not be asked */
};

enum { SEEN_OCTETS_LEAST = 128, SEEN_LINE_OCTETS = 64 };

void seen_init(struct seen *seen, size_t octets, struct arena *keep);
/* Tells the processor that seen_add of this hash comes soon. */
void seen_expect(const struct seen *seen, uint64_t hash);
/* Was it there?  It is now. */
bool seen_add(struct seen *seen, uint64_t hash);
/* As if it had seen what the other, of the same size, has seen too. */
void seen_merge(struct seen *seen, const struct seen *other);
