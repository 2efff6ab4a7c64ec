// SPDX-License-Identifier: Apache-2.0
/* Prepared statements are kept by the octets of their text, not by its address: the same words
 * put together twice are one statement. */
#include <stdlib.h>

#include "database/database_private.h"

/* FNV-1a: the texts are the program's own, nobody outside chooses them. */
static uint64_t hash_of(const char *sql)
{
    uint64_t hash = 0xcbf29ce484222325U;
    for (; *sql != '\0'; sql++)
        hash = (hash ^ (uint8_t)*sql) * 0x100000001b3U;
    return hash;
}

/* Past the quoted run that starts at *at; a quote in it is doubled, which reads as two runs. */
static const char *skip_quoted(const char *at)
{
    char quote = *at++;
    while (*at != '\0' && *at != quote)
        at++;
    return *at == '\0' ? at : at + 1;
}

size_t database_count_parameters(const char *sql)
{
    size_t highest = 0;
    while (*sql != '\0') {
        if (*sql == '\'' || *sql == '"') {
            sql = skip_quoted(sql);
        } else if (*sql++ == '$') {
            size_t number = 0;
            for (; *sql >= '0' && *sql <= '9' && number <= DATABASE_VALUES_MAX; sql++)
                number = number * 10 + (size_t)(*sql - '0');
            highest = number > highest ? number : highest;
        }
    }
    return highest;
}

void database_cache_forget(struct database *database, struct database_cache *cache,
                           struct database_kept *kept)
{
    if (kept->made != NULL || kept->name != 0)
        cache->drop(database, kept);
    free(kept->sql);
    *kept = (struct database_kept){ 0 };
}

void database_cache_clear(struct database *database, struct database_cache *cache)
{
    for (size_t i = 0; i < DATABASE_KEPT; i++)
        if (cache->places[i].sql != NULL)
            database_cache_forget(database, cache, &cache->places[i]);
}

/* A free place, else the least used of those nobody reads from. */
static struct database_kept *make_room(struct database *database, struct database_cache *cache)
{
    struct database_kept *best = NULL;
    for (size_t i = 0; i < DATABASE_KEPT; i++) {
        struct database_kept *place = &cache->places[i];
        if (place->sql == NULL)
            return place;
        if (!place->is_busy && (best == NULL || place->used < best->used))
            best = place;
    }
    if (best != NULL)
        database_cache_forget(database, cache, best);
    return best;
}

struct database_kept *database_cache_find(struct database *database,
                                          struct database_cache *cache, const char *sql)
{
    uint64_t hash = hash_of(sql);
    for (size_t i = 0; i < DATABASE_KEPT; i++) {
        struct database_kept *place = &cache->places[i];
        if (place->sql != NULL && place->hash == hash && !place->is_busy &&
            strcmp(place->sql, sql) == 0) {
            place->used = ++cache->clock;
            return place;
        }
    }
    struct database_kept *place = make_room(database, cache);
    char *copy = place != NULL ? strdup(sql) : NULL;
    if (copy == NULL)
        return NULL;
    *place = (struct database_kept){ .sql = copy,
                                     .hash = hash,
                                     .used = ++cache->clock,
                                     .parameters = database_count_parameters(sql) };
    return place;
}
