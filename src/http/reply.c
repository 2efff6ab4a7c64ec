// SPDX-License-Identifier: Apache-2.0
/* What handlers say, and how it is written. */
#include <stdlib.h>
#include <strings.h>

#include <gnutls/crypto.h>

#include "http/fields.h"
#include "http/server_private.h"
#include "system/clock.h"

enum { TAG_OCTETS = 16 }; /* of a digest, enough that no two contents meet */

/* On every answer.  A page of ours takes scripts and styles from us alone, nobody frames it,
 * and no other origin reads it. */
static const char always[] =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'\r\n"
    "Cross-Origin-Embedder-Policy: require-corp\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n";

static const struct reason {
    unsigned status;
    const char *words;
} reasons[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 302, "Found" },
    { 303, "See Other" },
    { 304, "Not Modified" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 412, "Precondition Failed" },
    { 413, "Content Too Large" },
    { 414, "URI Too Long" },
    { 415, "Unsupported Media Type" },
    { 417, "Expectation Failed" },
    { 422, "Unprocessable Content" },
    { 428, "Precondition Required" },
    { 429, "Too Many Requests" },
    { 431, "Request Header Fields Too Large" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 503, "Service Unavailable" },
    { 505, "HTTP Version Not Supported" },
};

static const char *words_of(unsigned status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].words;
    return "";
}

void http_status(struct http_reply *reply, unsigned status)
{
    reply->status = status;
}

/* RFC 9110 5.5: no controls but the tab. */
static bool is_value(const char *text)
{
    for (; *text != '\0'; text++)
        if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f)
            return false;
    return true;
}

bool http_set_header(struct http_reply *reply, const char *name, const char *value)
{
    size_t len = strlen(name) + strlen(value) + 4;
    if (!is_value(name) || !is_value(value) || strpbrk(name, " \t:") != NULL ||
        reply->fields.len + len > HTTP_REPLY_FIELDS_MAX)
        return false;
    if (strcasecmp(name, "ETag") == 0) {
        struct text tag = text_over(reply->tag, sizeof reply->tag);
        text_put_string(&tag, value);
        return !tag.cut;
    }
    if (strcasecmp(name, "Cache-Control") == 0)
        reply->has_cache_control = true;
    http_buffer_put_string(&reply->fields, name);
    http_buffer_put_string(&reply->fields, ": ");
    http_buffer_put_string(&reply->fields, value);
    http_buffer_put_string(&reply->fields, "\r\n");
    return true;
}

void http_set_cookie(struct http_reply *reply, const char *name, const char *value,
                     unsigned max_age_s, enum http_same_site same_site)
{
    char room[4096];
    struct text cookie = text_over(room, sizeof room);
    text_format(&cookie, "%s=%s; Max-Age=%u; Path=/; Secure; HttpOnly; SameSite=%s", name,
                value, max_age_s, same_site == HTTP_LAX ? "Lax" : "Strict");
    if (strpbrk(value, ";, \"\\") == NULL && !cookie.cut)
        (void)http_set_header(reply, "Set-Cookie", room);
}

static void set_type(struct http_reply *reply, const char *type)
{
    struct text out = text_over(reply->type, sizeof reply->type);
    if (is_value(type))
        text_put_string(&out, type);
}

void http_body(struct http_reply *reply, const char *type, struct bytes body)
{
    set_type(reply, type);
    reply->body.len = 0;
    http_buffer_put(&reply->body, body);
    if (reply->status == 0)
        reply->status = 200;
}

/* A tag of the content, where the handler gave none of its own. */
static void tag_body(struct http_reply *reply)
{
    uint8_t digest[HTTP_DIGEST_OCTETS];
    if (reply->tag[0] != '\0' || reply->body.len == 0 ||
        gnutls_hash_fast(GNUTLS_DIG_SHA256, reply->body.at, reply->body.len, digest) != 0)
        return;
    struct text tag = text_over(reply->tag, sizeof reply->tag);
    text_put_char(&tag, '"');
    text_put_hex(&tag, (struct bytes){ digest, TAG_OCTETS });
    text_put_char(&tag, '"');
}

static int put_json(const char *at, size_t len, void *context)
{
    struct http_buffer *out = context;
    size_t before = out->len;
    http_buffer_put(out, (struct bytes){ (const uint8_t *)at, len });
    return out->len - before == len ? 0 : -1;
}

static bool dump(struct http_reply *reply, const char *type, unsigned status, json_t *taken)
{
    reply->body.len = 0;
    bool is_written =
        json_dump_callback(taken, put_json, &reply->body, JSON_COMPACT | JSON_ENCODE_ANY) == 0;
    json_decref(taken);
    set_type(reply, type);
    reply->status = is_written ? status : 500;
    if (!is_written)
        reply->body.len = 0;
    return is_written;
}

void http_json(struct http_reply *reply, unsigned status, json_t *taken)
{
    if (dump(reply, "application/json", status, taken) && status == 200 &&
        reply->request->method == HTTP_GET)
        tag_body(reply);
}

