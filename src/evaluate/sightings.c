// SPDX-License-Identifier: Apache-2.0
#include "evaluate/sightings_private.h"

enum { CHUNKS_MAX = 1 << 21 };

size_t sightings_size(void)
{
    return ((size_t)CHUNKS_MAX + 1) * sizeof(struct sightings_chunk);
}

void sightings_init(struct sightings *sightings, struct arena *keep)
{
    size_t line = sizeof(struct sightings_chunk);
    *sightings = (struct sightings){ arena_take(keep, line, line, CHUNKS_MAX), 1, 0 };
    sightings->chunks[0] = (struct sightings_chunk){ .count = 0 };
}

void sightings_clear(struct sightings *sightings)
{
    sightings->used = 1;
}

static bool add_chunk(struct sightings *sightings, struct sightings_list *list)
{
    if (sightings->used == CHUNKS_MAX)
        return false;
    uint32_t fresh = (uint32_t)sightings->used++;
    sightings->chunks[fresh].next = 0;
    sightings->chunks[fresh].count = 0;
    if (list->first == 0)
        list->first = fresh;
    else
        sightings->chunks[list->last].next = fresh;
    list->last = fresh;
    return true;
}

void sightings_add(struct sightings *sightings, struct sightings_list *list, uint32_t second,
                   uint64_t octets)
{
    bool has_room = list->first != 0 && sightings->chunks[list->last].count < SIGHTINGS_CHUNK;
    if (!has_room && !add_chunk(sightings, list)) {
        sightings->refused++;
        return;
    }
    struct sightings_chunk *chunk = &sightings->chunks[list->last];
    uint32_t kept = octets > UINT32_MAX ? UINT32_MAX : (uint32_t)octets;
    chunk->at[chunk->count++] = (struct sightings_at){ second, kept };
    list->count++;
}
