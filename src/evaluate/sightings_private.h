// SPDX-License-Identifier: Apache-2.0
/* When something was seen and how much was sent, for many units out of one pool: lists of
 * chunks, each a line of cache.  A full pool takes no more and counts what it refused. */
#pragma once

#include "base/arena.h"

enum { SIGHTINGS_CHUNK = 7 };

struct sightings_at {
    uint32_t second;
    uint32_t octets; /* UINT32_MAX for more */
};

struct sightings_chunk {
    uint32_t next; /* 0: none */
    uint32_t count;
    struct sightings_at at[SIGHTINGS_CHUNK];
};

struct sightings_list {
    uint32_t first; /* 0: none */
    uint32_t last;
    uint32_t count;
};

struct sightings {
    struct sightings_chunk *chunks; /* the first is never used */
    size_t used;
    uint64_t refused;
};

size_t sightings_size(void);
void sightings_init(struct sightings *sightings, struct arena *keep);
/* Forgets all; lists made before are void. */
void sightings_clear(struct sightings *sightings);
void sightings_add(struct sightings *sightings, struct sightings_list *list, uint32_t second,
                   uint64_t octets);

struct sightings_walk {
    const struct sightings *sightings;
    uint32_t chunk;
    uint32_t next;
    struct sightings_at at;
};

/* In the order they were added. */
static inline struct sightings_walk sightings_walk(const struct sightings *sightings,
                                                   const struct sightings_list *list)
{
    return (struct sightings_walk){ .sightings = sightings, .chunk = list->first };
}

/* False after the last. */
static inline bool sightings_next(struct sightings_walk *walk)
{
    const struct sightings_chunk *chunk = &walk->sightings->chunks[walk->chunk];
    if (walk->chunk != 0 && walk->next == chunk->count) {
        walk->chunk = chunk->next;
        walk->next = 0;
        chunk = &walk->sightings->chunks[walk->chunk];
    }
    if (walk->chunk == 0)
        return false;
    walk->at = chunk->at[walk->next++];
    return true;
}
