// SPDX-License-Identifier: Apache-2.0
/* The states of a connection.  Each step goes as far as it can without waiting. */
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/must.h"
#include "http/server_private.h"
#include "system/clock.h"

enum {
    HANDSHAKE_S = 10,
    HEAD_S = 10, /* at most, from its first octet to its last */
    LINGER_S = 2,
    BODY_OCTETS_A_SECOND = 8 << 10, /* slower is too slow */
    READ_OCTETS = 16 << 10
};

enum step { STEP_AGAIN, STEP_WAIT, STEP_CLOSE };

static void expect_within(struct http_connection *connection, int64_t seconds)
{
    connection->deadline_ns = connection->server->now_ns + seconds * TIME_SECOND_NS;
}

static void enter(struct http_connection *connection, enum http_state state, int64_t seconds)
{
    connection->state = state;
    expect_within(connection, seconds);
}

static enum step wait_for(struct http_connection *connection, uint32_t events)
{
    http_io_want(connection, events);
    return STEP_WAIT;
}

static enum step step_handshake(struct http_connection *connection)
{
    int result = http_tls_handshake(connection);
    if (result == HTTP_IO_LATER) {
        int is_writing = gnutls_record_get_direction(connection->session);
        return wait_for(connection, is_writing ? EPOLLOUT : EPOLLIN);
    }
    if (result < 0) {
        http_count(connection->server, HTTP_REFUSED_TLS);
        return STEP_CLOSE;
    }
    enter(connection, HTTP_READ_HEAD, connection->server->settings.idle_s);
    return STEP_AGAIN;
}

/* More octets behind those that are there. */
static ssize_t fill(struct http_connection *connection, size_t max)
{
    struct http_buffer *in = &connection->in;
    if (!http_buffer_reserve(in, max))
        return HTTP_IO_BROKEN;
    ssize_t got = http_io_read(connection, in->at + in->len, max);
    if (got > 0)
        in->len += (size_t)got;
    return got;
}

/* From here on a thread of the pool has it. */
static enum step run(struct http_connection *connection)
{
    connection->state = HTTP_RUN;
    http_pool_put(&connection->server->pool, connection);
    return STEP_WAIT;
}

static enum step refuse_early(struct http_connection *connection, enum http_refused reason)
{
    if (connection->exchange == NULL)
        connection->exchange = http_exchange_new(connection, 0);
    if (connection->exchange == NULL)
        return STEP_CLOSE;
    connection->exchange->has_unread = true;
    http_exchange_refuse(connection, reason);
    enter(connection, HTTP_WRITE, connection->server->settings.idle_s);
    return STEP_AGAIN;
}

/* The head is whole: len octets of what came in. */
static enum step begin_exchange(struct http_connection *connection, size_t len)
{
    connection->exchange = http_exchange_new(connection, len);
    if (connection->exchange == NULL)
        return STEP_CLOSE;
    struct bytes in = http_buffer_bytes(&connection->in);
    MUST(in.len >= len);
    memcpy(connection->exchange->texts, in.at, len);
    http_buffer_take(&connection->in, len);
    connection->looked = 0;
    int64_t idle_s = connection->server->settings.idle_s;
    if (!http_exchange_begin(connection, len)) {
        enter(connection, HTTP_WRITE, idle_s);
        return STEP_AGAIN;
    }
    const struct http_head *head = &connection->exchange->head;
    enter(connection, HTTP_READ_BODY, idle_s);
    if (head->expects_continue && connection->in.len == 0)
        http_buffer_put_string(&connection->out, "HTTP/1.1 100 Continue\r\n\r\n");
    return STEP_AGAIN;
}

