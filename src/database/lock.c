// SPDX-License-Identifier: Apache-2.0
/* One process at a time: a locked file beside SQLite's, an advisory lock of PostgreSQL. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/text.h"
#include "database/database_private.h"

enum { TRIES = 10, PAUSE_US = 100000 };

struct database_lock {
    int fd;                    /* SQLite */
    struct database *database; /* PostgreSQL: a connection that holds nothing else */
    char *name;
    bool is_held;
};

static bool lock_file(struct database_lock *lock, const char *path, struct error *err)
{
    char room[4096];
    struct text name = text_over(room, sizeof room);
    text_format(&name, "%s.%s.lock", path, lock->name);
    if (name.cut)
        return error_set(err, ENAMETOOLONG, "%s", path);
    lock->fd = open(room, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock->fd < 0)
        return error_set(err, errno, "cannot open %s", room);
    if (flock(lock->fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno != EWOULDBLOCK)
        return error_set(err, errno, "cannot lock %s", room);
    return database_fail(err, EAGAIN, "another process has %s locked", room);
}

/* hashtextextended: the lock's number is made of its name, within this database. */
#define LOCK_NUMBER "hashtextextended('sekisho.' || $1, 0)"

static bool ask_server(struct database_lock *lock, const char *sql, bool *out,
                       struct error *err)
{
    const struct database_value values[] = { database_string(lock->name) };
    struct database_rows *rows =
        database_ask(lock->database, &(struct database_statement){ sql, values, 1 }, err);
    if (rows == NULL)
        return false;
    enum database_step step = database_step(rows, err);
    *out = step == DATABASE_ROW && database_get_number(rows, 0) != 0;
    database_end(rows);
    return step != DATABASE_FAILED;
}

/* The server lets go of what a killed process had only when it notices: it is given a moment.
 * Never asked on a connection that has the lock, where PostgreSQL would count it twice. */
static bool lock_server(struct database_lock *lock, struct error *err)
{
    bool is_ours = false;
    for (int i = 0; i < TRIES && !is_ours; i++) {
        if (i > 0)
            (void)usleep(PAUSE_US);
        if (!ask_server(lock, "SELECT pg_try_advisory_lock(" LOCK_NUMBER ")", &is_ours, err))
            return false;
    }
    return is_ours ||
           database_fail(err, EAGAIN, "another process has the database's lock \"%s\"",
                         lock->name);
}

static bool take(struct database_lock *lock, const char *where, struct error *err)
{
    const char *path = database_sqlite_path(where);
    if (path != NULL)
        return lock_file(lock, path, err);
    lock->database = database_open(where, true, err);
    return lock->database != NULL && lock_server(lock, err);
}

struct database_lock *database_lock_take(const char *where, const char *name, struct error *err)
{
    struct database_lock *lock = calloc(1, sizeof *lock);
    char *copy = strdup(name);
    if (lock == NULL || copy == NULL) {
        (void)error_set(err, ENOMEM, "cannot lock the database");
        free(copy);
        free(lock);
        return NULL;
    }
    lock->fd = -1;
    lock->name = copy;
    lock->is_held = take(lock, where, err);
    if (lock->is_held)
        return lock;
    database_lock_release(lock);
    return NULL;
}

bool database_lock_keep(struct database_lock *lock, struct error *err)
{
    if (lock->fd >= 0)
        return true; /* the kernel keeps it as long as we live */
    const struct database_statement look = { .sql = "SELECT 1 WHERE 1 = 0" };
    if (lock->is_held && database_run(lock->database, &look, NULL, err))
        return true;
    lock->is_held = lock_server(lock, err);
    return lock->is_held;
}

void database_lock_release(struct database_lock *lock)
{
    if (lock == NULL)
        return;
    struct error ignored;
    if (lock->fd >= 0)
        (void)close(lock->fd);
    if (lock->database != NULL && lock->is_held) /* now, not when the server sees us gone */
        (void)ask_server(lock, "SELECT pg_advisory_unlock(" LOCK_NUMBER ")", &lock->is_held,
                         &ignored);
    database_close(lock->database);
    free(lock->name);
    free(lock);
}
