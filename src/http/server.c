// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/server_private.h"
#include "system/clock.h"
#include "system/endpoint.h"

enum { EVENTS_MAX = 128, ACCEPTED_AT_ONCE = 64, SWEEP_MS = 250, BACKLOG = 1024 };

#define EVENTS_DUE_NS TIME_SECOND_NS
/* Streams of events are asked at once when they are woken, but no oftener than that: each of
 * many changes in a second would ask them all. */
#define EVENTS_PAUSE_NS (TIME_SECOND_NS / 2)

/* Those of IPv6 share a /64. */
static bool is_one_peer(const struct ip_address *a, const struct ip_address *b)
{
    return ip_is_v4(a) || ip_is_v4(b) ? ip_equal(a, b) : memcmp(a, b, 8) == 0;
}

static unsigned of_peer(const struct http_server *server, const struct ip_address *peer)
{
    unsigned count = 0;
    for (const struct http_connection *at = server->connections; at != NULL; at = at->next)
        count += is_one_peer(&at->peer, peer);
    return count;
}

/* All of what a proxy passes on is of one peer. */
static bool is_peer_free(const struct http_server *server, const struct ip_address *peer)
{
    return server->settings.trusts_proxy ||
           of_peer(server, peer) < server->settings.of_one_peer_max;
}

