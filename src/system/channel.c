// SPDX-License-Identifier: Apache-2.0
#include "system/channel.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
    struct cmsghdr head;
    uint8_t room[CMSG_SPACE(sizeof(int))];
};

bool channel_open(int out[2], struct error *err)
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, out) == 0 ||
           error_set(err, errno, "cannot make a channel between two processes");
}

/* sendto without an address: the only way to send that a collector has (confine.c). */
bool channel_send(int fd, struct bytes message)
{
    ssize_t len;
    do
        len = send(fd, message.at, message.len, MSG_NOSIGNAL);
    while (len < 0 && errno == EINTR);
    return len == (ssize_t)message.len;
}

bool channel_offer(int fd, struct bytes message, int file)
{
    union control control = { .head = { .cmsg_len = CMSG_LEN(sizeof file),
                                        .cmsg_level = SOL_SOCKET,
                                        .cmsg_type = SCM_RIGHTS } };
    struct iovec vector = { (void *)(uintptr_t)message.at, message.len };
    struct msghdr header = { .msg_iov = &vector, .msg_iovlen = 1 };
    if (file >= 0) {
        memcpy(CMSG_DATA(&control.head), &file, sizeof file);
        header.msg_control = &control;
        header.msg_controllen = sizeof control;
    }
    ssize_t len;
    do
        len = sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (len < 0 && errno == EINTR);
    return len == (ssize_t)message.len;
}

static int file_of(struct msghdr *header)
{
    int file = -1;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
            c->cmsg_len == CMSG_LEN(sizeof file))
            memcpy(&file, CMSG_DATA(c), sizeof file);
    }
    return file;
}

enum channel_state channel_receive(int fd, uint8_t *room, size_t max, struct bytes *out,
                                   int *file)
{
    union control control;
    struct iovec vector = { room, max };
    struct msghdr header = { .msg_iov = &vector, .msg_iovlen = 1 };
    if (file) {
        header.msg_control = &control;
        header.msg_controllen = sizeof control;
    }
    ssize_t len;
    do
        len = recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (len < 0 && errno == EINTR);
    if (len < 0)
        return errno == EAGAIN ? CHANNEL_EMPTY : CHANNEL_CLOSED;
    if (len == 0)
        return CHANNEL_CLOSED;
    if (file)
        *file = file_of(&header);
    if (header.msg_flags & MSG_TRUNC)
        return CHANNEL_OVERLONG;
    *out = (struct bytes){ room, (size_t)len };
    return CHANNEL_MESSAGE;
}
