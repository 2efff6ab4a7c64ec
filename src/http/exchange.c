// SPDX-License-Identifier: Apache-2.0
/* One request from its head to its answer. */
#include <stdlib.h>

#include <gnutls/crypto.h>

#include "http/fields.h"
#include "http/server_private.h"
#include "system/clock.h"

#define KEEP_ALIVE_NS (INT64_C(15) * TIME_SECOND_NS)

/* Each reason: its name for counters, and what is answered. */
static const struct refusal {
    const char *name;
    unsigned status;
    const char *title, *title_ja;
} refusals[HTTP_REFUSED_REASONS] = {
    [HTTP_REFUSED_LINE] = { "line", 400, "No HTTP request", "HTTP リクエストではありません" },
    [HTTP_REFUSED_TARGET] = { "target", 400, "The target is not plain",
                              "リクエスト先の書式が正しくありません" },
    [HTTP_REFUSED_TARGET_LONG] = { "target_long", 414, "The target is too long",
                                   "リクエスト先が長すぎます" },
    [HTTP_REFUSED_VERSION] = { "version", 505, "HTTP/1.1 is spoken here",
                               "HTTP/1.1 に対応しています" },
    [HTTP_REFUSED_METHOD] = { "method", 501, "The method is not known",
                              "未対応のメソッドです" },
    [HTTP_REFUSED_FIELD] = { "field", 400, "A header field is not well formed",
                             "ヘッダーの書式が正しくありません" },
    [HTTP_REFUSED_FIELDS_MANY] = { "fields_many", 431, "Too many header fields",
                                   "ヘッダーの数が多すぎます" },
    [HTTP_REFUSED_HOST] = { "host", 400, "No valid Host", "Host が正しくありません" },
    [HTTP_REFUSED_FRAMING] = { "framing", 400, "The length of the body is not clear",
                               "本文の長さが明確ではありません" },
    [HTTP_REFUSED_EXPECTATION] = { "expectation", 417, "The expectation is not known",
                                   "未対応の Expect です" },
    [HTTP_REFUSED_HEAD_LARGE] = { "head_large", 431, "The header is too large",
                                  "ヘッダーが大きすぎます" },
    [HTTP_REFUSED_TOO_LARGE] = { "too_large", 413, "The body is too large",
                                 "本文が大きすぎます" },
    [HTTP_REFUSED_NOT_FOUND] = { "not_found", 404, "Not found", "見つかりません" },
    [HTTP_REFUSED_NOT_ALLOWED] = { "not_allowed", 405, "The method is not allowed here",
                                   "このメソッドは使えません" },
    [HTTP_REFUSED_SLOW] = { "slow", 408, "The request came too slowly",
                            "リクエストの受信が時間切れになりました" },
    [HTTP_REFUSED_BUSY] = { "busy", 503, "Too much at one time", "混み合っています" },
    [HTTP_REFUSED_FULL] = { "full", 0, NULL, NULL },
    [HTTP_REFUSED_OF_ONE_PEER] = { "of_one_peer", 0, NULL, NULL },
    [HTTP_REFUSED_TLS] = { "tls", 0, NULL, NULL },
};

static const enum http_refused of_fault[HTTP_FAULTS] = {
    [HTTP_FAULT_LINE] = HTTP_REFUSED_LINE,
    [HTTP_FAULT_TARGET] = HTTP_REFUSED_TARGET,
    [HTTP_FAULT_TARGET_LONG] = HTTP_REFUSED_TARGET_LONG,
    [HTTP_FAULT_VERSION] = HTTP_REFUSED_VERSION,
    [HTTP_FAULT_METHOD] = HTTP_REFUSED_METHOD,
    [HTTP_FAULT_FIELD] = HTTP_REFUSED_FIELD,
    [HTTP_FAULT_FIELDS_MANY] = HTTP_REFUSED_FIELDS_MANY,
    [HTTP_FAULT_HOST] = HTTP_REFUSED_HOST,
    [HTTP_FAULT_FRAMING] = HTTP_REFUSED_FRAMING,
    [HTTP_FAULT_EXPECTATION] = HTTP_REFUSED_EXPECTATION,
};

