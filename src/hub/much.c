// SPDX-License-Identifier: Apache-2.0
/* Lists count their rows up to ten thousand.  What has more goes on having more: it is not
 * counted again for each of many who look again and again, but once a minute. */
#include <sodium.h>

#include "base/time.h"
#include "hub/list_private.h"

#define KEPT_NS (INT64_C(60) * TIME_SECOND_NS)

static uint64_t hash_value(const struct hash_key *key, uint64_t so_far,
                           const struct database_value *value)
{
    bool is_octets = value->type == DATABASE_TEXT || value->type == DATABASE_BLOB;
    uint64_t own = is_octets ? hash_bytes(key, value->octets) : (uint64_t)value->number;
    return hash_two(key, so_far, own);
}

/* Of the statement (each stands once in the program), what it is asked with, and who may see
 * what. */
static uint64_t key_of(const struct hub *hub, const struct database_statement *statement)
{
    const struct hash_key *key = &hub->much_key;
    uint64_t out = hash_two(key, (uintptr_t)statement->sql, atomic_load(&hub->policy));
    for (size_t i = 0; i < statement->count; i++)
        out = hash_value(key, out, &statement->values[i]);
    return out;
}

bool much_count(struct asking *asking, const struct database_statement *statement, int64_t *out,
                struct error *err)
{
    struct hub *hub = asking->hub;
    uint64_t key = key_of(hub, statement);
    struct hub_much *slot = &hub->much[key % HUB_MUCH_MAX];
    pthread_mutex_lock(&hub->viewing);
    bool is_much = slot->key == key && asking->now_ns < slot->until_ns;
    pthread_mutex_unlock(&hub->viewing);
    *out = LIST_COUNT_MAX + 1;
    if (is_much)
        return true;
    if (!sql_number(asking->db, statement, 0, out, err))
        return false;
    if (*out <= LIST_COUNT_MAX)
        return true;
    pthread_mutex_lock(&hub->viewing);
    *slot = (struct hub_much){ key, asking->now_ns + KEPT_NS };
    pthread_mutex_unlock(&hub->viewing);
    return true;
}
