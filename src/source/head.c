// SPDX-License-Identifier: Apache-2.0
#include "source/head_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wipe.h"
#include "source/unpack_private.h"

enum {
    RAW_OCTETS_MAX = 160 * 1024, /* a block of zstd fits: nothing comes of part of one */
    ENOUGH_OCTETS = 512,         /* a pipe may give less at first */
    PIPE_WAITS_MAX = 20,         /* for that much, 50 ms each, once something came */
};

struct raw {
    uint8_t octets[RAW_OCTETS_MAX];
    size_t len;
    bool is_all;
};

/* Copies what is in a pipe by way of another one (tee(2)). */
static ssize_t peek_pipe(int fd, uint8_t *room, size_t max)
{
    int copy[2];
    if (pipe2(copy, O_CLOEXEC) != 0)
        return -1;
    ssize_t len = tee(fd, copy[1], max, 0);
    int code = errno;
    if (len > 0) {
        len = read(copy[0], room, (size_t)len);
        code = errno;
    }
    (void)close(copy[0]);
    (void)close(copy[1]);
    errno = code;
    return len;
}

static ssize_t peek(int fd, mode_t mode, uint8_t *room, size_t max)
{
    if (S_ISFIFO(mode))
        return peek_pipe(fd, room, max);
    if (S_ISSOCK(mode))
        return recv(fd, room, max, MSG_PEEK);
    off_t at = lseek(fd, 0, SEEK_CUR);
    return at < 0 ? -1 : pread(fd, room, max, at);
}

static bool is_over(int fd)
{
    struct pollfd waiting = { .fd = fd, .events = POLLRDHUP };
    (void)poll(&waiting, 1, 50);
    return (waiting.revents & (POLLHUP | POLLRDHUP)) != 0;
}

static bool read_raw(int fd, mode_t mode, struct raw *out, struct error *err)
{
    bool was_over = S_ISREG(mode);
    for (int i = 0; i < PIPE_WAITS_MAX; i++) {
        ssize_t len = peek(fd, mode, out->octets, sizeof out->octets);
        if (len < 0 && errno == EINTR) /* by a signal that is to end us */
            return error_set(err, 0, "stopped before anything came");
        if (len < 0)
            return error_set(err, errno, "cannot be looked into");
        out->len = (size_t)len;
        out->is_all = was_over && out->len < sizeof out->octets;
        if (len == 0 || was_over || out->len >= ENOUGH_OCTETS)
            break;
        was_over = is_over(fd); /* and look once more */
    }
    return true;
}

static bool unpack_raw(const struct raw *raw, struct head *out, struct error *err)
{
    struct cursor in = { raw->octets, raw->len, false };
    struct room room = { out->octets, sizeof out->octets };
    enum packing packing = unpack_find(cursor_rest(&in));
    if (packing == PACKING_NONE) {
        out->len = raw->len < sizeof out->octets ? raw->len : sizeof out->octets;
        memcpy(out->octets, raw->octets, out->len);
        out->is_all = raw->is_all && out->len == raw->len;
        return true;
    }
    struct unpack *unpack = unpack_open(packing, err);
    if (!unpack)
        return false;
    bool is_good = true;
    for (size_t before = 0; is_good && in.left + room.left != before && room.left > 0;) {
        before = in.left + room.left; /* a step may take octets and give none yet */
        is_good = unpack_read(unpack, &in, &room, err);
    }
    unpack_close(unpack);
    out->len = sizeof out->octets - room.left;
    out->is_all = is_good && raw->is_all && room.left > 0;
    return is_good || out->len > 0;
}

static bool read_head(int fd, struct head *out, struct error *err)
{
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0)
        return error_set(err, errno, "cannot be opened");
    if (S_ISDIR(status.st_mode))
        return error_set(err, 0, "is a directory: name the files in it");
    if (S_ISCHR(status.st_mode) && isatty(fd))
        return error_set(err, 0, "is a terminal: give a file by a pipe");
    struct raw raw;
    raw.len = 0;
    bool is_good = read_raw(fd, status.st_mode, &raw, err) && unpack_raw(&raw, out, err);
    wipe(&raw, sizeof raw);
    return is_good;
}

bool head_read(const char *path, struct head *out, struct error *err)
{
    struct error why;
    bool is_standard = strcmp(path, "-") == 0;
    int fd = is_standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    bool is_good = read_head(fd, out, &why);
    struct stat status;
    bool is_pipe = fd >= 0 && fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
    /* The writer of a pipe without a reader would be killed: it stays open. */
    if (fd > STDIN_FILENO && !is_pipe)
        (void)close(fd);
    return is_good ||
           error_set(err, 0, "%s: %s", is_standard ? "standard input" : path, why.text);
}
