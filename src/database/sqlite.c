// SPDX-License-Identifier: Apache-2.0
/* SQLite: opening it hardened, its statements and transactions, and what its failures mean. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/must.h"
#include "base/text.h"
#include "database/sqlite_private.h"

enum {
    WAL_PAUSE_MS = 20,
    BUSY_MS = 5000,              /* then EAGAIN */
    BUSY_MIGRATING_MS = 3600000, /* another migrates: that may take its time */
};

static int meaning_of(int code, int system)
{
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT: return EEXIST;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return EAGAIN;
    case SQLITE_FULL: return ENOSPC;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: return EACCES;
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_RANGE: return EINVAL;
    case SQLITE_NOMEM: return ENOMEM;
    case SQLITE_NOTADB: return EILSEQ;
    default: return system == ENOSPC || system == EDQUOT ? ENOSPC : EIO;
    }
}

bool sqlite_fail(const struct sqlite *sqlite, const char *action, struct error *err)
{
    int code = sqlite3_extended_errcode(sqlite->handle);
    int system = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN
                     ? sqlite3_system_errno(sqlite->handle)
                     : 0;
    return database_fail(err, meaning_of(code, system), "%s %s: %s", action, sqlite->path,
                         sqlite3_errmsg(sqlite->handle));
}

bool sqlite_script(struct database *database, const char *sql, struct error *err)
{
    struct sqlite *sqlite = (struct sqlite *)database;
    return sqlite3_exec(sqlite->handle, sql, NULL, NULL, NULL) == SQLITE_OK ||
           sqlite_fail(sqlite, "cannot use", err);
}

/* The part of sql that SQLite reads: it has no locks of rows and no words for them. */
static int length_of(const char *sql)
{
    static const char lock[] = " FOR UPDATE";
    size_t len = strlen(sql);
    size_t end = sizeof lock - 1;
    if (len > end && memcmp(sql + len - end, lock, end) == 0)
        len -= end;
    return (int)len;
}

static void drop(struct database *database, struct database_kept *kept)
{
    (void)database;
    (void)sqlite3_finalize(kept->made);
}

struct database_kept *sqlite_prepare(struct sqlite *sqlite,
                                     const struct database_statement *statement,
                                     struct error *err)
{
    struct database_kept *kept =
        database_cache_find(&sqlite->base, &sqlite->statements, statement->sql);
    if (kept == NULL) {
        (void)database_fail(err, ENOMEM, "%s: too many statements are open", sqlite->path);
        return NULL;
    }
    sqlite3_stmt *made = kept->made;
    if (made == NULL &&
        sqlite3_prepare_v3(sqlite->handle, statement->sql, length_of(statement->sql),
                           SQLITE_PREPARE_PERSISTENT, &made, NULL) != SQLITE_OK) {
        (void)sqlite_fail(sqlite, "cannot prepare a statement for", err);
        database_cache_forget(&sqlite->base, &sqlite->statements, kept);
        return NULL;
    }
    kept->made = made;
    if (made != NULL && kept->parameters == statement->count)
        return kept;
    (void)database_fail(err, EINVAL,
                        "a statement of %zu parameters was given %zu values: %.60s",
                        kept->parameters, statement->count, statement->sql);
    database_cache_forget(&sqlite->base, &sqlite->statements, kept);
    return NULL;
}

void sqlite_release(struct database_kept *kept)
{
    (void)sqlite3_reset(kept->made); /* what failed was told when it happened */
    (void)sqlite3_clear_bindings(kept->made);
    kept->is_busy = false;
}

static int bind_one(sqlite3_stmt *made, int at, const struct database_value *value,
                    sqlite3_destructor_type life)
{
    /* A NULL pointer would be SQL's NULL, which no octets at all are not. */
    const void *octets = value->octets.len > 0 ? (const void *)value->octets.at : "";
    switch (value->type) {
    case DATABASE_NULL: return sqlite3_bind_null(made, at);
    case DATABASE_NUMBER: return sqlite3_bind_int64(made, at, value->number);
    case DATABASE_REAL: return sqlite3_bind_double(made, at, value->real);
    case DATABASE_TEXT:
        return sqlite3_bind_text64(made, at, octets, value->octets.len, life, SQLITE_UTF8);
    case DATABASE_BLOB: return sqlite3_bind_blob64(made, at, octets, value->octets.len, life);
    }
    return SQLITE_MISUSE;
}

