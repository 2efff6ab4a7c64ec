// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <unistd.h>

#include "http/server_private.h"

enum { STACK_OCTETS = 1 << 20, PASSED_MAX = 4 };

/* Requests go before the next pieces of streams, of which there may be hundreds at a time; but
 * each few requests let one piece go first. */
static struct http_queue *choose(struct http_pool *pool)
{
    bool has_requests = pool->requests.first != NULL, has_streams = pool->streams.first != NULL;
    bool is_stream = has_streams && (!has_requests || pool->passed >= PASSED_MAX);
    pool->passed = has_streams && !is_stream ? pool->passed + 1 : 0;
    return is_stream ? &pool->streams : &pool->requests;
}

static struct http_connection *take(struct http_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->requests.first == NULL && pool->streams.first == NULL && !pool->is_ended)
        pthread_cond_wait(&pool->filled, &pool->lock);
    struct http_connection *connection = NULL;
    if (!pool->is_ended) {
        struct http_queue *queue = choose(pool);
        connection = queue->first;
        queue->first = connection->behind;
    }
    pthread_mutex_unlock(&pool->lock);
    return connection;
}

/* Back to the thread that moves octets. */
static void give_back(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    pthread_mutex_lock(&server->lock);
    connection->behind = server->done;
    server->done = connection;
    bool is_first = connection->behind == NULL;
    pthread_mutex_unlock(&server->lock);
    const uint64_t one = 1;
    if (is_first && write(server->wake, &one, sizeof one) < 0)
        return; /* it cannot be full, and a sweep comes anyway */
}

static void *run(void *context)
{
    struct http_connection *connection;
    while ((connection = take(context)) != NULL) {
        http_exchange_run(connection);
        give_back(connection);
    }
    return NULL;
}

bool http_pool_open(struct http_pool *pool, unsigned threads, struct error *err)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_OCTETS);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->filled, NULL);
    pool->threads = calloc(threads, sizeof *pool->threads);
    int code = pool->threads == NULL ? -1 : 0;
    while (code == 0 && pool->thread_count < threads) {
        code = pthread_create(&pool->threads[pool->thread_count], &attributes, run, pool);
        pool->thread_count += code == 0;
    }
    pthread_attr_destroy(&attributes);
    if (code == 0)
        return true;
    http_pool_close(pool);
    return error_set(err, code > 0 ? code : 0, "threads of the HTTP server");
}

void http_pool_put(struct http_pool *pool, struct http_connection *connection)
{
    struct http_queue *queue =
        connection->exchange->has_answer ? &pool->streams : &pool->requests;
    connection->behind = NULL;
    pthread_mutex_lock(&pool->lock);
    if (queue->first == NULL)
        queue->first = connection;
    else
        queue->last->behind = connection;
    queue->last = connection;
    pthread_cond_signal(&pool->filled);
    pthread_mutex_unlock(&pool->lock);
}

void http_pool_close(struct http_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->is_ended = true;
    pthread_cond_broadcast(&pool->filled);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
    free(pool->threads);
    pthread_cond_destroy(&pool->filled);
    pthread_mutex_destroy(&pool->lock);
}