void http_count(struct http_server *server, enum http_refused reason)
{
    atomic_fetch_add(&server->refused[reason], 1);
}

void http_each_refused(const struct http_server *server, http_count_fn *tell, void *context)
{
    for (size_t i = 0; i < HTTP_REFUSED_REASONS; i++)
        tell(context, refusals[i].name, atomic_load(&server->refused[i]));
}

void http_exchange_refuse(struct http_connection *connection, enum http_refused reason)
{
    const struct refusal *refusal = &refusals[reason];
    struct http_reply *reply = &connection->exchange->reply;
    http_count(connection->server, reason);
    http_refuse(reply, &(struct http_problem){ .status = refusal->status,
                                               .title = refusal->title,
                                               .title_ja = refusal->title_ja });
    if (reason == HTTP_REFUSED_BUSY)
        (void)http_set_header(reply, "Retry-After", "5");
    http_reply_write(connection);
}

/* Nobody can tell where the next request would begin. */
static void refuse_unread(struct http_connection *connection, enum http_refused reason)
{
    connection->exchange->has_unread = true;
    http_exchange_refuse(connection, reason);
}

struct http_exchange *http_exchange_new(struct http_connection *connection, size_t head_len)
{
    struct http_exchange *exchange = calloc(1, sizeof *exchange);
    /* Twice the head, for what is decoded is never longer than what it was decoded of. */
    char *texts = calloc(1, 2 * head_len + HTTP_VARIABLES_MAX + 2);
    if (exchange == NULL || texts == NULL) {
        free(exchange);
        free(texts);
        return NULL;
    }
    exchange->texts = texts;
    exchange->begun_ns = clock_monotonic_ns();
    struct http_request *request = &exchange->request;
    request->path = request->route = "";
    request->is_secure = connection->session != NULL;
    request->inside = exchange;
    request->has_certificate = connection->has_certificate;
    memcpy(request->certificate, connection->certificate, sizeof request->certificate);
    struct text peer = text_over(request->peer, sizeof request->peer);
    ip_write(&connection->peer, &peer);
    exchange->reply.request = request;
    return exchange;
}

void http_exchange_free(struct http_server *server, struct http_exchange *exchange)
{
    if (exchange == NULL)
        return;
    server->body_octets -= exchange->body.max;
    http_buffer_free(&exchange->body);
    http_reply_free(&exchange->reply);
    free(exchange->texts);
    free(exchange);
}

/* Of the pattern's names, decoded behind the head's octets. */
static char *keep_variables(struct http_exchange *exchange, char *room)
{
    for (size_t i = 0; i < exchange->variables.count; i++) {
        struct bytes value = exchange->variables.values[i];
        memcpy(room, value.at, value.len);
        room[value.len] = '\0';
        http_percent_decode(room, false);
        exchange->variable_values[i] = room;
        room += value.len + 1;
    }
    return room;
}

/* The next of a list, which is cut there; NULL at its end. */
static char *cut_part(char **rest, char separator)
{
    char *part = *rest;
    if (part == NULL)
        return NULL;
    char *end = strchr(part, separator);
    if (end != NULL)
        *end = '\0';
    *rest = end != NULL ? end + 1 : NULL;
    return part;
}

static char *cut_value(char *part)
{
    char *sign = strchr(part, '=');
    if (sign == NULL)
        return part + strlen(part);
    *sign = '\0';
    return sign + 1;
}

/* Names and values as forms write them; false where there are too many. */
static bool keep_queries(struct http_exchange *exchange)
{
    char *rest = exchange->head.query;
    for (char *part; (part = cut_part(&rest, '&')) != NULL;) {
        if (part[0] == '\0')
            continue;
        if (exchange->query_count == HTTP_QUERIES_MAX)
            return false;
        char *value = cut_value(part);
        http_percent_decode(part, true);
        http_percent_decode(value, true);
        exchange->queries[exchange->query_count++] = (struct http_field){ part, value };
    }
    return true;
}