static void take_connection(struct http_server *server, int fd,
                            const struct sockaddr_storage *from)
{
    struct ip_address peer = { { 0 } };
    uint16_t port;
    const int one = 1;
    bool is_known = endpoint_from_socket(from, &peer, &port);
    bool has_room = server->connection_count < server->settings.connections_max;
    if (!is_known || !has_room || !is_peer_free(server, &peer)) {
        http_count(server, has_room ? HTTP_REFUSED_OF_ONE_PEER : HTTP_REFUSED_FULL);
        close(fd);
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    http_connection_begin(server, fd, &peer);
}

static void listen_again(struct http_server *server, bool is_listening)
{
    struct epoll_event event = { .events = is_listening ? EPOLLIN : 0, .data.ptr = server };
    if (server->is_listening != is_listening)
        (void)epoll_ctl(server->epoll, EPOLL_CTL_MOD, server->listener, &event);
    server->is_listening = is_listening;
}

static void accept_some(struct http_server *server)
{
    for (unsigned i = 0; i < ACCEPTED_AT_ONCE; i++) {
        struct sockaddr_storage from = { 0 };
        socklen_t len = sizeof from;
        int fd = accept4(server->listener, (struct sockaddr *)&from, &len,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take_connection(server, fd, &from);
            continue;
        }
        /* Without a descriptor for it, it would be reported for ever: the next sweep looks. */
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
            listen_again(server, false);
        return;
    }
}

/* What the threads of the pool have done. */
static void take_done(struct http_server *server)
{
    pthread_mutex_lock(&server->lock);
    struct http_connection *done = server->done;
    server->done = NULL;
    pthread_mutex_unlock(&server->lock);
    while (done != NULL) {
        struct http_connection *connection = done;
        done = connection->behind;
        struct http_exchange *exchange = connection->exchange;
        exchange->event_due_ns = server->now_ns + EVENTS_DUE_NS;
        connection->state = HTTP_WRITE;
        connection->deadline_ns = server->now_ns + server->settings.idle_s * TIME_SECOND_NS;
        if (connection->is_gone)
            http_connection_close(connection);
        else
            http_connection_drive(connection);
    }
}

static void ask_for_events(struct http_connection *connection)
{
    connection->state = HTTP_RUN;
    http_pool_put(&connection->server->pool, connection);
}

/* Everything that is late, and streams of events that are due; all of them where has_events. */
static void sweep(struct http_server *server, bool has_events)
{
    bool is_stopping = atomic_load(&server->is_stopping);
    for (struct http_connection *at = server->connections, *next; at != NULL; at = next) {
        next = at->next;
        bool is_idle = at->state == HTTP_READ_HEAD && at->in.len == 0;
        if (is_stopping && (is_idle || at->state == HTTP_EVENTS))
            http_connection_close(at);
        else if (at->state == HTTP_EVENTS &&
                 (has_events || at->exchange->event_due_ns <= server->now_ns))
            ask_for_events(at);
        else if (at->state != HTTP_RUN && at->state != HTTP_EVENTS &&
                 at->deadline_ns <= server->now_ns)
            http_connection_late(at);
    }
    if (!is_stopping)
        listen_again(server, true);
    server->swept_ns = server->now_ns;
}

static void hear(struct http_server *server, const struct epoll_event *event)
{
    uint64_t count;
    if (event->data.ptr == server)
        accept_some(server);
    else if (event->data.ptr == NULL)
        (void)!read(server->wake, &count, sizeof count);
    else
        http_connection_heard(event->data.ptr, event->events);
}

static bool is_woken(struct http_server *server)
{
    bool is_now = server->now_ns - server->woken_ns >= EVENTS_PAUSE_NS &&
                  atomic_exchange(&server->has_events, false);
    if (is_now)
        server->woken_ns = server->now_ns;
    return is_now;
}

static bool is_over(struct http_server *server)
{
    if (!atomic_load(&server->is_stopping))
        return false;
    listen_again(server, false);
    sweep(server, false);
    return server->connections == NULL || server->now_ns >= atomic_load(&server->stop_ns);
}

static void *move_octets(void *context)
{
    struct http_server *server = context;
    struct epoll_event events[EVENTS_MAX];
    do {
        int count = epoll_wait(server->epoll, events, EVENTS_MAX, SWEEP_MS);
        server->now_ns = clock_monotonic_ns();
        for (int i = 0; i < count; i++)
            hear(server, &events[i]);
        take_done(server);
        bool has_events = is_woken(server);
        if (has_events || server->now_ns - server->swept_ns >= SWEEP_MS * TIME_MILLISECOND_NS)
            sweep(server, has_events);
    } while (!is_over(server));
    return NULL;
}

static int by_pattern(const void *a, const void *b)
{
    const struct http_route *const *left = a, *const *right = b;
    return http_pattern_order((*left)->pattern, (*right)->pattern);
}

static bool sort_routes(struct http_server *server, struct error *err)
{
    size_t count = server->settings.route_count;
    server->routes = calloc(count + 1, sizeof(const struct http_route *));
    if (server->routes == NULL)
        return error_set(err, 0, "no memory for the routes");
    for (size_t i = 0; i < count; i++)
        server->routes[i] = &server->settings.routes[i];
    qsort(server->routes, count, sizeof(const struct http_route *), by_pattern);
    return true;
}

static bool bind_listener(struct http_server *server, struct error *err)
{
    const struct http_settings *settings = &server->settings;
    struct endpoint endpoint = { .has_address = true, .port = settings->port };
    if (!ip_read(bytes_of_string(settings->address), &endpoint.address))
        return error_set(err, 0, "%s: no address to listen at", settings->address);
    struct sockaddr_storage at = { 0 };
    socklen_t len = endpoint_to_socket(&endpoint, &at);
    const int one = 1;
    server->listener = socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (server->listener < 0)
        return error_set(err, errno, "socket");
    (void)setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(server->listener, (const struct sockaddr *)&at, len) != 0 ||
        listen(server->listener, BACKLOG) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&at, &len) != 0)
        return error_set(err, errno, "%s port %u", settings->address, settings->port);
    struct ip_address address;
    return endpoint_from_socket(&at, &address, &server->port) ||
           error_set(err, 0, "%s: no port", settings->address);
}

