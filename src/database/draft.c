// SPDX-License-Identifier: Apache-2.0
/* A copy is written under a name of its own and gets the one it was asked for when it is whole
 * and on the disk: what is found under that name is never half of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "database/database_private.h"

int database_draft_open(const char *path, char *room, size_t room_max, struct error *err)
{
    if (access(path, F_OK) == 0) {
        (void)error_set(err, EEXIST, "%s is not written over", path);
        return -1;
    }
    struct text name = text_over(room, room_max);
    text_format(&name, "%s.XXXXXX", path);
    if (name.cut) {
        (void)error_set(err, ENAMETOOLONG, "%s", path);
        return -1;
    }
    int fd = mkostemp(room, O_CLOEXEC);
    if (fd < 0)
        (void)error_set(err, errno, "cannot make %s", path);
    return fd;
}

/* The name itself is on the disk when its folder is. */
static bool sync_folder(const char *path, struct error *err)
{
    char room[4096];
    struct text folder = text_over(room, sizeof room);
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        text_put_string(&folder, ".");
    else
        text_put(&folder, (struct bytes){ (const uint8_t *)path, (size_t)(slash - path) + 1 });
    int fd = open(room, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, errno, "cannot open %s", room);
    bool good = fsync(fd) == 0 || error_set(err, errno, "cannot sync %s", room);
    (void)close(fd);
    return good;
}

bool database_draft_finish(int fd, const char *draft, const char *path, struct error *err)
{
    bool good = fsync(fd) == 0 || error_set(err, errno, "cannot sync %s", path);
    if (good && renameat2(AT_FDCWD, draft, AT_FDCWD, path, RENAME_NOREPLACE) != 0)
        good = error_set(err, errno, "cannot name %s", path);
    if (!good)
        (void)unlink(draft);
    return good && sync_folder(path, err);
}

bool database_backup(struct database *database, const char *path, struct error *err)
{
    char draft[4096];
    int fd = database_draft_open(path, draft, sizeof draft, err);
    if (fd < 0)
        return false;
    bool good = database->calls->copy(database, fd, draft, err);
    if (good)
        good = database_draft_finish(fd, draft, path, err);
    else
        (void)unlink(draft);
    (void)close(fd);
    return good;
}
