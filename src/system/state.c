// SPDX-License-Identifier: Apache-2.0
#include "system/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "system/entropy.h"

bool state_path(const char *name, char *room, size_t room_len, struct error *err)
{
    struct text path = text_over(room, room_len);
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state && state[0] == '/')
        text_format(&path, "%s/sekisho/%s", state, name);
    else if (home && home[0] == '/')
        text_format(&path, "%s/.local/state/sekisho/%s", home, name);
    else
        return error_set(err, 0, "neither XDG_STATE_HOME nor HOME says where state is kept");
    return !path.cut || error_set(err, 0, "the path of %s is too long", name);
}

bool state_make_folders(const char *path, struct error *err)
{
    char room[4096];
    struct text folder = text_over(room, sizeof room);
    text_put_string(&folder, path);
    if (folder.cut)
        return error_set(err, ENAMETOOLONG, "%s", path);
    for (size_t i = 1; i < folder.len; i++) {
        if (room[i] != '/')
            continue;
        room[i] = '\0';
        if (mkdir(room, 0700) != 0 && errno != EEXIST)
            return error_set(err, errno, "cannot make the folder %s", room);
        room[i] = '/';
    }
    return true;
}

/* 1 read, 0 there is none yet, -1 failed. */
static int read_secret(const char *path, uint8_t out[STATE_SECRET_OCTETS], struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0) {
        (void)error_set(err, errno, "cannot read %s", path);
        return -1;
    }
    ssize_t len = read(fd, out, STATE_SECRET_OCTETS);
    (void)close(fd);
    if (len == STATE_SECRET_OCTETS)
        return 1;
    (void)error_set(err, 0, "%s is not whole: remove it to have it made anew", path);
    return -1;
}

/* Another process may make it at the same time: whose link comes first stands. */
static bool make_secret(const char *path, struct error *err)
{
    char room[4096];
    uint8_t secret[STATE_SECRET_OCTETS];
    struct text name = text_over(room, sizeof room);
    text_format(&name, "%s.%ld", path, (long)getpid());
    if (name.cut || !entropy_fill(secret, sizeof secret, err))
        return !name.cut ? false : error_set(err, ENAMETOOLONG, "%s", path);
    int fd = open(room, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set(err, errno, "cannot make %s", room);
    bool is_written = write(fd, secret, sizeof secret) == (ssize_t)sizeof secret;
    is_written = fsync(fd) == 0 && is_written;
    is_written = close(fd) == 0 && is_written;
    bool is_linked = is_written && (link(room, path) == 0 || errno == EEXIST);
    int code = errno;
    (void)unlink(room);
    return is_linked || error_set(err, code, "cannot make %s", path);
}

bool state_secret(uint8_t out[STATE_SECRET_OCTETS], struct error *err)
{
    char path[4000];
    if (!state_path("secret", path, sizeof path, err))
        return false;
    int found = read_secret(path, out, err);
    if (found == 0)
        found = state_make_folders(path, err) && make_secret(path, err) &&
                read_secret(path, out, err) == 1;
    return found == 1;
}
