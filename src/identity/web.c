// SPDX-License-Identifier: Apache-2.0
#include "identity/web_private.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MAX = 64 * 1024, CONNECT_S = 4, WHOLE_S = 10 };

struct answer {
    char *at; /* of ANSWER_MAX */
    size_t len;
};

static size_t keep(char *at, size_t size, size_t count, void *context)
{
    struct answer *answer = context;
    size_t len = size * count;

    if (len > ANSWER_MAX - answer->len)
        return 0; /* libcurl gives up */
    memcpy(answer->at + answer->len, at, len);
    answer->len += len;
    return len;
}

static bool is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "127.0.0.1") == 0 ||
           strcmp(host, "[::1]") == 0;
}

bool web_is_allowed(const struct web_place *place, const char *url)
{
    CURLU *parts = curl_url();
    char *scheme = NULL, *host = NULL, *user = NULL;
    bool is = false;

    if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_USER, &user, 0) == CURLUE_NO_USER)
        is = strcmp(scheme, "https") == 0 ||
             (place->is_loopback_plain && strcmp(scheme, "http") == 0 && is_loopback(host));
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_url_cleanup(parts);
    return is;
}

static void set_limits(CURL *curl)
{
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http"); /* which: web_is_allowed */
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)WHOLE_S);
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE, (long)ANSWER_MAX);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
}

static void set_authority(CURL *curl, const char *authority)
{
    if (!authority)
        return;
    curl_easy_setopt(curl, CURLOPT_CAINFO, authority);
    curl_easy_setopt(curl, CURLOPT_CAPATH, NULL); /* else the system's would do as well */
}

static void set_request(CURL *curl, const struct web_request *request, struct answer *answer)
{
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    if (request->form)
        curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, request->form);
    if (!request->user)
        return;
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    curl_easy_setopt(curl, CURLOPT_USERNAME, request->user);
    curl_easy_setopt(curl, CURLOPT_PASSWORD, request->password);
}

static json_t *read_answer(CURL *curl, const char *url, const struct answer *answer,
                           struct error *err)
{
    long status = 0;

    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) {
        error_set(err, 0, "%s: answers with status %ld", url, status);
        return NULL;
    }
    json_t *json = json_loadb(answer->at, answer->len, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(json))
        return json;
    json_decref(json);
    error_set(err, 0, "%s: does not answer with an object of JSON", url);
    return NULL;
}

json_t *web_ask(const struct web_place *place, const struct web_request *request,
                struct error *err)
{
    struct answer answer = { 0 };
    json_t *json = NULL;
    CURL *curl = NULL;

    if (!web_is_allowed(place, request->url)) {
        error_set(err, 0, "%s: not asked, since it is not https", request->url);
        return NULL;
    }
    answer.at = malloc(ANSWER_MAX);
    curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Accept: application/json");
    if (!answer.at || !curl || !headers) {
        error_set(err, 0, "%s: no memory to ask", request->url);
        goto done;
    }
    set_limits(curl);
    set_authority(curl, place->authority);
    set_request(curl, request, &answer);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_OK)
        json = read_answer(curl, request->url, &answer, err);
    else
        error_set(err, 0, "%s: %s", request->url, curl_easy_strerror(code));
done:
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    free(answer.at);
    return json;
}
