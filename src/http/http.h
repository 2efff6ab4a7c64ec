// SPDX-License-Identifier: Apache-2.0
/* The HTTP server (HTTP/1.1, RFC 9110 and 9112): a table of routes, each with the size of body
 * it takes, and what every answer has to have.  Knows nothing of what is served.
 *
 * One thread moves octets (epoll, GnuTLS) and never waits for a handler; handlers and streams
 * run on the threads of a pool, where they may wait, for a database say, but never on another
 * request.  What is refused before a handler is asked (RFC 9112 framing, sizes, slowness, too
 * many connections) is counted by reason. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "base/error.h"

enum {
    HTTP_BODY_SMALL = 64 << 10, /* what a route takes that says nothing */
    HTTP_TRACE_MAX = 33,        /* 32 hexadecimal digits and NUL */
    HTTP_PEER_MAX = 64,
    HTTP_DIGEST_OCTETS = 32
};

enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_METHODS };
const char *http_method_name(enum http_method method); /* "GET" */

struct http_request {
    enum http_method method; /* HEAD comes as GET, its body is not sent */
    const char *path;        /* as sent, without the query */
    const char *route;       /* the pattern it met: "/api/v1/records/{id}" */
    struct bytes body;
    char peer[HTTP_PEER_MAX];   /* address; of X-Forwarded-For where the proxy is trusted */
    char trace[HTTP_TRACE_MAX]; /* W3C trace id, taken over or made */
    bool is_secure;
    bool has_certificate; /* of the client, verified against the listener's authority */
    uint8_t certificate[HTTP_DIGEST_OCTETS]; /* SHA-256 of its DER */
    void *inside;                            /* the server's own */
};

/* NULL where there is none, the first where there are several.  Texts stay until the handler
 * returns. */
const char *http_header(const struct http_request *request, const char *name);
const char *http_query(const struct http_request *request, const char *name);
/* The name of the n-th parameter of the query; NULL beyond the last. */
const char *http_query_name(const struct http_request *request, size_t n);
const char *http_cookie(const struct http_request *request, const char *name);
/* Of the route's pattern: "id"; percent-decoded, never with '/' or NUL. */
const char *http_variable(const struct http_request *request, const char *name);

struct http_reply; /* the server's own; answers 500 where a handler says nothing */

void http_status(struct http_reply *reply, unsigned status);
/* False where the value holds what a header may not (CR, LF, NUL): it is left out. */
bool http_set_header(struct http_reply *reply, const char *name, const char *value);
/* Whether it comes with links from other sites: lax where it must (RFC 6265bis 5.2). */
enum http_same_site { HTTP_STRICT, HTTP_LAX };
/* Secure, HttpOnly, Path=/; max_age_s 0: gone.  Several may be set. */
void http_set_cookie(struct http_reply *reply, const char *name, const char *value,
                     unsigned max_age_s, enum http_same_site same_site);
/* Copied. */
void http_body(struct http_reply *reply, const char *type, struct bytes body);
/* Takes the object over.  With an ETag of its content where the request is a GET: answers 304
 * when If-None-Match has it. */
void http_json(struct http_reply *reply, unsigned status, json_t *taken);

/* RFC 9457.  more (may be NULL, taken over) is merged into the object. */
struct http_problem {
    unsigned status;
    const char *type;  /* "about:blank" where NULL, else behind /problems/: "stale" */
    const char *title; /* English */
    const char *title_ja;
    const char *detail; /* may be NULL; tells nothing that the asker may not know */
    json_t *more;
};
void http_refuse(struct http_reply *reply, const struct http_problem *problem);

/* An answer made while it is sent: next fills room and returns how much, 0 at the end, -1 to
 * break off (the client sees that it is cut); done is called once, whatever happens.  Both are
 * called on threads of the pool or of the server, one after another. */
struct http_stream {
    ssize_t (*next)(void *context, char *room, size_t max);
    void (*done)(void *context);
    void *context;
};
void http_stream(struct http_reply *reply, const char *type, const struct http_stream *stream);

/* Server-sent events (WHATWG HTML 9.2).  Here next does not wait: it gives the text of whole
 * events that there are now ("id: 7\ndata: {}\n\n"), 0 where there are none, -1 at the end.  It
 * is asked once a second and after http_wake; the server keeps the connection alive. */
void http_events(struct http_reply *reply, const struct http_stream *stream);

/* The JSON object of the body; NULL after having refused what is none (400, with line and
 * column, depth and size bounded).  The caller's to give back. */
json_t *http_read_json(const struct http_request *request, struct http_reply *reply);

typedef void http_handler(void *context, const struct http_request *request,
                          struct http_reply *reply);

struct http_route {
    enum http_method method;
    const char *pattern;   /* "/api/v1/records/{id}"; a last part "{path*}" takes the rest */
    const char *operation; /* OpenAPI's operationId */
    http_handler *run;
    size_t body_max; /* octets; 0: HTTP_BODY_SMALL */
};

struct http_settings {
    const char *address; /* "127.0.0.1", "::1" */
    uint16_t port;       /* 0: any, see http_port */
    const char *certificate,
        *key;              /* files in PEM; NULL: no TLS, for behind a proxy or loopback */
    const char *authority; /* of clients: each must show a certificate; NULL: none asked */
    bool trusts_proxy;     /* X-Forwarded-For and -Proto count, from loopback only */
    const struct http_route *routes;
    size_t route_count;
    void *context; /* for handlers */
    /* Folder of static files for GET of what no route takes; NULL: none.  What is no file and
     * has no dot in its name is index.html (a page of the application), but not below the first
     * part of any route: what is below /api and not there stays 404. */
    const char *files;
    unsigned connections_max; /* at one time; 0: 2048 */
    unsigned of_one_peer_max; /* connections; 0: 512 */
    unsigned idle_s;          /* 0: 30 */
    unsigned threads;         /* 0: 4 a processor */
    /* Called once after each answer, for logs and metrics, on the thread that moves octets: it
     * must be quick.  What was refused unread has an empty path and route.  May be NULL. */
    void (*told)(void *context, const struct http_request *request, unsigned status,
                 uint64_t octets, int64_t took_ns);
};

struct http_server;
/* Listens: whoever connects waits until it is served. */
MUST_CHECK struct http_server *http_open(const struct http_settings *settings,
                                         struct error *err);
uint16_t http_port(const struct http_server *server);
/* Serves from here on: what handlers read is there by now, as their threads begin here. */
MUST_CHECK bool http_start(struct http_server *server, struct error *err);
/* Lets what runs end (up to seconds), then closes. */
void http_stop(struct http_server *server, unsigned seconds);
/* There may be events: all open event streams are asked now.  From any thread. */
void http_wake(struct http_server *server);
/* Reads the files of TLS again, for connections from now on; false: those before stay. */
MUST_CHECK bool http_reload(struct http_server *server, struct error *err);
/* What was refused before a handler was asked, by reason: "too_large", "slow" ... */
typedef void http_count_fn(void *context, const char *reason, uint64_t count);
void http_each_refused(const struct http_server *server, http_count_fn *tell, void *context);
