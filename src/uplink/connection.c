// SPDX-License-Identifier: Apache-2.0
/* Requests to the hub, over one connection that is kept.  Only the configured authority is
 * believed, no redirect is followed, no proxy used, and an answer is bounded. */
#include <curl/curl.h>
#include <stdlib.h>

#include "base/time.h"
#include "uplink/uplink_private.h"

enum {
    CONNECT_SECONDS = 10,
    STALL_SECONDS = 30, /* without an octet either way */
    REQUEST_SECONDS = 600,
    RETRY_SECONDS_MAX = 3600
};

struct connection {
    CURL *handle;
    const char *url;
    const volatile sig_atomic_t *stop;
    size_t len;
    size_t room;
    uint8_t *body;
    char reason[CURL_ERROR_SIZE];
};

static size_t take_body(char *octets, size_t one, size_t count, void *context)
{
    struct connection *connection = context;
    size_t len = one * count;
    if (len > UPLINK_ANSWER_OCTETS_MAX - connection->len)
        return 0; /* which breaks it off */
    if (connection->len + len > connection->room) {
        size_t room = (connection->len + len) * 2;
        uint8_t *body = realloc(connection->body, room);
        if (!body)
            return 0;
        connection->body = body;
        connection->room = room;
    }
    if (len > 0)
        memcpy(connection->body + connection->len, octets, len);
    connection->len += len;
    return len;
}

static int look_for_stop(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    struct connection *connection = context;
    (void)a, (void)b, (void)c, (void)d;
    return connection->stop && *connection->stop;
}

/* What every request has. */
static bool set_up(struct connection *connection, const struct uplink_settings *settings)
{
    CURL *handle = connection->handle;
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {
        { CURLOPT_NOSIGNAL, 1 },
        { CURLOPT_FOLLOWLOCATION, 0 },
        { CURLOPT_SSL_VERIFYPEER, 1 },
        { CURLOPT_SSL_VERIFYHOST, 2 },
        { CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
        { CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS },
        { CURLOPT_LOW_SPEED_LIMIT, 1 },
        { CURLOPT_LOW_SPEED_TIME, STALL_SECONDS },
        { CURLOPT_TIMEOUT, REQUEST_SECONDS },
        { CURLOPT_NOPROGRESS, 0 },
        { CURLOPT_TCP_KEEPALIVE, 1 },
    };
    const struct {
        CURLoption option;
        const char *value;
    } words[] = {
        { CURLOPT_PROTOCOLS_STR, "https" },
        { CURLOPT_PROXY, "" },
        { CURLOPT_SSLCERT, settings->certificate },
        { CURLOPT_SSLKEY, settings->key },
        { CURLOPT_CAINFO, settings->authority },
        { CURLOPT_CAPATH, NULL }, /* those of the system are not ours */
        { CURLOPT_USERAGENT, "sekisho" },
    };
    bool good = true;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        good =
            curl_easy_setopt(handle, numbers[i].option, numbers[i].value) == CURLE_OK && good;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        good = curl_easy_setopt(handle, words[i].option, words[i].value) == CURLE_OK && good;
    return good && curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_WRITEDATA, connection) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, look_for_stop) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_XFERINFODATA, connection) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, connection->reason) == CURLE_OK;
}

struct connection *connection_open(const struct uplink_settings *settings, struct error *err)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (!connection || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(connection);
        (void)error_set(err, 0, "libcurl does not start");
        return NULL;
    }
    connection->handle = curl_easy_init();
    connection->url = settings->url;
    connection->stop = settings->stop;
    if (connection->handle && set_up(connection, settings))
        return connection;
    connection_close(connection);
    (void)error_set(err, 0, "this libcurl cannot do what is asked of it");
    return NULL;
}

void connection_close(struct connection *connection)
{
    curl_easy_cleanup(connection->handle);
    curl_global_cleanup();
    free(connection->body);
    free(connection);
}

void connection_put_escaped(struct text *out, const char *words)
{
    for (; *words; words++) {
        uint8_t c = (uint8_t)*words;
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || strchr("-._~", c);
        if (is_plain)
            text_put_char(out, (char)c);
        else
            text_format(out, "%%%02X", (unsigned)c);
    }
}

static bool put_header(struct curl_slist **list, const char *name, const char *start,
                       const char *value)
{
    char room[256];
    struct text line = text_over(room, sizeof room);
    text_format(&line, "%s:%s%s%s", name, *value ? " " : "", start, value);
    struct curl_slist *longer = line.cut ? NULL : curl_slist_append(*list, room);
    if (longer)
        *list = longer;
    return longer != NULL;
}

static struct curl_slist *make_headers(const struct uplink_request *request)
{
    struct curl_slist *list = NULL;
    bool good = put_header(&list, "Expect", "", "") && put_header(&list, "Accept", "", "*/*");
    if (request->type)
        good = good && put_header(&list, "Content-Type", "", request->type);
    if (request->digest)
        good = good && put_header(&list, "Sekisho-Digest", "sha-256=", request->digest);
    if (request->part)
        good = good && put_header(&list, "Sekisho-Part", "", request->part);
    if (good)
        return list;
    curl_slist_free_all(list);
    return NULL;
}

static bool set_request(CURL *handle, const char *url, const struct uplink_request *request,
                        const struct curl_slist *headers)
{
    bool good = curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L) == CURLE_OK;
    if (request->type)
        good = curl_easy_setopt(handle, CURLOPT_POST, 1L) == CURLE_OK &&
               curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request->body.at) == CURLE_OK &&
               curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                                (curl_off_t)request->body.len) == CURLE_OK;
    return good &&
           curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request->method) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers) == CURLE_OK;
}

static void perform(struct connection *connection, struct uplink_answer *out)
{
    curl_off_t seconds = 0;
    struct text words = text_over(out->words, sizeof out->words);
    connection->reason[0] = '\0';
    CURLcode code = curl_easy_perform(connection->handle);
    if (code != CURLE_OK) {
        text_put_string(&words,
                        connection->reason[0] ? connection->reason : curl_easy_strerror(code));
        return;
    }
    (void)curl_easy_getinfo(connection->handle, CURLINFO_RESPONSE_CODE, &out->status);
    (void)curl_easy_getinfo(connection->handle, CURLINFO_RETRY_AFTER, &seconds);
    if (seconds > 0)
        out->retry_after_ns =
            (seconds < RETRY_SECONDS_MAX ? seconds : RETRY_SECONDS_MAX) * TIME_SECOND_NS;
    out->body = (struct bytes){ connection->body, connection->len };
}

void connection_ask(struct connection *connection, const struct uplink_request *request,
                    struct uplink_answer *out)
{
    char room[UPLINK_PATH_MAX];
    struct text url = text_over(room, sizeof room);
    struct text words = text_over(out->words, sizeof out->words);
    struct curl_slist *headers = make_headers(request);
    *out = (struct uplink_answer){ .status = 0 };
    connection->len = 0;
    text_format(&url, "%s/sensor/v1%s", connection->url, request->path);
    if (headers && !url.cut && set_request(connection->handle, room, request, headers))
        perform(connection, out);
    else
        text_put_string(&words, "the request cannot be made");
    curl_slist_free_all(headers);
}