/* RFC 6265 4.2.1; past the last that fits they are left out. */
static void keep_cookies(struct http_exchange *exchange, char *room)
{
    const char *sent = http_head_field(&exchange->head, "Cookie");
    if (sent == NULL)
        return;
    memcpy(room, sent, strlen(sent) + 1);
    for (char *part; (part = cut_part(&room, ';')) != NULL;) {
        while (*part == ' ')
            part++;
        if (exchange->cookie_count == HTTP_COOKIES_MAX)
            return;
        char *value = cut_value(part);
        exchange->cookies[exchange->cookie_count++] = (struct http_field){ part, value };
    }
}

static bool is_loopback(const struct ip_address *peer)
{
    static const struct ip_address six = { { [15] = 1 } };
    return ip_is_v4(peer) ? ip_to_v4(peer) >> 24 == 127 : ip_equal(peer, &six);
}

/* What the proxy in front of us says of who asks; nobody else is believed. */
static void believe_proxy(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    const char *sent = http_head_field(&exchange->head, "X-Forwarded-For");
    const char *scheme = http_head_field(&exchange->head, "X-Forwarded-Proto");
    struct ip_address address;
    if (!connection->server->settings.trusts_proxy || !is_loopback(&connection->peer))
        return;
    if (sent != NULL && ip_read(http_forwarded_last(sent), &address)) {
        struct text peer = text_over(exchange->request.peer, sizeof exchange->request.peer);
        ip_write(&address, &peer);
    }
    if (scheme != NULL && strcmp(scheme, "https") == 0)
        exchange->request.is_secure = true;
}

static void take_trace(struct http_exchange *exchange)
{
    const char *sent = http_head_field(&exchange->head, "traceparent");
    uint8_t made[16];
    if (sent != NULL && http_trace_read(sent, exchange->request.trace))
        return;
    if (gnutls_rnd(GNUTLS_RND_NONCE, made, sizeof made) != 0)
        return;
    struct text trace = text_over(exchange->request.trace, sizeof exchange->request.trace);
    text_put_hex(&trace, (struct bytes){ made, sizeof made });
}

/* True for the methods of RFC 9110 that no route has, too: they get HTTP_METHODS. */
static bool find_method(struct http_exchange *exchange, enum http_method *out)
{
    const char *name = exchange->head.method;
    exchange->is_head_only = strcmp(name, "HEAD") == 0;
    if (exchange->is_head_only)
        name = "GET";
    for (*out = HTTP_GET; *out < HTTP_METHODS; ++*out)
        if (strcmp(http_method_name(*out), name) == 0)
            return true;
    return strcmp(name, "OPTIONS") == 0 || strcmp(name, "TRACE") == 0 ||
           strcmp(name, "CONNECT") == 0;
}

static void set_allow(struct http_reply *reply, const bool has[HTTP_METHODS])
{
    char room[64];
    struct text allow = text_over(room, sizeof room);
    for (enum http_method method = HTTP_GET; method < HTTP_METHODS; method++) {
        if (!has[method])
            continue;
        text_put_string(&allow, allow.len > 0 ? ", " : "");
        text_put_string(&allow, method == HTTP_GET ? "GET, HEAD" : http_method_name(method));
    }
    (void)http_set_header(reply, "Allow", room);
}

static const struct http_route files_route = { HTTP_GET, "", "files", http_files_run, 0 };

