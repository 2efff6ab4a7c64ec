// SPDX-License-Identifier: Apache-2.0
/* What handlers ask of a request. */
#include <strings.h>

#include "base/must.h"
#include "http/fields.h"
#include "http/server_private.h"

enum { JSON_DEPTH_MAX = 32 };

static const char *const names[HTTP_METHODS] = { "GET", "POST", "PUT", "PATCH", "DELETE" };

const char *http_method_name(enum http_method method)
{
    MUST((unsigned)method < HTTP_METHODS);
    return names[method];
}

static const char *find(const struct http_field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return fields[i].value;
    return NULL;
}

const char *http_header(const struct http_request *request, const char *name)
{
    const struct http_exchange *exchange = request->inside;
    return http_head_field(&exchange->head, name);
}

const char *http_query(const struct http_request *request, const char *name)
{
    const struct http_exchange *exchange = request->inside;
    return find(exchange->queries, exchange->query_count, name);
}

const char *http_query_name(const struct http_request *request, size_t n)
{
    const struct http_exchange *exchange = request->inside;
    return n < exchange->query_count ? exchange->queries[n].name : NULL;
}

const char *http_cookie(const struct http_request *request, const char *name)
{
    const struct http_exchange *exchange = request->inside;
    return find(exchange->cookies, exchange->cookie_count, name);
}

const char *http_variable(const struct http_request *request, const char *name)
{
    const struct http_exchange *exchange = request->inside;
    for (size_t i = 0; i < exchange->variables.count; i++)
        if (bytes_equal(exchange->variables.names[i], bytes_of_string(name)))
            return exchange->variable_values[i];
    return NULL;
}

static json_t *refuse_json(struct http_reply *reply, unsigned status, const char *title,
                           const char *title_ja, const char *detail)
{
    http_refuse(reply, &(struct http_problem){ .status = status,
                                               .type = "body",
                                               .title = title,
                                               .title_ja = title_ja,
                                               .detail = detail });
    return NULL;
}

json_t *http_read_json(const struct http_request *request, struct http_reply *reply)
{
    const char *type = http_header(request, "Content-Type");
    if (type == NULL || !http_type_is_json(type) ||
        http_header(request, "Content-Encoding") != NULL)
        return refuse_json(reply, 415, "The body has to be application/json",
                           "本文は application/json でなければなりません", NULL);
    if (http_json_depth(request->body) > JSON_DEPTH_MAX)
        return refuse_json(reply, 400, "The JSON is nested too deep",
                           "JSON の入れ子が深すぎます", NULL);
    json_error_t error = { .line = 0 };
    json_t *json = json_loadb((const char *)request->body.at, request->body.len,
                              JSON_REJECT_DUPLICATES, &error);
    if (json_is_object(json))
        return json;
    json_decref(json);
    char room[64];
    struct text where = text_over(room, sizeof room);
    text_format(&where, "line %d, column %d", error.line < 0 ? 1 : error.line,
                error.column < 0 ? 0 : error.column);
    return refuse_json(reply, 400, "The body is no JSON object",
                       "本文が JSON オブジェクトではありません", room);
}
