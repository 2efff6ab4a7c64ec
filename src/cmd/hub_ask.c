// SPDX-License-Identifier: Apache-2.0
#include "cmd/hub_ask.h"

#include <curl/curl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/cmd.h"

enum { URL_ROOM = 2048, TOKEN_ROOM = 256, ANSWER_MAX = 256 << 20, SECONDS = 60 };

struct answer {
    char *at;
    size_t len;
    long status;
};

static int failed(const char *words)
{
    fprintf(stderr, "sekisho hub: %s\n", words);
    return COMMAND_FAILED;
}

static size_t take(char *octets, size_t size, size_t count, void *context)
{
    struct answer *answer = context;
    size_t len = size * count;
    if (answer->len + len > ANSWER_MAX)
        return 0;
    char *room = realloc(answer->at, answer->len + len + 1);
    if (!room)
        return 0;
    memcpy(room + answer->len, octets, len);
    answer->at = room;
    answer->len += len;
    room[answer->len] = '\0';
    return len;
}

static bool read_token(const char *path, char room[TOKEN_ROOM])
{
    FILE *file = path ? fopen(path, "r") : NULL;
    bool is_read = file && fgets(room, TOKEN_ROOM, file) != NULL;
    if (file)
        fclose(file);
    if (is_read)
        room[strcspn(room, "\r\n")] = '\0';
    return is_read && *room;
}

static struct curl_slist *heads(const char *token)
{
    char line[TOKEN_ROOM + 32];
    snprintf(line, sizeof line, "Authorization: Bearer %s", token);
    struct curl_slist *list = curl_slist_append(NULL, line);
    sodium_memzero(line, sizeof line);
    struct curl_slist *more = curl_slist_append(list, "Content-Type: application/json");
    return more ? more : list;
}

static void set_up(CURL *curl, const struct hub_ask *ask, struct answer *out)
{
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)SECONDS);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
    if (ask->authority)
        curl_easy_setopt(curl, CURLOPT_CAINFO, ask->authority);
}

/* Over http a token goes to this machine alone. */
static bool is_safe(const char *url)
{
    return strncmp(url, "https://", 8) == 0 || strncmp(url, "http://127.0.0.1", 16) == 0 ||
           strncmp(url, "http://localhost", 16) == 0 || strncmp(url, "http://[::1]", 12) == 0;
}

static int perform(const struct hub_ask *ask, const char *token, const char *const request[3],
                   struct answer *out)
{
    char url[URL_ROOM];
    struct text place = text_over(url, sizeof url);
    text_format(&place, "%s/api/v1%s%s", ask->url, request[1][0] == '/' ? "" : "/", request[1]);
    CURL *curl = place.cut ? NULL : curl_easy_init();
    struct curl_slist *list = heads(token);
    if (!curl || !list) {
        curl_slist_free_all(list);
        curl_easy_cleanup(curl);
        return failed("out of memory, or the path is too long");
    }
    set_up(curl, ask, out);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request[0]);
    if (request[2])
        curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, request[2]);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out->status);
    curl_slist_free_all(list);
    curl_easy_cleanup(curl);
    return code == CURLE_OK ? -1 : failed(curl_easy_strerror(code));
}

static const char *member(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static int tell_refusal(const struct answer *answer)
{
    json_t *problem = json_loads(answer->at ? answer->at : "", 0, NULL);
    const char *article = member(problem, "article");
    fprintf(stderr, "sekisho hub: %ld: %s%s%s\n", answer->status,
            problem ? member(problem, "title") : "no answer of a hub",
            *article ? ", article " : "", article);
    json_decref(problem);
    return answer->status >= 500 ? COMMAND_FAILED : COMMAND_REFUSED;
}

/* Asks, and gives the answer to tell; -1 there: all is told. */
static int run(const struct hub_ask *ask, const char *const request[3],
               void tell(const json_t *answer))
{
    char token[TOKEN_ROOM];
    struct answer answer = { 0 };
    if (!ask->url || !is_safe(ask->url))
        return failed("--url says where the hub is: https://..., or http:// to this machine");
    if (!read_token(ask->token_file, token))
        return failed("--token-file says where the API token is");
    int code = perform(ask, token, request, &answer);
    sodium_memzero(token, sizeof token);
    if (code < 0 && (answer.status < 200 || answer.status >= 300))
        code = tell_refusal(&answer);
    if (code < 0) {
        json_t *read = json_loads(answer.at ? answer.at : "", JSON_DECODE_ANY, NULL);
        if (read && tell && !ask->is_json)
            tell(read);
        else if (answer.len > 0)
            printf("%s\n", answer.at);
        json_decref(read);
        code = fflush(stdout) == 0 ? COMMAND_DONE : failed("cannot write");
    }
    free(answer.at);
    return code;
}

static void tell_list(const json_t *answer)
{
    const json_t *item;
    size_t index;
    json_array_foreach(json_object_get(answer, "items"), index, item)
    {
        const json_t *record = json_object_get(item, "record");
        const json_t *of = json_is_object(record) ? record : item;
        const char *kind = member(of, "procedure"), *title = member(of, "title");
        printf("%-16s  %-12s  %-14s  %s\n",
               *member(of, "id") ? member(of, "id") : member(of, "serial"),
               *kind ? kind : member(of, "kind"), member(of, "state"),
               *title                   ? title
               : *member(of, "subject") ? member(of, "subject")
                                        : member(of, "name"));
    }
    if (json_is_string(json_object_get(answer, "next")))
        printf("(there are more: --json, and cursor=%s)\n", member(answer, "next"));
}

int hub_ask_list(const struct hub_ask *ask, const char *what)
{
    return run(ask, (const char *const[]){ "GET", what, NULL }, tell_list);
}

int hub_ask_show(const struct hub_ask *ask, const char *record)
{
    char path[256];
    snprintf(path, sizeof path, "/records/%s", record);
    return run(ask, (const char *const[]){ "GET", path, NULL }, NULL);
}

int hub_ask_step(const struct hub_ask *ask, const char *record, const char *event,
                 const char *facts)
{
    char path[256];
    json_t *told = json_loads(facts ? facts : "{}", 0, NULL);
    if (!told)
        return failed("facts are a JSON object, as {\"reason\":\"...\"}");
    json_t *body = json_pack("{s:s, s:o}", "event", event, "facts", told);
    char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    snprintf(path, sizeof path, "/records/%s/steps", record);
    int code = text ? run(ask, (const char *const[]){ "POST", path, text }, NULL)
                    : failed("out of memory");
    free(text);
    return code;
}

int hub_ask_any(const struct hub_ask *ask, const char *method, const char *path,
                const char *body)
{
    return run(ask, (const char *const[]){ method, path, body }, NULL);
}