/* False: refused, which *reason says. */
static bool find_route(struct http_connection *connection, enum http_method method,
                       enum http_refused *reason)
{
    struct http_exchange *exchange = connection->exchange;
    const struct http_server *server = connection->server;
    const char *pattern = NULL;
    bool has[HTTP_METHODS] = { false };
    for (size_t i = 0; i < server->settings.route_count && exchange->route == NULL; i++) {
        const struct http_route *route = server->routes[i];
        if (pattern != NULL ? strcmp(route->pattern, pattern) != 0
                            : !http_pattern_meets(route->pattern, exchange->request.path,
                                                  &exchange->variables))
            continue;
        pattern = route->pattern;
        has[route->method] = true;
        if (route->method == method)
            exchange->route = route;
    }
    if (pattern == NULL && server->files != NULL && method == HTTP_GET)
        exchange->route = &files_route;
    *reason = pattern != NULL ? HTTP_REFUSED_NOT_ALLOWED : HTTP_REFUSED_NOT_FOUND;
    if (exchange->route == NULL && pattern != NULL)
        set_allow(&exchange->reply, has);
    return exchange->route != NULL;
}

static bool has_body(const struct http_head *head)
{
    return head->is_chunked || head->length > 0;
}

/* What the request means, once its head is sound. */
static bool take_meaning(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    struct http_request *request = &exchange->request;
    enum http_refused reason = HTTP_REFUSED_METHOD;
    enum http_method method;
    request->path = exchange->head.path;
    take_trace(exchange);
    believe_proxy(connection);
    exchange->has_unread = has_body(&exchange->head);
    bool is_found = find_method(exchange, &method);
    request->method = method < HTTP_METHODS ? method : HTTP_GET;
    is_found = is_found && find_route(connection, method, &reason);
    if (!is_found) {
        http_exchange_refuse(connection, reason);
        return false;
    }
    request->route = exchange->route->pattern;
    exchange->body_max =
        exchange->route->body_max ? exchange->route->body_max : (size_t)HTTP_BODY_SMALL;
    if (exchange->head.length > exchange->body_max) {
        refuse_unread(connection, HTTP_REFUSED_TOO_LARGE);
        return false;
    }
    return true;
}

bool http_exchange_begin(struct http_connection *connection, size_t head_len)
{
    struct http_exchange *exchange = connection->exchange;
    enum http_fault fault = http_head_read(exchange->texts, head_len, &exchange->head);
    if (fault != HTTP_FAULT_NONE) {
        refuse_unread(connection, of_fault[fault]);
        return false;
    }
    if (!take_meaning(connection))
        return false;
    char *room = keep_variables(exchange, exchange->texts + head_len + 1);
    keep_cookies(exchange, room);
    if (keep_queries(exchange))
        return true;
    refuse_unread(connection, HTTP_REFUSED_TARGET);
    return false;
}

/* False: refused. */
static bool keep_body(struct http_connection *connection, struct bytes data)
{
    struct http_exchange *exchange = connection->exchange;
    struct http_server *server = connection->server;
    size_t before = exchange->body.max;
    enum http_refused reason = HTTP_REFUSED_TOO_LARGE;
    exchange->body_octets += data.len;
    bool is_kept = exchange->body_octets <= exchange->body_max;
    if (is_kept) {
        reason = HTTP_REFUSED_BUSY;
        is_kept = server->body_octets + data.len <= HTTP_BODIES_MAX;
    }
    if (is_kept)
        http_buffer_put(&exchange->body, data);
    server->body_octets += exchange->body.max - before;
    if (is_kept && !exchange->body.is_broken)
        return true;
    refuse_unread(connection, reason);
    return false;
}

/* True: whole, or refused. */
static bool take_chunks(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    for (;;) {
        struct bytes rest = http_buffer_bytes(&connection->in), data;
        size_t before = rest.len;
        enum http_chunk_verdict verdict = http_chunks_take(&exchange->chunks, &rest, &data);
        if (verdict == HTTP_CHUNK_BAD)
            refuse_unread(connection, HTTP_REFUSED_FRAMING);
        bool is_refused = verdict == HTTP_CHUNK_BAD ||
                          (verdict == HTTP_CHUNK_DATA && !keep_body(connection, data));
        http_buffer_take(&connection->in, before - rest.len);
        if (is_refused || verdict == HTTP_CHUNK_END)
            return true;
        if (verdict == HTTP_CHUNK_MORE)
            return false;
    }
}

