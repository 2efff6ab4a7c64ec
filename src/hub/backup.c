// SPDX-License-Identifier: Apache-2.0
/* Copies of a whole hub in one file, taken while it works, and their way back.
 *
 * The ledger is copied first, between two commits; then the database, which by then holds at
 * least its entries.  A hub that is started on the two brings what is missing into its ledger
 * from the table of entries, so they are equal at the number that the database had.  Private
 * keys are not in it. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hub/core_private.h"
#include "hub/schema.h"

enum { PATH_ROOM = 4096 + 64 };

extern char **environ;

static bool run(const char *program, const char *const *words, struct error *err)
{
    char *arguments[8] = { NULL };
    pid_t child;
    int status;
    for (size_t i = 0; i < 7 && words[i]; i++)
        arguments[i] = (char *)(uintptr_t)words[i]; /* exec does not write them */
    errno = posix_spawn(&child, program, NULL, NULL, arguments, environ);
    if (errno != 0)
        return error_set(err, errno, "cannot run %s", program);
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return error_set(err, errno, "%s", program);
    }
    return (WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
           error_set(err, EIO, "%s failed", program);
}

static bool copy(const char *from, const char *to, struct error *err)
{
    return run("/bin/cp",
               (const char *const[]){ "cp", "-R", "--preserve=mode", "--", from, to, NULL },
               err);
}

static bool name(char room[PATH_ROOM], const char *folder, const char *in, struct error *err)
{
    int len = snprintf(room, PATH_ROOM, "%s/%s", folder, in);
    return (len > 0 && len < PATH_ROOM) || error_set(err, ENAMETOOLONG, "%s", folder);
}

static bool copy_part(const char *folder, const char *part, const char *to, struct error *err)
{
    char from[PATH_ROOM], into[PATH_ROOM];
    return name(from, folder, part, err) && name(into, to, part, err) && copy(from, into, err);
}

static bool copy_ledger(const struct hub_settings *settings, const char *to, struct error *err)
{
    char ledger[PATH_ROOM];
    if (!name(ledger, to, "ledger", err))
        return false;
    if (mkdir(ledger, 0700) != 0)
        return error_set(err, errno, "%s", ledger);
    int held = log_hold(settings);
    bool is_copied = copy_part(settings->folder, "ledger/checkpoint", to, err) &&
                     copy_part(settings->folder, "ledger/tile", to, err) &&
                     copy_part(settings->folder, "hub.pub", to, err);
    log_let_go(held);
    return is_copied;
}

void hub_database_name(const struct hub_settings *settings, char *room, size_t max)
{
    if (settings->database)
        snprintf(room, max, "%s", settings->database);
    else
        snprintf(room, max, "sqlite:%s/hub.db", settings->folder);
}

static bool copy_database(const struct hub_settings *settings, const char *to,
                          struct error *err)
{
    char where[PATH_ROOM], path[PATH_ROOM];
    hub_database_name(settings, where, sizeof where);
    if (!name(path, to, "database", err))
        return false;
    struct database *database = database_open(where, true, err);
    bool is_copied = database && database_backup(database, path, err);
    if (database)
        database_close(database);
    return is_copied;
}

static bool sync_file(const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is_sure = fd >= 0 && fsync(fd) == 0;
    if (!is_sure)
        (void)error_set(err, errno, "%s", path);
    if (fd >= 0)
        (void)close(fd);
    return is_sure;
}

/* The folder becomes one file, under its name only when it is whole. */
static bool pack(const char *folder, const char *file, struct error *err)
{
    char part[PATH_ROOM];
    int len = snprintf(part, sizeof part, "%s.part", file);
    if (len < 0 || len >= PATH_ROOM)
        return error_set(err, ENAMETOOLONG, "%s", file);
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600); /* it holds secrets */
    if (fd < 0)
        return error_set(err, errno, "%s", part);
    (void)close(fd);
    bool is_packed =
        run("/bin/tar", (const char *const[]){ "tar", "-C", folder, "-cf", part, ".", NULL },
            err) &&
        sync_file(part, err);
    if (is_packed && link(part, file) != 0)
        is_packed = error_set(err, errno, "%s", file);
    (void)unlink(part);
    return is_packed;
}

static void forget(const char *folder)
{
    struct error unsaid = { 0 };
    (void)!run("/bin/rm", (const char *const[]){ "rm", "-rf", "--", folder, NULL }, &unsaid);
}

static bool stage(const char *beside, char room[PATH_ROOM], struct error *err)
{
    int len = snprintf(room, PATH_ROOM, "%s.XXXXXX", beside);
    if (len < 0 || len >= PATH_ROOM)
        return error_set(err, ENAMETOOLONG, "%s", beside);
    return mkdtemp(room) != NULL || error_set(err, errno, "%s", room);
}

bool hub_backup(const struct hub_settings *settings, const char *file, struct error *err)
{
    char folder[PATH_ROOM];
    if (access(file, F_OK) == 0)
        return error_set(err, EEXIST, "%s is there: nothing is written over", file);
    if (!stage(file, folder, err))
        return false;
    bool is_done = copy_ledger(settings, folder, err) && copy_database(settings, folder, err) &&
                   pack(folder, file, err);
    forget(folder);
    return is_done;
}

/* Made, or there and empty: what is in it is not written over. */
static bool make_empty(const char *folder, struct error *err)
{
    if (rmdir(folder) != 0 && errno != ENOENT)
        return error_set(err, errno, "%s: only an empty folder is restored into", folder);
    return mkdir(folder, 0700) == 0 || error_set(err, errno, "%s", folder);
}

static bool put_back(const struct hub_settings *settings, const char *from, struct error *err)
{
    char where[PATH_ROOM], path[PATH_ROOM];
    hub_database_name(settings, where, sizeof where);
    return name(path, from, "database", err) && database_restore(where, path, err) &&
           copy_part(from, "ledger", settings->folder, err) &&
           copy_part(from, "hub.pub", settings->folder, err);
}

bool hub_restore(const struct hub_settings *settings, const char *file, struct error *err)
{
    char folder[PATH_ROOM];
    if (access(file, R_OK) != 0)
        return error_set(err, errno, "%s", file);
    if (!make_empty(settings->folder, err) || !stage(settings->folder, folder, err))
        return false;
    bool is_done =
        run("/bin/tar",
            (const char *const[]){ "tar", "--no-same-owner", "-C", folder, "-xf", file, NULL },
            err) &&
        put_back(settings, folder, err);
    forget(folder);
    return is_done;
}

struct telling {
    hub_step_fn *tell;
    void *context;
};

static void told(void *context, const struct database_migration *step)
{
    const struct telling *telling = context;
    telling->tell(telling->context, step->number, step->name);
}

bool hub_migrate(const struct hub_settings *settings, bool is_dry, hub_step_fn *tell,
                 void *context, struct error *err)
{
    char where[PATH_ROOM];
    struct telling telling = { tell, context };
    const struct database_migrating how = { .is_dry = is_dry,
                                            .told = told,
                                            .context = &telling };
    hub_database_name(settings, where, sizeof where);
    struct database_lock *lock = database_lock_take(where, "hub", err);
    struct database *database = lock ? database_open(where, false, err) : NULL;
    bool is_done = database && database_migrate(database, &hub_migrations, &how, err);
    if (database)
        database_close(database);
    if (lock)
        database_lock_release(lock);
    return is_done;
}
