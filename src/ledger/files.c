// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/files_private.h"
#include "proof/tile.h"

static const char beside[] = "unfinished";

bool files_sync(int folder, const char *path, struct error *err)
{
    int fd = openat(folder, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, errno, "cannot open the folder %s", path);
    bool is_synced = fsync(fd) == 0;
    int code = errno;
    (void)close(fd);
    return is_synced || error_set(err, code, "cannot make %s durable", path);
}

/* The folder a path lies in; "." for the log's own. */
static void parent_of(const char *path, struct text *out)
{
    const char *slash = strrchr(path, '/');
    struct bytes parent = { (const uint8_t *)path, slash ? (size_t)(slash - path) : 0 };
    text_put(out, parent.len > 0 ? parent : BYTES("."));
}

static bool make_folders(int folder, const char *path, struct error *err)
{
    char room[TILE_PATH_MAX], parent_room[TILE_PATH_MAX];
    struct text name = text_over(room, sizeof room);
    text_put_string(&name, path);
    for (size_t i = 1; i < name.len; i++) {
        if (room[i] != '/')
            continue;
        room[i] = '\0';
        if (mkdirat(folder, room, 0755) == 0) {
            struct text parent = text_over(parent_room, sizeof parent_room);
            parent_of(room, &parent);
            if (!files_sync(folder, parent_room, err)) {
                (void)unlinkat(folder, room, AT_REMOVEDIR);
                return false;
            }
        } else if (errno != EEXIST) {
            return error_set(err, errno, "cannot make the folder %s", room);
        }
        room[i] = '/';
    }
    return true;
}

static bool write_all(int fd, struct bytes octets)
{
    while (octets.len > 0) {
        ssize_t len = write(fd, octets.at, octets.len);
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            return false;
        octets = bytes_slice(octets, (size_t)len, octets.len);
    }
    return true;
}

/* Always a new file: a loss of power may have left this name on one that was renamed, and to
 * write into that one would change the log. */
static bool write_beside(int folder, struct bytes octets, struct error *err)
{
    (void)unlinkat(folder, beside, 0);
    int fd = openat(folder, beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return error_set(err, errno, "cannot make %s", beside);
    bool is_written = write_all(fd, octets) && fsync(fd) == 0;
    int code = errno;
    bool is_closed = close(fd) == 0;
    return (is_written && is_closed) ||
           error_set(err, is_written ? errno : code, "cannot write %s", beside);
}

bool files_write(int folder, const char *path, struct bytes octets, struct error *err)
{
    char room[TILE_PATH_MAX];
    struct text parent = text_over(room, sizeof room);
    parent_of(path, &parent);
    if (!make_folders(folder, path, err) || !write_beside(folder, octets, err))
        return false;
    if (renameat(folder, beside, folder, path) != 0)
        return error_set(err, errno, "cannot make %s", path);
    return files_sync(folder, room, err);
}

enum files_state files_read(int folder, const char *path, struct files_room *room,
                            struct error *err)
{
    int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return FILES_MISSING;
    ssize_t part = fd < 0 ? -1 : 1;
    for (room->len = 0; part > 0 && room->len < room->max;) {
        part = read(fd, room->at + room->len, room->max - room->len);
        room->len += part > 0 ? (size_t)part : 0;
        if (part < 0 && errno == EINTR)
            part = 1;
    }
    if (part < 0)
        (void)error_set(err, errno, "cannot read %s", path);
    if (fd >= 0)
        (void)close(fd);
    return part < 0 ? FILES_FAILED : FILES_READ;
}

bool files_exist(int folder, const char *path)
{
    return faccessat(folder, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void files_remove(int folder, const char *path)
{
    char room[TILE_PATH_MAX];
    struct text parent = text_over(room, sizeof room);
    parent_of(path, &parent);
    if (unlinkat(folder, path, 0) == 0)
        (void)unlinkat(folder, room, AT_REMOVEDIR); /* refused while anything is in it */
}

void files_prune(int folder, const char *path)
{
    char room[TILE_PATH_MAX], parent_room[TILE_PATH_MAX];
    struct text name = text_over(room, sizeof room);
    text_put_string(&name, path);
    do {
        struct text parent = text_over(parent_room, sizeof parent_room);
        parent_of(room, &parent);
        memcpy(room, parent_room, sizeof room);
    } while (unlinkat(folder, room, AT_REMOVEDIR) == 0 || errno == ENOENT);
}
