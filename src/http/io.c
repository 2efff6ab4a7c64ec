// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "http/server_private.h"

bool http_buffer_reserve(struct http_buffer *buffer, size_t more)
{
    if (buffer->max - buffer->len >= more)
        return true;
    if (buffer->begin > 0) {
        buffer->len -= buffer->begin;
        memmove(buffer->at, buffer->at + buffer->begin, buffer->len);
        buffer->begin = 0;
    }
    if (buffer->max - buffer->len >= more)
        return true;
    size_t max = buffer->max < 512 ? 512 : buffer->max;
    while (max - buffer->len < more)
        max += max / 2;
    char *at = realloc(buffer->at, max);
    if (at == NULL) {
        buffer->is_broken = true;
        return false;
    }
    buffer->at = at;
    buffer->max = max;
    return true;
}

void http_buffer_put(struct http_buffer *buffer, struct bytes octets)
{
    if (octets.len == 0 || !http_buffer_reserve(buffer, octets.len))
        return;
    memcpy(buffer->at + buffer->len, octets.at, octets.len);
    buffer->len += octets.len;
}

void http_buffer_put_string(struct http_buffer *buffer, const char *string)
{
    http_buffer_put(buffer, bytes_of_string(string));
}

void http_buffer_take(struct http_buffer *buffer, size_t len)
{
    buffer->begin += len;
    if (buffer->begin == buffer->len)
        buffer->begin = buffer->len = 0;
}

void http_buffer_free(struct http_buffer *buffer)
{
    free(buffer->at);
    *buffer = (struct http_buffer){ .at = NULL };
}

static ssize_t io_result(ssize_t got)
{
    if (got >= 0)
        return got;
    return errno == EAGAIN || errno == EINTR ? HTTP_IO_LATER : HTTP_IO_BROKEN;
}

static ssize_t tls_result(ssize_t got)
{
    if (got >= 0)
        return got;
    return got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED ? HTTP_IO_LATER
                                                                : HTTP_IO_BROKEN;
}

ssize_t http_io_read(struct http_connection *connection, char *room, size_t max)
{
    if (connection->session != NULL)
        return tls_result(gnutls_record_recv(connection->session, room, max));
    return io_result(recv(connection->fd, room, max, 0));
}

ssize_t http_io_write(struct http_connection *connection, struct bytes octets)
{
    if (connection->session != NULL)
        return tls_result(gnutls_record_send(connection->session, octets.at, octets.len));
    return io_result(send(connection->fd, octets.at, octets.len, MSG_NOSIGNAL));
}

void http_io_want(struct http_connection *connection, uint32_t events)
{
    if (connection->interest == events || connection->is_gone)
        return;
    struct epoll_event event = { .events = events, .data.ptr = connection };
    (void)epoll_ctl(connection->server->epoll, EPOLL_CTL_MOD, connection->fd, &event);
    connection->interest = events;
}
