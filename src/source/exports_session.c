// SPDX-License-Identifier: Apache-2.0
/* IPFIX over connections (RFC 7011 10.2 to 10.4): messages are cut from the stream by their
 * length.  A sender may be slow, silent, hostile or many. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/time.h"
#include "base/wipe.h"
#include "source/cut_private.h"
#include "source/listen_private.h"
#include "system/clock.h"
#include "system/memory.h"

enum {
    SESSIONS_MAX = 1024,
    ACCEPT_MAX = 16, /* at a time */
    BACKLOG = 256,
    /* The rest of a message, and what is read at a time. */
    SESSION_OCTETS = 2 * 65536,
    READ_OCTETS = 65536,
};

#define SESSION_IDLE_NS (600 * TIME_SECOND_NS)
#define SESSION_SHAKE_NS (10 * TIME_SECOND_NS)

/* Listening */

static int open_socket(struct endpoint *endpoint)
{
    int no = 0, yes = 1;
    int type = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
    int protocol = endpoint->transport == ENDPOINT_SCTP ? IPPROTO_SCTP : IPPROTO_TCP;
    bool is_v4 = endpoint->has_address && ip_is_v4(&endpoint->address);
    int fd = is_v4 ? -1 : socket(AF_INET6, type, protocol);
    if (fd >= 0 && !endpoint->has_address)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    if (fd < 0 && !is_v4 && errno == EAFNOSUPPORT && !endpoint->has_address) {
        endpoint->has_address = true;
        endpoint->address = ip_from_v4(INADDR_ANY);
        is_v4 = true;
    }
    if (is_v4)
        fd = socket(AF_INET, type, protocol);
    if (fd >= 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    return fd;
}

bool stream_listen(struct listener *listener, struct error *err)
{
    struct sockaddr_storage address;
    listener->fd = open_socket(&listener->endpoint);
    if (listener->fd < 0 && listener->endpoint.transport == ENDPOINT_SCTP)
        return error_set(err, errno,
                         "%s: this system has no SCTP (its module \"sctp\" is not loaded)",
                         listener->name);
    if (listener->fd < 0)
        return error_set(err, errno, "%s: cannot be opened", listener->name);
    socklen_t len = endpoint_to_socket(&listener->endpoint, &address);
    return (bind(listener->fd, (struct sockaddr *)&address, len) == 0 &&
            listen(listener->fd, BACKLOG) == 0) ||
           error_set(err, errno, "%s: cannot be listened at", listener->name);
}

/* The table */

/* A descriptor for each session, and some for files. */
static void raise_descriptors(size_t sessions)
{
    enum { OTHERS = 512 };
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= sessions + OTHERS)
        return;
    limit.rlim_cur = sessions + OTHERS < limit.rlim_max ? sessions + OTHERS : limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

struct sessions *sessions_open(const struct exports_options *options, int poll_fd,
                               struct exports_account *account, struct error *err)
{
    struct sessions *sessions = calloc(1, sizeof *sessions);
    if (sessions) {
        sessions->max = options->sessions_max ? options->sessions_max : (size_t)SESSIONS_MAX;
        sessions->idle_ns = options->idle_ns > 0 ? options->idle_ns : SESSION_IDLE_NS;
        sessions->account = account;
        sessions->poll_fd = poll_fd;
        sessions->all = calloc(sessions->max, sizeof *sessions->all);
        raise_descriptors(sessions->max);
        sessions->spare_fd = fcntl(poll_fd, F_DUPFD_CLOEXEC, 0);
    }
    if (sessions && sessions->all)
        return sessions;
    free(sessions);
    (void)error_set(err, 0, "not enough memory to listen for exports");
    return NULL;
}

static void release(struct sessions *sessions, struct session *session)
{
    if (session->fd >= 0)
        (void)close(session->fd);
    tls_link_close(session->tls);
    struct arena octets = { session->octets, SESSION_OCTETS, true };
    memory_release(&octets);
    sessions->ready_count -= session->is_ready;
    sessions->count--;
    *session = (struct session){ .fd = -1 };
}

void sessions_close(struct sessions *sessions)
{
    if (!sessions)
        return;
    for (size_t i = 0; i < sessions->max; i++) {
        if (sessions->all[i].state != SESSION_FREE)
            release(sessions, &sessions->all[i]);
    }
    if (sessions->spare_fd >= 0)
        (void)close(sessions->spare_fd);
    tls_door_close(sessions->tls);
    free(sessions->all);
    free(sessions);
}

void sessions_release(struct sessions *sessions)
{
    sessions->turn++;
    for (size_t i = 0; i < sessions->giver_count; i++) {
        struct session *session = &sessions->all[sessions->givers[i]];
        wipe(session->octets + session->wiped, session->start - session->wiped);
        session->wiped = session->start;
    }
    sessions->giver_count = 0;
    for (size_t i = 0; i < sessions->dead_count; i++)
        release(sessions, &sessions->all[sessions->dead[i]]);
    sessions->dead_count = 0;
}

static void set_ready(struct sessions *sessions, struct session *session, bool is_ready)
{
    sessions->ready_count += is_ready;
    sessions->ready_count -= session->is_ready;
    session->is_ready = is_ready;
}

/* Accepting */

static bool watch(const struct sessions *sessions, const struct session *session, uint32_t what,
                  int operation)
{
    struct epoll_event event = { .events = what };
    event.data.u64 = EXPORTS_LISTENERS_MAX + (uint64_t)(session - sessions->all);
    return epoll_ctl(sessions->poll_fd, operation, session->fd, &event) == 0;
}

/* A free place, unless one address would have more than its share, a quarter. */
static struct session *find_free(struct sessions *sessions, const struct ip_address *peer)
{
    struct session *found = NULL;
    size_t of_peer = 0;
    for (size_t i = 0; i < sessions->max; i++) {
        struct session *session = &sessions->all[i];
        if (session->state == SESSION_FREE)
            found = found ? found : session;
        else
            of_peer += ip_equal(&session->peer, peer);
    }
    if (found && of_peer >= (sessions->max + 3) / 4) {
        sessions->counts.too_many_of_one++;
        return NULL;
    }
    sessions->counts.too_many += found == NULL;
    return found;
}

static bool start(struct sessions *sessions, struct session *session, bool is_tls)
{
    int yes = 1;
    (void)setsockopt(session->fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    struct arena octets;
    struct error unwanted;
    if (memory_reserve(SESSION_OCTETS, MEMORY_SMALL_PAGES, &octets, &unwanted))
        session->octets = octets.at;
    if (is_tls)
        session->tls = tls_link_open(sessions->tls, session->fd);
    return session->octets && (session->tls || !is_tls) &&
           watch(sessions, session, EPOLLIN, EPOLL_CTL_ADD);
}

static void welcome(struct sessions *sessions, const struct listener *listener, int fd,
                    const struct sockaddr_storage *from)
{
    static const uint8_t transports[] = { [ENDPOINT_TCP] = MESSAGE_TCP,
                                          [ENDPOINT_SCTP] = MESSAGE_SCTP,
                                          [ENDPOINT_TLS] = MESSAGE_TLS };
    struct ip_address peer = { 0 };
    uint16_t port = 0;
    (void)endpoint_from_socket(from, &peer, &port);
    struct session *session = find_free(sessions, &peer);
    if (!session) {
        (void)close(fd);
        return;
    }
    bool is_tls = listener->endpoint.transport == ENDPOINT_TLS;
    *session = (struct session){ .state = is_tls ? SESSION_SHAKING : SESSION_OPEN,
                                 .fd = fd,
                                 .transport = transports[listener->endpoint.transport],
                                 .peer = peer,
                                 .port = port,
                                 .number = ++sessions->numbers,
                                 .since_ns = clock_monotonic_ns() };
    sessions->count++;
    sessions->counts.accepted++;
    if (!start(sessions, session, is_tls)) {
        sessions->counts.no_memory++;
        release(sessions, session);
    }
}

/* Without a descriptor left the connection would wait and wake us for ever. */
static void turn_away(struct sessions *sessions, const struct listener *listener)
{
    if (sessions->spare_fd >= 0)
        (void)close(sessions->spare_fd);
    int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        (void)close(fd);
    sessions->spare_fd = fcntl(sessions->poll_fd, F_DUPFD_CLOEXEC, 0);
    sessions->counts.too_many++;
}

void sessions_accept(struct sessions *sessions, const struct listener *listener)
{
    for (int i = 0; i < ACCEPT_MAX; i++) {
        struct sockaddr_storage from = { 0 };
        socklen_t len = sizeof from;
        int fd =
            accept4(listener->fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            welcome(sessions, listener, fd, &from);
        else if (errno == EMFILE || errno == ENFILE)
            turn_away(sessions, listener);
        else if (errno == EAGAIN)
            return;
    }
}

/* Ending */

static void end_input(struct sessions *sessions, struct session *session)
{
    if (session->state == SESSION_OVER)
        return;
    (void)close(session->fd); /* and epoll forgets it */
    session->fd = -1;
    session->state = SESSION_OVER;
    set_ready(sessions, session, true);
}

/* Nothing is left to be handed over but the end itself. */
static void finish(struct sessions *sessions, struct session *session,
                   struct message_batch *out)
{
    sessions->account->cut_messages += session->end > session->start;
    set_ready(sessions, session, false);
    if (!session->has_given) {
        release(sessions, session);
        return;
    }
    out->messages[out->count++] = (struct export_message){ .exporter = session->peer,
                                                           .session = session->number,
                                                           .received_ns = clock_now_ns(),
                                                           .port = session->port,
                                                           .transport = session->transport,
                                                           .is_end = true };
    session->state = SESSION_DEAD;
    sessions->dead[sessions->dead_count++] = (size_t)(session - sessions->all);
}

void sessions_sweep(struct sessions *sessions)
{
    int64_t now_ns = clock_monotonic_ns();
    int64_t shake_ns =
        sessions->idle_ns < SESSION_SHAKE_NS ? sessions->idle_ns : SESSION_SHAKE_NS;
    for (size_t i = 0; sessions->count > 0 && i < sessions->max; i++) {
        struct session *session = &sessions->all[i];
        bool is_shaking = session->state == SESSION_SHAKING;
        if (!is_shaking && (session->state != SESSION_OPEN || session->is_ready))
            continue;
        if (now_ns - session->since_ns <= (is_shaking ? shake_ns : sessions->idle_ns))
            continue;
        sessions->counts.slow++;
        end_input(sessions, session);
    }
}

/* TLS */

static bool was_told(struct sessions *sessions, const struct ip_address *peer)
{
    for (size_t i = 0; i < sessions->told_count; i++) {
        if (ip_equal(&sessions->told[i], peer))
            return true;
    }
    if (sessions->told_count == SOURCE_TROUBLE_MAX)
        return true;
    sessions->told[sessions->told_count++] = *peer;
    return false;
}

static void tell_refusal(struct sessions *sessions, const struct session *session,
                         const struct error *why)
{
    char room[IP_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    if (was_told(sessions, &session->peer))
        return;
    ip_write(&session->peer, &text);
    (void)error_set(exports_next_trouble(sessions->account), 0,
                    "exporter %s was refused over TLS: %s", room, why->text);
}

static void shake(struct sessions *sessions, struct session *session)
{
    struct error why;
    switch (tls_link_shake(session->tls, &why)) {
    case TLS_DONE:
        session->state = SESSION_OPEN;
        session->since_ns = clock_monotonic_ns();
        (void)watch(sessions, session, EPOLLIN, EPOLL_CTL_MOD);
        set_ready(sessions, session, true); /* what came with the handshake is deciphered */
        return;
    case TLS_READ: (void)watch(sessions, session, EPOLLIN, EPOLL_CTL_MOD); return;
    case TLS_WRITE: (void)watch(sessions, session, EPOLLOUT, EPOLL_CTL_MOD); return;
    case TLS_REFUSED:
        sessions->counts.no_certificate++;
        tell_refusal(sessions, session, &why);
        break;
    case TLS_FAILED: sessions->counts.failed_shakes++; break;
    }
    end_input(sessions, session);
}

/* Reading */

static ssize_t read_octets(struct session *session, uint8_t *room, size_t max)
{
    if (session->tls)
        return tls_link_read(session->tls, room, max);
    ssize_t len = recv(session->fd, room, max, MSG_DONTWAIT);
    if (len >= 0)
        return len;
    return errno == EAGAIN || errno == EINTR ? TLS_LATER : TLS_BROKEN;
}

/* Moves what is left to the front, which nothing points to by now, and reads behind it. */
static void fill(struct sessions *sessions, struct session *session)
{
    session->end -= session->start;
    if (session->start > 0 && session->end > 0)
        memmove(session->octets, session->octets + session->start, session->end);
    wipe(session->octets + session->end, session->start);
    session->start = session->wiped = 0;
    ssize_t len = read_octets(session, session->octets + session->end, READ_OCTETS);
    if (len > 0) {
        session->end += (size_t)len;
        session->arrived_ns = clock_now_ns();
    } else if (len != TLS_LATER) {
        end_input(sessions, session);
    }
}

/* Hands over up to most messages; whether it may hold more. */
static bool cut_messages(struct sessions *sessions, struct session *session, size_t most,
                         struct message_batch *out)
{
    for (size_t i = 0; i < most; i++) {
        struct cursor window = { session->octets + session->start,
                                 session->end - session->start, false };
        struct export_message message = { .exporter = session->peer,
                                          .session = session->number,
                                          .received_ns = session->arrived_ns,
                                          .port = session->port,
                                          .transport = session->transport };
        enum cut cut = cut_ipfix(&window, &message.octets);
        if (cut == CUT_BROKEN) { /* RFC 7011 10.4.2.2: there is no way to find the next */
            sessions->counts.no_ipfix++;
            end_input(sessions, session);
        }
        if (cut != CUT_GOOD)
            return false;
        out->messages[out->count++] = message;
        session->start = session->end - window.left;
        session->has_given = true;
        session->since_ns = clock_monotonic_ns();
    }
    return true;
}

static void work(struct sessions *sessions, struct session *session, size_t most,
                 struct message_batch *out)
{
    bool has_more = false;
    size_t before = out->count;
    if (session->is_ready)
        has_more = cut_messages(sessions, session, most, out);
    if (out->count == before && session->state == SESSION_OPEN) {
        fill(sessions, session);
        has_more = cut_messages(sessions, session, most, out);
    }
    if (out->count > before)
        sessions->givers[sessions->giver_count++] = (size_t)(session - sessions->all);
    if (session->state == SESSION_OPEN) {
        bool holds = session->tls && tls_link_holds_more(session->tls);
        set_ready(sessions, session, has_more || holds);
    } else if (!has_more && out->count - before < most) {
        finish(sessions, session, out);
    }
}

void sessions_work(struct sessions *sessions, size_t i, size_t most, struct message_batch *out)
{
    struct session *session = i < sessions->max ? &sessions->all[i] : NULL;
    if (!session || session->turn == sessions->turn || most == 0)
        return;
    session->turn = sessions->turn;
    if (session->state == SESSION_SHAKING)
        shake(sessions, session);
    else if (session->state == SESSION_OPEN || session->state == SESSION_OVER)
        work(sessions, session, most, out);
}

void sessions_work_ready(struct sessions *sessions, struct message_batch *out)
{
    size_t first = sessions->next_ready;
    for (size_t n = 0; n < sessions->max && sessions->ready_count > 0; n++) {
        size_t i = (first + n) % sessions->max;
        size_t left = MESSAGE_BATCH_MAX - out->count;
        if (left == 0)
            return;
        if (!sessions->all[i].is_ready)
            continue;
        sessions_work(sessions, i, (left + 1) / 2, out);
        sessions->next_ready = i + 1;
    }
}

void sessions_count(const struct sessions *sessions, struct summary *summary)
{
    const struct session_counts *counts = &sessions->counts;
    const char *unit = "connections";
    summary_count(summary, "source", "accepted", unit, counts->accepted);
    summary_count(summary, "source", "refused, too many", unit, counts->too_many);
    summary_count(summary, "source", "refused, too many of one exporter", unit,
                  counts->too_many_of_one);
    summary_count(summary, "source", "refused, no good certificate", unit,
                  counts->no_certificate);
    summary_count(summary, "source", "failed to begin TLS", unit, counts->failed_shakes);
    summary_count(summary, "source", "closed, silent or too slow", unit, counts->slow);
    summary_count(summary, "source", "closed, not IPFIX", unit, counts->no_ipfix);
    summary_count(summary, "source", "refused, no memory", unit, counts->no_memory);
}