bool http_exchange_take_body(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    if (exchange->head.is_chunked)
        return take_chunks(connection);
    uint64_t left = exchange->head.length - exchange->body_octets;
    struct bytes there = http_buffer_bytes(&connection->in);
    struct bytes data = bytes_slice(there, 0, left < there.len ? (size_t)left : there.len);
    bool is_kept = data.len == 0 || keep_body(connection, data);
    http_buffer_take(&connection->in, data.len);
    return !is_kept || exchange->body_octets == exchange->head.length;
}

static void run_handler(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    struct http_server *server = connection->server;
    bool is_file = exchange->route == &files_route;
    exchange->has_unread = false;
    exchange->request.body = http_buffer_bytes(&exchange->body);
    exchange->route->run(is_file ? server : server->settings.context, &exchange->request,
                         &exchange->reply);
    exchange->has_more = true;
    http_reply_write(connection);
}

/* How much of the stream is asked for. */
static size_t piece_max(const struct http_exchange *exchange)
{
    const struct http_reply *reply = &exchange->reply;
    bool is_short = reply->has_length && reply->length < HTTP_STREAM_OCTETS;
    return is_short ? (size_t)reply->length : (size_t)HTTP_STREAM_OCTETS;
}

/* A piece of a stream that was written behind room for its size (RFC 9112 7.1). */
static void frame_piece(struct http_connection *connection, size_t at, size_t len)
{
    struct http_buffer *out = &connection->out;
    char size[16];
    struct text text = text_over(size, sizeof size);
    text_format(&text, "%08zx\r\n", len);
    memcpy(out->at + at, size, 10);
    out->len = at + 10 + len;
    http_buffer_put_string(out, "\r\n");
}

static bool is_framed(const struct http_exchange *exchange)
{
    return !exchange->reply.has_length && !exchange->head.is_old;
}

static void end_stream(struct http_connection *connection, bool is_whole)
{
    struct http_exchange *exchange = connection->exchange;
    exchange->is_broken =
        !is_whole || (exchange->reply.has_length && exchange->reply.length > 0);
    if (is_framed(exchange) && !exchange->is_broken)
        http_buffer_put_string(&connection->out, "0\r\n\r\n");
    http_reply_done(&exchange->reply);
}

static void run_stream(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    struct http_reply *reply = &exchange->reply;
    struct http_buffer *out = &connection->out;
    size_t frame = is_framed(exchange) ? 10 : 0, max = piece_max(exchange), at = out->len;
    ssize_t len = -1;
    if (http_buffer_reserve(out, frame + max + 2)) {
        at = out->len;
        len =
            max > 0 ? reply->stream.next(reply->stream.context, out->at + at + frame, max) : 0;
    }
    exchange->has_more = len > 0;
    bool is_alive = exchange->event_sent_ns + KEEP_ALIVE_NS > clock_monotonic_ns();
    if (len == 0 && reply->is_events && !is_alive) {
        memcpy(out->at + at + frame, ":\n\n", 3);
        len = 3;
    }
    if (len > 0) {
        if (reply->is_events)
            exchange->event_sent_ns = clock_monotonic_ns();
        reply->length -= reply->has_length ? (uint64_t)len : 0;
        if (frame > 0)
            frame_piece(connection, at, (size_t)len);
        else
            out->len = at + (size_t)len;
    } else if (len < 0 || !reply->is_events) {
        end_stream(connection, len == 0 || reply->is_events);
    }
}

void http_exchange_run(struct http_connection *connection)
{
    if (!connection->exchange->has_answer)
        run_handler(connection);
    else if (connection->exchange->reply.has_stream)
        run_stream(connection);
}