static enum step step_head(struct http_connection *connection)
{
    struct bytes octets = http_buffer_bytes(&connection->in);
    enum http_fault fault = HTTP_FAULT_NONE;
    size_t len = http_head_end(octets, &connection->looked, &fault);
    if (fault != HTTP_FAULT_NONE)
        return refuse_early(connection, HTTP_REFUSED_LINE);
    if (len > 0 && len <= HTTP_HEAD_MAX)
        return begin_exchange(connection, len);
    if (octets.len >= HTTP_HEAD_MAX)
        return refuse_early(connection, HTTP_REFUSED_HEAD_LARGE);
    ssize_t got = fill(connection, octets.len == 0 ? 2048 : HTTP_HEAD_MAX - octets.len);
    if (got == HTTP_IO_LATER) {
        if (octets.len == 0)
            http_buffer_free(&connection->in);
        return wait_for(connection, EPOLLIN);
    }
    if (got <= 0)
        return STEP_CLOSE;
    unsigned idle_s = connection->server->settings.idle_s;
    if (octets.len == 0)
        expect_within(connection, idle_s < HEAD_S ? idle_s : HEAD_S);
    return STEP_AGAIN;
}

/* What is in out; STEP_AGAIN: all of it is sent. */
static enum step flush(struct http_connection *connection)
{
    while (connection->out.len > 0) {
        ssize_t sent = http_io_write(connection, http_buffer_bytes(&connection->out));
        if (sent == HTTP_IO_LATER)
            return wait_for(connection, EPOLLOUT);
        if (sent < 0)
            return STEP_CLOSE;
        http_buffer_take(&connection->out, (size_t)sent);
        if (connection->exchange != NULL)
            connection->exchange->sent += (uint64_t)sent;
        expect_within(connection, connection->server->settings.idle_s);
    }
    return connection->out.is_broken ? STEP_CLOSE : STEP_AGAIN;
}

static enum step step_body(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    enum step step = connection->out.len > 0 ? flush(connection) : STEP_AGAIN;
    if (step != STEP_AGAIN)
        return step;
    if (http_exchange_take_body(connection)) {
        if (!exchange->has_answer)
            return run(connection);
        enter(connection, HTTP_WRITE, connection->server->settings.idle_s);
        return STEP_AGAIN;
    }
    ssize_t got = fill(connection, READ_OCTETS);
    if (got == HTTP_IO_LATER)
        return wait_for(connection, EPOLLIN);
    if (got <= 0)
        return STEP_CLOSE;
    int64_t enough_s = (int64_t)(exchange->body_octets / BODY_OCTETS_A_SECOND);
    connection->deadline_ns =
        exchange->begun_ns + (connection->server->settings.idle_s + enough_s) * TIME_SECOND_NS;
    return STEP_AGAIN;
}

static enum step step_run(struct http_connection *connection)
{
    (void)connection;
    return STEP_WAIT;
}

static void tell(struct http_connection *connection)
{
    const struct http_settings *settings = &connection->server->settings;
    struct http_exchange *exchange = connection->exchange;
    if (exchange != NULL && exchange->has_answer && settings->told != NULL)
        settings->told(settings->context, &exchange->request, exchange->reply.status,
                       exchange->sent, clock_monotonic_ns() - exchange->begun_ns);
}

static void end_exchange(struct http_connection *connection)
{
    tell(connection);
    http_exchange_free(connection->server, connection->exchange);
    connection->exchange = NULL;
    http_buffer_free(&connection->out);
}

