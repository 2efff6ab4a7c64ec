// SPDX-License-Identifier: Apache-2.0
/* What the files of the server share: a connection, what is exchanged on it, the server.
 *
 * A connection belongs to the thread that moves octets, except while its state is HTTP_RUN:
 * then to the thread of the pool that took it, until that puts it on the list of the done. */
#pragma once

#include <gnutls/gnutls.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/ip.h"
#include "base/time.h"
#include "http/chunk.h"
#include "http/head.h"
#include "http/http.h"
#include "http/target.h"

enum {
    HTTP_QUERIES_MAX = 64,
    HTTP_COOKIES_MAX = 32,
    HTTP_STREAM_OCTETS = 32 << 10, /* of one call of next */
    HTTP_BODIES_MAX = 128 << 20,   /* octets of bodies held at one time */
    HTTP_REPLY_FIELDS_MAX = 8 << 10,
    HTTP_TYPE_MAX = 128
};

/* Reasons of http_each_refused. */
enum http_refused {
    HTTP_REFUSED_LINE,
    HTTP_REFUSED_TARGET,
    HTTP_REFUSED_TARGET_LONG,
    HTTP_REFUSED_VERSION,
    HTTP_REFUSED_METHOD,
    HTTP_REFUSED_FIELD,
    HTTP_REFUSED_FIELDS_MANY,
    HTTP_REFUSED_HOST,
    HTTP_REFUSED_FRAMING,
    HTTP_REFUSED_EXPECTATION,
    HTTP_REFUSED_HEAD_LARGE,
    HTTP_REFUSED_TOO_LARGE,
    HTTP_REFUSED_NOT_FOUND,
    HTTP_REFUSED_NOT_ALLOWED,
    HTTP_REFUSED_SLOW,
    HTTP_REFUSED_BUSY,
    HTTP_REFUSED_FULL,
    HTTP_REFUSED_OF_ONE_PEER,
    HTTP_REFUSED_TLS,
    HTTP_REFUSED_REASONS
};

/* Octets that grow up to a bound; what was sent or taken is passed over by begin. */
struct http_buffer {
    char *at;
    size_t begin, len, max;
    bool is_broken; /* there was no memory for something of it */
};

static inline struct bytes http_buffer_bytes(const struct http_buffer *buffer)
{
    if (buffer->len == 0)
        return (struct bytes){ NULL, 0 };
    return (struct bytes){ (const uint8_t *)buffer->at + buffer->begin,
                           buffer->len - buffer->begin };
}

/* Room for so many more; false where there is no memory. */
MUST_CHECK bool http_buffer_reserve(struct http_buffer *buffer, size_t more);
void http_buffer_put(struct http_buffer *buffer, struct bytes octets);
void http_buffer_put_string(struct http_buffer *buffer, const char *string);
void http_buffer_take(struct http_buffer *buffer, size_t len);
void http_buffer_free(struct http_buffer *buffer);

struct http_reply {
    const struct http_request *request;
    unsigned status; /* 0: nothing was said */
    struct http_buffer fields;
    struct http_buffer body;
    char type[HTTP_TYPE_MAX];
    char tag[80]; /* with its quotes */
    bool has_cache_control;
    struct http_stream stream;
    bool has_stream, is_events;
    bool has_length; /* of the stream, else chunked */
    uint64_t length;
};

/* One request and its answer. */
struct http_exchange {
    struct http_request request;
    struct http_reply reply;
    struct http_head head;
    char *texts; /* the head's octets, then what was decoded */
    const struct http_route *route;
    struct http_variables variables;
    const char *variable_values[HTTP_VARIABLES_MAX];
    struct http_field queries[HTTP_QUERIES_MAX], cookies[HTTP_COOKIES_MAX];
    size_t query_count, cookie_count;
    struct http_buffer body;
    struct http_chunks chunks;
    uint64_t body_octets; /* that have come */
    size_t body_max;
    bool is_head_only, has_answer, is_broken;
    bool has_more;   /* events, maybe: the stream is asked again at once */
    bool has_unread; /* a body that nobody will read: the connection ends */
    int64_t begun_ns, event_sent_ns, event_due_ns;
    uint64_t sent;
};

enum http_state {
    HTTP_HANDSHAKE,
    HTTP_READ_HEAD,
    HTTP_READ_BODY,
    HTTP_RUN,
    HTTP_WRITE,
    HTTP_EVENTS,
    HTTP_LINGER,
    HTTP_STATES
};