/* To SQLite $1 is a name like any other; the values go by the number in it. */
bool sqlite_bind(struct sqlite *sqlite, sqlite3_stmt *made, const struct database_value *values,
                 sqlite3_destructor_type life, struct error *err)
{
    int count = sqlite3_bind_parameter_count(made);
    for (int i = 1; i <= count; i++) {
        const char *name = sqlite3_bind_parameter_name(made, i);
        uint64_t number = 0;
        MUST(name != NULL && name[0] == '$' &&
             text_read_u64(bytes_of_string(name + 1), DATABASE_VALUES_MAX, &number) &&
             number > 0);
        if (bind_one(made, i, &values[number - 1], life) != SQLITE_OK)
            return sqlite_fail(sqlite, "cannot give a value to", err);
    }
    return true;
}

/* To its end, whatever rows it gives. */
static bool run_bound(struct sqlite *sqlite, sqlite3_stmt *made, struct error *err)
{
    int result;
    do
        result = sqlite3_step(made);
    while (result == SQLITE_ROW);
    return result == SQLITE_DONE || sqlite_fail(sqlite, "cannot use", err);
}

static bool run(struct database *database, const struct database_statement *statement,
                int64_t *changed, struct error *err)
{
    struct sqlite *sqlite = (struct sqlite *)database;
    struct database_kept *kept = sqlite_prepare(sqlite, statement, err);
    if (kept == NULL)
        return false;
    int64_t before = sqlite3_total_changes64(sqlite->handle);
    bool good = sqlite_bind(sqlite, kept->made, statement->values, SQLITE_STATIC, err) &&
                run_bound(sqlite, kept->made, err);
    if (good) /* what changes nothing leaves SQLite's count of the last that did */
        *changed = sqlite3_total_changes64(sqlite->handle) == before
                       ? 0
                       : sqlite3_changes64(sqlite->handle);
    sqlite_release(kept);
    return good;
}

static bool run_many(struct database *database, const struct database_statement *statement,
                     size_t rows, struct error *err)
{
    struct sqlite *sqlite = (struct sqlite *)database;
    struct database_kept *kept = sqlite_prepare(sqlite, statement, err);
    if (kept == NULL)
        return false;
    bool good = true;
    for (size_t i = 0; good && i < rows; i++) {
        good = sqlite_bind(sqlite, kept->made, statement->values + i * statement->count,
                           SQLITE_STATIC, err) &&
               run_bound(sqlite, kept->made, err);
        (void)sqlite3_reset(kept->made);
    }
    sqlite_release(kept);
    return good;
}

static void give_up(struct database *database)
{
    struct sqlite *sqlite = (struct sqlite *)database;
    if (sqlite3_get_autocommit(sqlite->handle) == 0) /* a full disk rolls back by itself */
        (void)sqlite3_exec(sqlite->handle, "ROLLBACK", NULL, NULL, NULL);
    if (!database->is_reading)
        (void)sqlite3_exec(sqlite->handle, "PRAGMA query_only = OFF", NULL, NULL, NULL);
}

static bool begin(struct database *database, bool is_writing, struct error *err)
{
    return sqlite_script(
        database, is_writing ? "BEGIN IMMEDIATE" : "PRAGMA query_only = ON; BEGIN DEFERRED",
        err);
}

/* A transaction may be gone already where the disk was full. */
static bool commit(struct database *database, struct error *err)
{
    struct sqlite *sqlite = (struct sqlite *)database;
    if (sqlite3_get_autocommit(sqlite->handle) != 0)
        return database_fail(err, EIO, "%s: the transaction is gone", sqlite->path);
    return sqlite_script(database, "COMMIT", err) &&
           (database->is_reading || sqlite_script(database, "PRAGMA query_only = OFF", err));
}

/* SQLite's advice: a table is made anew without its keys being followed, then all are looked
 * at (sqlite.org/lang_altertable.html, 7). */