void http_refuse(struct http_reply *reply, const struct http_problem *problem)
{
    char room[128];
    struct text type = text_over(room, sizeof room);
    text_put_string(&type, problem->type != NULL ? "/problems/" : "about:blank");
    if (problem->type != NULL)
        text_put_string(&type, problem->type);
    const struct http_request *request = reply->request;
    json_t *json = json_pack("{s:s, s:s*, s:s*, s:i, s:s*, s:s*, s:s*}", "type", room, "title",
                             problem->title, "title_ja", problem->title_ja, "status",
                             (int)problem->status, "detail", problem->detail, "instance",
                             request->path[0] != '\0' ? request->path : NULL, "trace",
                             request->trace[0] != '\0' ? request->trace : NULL);
    if (problem->more != NULL)
        json_object_update(json, problem->more);
    json_decref(problem->more);
    reply->tag[0] = '\0';
    (void)dump(reply, "application/problem+json", problem->status, json);
}

void http_stream(struct http_reply *reply, const char *type, const struct http_stream *stream)
{
    http_reply_done(reply);
    set_type(reply, type);
    reply->stream = *stream;
    reply->has_stream = true;
    if (reply->status == 0)
        reply->status = 200;
}

void http_events(struct http_reply *reply, const struct http_stream *stream)
{
    http_stream(reply, "text/event-stream", stream);
    (void)http_set_header(reply, "X-Accel-Buffering", "no"); /* proxies pass each on */
    reply->is_events = true;
}

void http_reply_done(struct http_reply *reply)
{
    if (reply->has_stream && reply->stream.done != NULL)
        reply->stream.done(reply->stream.context);
    reply->has_stream = false;
}

void http_reply_free(struct http_reply *reply)
{
    http_reply_done(reply);
    http_buffer_free(&reply->fields);
    http_buffer_free(&reply->body);
}

/* RFC 9110 13.1.2 and 15.4.5: the client has it already. */
static void prefer_not_modified(struct http_exchange *exchange)
{
    struct http_reply *reply = &exchange->reply;
    const char *known = http_head_field(&exchange->head, "If-None-Match");
    if (reply->status != 200 || exchange->request.method != HTTP_GET || known == NULL ||
        reply->tag[0] == '\0' || !http_tags_hold(known, reply->tag))
        return;
    reply->status = 304;
    http_reply_done(reply);
    reply->body.len = 0;
}

static void put_line(struct http_buffer *out, const char *name, const char *value)
{
    http_buffer_put_string(out, name);
    http_buffer_put_string(out, ": ");
    http_buffer_put_string(out, value);
    http_buffer_put_string(out, "\r\n");
}

/* How long the body is (RFC 9112 6): told, chunked, or up to the end of the connection. */
static void put_framing(struct http_exchange *exchange, struct http_buffer *out)
{
    struct http_reply *reply = &exchange->reply;
    char room[32];
    struct text text = text_over(room, sizeof room);
    if (reply->status == 204 || reply->status == 304)
        return;
    if (reply->has_stream && !reply->has_length) {
        if (!exchange->head.is_old)
            put_line(out, "Transfer-Encoding", "chunked");
        return;
    }
    text_put_u64(&text, reply->has_stream ? reply->length : reply->body.len);
    put_line(out, "Content-Length", room);
}

static void put_fields(struct http_exchange *exchange, struct http_buffer *out)
{
    struct http_reply *reply = &exchange->reply;
    char room[HTTP_DATE_MAX];
    struct text date = text_over(room, sizeof room);
    http_date_write(clock_now_ns(), &date);
    put_line(out, "Date", room);
    if (reply->type[0] != '\0' && reply->status != 204 && reply->status != 304)
        put_line(out, "Content-Type", reply->type);
    if (reply->tag[0] != '\0')
        put_line(out, "ETag", reply->tag);
    if (!reply->has_cache_control)
        put_line(out, "Cache-Control", "no-store");
    if (exchange->request.is_secure)
        put_line(out, "Strict-Transport-Security", "max-age=63072000; includeSubDomains");
    if (exchange->head.is_last)
        put_line(out, "Connection", "close");
    http_buffer_put_string(out, always);
    http_buffer_put(out, http_buffer_bytes(&reply->fields));
    put_framing(exchange, out);
    http_buffer_put_string(out, "\r\n");
}

void http_reply_write(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    struct http_reply *reply = &exchange->reply;
    if (reply->status == 0)
        http_refuse(reply, &(struct http_problem){ .status = 500,
                                                   .title = "Internal error",
                                                   .title_ja = "内部エラー" });
    prefer_not_modified(exchange);
    if (exchange->has_unread || atomic_load(&connection->server->is_stopping))
        exchange->head.is_last = true;
    char room[64];
    struct text line = text_over(room, sizeof room);
    text_format(&line, "HTTP/1.1 %u %s\r\n", reply->status, words_of(reply->status));
    http_buffer_put_string(&connection->out, room);
    put_fields(exchange, &connection->out);
    if (exchange->is_head_only)
        http_reply_done(reply);
    else if (!reply->has_stream && reply->status != 204 && reply->status != 304)
        http_buffer_put(&connection->out, http_buffer_bytes(&reply->body));
    /* Half an answer is none. */
    connection->out.is_broken |= reply->body.is_broken || reply->fields.is_broken;
    http_buffer_free(&reply->body);
    exchange->has_answer = true;
}
