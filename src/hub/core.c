// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "base/must.h"
#include "hub/core_private.h"
#include "system/clock.h"

int64_t hub_now(const struct hub *hub)
{
    return clock_now_ns() + hub->settings.ahead_ns;
}

void hub_tell(struct hub *hub, const char *level, const char *what, json_t *more)
{
    json_t *line = json_pack("{s:o, s:s, s:s}", "at", json_time(clock_now_ns()), "level", level,
                             "what", what);
    if (more && line)
        json_object_update(line, more);
    json_decref(more);
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
    if (text && hub->settings.log)
        hub->settings.log(hub->settings.log_context, text);
    free(text);
    json_decref(line);
}

void turns_init(struct hub_turns *turns)
{
    pthread_mutex_init(&turns->lock, NULL);
    pthread_cond_init(&turns->changed, NULL);
}

void turns_wait(struct hub_turns *turns)
{
    pthread_mutex_lock(&turns->lock);
    uint64_t mine = turns->taken++;
    while (turns->served != mine)
        pthread_cond_wait(&turns->changed, &turns->lock);
    pthread_mutex_unlock(&turns->lock);
}

void turns_end(struct hub_turns *turns)
{
    pthread_mutex_lock(&turns->lock);
    turns->served++;
    pthread_cond_broadcast(&turns->changed);
    pthread_mutex_unlock(&turns->lock);
}

struct database *pool_take(struct hub *hub)
{
    struct hub_pool *pool = &hub->pool;
    pthread_mutex_lock(&pool->lock);
    while (pool->free_count == 0)
        pthread_cond_wait(&pool->freed, &pool->lock);
    struct database *database = pool->free[--pool->free_count];
    pthread_mutex_unlock(&pool->lock);
    return database;
}

void pool_give(struct hub *hub, struct database *database)
{
    struct hub_pool *pool = &hub->pool;
    pthread_mutex_lock(&pool->lock);
    MUST(pool->free_count < pool->count);
    pool->free[pool->free_count++] = database;
    pthread_cond_signal(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
}

bool sql_number(struct database *db, const struct database_statement *statement,
                int64_t missing, int64_t *out, struct error *err)
{
    struct database_rows *rows = database_ask(db, statement, err);
    if (!rows)
        return false;
    enum database_step step = database_step(rows, err);
    if (step != DATABASE_FAILED)
        *out = step == DATABASE_ROW && !database_is_null(rows, 0) ? database_get_number(rows, 0)
                                                                  : missing;
    database_end(rows);
    return step != DATABASE_FAILED;
}