/* The client has to see that it was cut: no end of TLS, and a reset. */
static enum step break_off(struct http_connection *connection)
{
    const struct linger now = { .l_onoff = 1, .l_linger = 0 };
    (void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    connection->is_gone = true;
    return STEP_CLOSE;
}

/* All of an answer, or of a piece of it, is sent. */
static enum step step_written(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    if (exchange->is_broken)
        return break_off(connection);
    if (exchange->reply.has_stream && exchange->reply.is_events && !exchange->has_more) {
        connection->state = HTTP_EVENTS;
        return wait_for(connection, EPOLLRDHUP);
    }
    if (exchange->reply.has_stream)
        return run(connection);
    bool is_last = exchange->head.is_last, has_unread = exchange->has_unread;
    end_exchange(connection);
    if (!is_last) {
        enter(connection, HTTP_READ_HEAD, connection->server->settings.idle_s);
        return STEP_AGAIN;
    }
    http_tls_end(connection);
    if (!has_unread)
        return STEP_CLOSE;
    (void)shutdown(connection->fd, SHUT_WR);
    enter(connection, HTTP_LINGER, LINGER_S);
    return STEP_AGAIN;
}

static enum step step_write(struct http_connection *connection)
{
    enum step step = flush(connection);
    return step == STEP_AGAIN ? step_written(connection) : step;
}

/* A client that ends is gone: nobody half-closes a stream of events. */
static enum step step_events(struct http_connection *connection)
{
    (void)connection;
    return STEP_CLOSE;
}

/* Closing now would reset the connection, and the client could lose the answer; so what it
 * still sends is read, a little while, and thrown away (RFC 9112 9.6). */
static enum step step_linger(struct http_connection *connection)
{
    char room[4096];
    for (size_t i = 0; i < 64; i++) {
        ssize_t got = recv(connection->fd, room, sizeof room, MSG_DONTWAIT);
        if (got == 0)
            return STEP_CLOSE;
        if (got < 0)
            return wait_for(connection, EPOLLIN);
    }
    return wait_for(connection, EPOLLIN);
}

static enum step (*const steps[HTTP_STATES])(struct http_connection *connection) = {
    [HTTP_HANDSHAKE] = step_handshake, [HTTP_READ_HEAD] = step_head,
    [HTTP_READ_BODY] = step_body,      [HTTP_RUN] = step_run,
    [HTTP_WRITE] = step_write,         [HTTP_EVENTS] = step_events,
    [HTTP_LINGER] = step_linger,
};

void http_connection_drive(struct http_connection *connection)
{
    enum step step;
    do
        step = steps[connection->state](connection);
    while (step == STEP_AGAIN);
    if (step == STEP_CLOSE)
        http_connection_close(connection);
}

void http_connection_heard(struct http_connection *connection, uint32_t events)
{
    if (connection->state != HTTP_RUN) {
        http_connection_drive(connection);
        return;
    }
    /* A thread of the pool has it: it is looked at again when that gives it back. */
    http_io_want(connection, 0);
    if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
        (void)epoll_ctl(connection->server->epoll, EPOLL_CTL_DEL, connection->fd, NULL);
        connection->is_gone = true;
    }
}

void http_connection_late(struct http_connection *connection)
{
    bool is_reading = connection->state == HTTP_READ_BODY ||
                      (connection->state == HTTP_READ_HEAD && connection->in.len > 0);
    if (connection->state == HTTP_HANDSHAKE || connection->state == HTTP_WRITE)
        http_count(connection->server, HTTP_REFUSED_SLOW);
    if (!is_reading || refuse_early(connection, HTTP_REFUSED_SLOW) == STEP_CLOSE)
        http_connection_close(connection);
    else
        http_connection_drive(connection);
}

void http_connection_begin(struct http_server *server, int fd, const struct ip_address *peer)
{
    struct http_connection *connection = calloc(1, sizeof *connection);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };
    if (connection == NULL || epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        free(connection);
        close(fd);
        return;
    }
    connection->server = server;
    connection->fd = fd;
    connection->peer = *peer;
    connection->interest = EPOLLIN;
    connection->next = server->connections;
    if (connection->next != NULL)
        connection->next->previous = connection;
    server->connections = connection;
    server->connection_count++;
    bool is_secure = server->settings.certificate != NULL;
    if (is_secure)
        enter(connection, HTTP_HANDSHAKE, HANDSHAKE_S);
    else
        enter(connection, HTTP_READ_HEAD, server->settings.idle_s);
    if (is_secure && !http_tls_begin(connection))
        http_connection_close(connection);
}

void http_connection_close(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        server->connections = connection->next;
    server->connection_count--;
    if (connection->exchange != NULL)
        end_exchange(connection);
    http_tls_end(connection);
    close(connection->fd);
    http_buffer_free(&connection->in);
    http_buffer_free(&connection->out);
    free(connection);
}
