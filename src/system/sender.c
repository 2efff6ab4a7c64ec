// SPDX-License-Identifier: Apache-2.0
#include "system/sender.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "system/sender_tls_private.h"

enum {
    DATAGRAM_OCTETS_MAX = 65507, /* of IPv4; IPv6 could take 20 more */
    SEND_OCTETS = 8 * 1024 * 1024,
    LOOPBACK_SOURCES_MAX = (1 << 24) - 2,
    CONNECTIONS_MAX = 1024,
    SILENT_MS = 30000, /* a host that acknowledges nothing is gone */
    CONTROL_OCTETS = CMSG_SPACE(sizeof(struct in_pktinfo)),
};

struct connection {
    int fd;
    struct sender_tls *tls; /* NULL for TCP */
};

struct sender {
    struct sender_counts counts;
    enum endpoint_transport transport;
    size_t sources;
    size_t connection_count; /* a datagram socket is one, too */
    struct connection *connections;
    struct sockaddr_storage to;
    socklen_t to_len;
    struct sender_credentials *credentials;
    const char *host; /* as the options have it */
    struct mmsghdr headers[SENDER_BATCH_MAX];
    struct iovec vectors[SENDER_BATCH_MAX];
    _Alignas(struct cmsghdr) uint8_t control[SENDER_BATCH_MAX][CONTROL_OCTETS];
};

static bool is_loopback_v4(const struct endpoint *to)
{
    return ip_is_v4(&to->address) && ip_to_v4(&to->address) >> 24 == 127;
}

static int open_socket(const struct sender *sender)
{
    int type = sender->transport == ENDPOINT_UDP ? SOCK_DGRAM : SOCK_STREAM;
    return socket(sender->to.ss_family, type | SOCK_CLOEXEC, 0);
}

/* Without many sources the socket is connected: the way is looked up once. */
static bool open_datagrams(struct sender *sender, struct error *err)
{
    int octets = SEND_OCTETS;
    int fd = open_socket(sender);
    if (fd < 0)
        return error_set(err, errno, "cannot open a socket");
    sender->connections[0].fd = fd;
    sender->connection_count = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &octets, sizeof octets) != 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &octets, sizeof octets);
    return sender->sources > 1 ||
           connect(fd, (const struct sockaddr *)&sender->to, sender->to_len) == 0 ||
           error_set(err, errno, "cannot send there");
}

static bool open_connection(struct sender *sender, struct error *err)
{
    unsigned silent_ms = SILENT_MS;
    struct connection *connection = &sender->connections[sender->connection_count];
    connection->fd = open_socket(sender);
    if (connection->fd < 0)
        return error_set(err, errno, "cannot open a socket");
    sender->connection_count++;
    (void)setsockopt(connection->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent_ms,
                     sizeof silent_ms);
    if (connect(connection->fd, (const struct sockaddr *)&sender->to, sender->to_len) != 0)
        return error_set(err, errno, "cannot connect");
    if (sender->transport != ENDPOINT_TLS)
        return true;
    connection->tls = sender_tls_open(sender->credentials, sender->host, connection->fd, err);
    return connection->tls != NULL;
}

static void raise_descriptors(size_t wanted)
{
    enum { OTHERS = 128 };
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted + OTHERS)
        return;
    limit.rlim_cur = wanted + OTHERS < limit.rlim_max ? wanted + OTHERS : limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static bool open_connections(struct sender *sender, const struct sender_options *options,
                             struct error *err)
{
    if (sender->transport == ENDPOINT_TLS) {
        sender->credentials = sender_credentials_open(options, err);
        if (!sender->credentials)
            return false;
    }
    raise_descriptors(sender->sources);
    for (size_t i = 0; i < sender->sources; i++) {
        if (!open_connection(sender, err))
            return false;
    }
    return true;
}

static bool check_options(const struct sender_options *options, struct error *err)
{
    const struct endpoint *to = &options->to;
    if (!to->has_address || to->port == 0)
        return error_set(err, 0, "sending needs an address and a port: udp:127.0.0.1:2055");
    if (to->transport == ENDPOINT_SCTP)
        return error_set(err, 0, "sending over SCTP is not done: udp, tcp or tls");
    if (to->transport != ENDPOINT_UDP && options->sources > CONNECTIONS_MAX)
        return error_set(err, 0, "at most %d connections can be opened", CONNECTIONS_MAX);
    if (options->sources > LOOPBACK_SOURCES_MAX)
        return error_set(err, 0, "at most %d addresses can send", LOOPBACK_SOURCES_MAX);
    return true;
}

static bool start(struct sender *sender, const struct sender_options *options,
                  struct error *err)
{
    size_t places = CONNECTIONS_MAX;
    sender->transport = options->to.transport;
    sender->host = options->host;
    sender->to_len = endpoint_to_socket(&options->to, &sender->to);
    sender->sources = options->sources > 0 ? options->sources : 1;
    sender->connections = calloc(places, sizeof *sender->connections);
    if (!sender->connections)
        return error_set(err, ENOMEM, "cannot send");
    if (sender->transport != ENDPOINT_UDP)
        return open_connections(sender, options, err);
    if (!is_loopback_v4(&options->to))
        sender->sources = 1;
    return open_datagrams(sender, err);
}