static bool keys_are_whole(struct sqlite *sqlite, struct error *err)
{
    sqlite3_stmt *check = NULL;
    if (sqlite3_prepare_v2(sqlite->handle, "PRAGMA foreign_key_check", -1, &check, NULL) !=
        SQLITE_OK)
        return sqlite_fail(sqlite, "cannot check", err);
    int result = sqlite3_step(check);
    bool good = result == SQLITE_DONE;
    if (result == SQLITE_ROW)
        (void)database_fail(err, EEXIST,
                            "%s: the migration leaves a row of %s without the row "
                            "it refers to",
                            sqlite->path, (const char *)sqlite3_column_text(check, 0));
    else if (!good)
        (void)sqlite_fail(sqlite, "cannot check", err);
    (void)sqlite3_finalize(check);
    return good;
}

static bool migrating(struct database *database, bool is_on, struct error *err)
{
    struct sqlite *sqlite = (struct sqlite *)database;
    (void)sqlite3_busy_timeout(sqlite->handle, is_on ? BUSY_MIGRATING_MS : BUSY_MS);
    return sqlite_script(database,
                         is_on ? "PRAGMA foreign_keys = OFF" : "PRAGMA foreign_keys = ON", err);
}

static bool migration(struct database *database, const struct database_migration *step,
                      struct error *err)
{
    struct sqlite *sqlite = (struct sqlite *)database;
    char *sql = step->both != NULL ? database_types(step->both, DATABASE_SQLITE) : NULL;
    if (step->both != NULL && sql == NULL)
        return database_fail(err, ENOMEM, "%s: migration %u", sqlite->path, step->number);
    bool good = (sql == NULL || sqlite_script(database, sql, err)) &&
                (step->sqlite == NULL || sqlite_script(database, step->sqlite, err)) &&
                keys_are_whole(sqlite, err);
    free(sql);
    return good;
}

/* The transaction is the lock: only one writes. */
static bool lock_schema(struct database *database, struct error *err)
{
    (void)database;
    (void)err;
    return true;
}

/* The file, its -wal and -shm. */
static void each_need(const struct database *database, database_need_fn *tell, void *context)
{
    const struct sqlite *sqlite = (const struct sqlite *)database;
    char room[4096];
    struct text folder = text_over(room, sizeof room);
    const char *slash = strrchr(sqlite->path, '/');
    size_t len = slash ? (size_t)(slash - sqlite->path) : 0;
    text_put(&folder, (struct bytes){ (const uint8_t *)sqlite->path, len > 0 ? len : !!slash });
    if (!folder.cut)
        tell(context, DATABASE_WRITES, slash ? room : ".");
}

static bool tidy(struct database *database, int64_t *pages, struct error *err)
{
    struct sqlite *sqlite = (struct sqlite *)database;
    int length = 0, brought = 0;
    int code = sqlite3_wal_checkpoint_v2(sqlite->handle, NULL, SQLITE_CHECKPOINT_PASSIVE,
                                         &length, &brought);
    *pages = length > 0 && brought == length ? length : 0;
    return code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY || /* another does it */
           sqlite_fail(sqlite, "cannot tidy", err);
}

static void close_sqlite(struct database *database)
{
    struct sqlite *sqlite = (struct sqlite *)database;
    database_cache_clear(database, &sqlite->statements);
    MUST(sqlite3_close(sqlite->handle) == SQLITE_OK); /* else rows are still being read */
    free(sqlite->path);
    free(sqlite);
}

static const struct database_calls calls = {
    .engine = DATABASE_SQLITE,
    .run = run,
    .run_many = run_many,
    .ask = sqlite_ask,
    .step = sqlite_step,
    .end = sqlite_end,
    .column = sqlite_column,
    .script = sqlite_script,
    .migration = migration,
    .migrating = migrating,
    .lock_schema = lock_schema,
    .begin = begin,
    .commit = commit,
    .give_up = give_up,
    .copy = sqlite_copy,
    .tidy = tidy,
    .each_need = each_need,
    .close = close_sqlite,
};

/* SQLite would make the file with the mask's mode; -wal and -shm take ours over.  A file that
 * is there is not opened for that: closing it again would take all locks of this process on it
 * away (POSIX), and the next process that closes the database would remove the -wal under ours.
 */
static bool touch(const char *path, bool reading, struct error *err)
{
    if (access(path, reading ? R_OK : R_OK | W_OK) == 0)
        return true;
    int fd = -1;
    if (!reading && errno == ENOENT)
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0)
        return (!reading && errno == EEXIST) ||
               error_set(err, errno, "cannot open the database %s", path);
    (void)close(fd);
    return true;
}

