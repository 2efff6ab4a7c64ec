// SPDX-License-Identifier: Apache-2.0
/* A server with routes to try src/http on.  usage: server [NAME=VALUE ...]
 * Prints its port; "reload", "wake", "counts", "memory" and "stop" are read from its input. */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "http/http.h"

static atomic_ullong told_count, done_count, opened_count, event_number;

static void pause_ms(unsigned ms)
{
    struct timespec time = { ms / 1000, (long)(ms % 1000) * 1000000 };
    nanosleep(&time, NULL);
}

static void hello(void *context, const struct http_request *request, struct http_reply *reply)
{
    (void)context, (void)request;
    http_json(reply, 200, json_pack("{s:s}", "hello", "world"));
}

/* All that a handler sees of a request. */
static void echo(void *context, const struct http_request *request, struct http_reply *reply)
{
    (void)context;
    char digest[2 * HTTP_DIGEST_OCTETS + 1];
    struct text text = text_over(digest, sizeof digest);
    if (request->has_certificate)
        text_put_hex(&text, (struct bytes){ request->certificate, HTTP_DIGEST_OCTETS });
    http_json(reply, 200,
              json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:s%, s:s?, s:s?, s:s?, s:s?, s:s?}",
                        "method", http_method_name(request->method), "path", request->path,
                        "route", request->route, "peer", request->peer, "secure",
                        request->is_secure, "certificate", digest, "body",
                        request->body.len > 0 ? (const char *)request->body.at : "",
                        request->body.len, "q", http_query(request, "q"), "id",
                        http_variable(request, "id"), "rest", http_variable(request, "rest"),
                        "cookie", http_cookie(request, "session"), "trace", request->trace));
}

static void take_json(void *context, const struct http_request *request,
                      struct http_reply *reply)
{
    (void)context;
    json_t *json = http_read_json(request, reply);
    if (json != NULL)
        http_json(reply, 201, json);
}

static void count_octets(void *context, const struct http_request *request,
                         struct http_reply *reply)
{
    (void)context;
    http_json(reply, 200, json_pack("{s:I}", "octets", (json_int_t)request->body.len));
}

static void set_things(void *context, const struct http_request *request,
                       struct http_reply *reply)
{
    (void)context, (void)request;
    bool is_split = http_set_header(reply, "X-Split", "a\r\nSet-Cookie: b=c");
    http_set_cookie(reply, "session", "0123456789abcdef", 3600, HTTP_STRICT);
    http_set_cookie(reply, "gone", "", 0, HTTP_LAX);
    (void)http_set_header(reply, "ETag", "\"7\"");
    http_json(reply, 200, json_pack("{s:b}", "split", is_split));
}

static void refuse(void *context, const struct http_request *request, struct http_reply *reply)
{
    (void)context, (void)request;
    http_refuse(reply, &(struct http_problem){ .status = 412,
                                               .type = "stale",
                                               .title = "Changed since",
                                               .title_ja = "更新されています",
                                               .detail = "read it again",
                                               .more = json_pack("{s:s}", "rule", "etag") });
}

static void say_nothing(void *context, const struct http_request *request,
                        struct http_reply *reply)
{
    (void)context, (void)request, (void)reply;
}

static void empty(void *context, const struct http_request *request, struct http_reply *reply)
{
    (void)context, (void)request;
    http_status(reply, 204);
}

static void slow(void *context, const struct http_request *request, struct http_reply *reply)
{
    (void)context;
    const char *ms = http_query(request, "ms");
    uint64_t wait = 0;
    if (ms != NULL && text_read_u64(bytes_of_string(ms), 10000, &wait))
        pause_ms((unsigned)wait);
    http_body(reply, "text/plain", BYTES("slow"));
}

struct flow {
    uint64_t left, sent;
    bool breaks;
};

static ssize_t next_piece(void *context, char *room, size_t max)
{
    struct flow *flow = context;
    if (flow->left == 0)
        return flow->breaks ? -1 : 0;
    size_t len = max < flow->left ? max : (size_t)flow->left;
    for (size_t i = 0; i < len; i++)
        room[i] = (char)('a' + (flow->sent + i) % 26);
    flow->left -= len;
    flow->sent += len;
    return (ssize_t)len;
}

static void done_flow(void *context)
{
    atomic_fetch_add(&done_count, 1);
    free(context);
}

static struct flow *new_flow(uint64_t octets, bool breaks)
{
    struct flow *flow = calloc(1, sizeof *flow);
    if (flow == NULL)
        abort();
    atomic_fetch_add(&opened_count, 1);
    flow->left = octets;
    flow->breaks = breaks;
    return flow;
}

static void stream(void *context, const struct http_request *request, struct http_reply *reply)
{
    (void)context;
    uint64_t octets = 0;
    const char *asked = http_query(request, "octets");
    if (asked != NULL && !text_read_u64(bytes_of_string(asked), UINT64_MAX, &octets))
        octets = 0;
    bool breaks = http_query(request, "break") != NULL;
    http_stream(reply, "application/octet-stream",
                &(struct http_stream){ next_piece, done_flow, new_flow(octets, breaks) });
}

/* Events are numbers: each stream gives those it has not given. */
static ssize_t next_event(void *context, char *room, size_t max)
{
    struct flow *flow = context;
    struct text text = text_over(room, max);
    uint64_t now = atomic_load(&event_number);
    if (flow->sent >= now)
        return 0;
    flow->sent = now;
    text_format(&text, "id: %llu\ndata: {}\n\n", (unsigned long long)now);
    return (ssize_t)text.len;
}

