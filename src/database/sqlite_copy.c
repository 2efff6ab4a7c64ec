// SPDX-License-Identifier: Apache-2.0
/* SQLite's backup, in steps: the source is read within one transaction, so the copy is of one
 * moment and is never begun again because others write (in WAL they are not held up). */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "database/sqlite_private.h"

enum { PAGES_A_STEP = 1024 };

static bool fail(sqlite3 *handle, const char *path, struct error *err)
{
    int code = sqlite3_errcode(handle);
    bool is_full = code == SQLITE_FULL || sqlite3_system_errno(handle) == ENOSPC;
    return database_fail(err, is_full ? ENOSPC : EIO, "cannot copy into %s: %s", path,
                         sqlite3_errmsg(handle));
}

static bool copy_pages(sqlite3 *from, sqlite3 *to, const char *path, struct error *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (backup == NULL)
        return fail(to, path, err);
    int result;
    do
        result = sqlite3_backup_step(backup, PAGES_A_STEP);
    while (result == SQLITE_OK);
    int finished = sqlite3_backup_finish(backup);
    return (result == SQLITE_DONE && finished == SQLITE_OK) || fail(to, path, err);
}

/* Everything of `from` into the empty file path; whole on return, but for the sync.  Without a
 * WAL the copy is one file, also for who reads it. */
static bool copy_all(sqlite3 *from, const char *path, struct error *err)
{
    sqlite3 *to = NULL;
    bool good = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
                    SQLITE_OK ||
                fail(to, path, err);
    good = good && copy_pages(from, to, path, err) &&
           (sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) == SQLITE_OK ||
            fail(to, path, err));
    (void)sqlite3_close(to);
    return good;
}

bool sqlite_copy(struct database *database, int fd, const char *path, struct error *err)
{
    (void)fd; /* SQLite opens by name */
    const struct sqlite *sqlite = (struct sqlite *)database;
    /* A connection of its own: ours may be within a transaction. */
    struct database *source = sqlite_open(sqlite->path, true, err);
    if (source == NULL)
        return false;
    bool good = sqlite_script(source, "BEGIN; SELECT count(*) FROM sqlite_schema", err) &&
                copy_all(((struct sqlite *)source)->handle, path, err) &&
                sqlite_script(source, "COMMIT", err);
    database_close(source);
    return good;
}

/* A backup that was damaged since must not become the database. */
static bool check_whole(struct sqlite *source, struct error *err)
{
    sqlite3_stmt *check = NULL;
    bool good = sqlite3_prepare_v2(source->handle, "PRAGMA integrity_check(1)", -1, &check,
                                   NULL) == SQLITE_OK &&
                sqlite3_step(check) == SQLITE_ROW;
    if (!good)
        (void)sqlite_fail(source, "cannot read", err);
    else if (strcmp((const char *)sqlite3_column_text(check, 0), "ok") != 0)
        good = database_fail(err, EIO, "%s is damaged", source->path);
    (void)sqlite3_finalize(check);
    return good;
}

bool sqlite_restore(const char *path, const char *from, struct error *err)
{
    struct database *source = sqlite_open(from, true, err);
    if (source == NULL)
        return false;
    char draft[4096];
    int fd = -1;
    bool good = check_whole((struct sqlite *)source, err) &&
                (fd = database_draft_open(path, draft, sizeof draft, err)) >= 0;
    if (good) {
        good = copy_all(((struct sqlite *)source)->handle, draft, err);
        if (good)
            good = database_draft_finish(fd, draft, path, err);
        else
            (void)unlink(draft);
        (void)close(fd);
    }
    database_close(source);
    return good;
}