struct http_tls;

struct http_connection {
    struct http_connection *previous, *next; /* of the server's */
    struct http_connection *behind;          /* in the queue or the list of the done */
    struct http_server *server;
    int fd;
    struct http_tls *tls; /* the files it was begun with */
    gnutls_session_t session;
    bool has_certificate;
    uint8_t certificate[HTTP_DIGEST_OCTETS];
    struct ip_address peer;
    enum http_state state;
    uint32_t interest; /* epoll's events */
    bool is_gone;
    int64_t deadline_ns; /* of this state, on the monotonic clock */
    struct http_buffer in, out;
    size_t looked; /* of in, for the end of the head */
    struct http_exchange *exchange;
};

struct http_pool {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct http_queue {
        struct http_connection *first, *last;
    } requests, streams;
    unsigned passed; /* requests that were taken while streams waited */
    pthread_t *threads;
    unsigned thread_count;
    bool is_ended;
};

struct http_files;

struct http_server {
    struct http_settings settings;
    const struct http_route **routes; /* in the order they are asked */
    struct http_files *files;
    int listener, epoll, wake;
    uint16_t port;
    pthread_t thread;
    struct http_pool pool;
    pthread_mutex_t lock; /* of the done and of tls */
    struct http_connection *done;
    struct http_tls *tls;
    struct http_connection *connections;
    unsigned connection_count;
    uint64_t body_octets;
    int64_t now_ns, swept_ns, woken_ns;
    bool is_listening, is_serving;
    atomic_bool is_stopping, has_events;
    atomic_llong stop_ns;
    _Atomic uint64_t refused[HTTP_REFUSED_REASONS];
};

/* io.c: at most max octets; 0: ended; -1: later; -2: broken. */
enum { HTTP_IO_LATER = -1, HTTP_IO_BROKEN = -2 };
ssize_t http_io_read(struct http_connection *connection, char *room, size_t max);
ssize_t http_io_write(struct http_connection *connection, struct bytes octets);
/* Which events the connection waits for. */
void http_io_want(struct http_connection *connection, uint32_t events);

/* tls.c */
MUST_CHECK struct http_tls *http_tls_open(const struct http_settings *settings,
                                          struct error *err);
void http_tls_hold(struct http_tls *tls);
void http_tls_release(struct http_tls *tls);
MUST_CHECK bool http_tls_begin(struct http_connection *connection);
/* 1: done, else as http_io_read. */
int http_tls_handshake(struct http_connection *connection);
void http_tls_end(struct http_connection *connection);

/* pool.c */
MUST_CHECK bool http_pool_open(struct http_pool *pool, unsigned threads, struct error *err);
void http_pool_put(struct http_pool *pool, struct http_connection *connection);
void http_pool_close(struct http_pool *pool);

/* connection.c */
void http_connection_begin(struct http_server *server, int fd, const struct ip_address *peer);
/* Goes on as far as it can without waiting; may end, and free, the connection. */
void http_connection_drive(struct http_connection *connection);
void http_connection_heard(struct http_connection *connection, uint32_t events);
void http_connection_late(struct http_connection *connection);
void http_connection_close(struct http_connection *connection);

/* exchange.c */
MUST_CHECK struct http_exchange *http_exchange_new(struct http_connection *connection,
                                                   size_t head_len);
void http_exchange_free(struct http_server *server, struct http_exchange *exchange);
/* Reads the head at texts; false: the reply has been given. */
MUST_CHECK bool http_exchange_begin(struct http_connection *connection, size_t head_len);
/* Takes of the connection's octets what belongs to the body; true: it is whole, or refused. */
MUST_CHECK bool http_exchange_take_body(struct http_connection *connection);
/* On a thread of the pool: the handler, or the next piece of its stream. */
void http_exchange_run(struct http_connection *connection);
void http_exchange_refuse(struct http_connection *connection, enum http_refused reason);

/* reply.c: the head and, where it has one, the body, behind what is in out. */
void http_reply_write(struct http_connection *connection);
/* The stream is told that it has ended. */
void http_reply_done(struct http_reply *reply);
void http_reply_free(struct http_reply *reply);

/* files.c */
MUST_CHECK struct http_files *http_files_open(const char *folder, struct error *err);
void http_files_close(struct http_files *files);
void http_files_run(void *server, const struct http_request *request, struct http_reply *reply);

void http_count(struct http_server *server, enum http_refused reason);