bool sender_check(const struct sender_options *options, struct error *err)
{
    if (!check_options(options, err))
        return false;
    if (options->to.transport != ENDPOINT_TLS)
        return true;
    struct sender_credentials *credentials = sender_credentials_open(options, err);
    sender_credentials_close(credentials);
    return credentials != NULL;
}

struct sender *sender_open(const struct sender_options *options, struct error *err)
{
    if (!check_options(options, err))
        return NULL;
    struct sender *sender = calloc(1, sizeof *sender);
    if (!sender)
        (void)error_set(err, ENOMEM, "cannot send");
    else if (start(sender, options, err))
        return sender;
    sender_close(sender);
    return NULL;
}

void sender_close(struct sender *sender)
{
    if (!sender)
        return;
    for (size_t i = 0; i < sender->connection_count; i++) {
        sender_tls_close(sender->connections[i].tls);
        (void)close(sender->connections[i].fd);
    }
    sender_credentials_close(sender->credentials);
    free(sender->connections);
    free(sender);
}

bool sender_is_open(const struct sender *sender)
{
    if (sender->transport == ENDPOINT_UDP)
        return true;
    for (size_t i = 0; i < sender->connection_count; i++) {
        struct pollfd look = { .fd = sender->connections[i].fd, .events = POLLRDHUP };
        if (poll(&look, 1, 0) > 0)
            return false;
    }
    return true;
}

size_t sender_sources(const struct sender *sender)
{
    return sender->sources;
}

/* Datagrams */

static void name_source(struct sender *sender, size_t i, uint32_t source)
{
    struct in_pktinfo info = { 0 };
    struct msghdr *header = &sender->headers[i].msg_hdr;
    info.ipi_spec_dst.s_addr = htonl(INADDR_LOOPBACK + source);
    header->msg_name = &sender->to;
    header->msg_namelen = sender->to_len;
    header->msg_control = sender->control[i];
    header->msg_controllen = CONTROL_OCTETS;
    struct cmsghdr *control = CMSG_FIRSTHDR(header);
    control->cmsg_level = IPPROTO_IP;
    control->cmsg_type = IP_PKTINFO;
    control->cmsg_len = CMSG_LEN(sizeof info);
    memcpy(CMSG_DATA(control), &info, sizeof info);
}

static size_t prepare(struct sender *sender, const struct sender_message *messages,
                      size_t count)
{
    size_t ready = 0;
    for (size_t i = 0; i < count; i++) {
        const struct bytes *octets = &messages[i].octets;
        if (octets->len > DATAGRAM_OCTETS_MAX) {
            sender->counts.too_long++;
            continue;
        }
        sender->vectors[ready] = (struct iovec){ (void *)(uintptr_t)octets->at, octets->len };
        sender->headers[ready].msg_hdr =
            (struct msghdr){ .msg_iov = &sender->vectors[ready], .msg_iovlen = 1 };
        if (sender->sources > 1)
            name_source(sender, ready, messages[i].source);
        ready++;
    }
    return ready;
}

static void count_sent(struct sender *sender, size_t from, size_t count)
{
    for (size_t i = from; i < from + count; i++)
        sender->counts.octets += sender->vectors[i].iov_len;
    sender->counts.sent += count;
}

static bool send_datagrams(struct sender *sender, const struct sender_message *messages,
                           size_t count, struct error *err)
{
    size_t done = 0, ready = prepare(sender, messages, count);
    while (done < ready) {
        int sent = sendmmsg(sender->connections[0].fd, sender->headers + done,
                            (unsigned)(ready - done), 0);
        if (sent > 0) {
            count_sent(sender, done, (size_t)sent);
            done += (size_t)sent;
        } else if (errno == ECONNREFUSED) {
            sender->counts.nobody_there++; /* of one before; this one is tried again */
        } else if (errno == ENOBUFS) {
            (void)nanosleep(&(struct timespec){ .tv_nsec = 100000 }, NULL);
        } else if (errno != EINTR) {
            return error_set(err, errno, "cannot send");
        }
    }
    return true;
}

/* Connections */

static ssize_t write_octets(struct connection *connection, struct bytes octets)
{
    if (connection->tls)
        return sender_tls_write(connection->tls, octets);
    return send(connection->fd, octets.at, octets.len, MSG_NOSIGNAL);
}

static bool send_message(struct sender *sender, const struct sender_message *message,
                         struct error *err)
{
    struct bytes rest = message->octets;
    while (rest.len > 0) {
        ssize_t len = write_octets(&sender->connections[message->source], rest);
        if (len < 0 && errno == EINTR)
            continue;
        if (len <= 0)
            return error_set(err, errno, "the collector closed the connection");
        rest = bytes_slice(rest, (size_t)len, rest.len);
    }
    sender->counts.sent++;
    sender->counts.octets += message->octets.len;
    return true;
}

bool sender_send(struct sender *sender, const struct sender_message *messages, size_t count,
                 struct error *err)
{
    if (sender->transport == ENDPOINT_UDP)
        return send_datagrams(sender, messages, count, err);
    for (size_t i = 0; i < count; i++) {
        if (!send_message(sender, &messages[i], err))
            return false;
    }
    return true;
}

struct sender_counts sender_count(const struct sender *sender)
{
    return sender->counts;
}