static bool watch_both(struct http_server *server, struct error *err)
{
    struct epoll_event listener = { .events = EPOLLIN, .data.ptr = server };
    struct epoll_event wake = { .events = EPOLLIN, .data.ptr = NULL };
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    server->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    server->is_listening = true;
    if (server->epoll < 0 || server->wake < 0 ||
        epoll_ctl(server->epoll, EPOLL_CTL_ADD, server->listener, &listener) != 0 ||
        epoll_ctl(server->epoll, EPOLL_CTL_ADD, server->wake, &wake) != 0)
        return error_set(err, errno, "events of the HTTP server");
    return true;
}

/* A descriptor for each connection, and as many for what handlers open. */
static void raise_descriptors(unsigned connections)
{
    struct rlimit limit;
    const rlim_t wanted = 2 * (rlim_t)connections + 256;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void fill_in(struct http_settings *settings)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    settings->connections_max = settings->connections_max ? settings->connections_max : 2048;
    settings->of_one_peer_max = settings->of_one_peer_max ? settings->of_one_peer_max : 512;
    settings->idle_s = settings->idle_s ? settings->idle_s : 30;
    if (settings->threads == 0)
        settings->threads = 4 * (unsigned)(processors > 0 ? processors : 1);
}

static bool open_all(struct http_server *server, struct error *err)
{
    const struct http_settings *settings = &server->settings;
    raise_descriptors(settings->connections_max);
    if (!sort_routes(server, err))
        return false;
    if (settings->files != NULL &&
        (server->files = http_files_open(settings->files, err)) == NULL)
        return false;
    if (settings->certificate != NULL && (server->tls = http_tls_open(settings, err)) == NULL)
        return false;
    return bind_listener(server, err) && watch_both(server, err);
}

static void close_all(struct http_server *server)
{
    const int fds[] = { server->listener, server->epoll, server->wake };
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    http_tls_release(server->tls);
    http_files_close(server->files);
    pthread_mutex_destroy(&server->lock);
    free(server->routes);
    free(server);
}

struct http_server *http_open(const struct http_settings *settings, struct error *err)
{
    struct http_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        (void)error_set(err, 0, "no memory for the HTTP server");
        return NULL;
    }
    server->settings = *settings;
    server->listener = server->epoll = server->wake = -1;
    server->now_ns = clock_monotonic_ns();
    pthread_mutex_init(&server->lock, NULL);
    fill_in(&server->settings);
    if (open_all(server, err))
        return server;
    close_all(server);
    return NULL;
}

bool http_start(struct http_server *server, struct error *err)
{
    if (!http_pool_open(&server->pool, server->settings.threads, err))
        return false;
    int code = pthread_create(&server->thread, NULL, move_octets, server);
    server->is_serving = code == 0;
    if (server->is_serving)
        return true;
    http_pool_close(&server->pool);
    return error_set(err, code, "the thread of the HTTP server");
}

uint16_t http_port(const struct http_server *server)
{
    return server->port;
}

static void wake(struct http_server *server)
{
    const uint64_t one = 1;
    (void)!write(server->wake, &one, sizeof one);
}

void http_wake(struct http_server *server)
{
    if (!atomic_exchange(&server->has_events, true))
        wake(server);
}

bool http_reload(struct http_server *server, struct error *err)
{
    if (server->tls == NULL)
        return true;
    struct http_tls *tls = http_tls_open(&server->settings, err);
    if (tls == NULL)
        return false;
    pthread_mutex_lock(&server->lock);
    struct http_tls *before = server->tls;
    server->tls = tls;
    pthread_mutex_unlock(&server->lock);
    http_tls_release(before);
    return true;
}

static void end_threads(struct http_server *server, unsigned seconds)
{
    atomic_store(&server->stop_ns, clock_monotonic_ns() + seconds * TIME_SECOND_NS);
    atomic_store(&server->is_stopping, true);
    wake(server);
    pthread_join(server->thread, NULL);
    http_pool_close(&server->pool);
}

void http_stop(struct http_server *server, unsigned seconds)
{
    if (server->is_serving)
        end_threads(server, seconds);
    while (server->connections != NULL)
        http_connection_close(server->connections);
    close_all(server);
}
