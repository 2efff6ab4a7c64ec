// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/time.h"
#include "source/listen_private.h"
#include "system/clock.h"

enum {
    WAIT_MS = 200,
    EVENTS_MAX = 16, /* looked at between two looks at the clock */
};

#define SWEEP_NS (TIME_SECOND_NS / 4)

struct listeners {
    struct exports_account *account;
    const volatile int *stopping;
    int poll_fd;
    size_t count;
    struct listener all[EXPORTS_LISTENERS_MAX];
    struct datagrams *datagrams;
    struct sessions *sessions;
    int64_t swept_ns;
};

/* Whether a place is named more than once. */
static bool is_shared(const struct exports_options *options, size_t place)
{
    size_t times = 0;
    for (size_t i = 0; i < options->listen_count; i++)
        times += strcmp(options->listen[i], options->listen[place]) == 0;
    return times > 1;
}

static bool open_listener(struct listeners *listeners, const struct exports_options *options,
                          size_t i, struct error *err)
{
    struct listener *listener = &listeners->all[i];
    *listener = (struct listener){ .name = options->listen[i],
                                   .fd = -1,
                                   .is_shared = is_shared(options, i) };
    listeners->count++;
    if (!endpoint_read(listener->name, &listener->endpoint, err))
        return false;
    struct sessions *sessions = listeners->sessions;
    bool is_tls = listener->endpoint.transport == ENDPOINT_TLS;
    if (is_tls && !sessions->tls && !(sessions->tls = tls_door_open(options, err)))
        return false;
    bool is_open = listener->endpoint.transport == ENDPOINT_UDP
                       ? udp_listen(listener, options->receive_octets, listeners->account, err)
                       : stream_listen(listener, err);
    struct epoll_event event = { .events = EPOLLIN };
    event.data.u64 = i;
    return is_open &&
           (epoll_ctl(listeners->poll_fd, EPOLL_CTL_ADD, listener->fd, &event) == 0 ||
            error_set(err, errno, "%s: cannot be listened at", listener->name));
}

static bool open_all(struct listeners *listeners, const struct exports_options *options,
                     struct error *err)
{
    if (options->listen_count > EXPORTS_LISTENERS_MAX)
        return error_set(err, 0, "at most %d places can be listened at", EXPORTS_LISTENERS_MAX);
    listeners->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    listeners->datagrams = datagrams_open();
    if (listeners->poll_fd < 0 || !listeners->datagrams)
        return error_set(err, errno, "cannot listen for exports");
    listeners->sessions = sessions_open(options, listeners->poll_fd, listeners->account, err);
    if (!listeners->sessions)
        return false;
    for (size_t i = 0; i < options->listen_count; i++) {
        if (!open_listener(listeners, options, i, err))
            return false;
    }
    return true;
}

struct listeners *listeners_open(const struct exports_options *options,
                                 struct exports_account *account, struct error *err)
{
    struct listeners *listeners = calloc(1, sizeof *listeners);
    if (!listeners) {
        (void)error_set(err, 0, "not enough memory to listen for exports");
        return NULL;
    }
    listeners->account = account;
    listeners->stopping = options->stopping;
    listeners->poll_fd = -1;
    if (open_all(listeners, options, err))
        return listeners;
    listeners_close(listeners);
    return NULL;
}

void listeners_close(struct listeners *listeners)
{
    if (!listeners)
        return;
    for (size_t i = 0; i < listeners->count; i++) {
        if (listeners->all[i].fd >= 0)
            (void)close(listeners->all[i].fd);
    }
    sessions_close(listeners->sessions);
    datagrams_close(listeners->datagrams);
    if (listeners->poll_fd >= 0)
        (void)close(listeners->poll_fd);
    free(listeners);
}

static void handle(struct listeners *listeners, uint64_t id, size_t most,
                   struct message_batch *out)
{
    if (id >= EXPORTS_LISTENERS_MAX)
        sessions_work(listeners->sessions, (size_t)(id - EXPORTS_LISTENERS_MAX), most, out);
    else if (listeners->all[id].endpoint.transport == ENDPOINT_UDP)
        udp_receive(&listeners->all[id], listeners->datagrams, most, out);
    else
        sessions_accept(listeners->sessions, &listeners->all[id]);
}

/* One look at all sockets, of which each gets its share of the batch: a flood of datagrams
 * starves nobody. */
static void look(struct listeners *listeners, int wait_ms, struct message_batch *out)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(listeners->poll_fd, events, EVENTS_MAX, wait_ms);
    for (int i = 0; i < count; i++) {
        size_t left = MESSAGE_BATCH_MAX - out->count;
        size_t share = left / (size_t)(count - i);
        handle(listeners, events[i].data.u64, share > 0 ? share : left, out);
    }
}

static void sweep(struct listeners *listeners, int64_t now_ns)
{
    if (now_ns - listeners->swept_ns < SWEEP_NS)
        return;
    listeners->swept_ns = now_ns;
    sessions_sweep(listeners->sessions);
}

static bool is_stopped(const struct listeners *listeners)
{
    return listeners->stopping && *listeners->stopping;
}

enum source_state listeners_read(struct listeners *listeners, struct message_batch *out)
{
    int64_t now_ns = clock_monotonic_ns();
    int64_t until_ns = now_ns + WAIT_MS * TIME_MILLISECOND_NS;
    sessions_release(listeners->sessions);
    datagrams_release(listeners->datagrams);
    while (out->count == 0 && now_ns < until_ns && !is_stopped(listeners)) {
        sweep(listeners, now_ns);
        sessions_work_ready(listeners->sessions, out);
        bool has_ready = listeners->sessions->ready_count > 0;
        int wait_ms =
            (int)((until_ns - now_ns + TIME_MILLISECOND_NS - 1) / TIME_MILLISECOND_NS);
        if (out->count > 0 || has_ready)
            wait_ms = 0;
        if (!message_batch_is_full(out))
            look(listeners, wait_ms, out);
        /* A session is worked on once between two releases; nobody points into it by now. */
        if (out->count == 0)
            sessions_release(listeners->sessions);
        now_ns = clock_monotonic_ns();
    }
    for (size_t i = 0; i < out->count; i++)
        listeners->account->messages += !out->messages[i].is_end;
    return out->count > 0 ? SOURCE_FRAMES : SOURCE_IDLE;
}

void listeners_count(const struct listeners *listeners, struct summary *summary)
{
    uint64_t dropped = 0;
    for (size_t i = 0; i < listeners->count; i++) {
        if (listeners->all[i].endpoint.transport == ENDPOINT_UDP)
            dropped += udp_dropped(&listeners->all[i]);
    }
    summary_count(summary, "source", "dropped by the system", "datagrams", dropped);
    sessions_count(listeners->sessions, summary);
}

uint16_t listeners_port(const struct listeners *listeners, size_t i)
{
    struct sockaddr_storage address = { 0 };
    socklen_t len = sizeof address;
    struct ip_address ignored;
    uint16_t port = 0;
    if (i < listeners->count &&
        getsockname(listeners->all[i].fd, (struct sockaddr *)&address, &len) == 0)
        (void)endpoint_from_socket(&address, &ignored, &port);
    return port;
}