static void events(void *context, const struct http_request *request, struct http_reply *reply)
{
    (void)context;
    struct flow *flow = new_flow(0, false);
    /* As a browser that comes back would say: what it has seen. */
    const char *seen = http_header(request, "Last-Event-ID");
    if (seen == NULL || !text_read_u64(bytes_of_string(seen), UINT64_MAX, &flow->sent))
        flow->sent = atomic_load(&event_number);
    http_events(reply, &(struct http_stream){ next_event, done_flow, flow });
}

static const struct http_route routes[] = {
    { HTTP_GET, "/api/hello", "hello", hello, 0 },
    { HTTP_GET, "/api/echo", "echo", echo, 0 },
    { HTTP_POST, "/api/echo", "echo_body", echo, 0 },
    { HTTP_GET, "/api/things/{id}", "thing", echo, 0 },
    { HTTP_PUT, "/api/things/{id}", "put_thing", echo, 0 },
    { HTTP_GET, "/api/things/special", "special", hello, 0 },
    { HTTP_GET, "/api/rest/{rest*}", "rest", echo, 0 },
    { HTTP_POST, "/api/json", "json", take_json, 1024 },
    { HTTP_PUT, "/api/octets", "octets", count_octets, 64 << 20 },
    { HTTP_GET, "/api/set", "set", set_things, 0 },
    { HTTP_GET, "/api/refuse", "refuse", refuse, 0 },
    { HTTP_GET, "/api/nothing", "nothing", say_nothing, 0 },
    { HTTP_DELETE, "/api/things/{id}", "delete", empty, 0 },
    { HTTP_GET, "/api/slow", "slow", slow, 0 },
    { HTTP_GET, "/api/stream", "stream", stream, 0 },
    { HTTP_GET, "/api/events", "events", events, 0 },
};

static void told(void *context, const struct http_request *request, unsigned status,
                 uint64_t octets, int64_t took_ns)
{
    (void)context, (void)request, (void)status, (void)octets;
    if (took_ns < 0)
        abort();
    atomic_fetch_add(&told_count, 1);
}

static unsigned number_of(const char *value)
{
    uint64_t number = 0;
    if (!text_read_u64(bytes_of_string(value), UINT32_MAX, &number))
        exit(2);
    return (unsigned)number;
}

static bool is_late; /* told to serve, not at once */

static void set(struct http_settings *settings, const char *name, const char *value)
{
    const struct {
        const char *name;
        const char **text;
        unsigned *number;
    } known[] = {
        { "address", &settings->address, NULL },
        { "certificate", &settings->certificate, NULL },
        { "key", &settings->key, NULL },
        { "authority", &settings->authority, NULL },
        { "files", &settings->files, NULL },
        { "connections", NULL, &settings->connections_max },
        { "of_one_peer", NULL, &settings->of_one_peer_max },
        { "idle", NULL, &settings->idle_s },
        { "threads", NULL, &settings->threads },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].name, name) != 0)
            continue;
        if (known[i].text != NULL)
            *known[i].text = value;
        else
            *known[i].number = number_of(value);
    }
    if (strcmp(name, "proxy") == 0)
        settings->trusts_proxy = true;
    if (strcmp(name, "late") == 0)
        is_late = true;
}

static void print_count(void *context, const char *reason, uint64_t count)
{
    (void)context;
    printf("%s=%llu ", reason, (unsigned long long)count);
}

static void print_memory(void)
{
    char line[256];
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "VmHWM", 5) == 0 || strncmp(line, "VmRSS", 5) == 0)
            printf("%.*s ", (int)strcspn(line, "\n"), line);
    if (file != NULL)
        fclose(file);
    printf("\n");
}

static void print_counts(const struct http_server *server)
{
    http_each_refused(server, print_count, NULL);
    printf("told=%llu opened=%llu done=%llu\n", atomic_load(&told_count),
           atomic_load(&opened_count), atomic_load(&done_count));
}

static void obey(struct http_server *server, const char *word)
{
    struct error err = { 0 };
    if (strcmp(word, "wake\n") == 0) {
        atomic_fetch_add(&event_number, 1);
        http_wake(server);
        printf("woken\n");
    } else if (strcmp(word, "reload\n") == 0) {
        printf("%s\n", http_reload(server, &err) ? "reloaded" : err.text);
    } else if (strcmp(word, "counts\n") == 0) {
        print_counts(server);
    } else if (strcmp(word, "memory\n") == 0) {
        print_memory();
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct error err = { 0 };
    struct http_settings settings = { .address = "127.0.0.1",
                                      .routes = routes,
                                      .route_count = sizeof routes / sizeof *routes,
                                      .told = told };
    for (int i = 1; i < argc; i++) {
        char *sign = strchr(argv[i], '=');
        if (sign == NULL)
            return 2;
        *sign = '\0';
        set(&settings, argv[i], sign + 1);
    }
    struct http_server *server = http_open(&settings, &err);
    if (server == NULL) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    printf("%u\n", http_port(server));
    fflush(stdout);
    char line[64];
    if (is_late && (fgets(line, sizeof line, stdin) == NULL || strcmp(line, "serve\n") != 0))
        return 2;
    if (!http_start(server, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    while (fgets(line, sizeof line, stdin) != NULL && strcmp(line, "stop\n") != 0)
        obey(server, line);
    http_stop(server, 3);
    printf("told=%llu opened=%llu done=%llu\n", atomic_load(&told_count),
           atomic_load(&opened_count), atomic_load(&done_count));
    return 0;
}
