// SPDX-License-Identifier: Apache-2.0
#include "system/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

static bool open_in_place(struct sink *sink, struct error *err)
{
    sink->fd = open(sink->path, O_WRONLY | O_CLOEXEC);
    return sink->fd >= 0 || error_set(err, errno, "%s", sink->path);
}

static bool open_temporary(struct sink *sink, struct error *err)
{
    struct text name = text_over(sink->temporary, sizeof sink->temporary);
    text_format(&name, "%s.XXXXXX", sink->path);
    if (name.cut)
        return error_set(err, ENAMETOOLONG, "%s", sink->path);
    sink->fd = mkostemp(sink->temporary, O_CLOEXEC);
    if (sink->fd < 0)
        return error_set(err, errno, "%s", sink->path);
    sink->is_replacing = true;
    mode_t mask = umask(0); /* to be read only by being set */
    (void)umask(mask);
    if (fchmod(sink->fd, 0666 & ~mask) != 0)
        return error_set(err, errno, "%s", sink->temporary);
    return true;
}

bool sink_open(struct sink *sink, const char *path, struct error *err)
{
    sink->path = path;
    sink->fd = -1;
    sink->is_replacing = false;
    sink->held = 0;
    if (strcmp(path, "-") == 0) {
        sink->fd = STDOUT_FILENO;
        return true;
    }
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return error_set(err, EISDIR, "%s", path);
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return open_in_place(sink, err);
    if (open_temporary(sink, err))
        return true;
    sink_discard(sink);
    return false;
}

static bool write_all(struct sink *sink, struct bytes bytes, struct error *err)
{
    while (bytes.len > 0) {
        ssize_t written = write(sink->fd, bytes.at, bytes.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return error_set(err, errno, "%s", sink->path);
        bytes = bytes_slice(bytes, (size_t)written, bytes.len);
    }
    return true;
}

static bool flush(struct sink *sink, struct error *err)
{
    struct bytes held = { sink->buffer, sink->held };
    sink->held = 0;
    return write_all(sink, held, err);
}

bool sink_write(struct sink *sink, struct bytes bytes, struct error *err)
{
    if (bytes.len > sizeof sink->buffer - sink->held && !flush(sink, err))
        return false;
    if (bytes.len > sizeof sink->buffer)
        return write_all(sink, bytes, err);
    if (bytes.len > 0)
        memcpy(sink->buffer + sink->held, bytes.at, bytes.len);
    sink->held += bytes.len;
    return true;
}

bool sink_commit(struct sink *sink, struct error *err)
{
    if (!flush(sink, err))
        return false;
    int fd = sink->fd;
    sink->fd = -1;
    if (fd != STDOUT_FILENO && close(fd) != 0)
        return error_set(err, errno, "%s", sink->path);
    if (sink->is_replacing && rename(sink->temporary, sink->path) != 0)
        return error_set(err, errno, "%s", sink->path);
    sink->is_replacing = false;
    return true;
}

void sink_discard(struct sink *sink)
{
    if (sink->fd >= 0 && sink->fd != STDOUT_FILENO)
        (void)close(sink->fd);
    if (sink->is_replacing)
        (void)unlink(sink->temporary);
    sink->fd = -1;
    sink->is_replacing = false;
}