static const struct {
    int id, value;
} limits[] = {
    { SQLITE_LIMIT_LENGTH, 256 << 20 },
    { SQLITE_LIMIT_SQL_LENGTH, 1 << 20 },
    { SQLITE_LIMIT_COLUMN, 200 },
    { SQLITE_LIMIT_EXPR_DEPTH, 200 },
    { SQLITE_LIMIT_COMPOUND_SELECT, 20 },
    { SQLITE_LIMIT_FUNCTION_ARG, 32 },
    { SQLITE_LIMIT_ATTACHED, 0 },
    { SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000 },
    { SQLITE_LIMIT_VARIABLE_NUMBER, DATABASE_VALUES_MAX },
    { SQLITE_LIMIT_TRIGGER_DEPTH, 10 },
};
static const struct {
    int id, is_on;
} switches[] = {
    { SQLITE_DBCONFIG_DEFENSIVE, 1 },
    { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
    { SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
    { SQLITE_DBCONFIG_DQS_DML, 0 }, /* "word" is a name, as in PostgreSQL, never a text */
    { SQLITE_DBCONFIG_DQS_DDL, 0 },
};

/* Two that open a new database at once both want it for themselves to bring in the WAL; SQLite
 * does not let them wait there, lest they wait for each other. */
static bool set_up_writing(struct sqlite *sqlite, const char *pragmas, struct error *err)
{
    bool good = false;
    err->code = EAGAIN;
    for (int i = 0; !good && err->code == EAGAIN && i < BUSY_MS / WAL_PAUSE_MS; i++) {
        if (i > 0)
            (void)sqlite3_sleep(WAL_PAUSE_MS);
        good = sqlite_script(&sqlite->base, pragmas, err);
    }
    return good;
}

static bool set_up(struct sqlite *sqlite, struct error *err)
{
    (void)sqlite3_extended_result_codes(sqlite->handle, 1);
    (void)sqlite3_busy_timeout(sqlite->handle, BUSY_MS);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        (void)sqlite3_limit(sqlite->handle, limits[i].id, limits[i].value);
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++)
        (void)sqlite3_db_config(sqlite->handle, switches[i].id, switches[i].is_on, NULL);
    const char *always = "PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON;"
                         "PRAGMA case_sensitive_like = ON; PRAGMA cache_size = -16384";
    /* Erased rows are overwritten: a record whose time has come is gone from the file. */
    /* The log is brought into the file by database_tidy; by whoever commits only where it grew
     * far beyond what that leaves. */
    const char *writing = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                          "PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 67108864;"
                          "PRAGMA wal_autocheckpoint = 65536; PRAGMA cache_size = -65536;"
                          "PRAGMA analysis_limit = 1000";
    return sqlite_script(&sqlite->base, always, err) &&
           (sqlite->base.is_reading
                ? sqlite_script(&sqlite->base, "PRAGMA query_only = ON", err)
                : set_up_writing(sqlite, writing, err));
}

static void abandon(struct sqlite *sqlite)
{
    (void)sqlite3_close(sqlite->handle);
    free(sqlite->path);
    free(sqlite);
}

struct database *sqlite_open(const char *path, bool reading, struct error *err)
{
    if (!touch(path, reading, err))
        return NULL;
    struct sqlite *sqlite = calloc(1, sizeof *sqlite);
    char *copy = strdup(path);
    if (sqlite == NULL || copy == NULL) {
        (void)error_set(err, ENOMEM, "cannot open the database %s", path);
        free(copy);
        free(sqlite);
        return NULL;
    }
    sqlite->base = (struct database){ .calls = &calls, .is_reading = reading };
    sqlite->statements.drop = drop;
    sqlite->path = copy;
    /* A connection is used by one thread at a time: no locks of its own. */
    int flags = SQLITE_OPEN_NOMUTEX | (reading ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
    if (sqlite3_open_v2(path, &sqlite->handle, flags, NULL) != SQLITE_OK)
        (void)sqlite_fail(sqlite, "cannot open the database", err);
    else if (set_up(sqlite, err))
        return &sqlite->base;
    abandon(sqlite);
    return NULL;
}
