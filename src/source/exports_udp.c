// SPDX-License-Identifier: Apache-2.0
/* Datagrams, up to a batch with one system call, straight to where messages point. */
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/time.h"
#include "base/wipe.h"
#include "source/listen_private.h"
#include "system/memory.h"

enum {
    RECEIVE_OCTETS = 16 * 1024 * 1024,
    CONTROL_OCTETS = 128,
    /* Of one datagram.  An odd number of cache lines, so that the starts of datagrams do not
     * compete for the same few places of the cache. */
    SLOT_OCTETS = 65536 + 33 * 64,
};

struct datagrams {
    size_t used; /* slots up to here may hold datagrams, msg_len octets each */
    struct mmsghdr headers[MESSAGE_BATCH_MAX];
    struct iovec vectors[MESSAGE_BATCH_MAX];
    struct sockaddr_storage names[MESSAGE_BATCH_MAX];
    _Alignas(struct cmsghdr) uint8_t control[MESSAGE_BATCH_MAX][CONTROL_OCTETS];
    uint8_t octets[MESSAGE_BATCH_MAX][SLOT_OCTETS];
};

struct datagrams *datagrams_open(void)
{
    struct arena memory;
    struct error unwanted;
    if (!memory_reserve(sizeof(struct datagrams), MEMORY_SMALL_PAGES, &memory, &unwanted))
        return NULL;
    struct datagrams *datagrams = (void *)memory.at;
    for (size_t i = 0; i < MESSAGE_BATCH_MAX; i++) {
        datagrams->vectors[i] = (struct iovec){ datagrams->octets[i], MESSAGE_OCTETS_MAX };
        datagrams->headers[i].msg_hdr = (struct msghdr){ .msg_name = &datagrams->names[i],
                                                         .msg_iov = &datagrams->vectors[i],
                                                         .msg_iovlen = 1,
                                                         .msg_control = datagrams->control[i] };
    }
    return datagrams;
}

void datagrams_release(struct datagrams *datagrams)
{
    for (size_t i = 0; i < datagrams->used; i++) {
        wipe(datagrams->octets[i], datagrams->headers[i].msg_len);
        datagrams->headers[i].msg_len = 0;
    }
    datagrams->used = 0;
}

void datagrams_close(struct datagrams *datagrams)
{
    struct arena memory = { (void *)datagrams, sizeof *datagrams, true };
    memory_release(&memory);
}

static bool set(int fd, int option, int value)
{
    return setsockopt(fd, SOL_SOCKET, option, &value, sizeof value) == 0;
}

/* The system tells twice of what it gives, for its own needs (socket(7)). */
static void set_buffer(const struct listener *listener, size_t octets,
                       struct exports_account *account)
{
    int wanted = octets > INT32_MAX / 2 ? INT32_MAX / 2 : (int)octets;
    int got = 0;
    socklen_t len = sizeof got;
    if (!set(listener->fd, SO_RCVBUFFORCE, wanted))
        (void)set(listener->fd, SO_RCVBUF, wanted);
    if (getsockopt(listener->fd, SOL_SOCKET, SO_RCVBUF, &got, &len) == 0 && got / 2 < wanted)
        (void)error_set(exports_next_trouble(account), 0,
                        "%s: the system gives a receive buffer of %d KiB instead of %d KiB: "
                        "raise net.core.rmem_max, or bursts will be lost",
                        listener->name, got / 2 / 1024, wanted / 1024);
}

/* Every address of this host is one socket of IPv6 that takes IPv4, too, where the host has
 * IPv6. */
static int open_socket(struct endpoint *endpoint)
{
    int no = 0;
    int type = SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
    bool is_v4 = endpoint->has_address && ip_is_v4(&endpoint->address);
    int fd = is_v4 ? -1 : socket(AF_INET6, type, 0);
    if (fd >= 0 && !endpoint->has_address)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    if (fd >= 0 || (!is_v4 && (errno != EAFNOSUPPORT || endpoint->has_address)))
        return fd;
    if (!is_v4) {
        endpoint->has_address = true;
        endpoint->address = ip_from_v4(INADDR_ANY);
    }
    return socket(AF_INET, type, 0);
}

bool udp_listen(struct listener *listener, size_t receive_octets,
                struct exports_account *account, struct error *err)
{
    struct sockaddr_storage address;
    listener->fd = open_socket(&listener->endpoint);
    if (listener->fd < 0)
        return error_set(err, errno, "%s: cannot be opened", listener->name);
    /* Only where it was asked for: another process that may listen here as well would be given
     * a part of the exporters, and neither would know. */
    if (!set(listener->fd, SO_REUSEPORT, listener->is_shared) ||
        !set(listener->fd, SO_RXQ_OVFL, 1) || !set(listener->fd, SO_TIMESTAMPNS, 1))
        return error_set(err, errno, "%s: cannot be prepared", listener->name);
    set_buffer(listener, receive_octets ? receive_octets : (size_t)RECEIVE_OCTETS, account);
    socklen_t len = endpoint_to_socket(&listener->endpoint, &address);
    return bind(listener->fd, (struct sockaddr *)&address, len) == 0 ||
           error_set(err, errno, "%s: cannot be listened at", listener->name);
}

static void read_control(struct msghdr *header, struct listener *listener,
                         struct export_message *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        struct timespec time;
        uint32_t dropped;
        if (c->cmsg_level != SOL_SOCKET)
            continue;
        if (c->cmsg_type == SO_TIMESTAMPNS) {
            memcpy(&time, CMSG_DATA(c), sizeof time);
            message->received_ns = time_from_parts(time.tv_sec, time.tv_nsec);
        } else if (c->cmsg_type == SO_RXQ_OVFL) {
            memcpy(&dropped, CMSG_DATA(c), sizeof dropped);
            message->lost_before = dropped - listener->dropped;
            listener->dropped = dropped;
        }
    }
}

void udp_receive(struct listener *listener, struct datagrams *datagrams, size_t most,
                 struct message_batch *out)
{
    size_t first = out->count;
    if (most > MESSAGE_BATCH_MAX - first)
        most = MESSAGE_BATCH_MAX - first;
    for (size_t i = first; i < first + most; i++) {
        datagrams->headers[i].msg_hdr.msg_namelen = sizeof datagrams->names[i];
        datagrams->headers[i].msg_hdr.msg_controllen = CONTROL_OCTETS;
    }
    int count =
        recvmmsg(listener->fd, datagrams->headers + first, (unsigned)most, MSG_DONTWAIT, NULL);
    if (count > 0)
        datagrams->used = first + (size_t)count;
    for (size_t i = first; count > 0 && i < first + (size_t)count; i++) {
        struct export_message *message = &out->messages[out->count++];
        *message = (struct export_message){ .transport = MESSAGE_UDP };
        message->octets = (struct bytes){ datagrams->octets[i], datagrams->headers[i].msg_len };
        (void)endpoint_from_socket(&datagrams->names[i], &message->exporter, &message->port);
        read_control(&datagrams->headers[i].msg_hdr, listener, message);
    }
}

uint64_t udp_dropped(const struct listener *listener)
{
    uint32_t memory[SK_MEMINFO_VARS] = { 0 };
    socklen_t len = sizeof memory;
    if (getsockopt(listener->fd, SOL_SOCKET, SO_MEMINFO, memory, &len) != 0)
        return listener->dropped;
    return memory[SK_MEMINFO_DROPS];
}
