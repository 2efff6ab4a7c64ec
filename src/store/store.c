// SPDX-License-Identifier: Apache-2.0
/* Opening and closing, runs and their transactions, and what SQLite's failures mean. */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/must.h"
#include "base/time.h"
#include "store/store_private.h"
#include "system/entropy.h"

/* The account of a run stays at least so long, and while anything of the run is kept. */
#define ACCOUNT_KEPT_NS (366 * TIME_DAY_NS)

enum {
    BUSY_TIMEOUT_MS = 5000,
    BATCH_RECORDS = 50000, /* a killed run loses no more than these */
    /* A handle is used by one thread, so SQLite needs no locks of its own. */
    OPEN_WRITING = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
};

/* What to do about it, for the failures people can do something about. */
static const char *advice_for(int code)
{
    switch (code & 0xff) {
    case SQLITE_FULL: return "the disk is full; free space, or name a file on another disk";
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return "it may not be written to; change its permissions, or name another file";
    case SQLITE_CANTOPEN:
        return "it cannot be opened; look at the permissions of the file and its folder";
    case SQLITE_CORRUPT:
        return "the file is damaged; move it away and a new one is made, or save what is left "
               "with `sqlite3 FILE .recover`";
    case SQLITE_NOTADB: return "it is not a store of sekisho; name another file";
    case SQLITE_BUSY: return "another process is writing to it; try again when that has ended";
    case SQLITE_IOERR: return "reading or writing failed";
    default: return NULL;
    }
}

bool store_fail(struct store *store, const char *action, struct error *err)
{
    int code = sqlite3_extended_errcode(store->database);
    int system = (code & 0xff) == SQLITE_IOERR ? sqlite3_system_errno(store->database) : 0;
    const char *advice = advice_for(code);
    return error_set(err, system, "%s %s: %s", action, store->path,
                     advice ? advice : sqlite3_errmsg(store->database));
}

bool store_row_start(struct store *store, enum store_statement which, struct store_row *out,
                     struct error *err)
{
    sqlite3_stmt **statement = &store->statements[which];
    *out = (struct store_row){ .broken = true };
    if (!*statement) {
        if (sqlite3_prepare_v3(store->database, store_sql(which), -1, SQLITE_PREPARE_PERSISTENT,
                               statement, NULL) != SQLITE_OK)
            return store_fail(store, "cannot use", err);
    }
    (void)sqlite3_reset(*statement); /* its last failure was told when it happened */
    *out = (struct store_row){ *statement, 0, false };
    return true;
}

bool store_row_run(struct store *store, struct store_row *row, struct error *err)
{
    MUST(!row->broken && row->at == sqlite3_bind_parameter_count(row->statement));
    bool good = sqlite3_step(row->statement) == SQLITE_DONE;
    if (!good)
        (void)store_fail(store, "cannot write to", err);
    (void)sqlite3_reset(row->statement);
    return good;
}

int store_row_next(struct store *store, struct store_row *row, struct error *err)
{
    MUST(!row->broken);
    int result = sqlite3_step(row->statement);
    row->at = 0;
    if (result == SQLITE_ROW)
        return 1;
    if (result != SQLITE_DONE)
        (void)store_fail(store, "cannot read", err);
    (void)sqlite3_reset(row->statement);
    return result == SQLITE_DONE ? 0 : -1;
}

bool store_row_check(struct store *store, const struct store_row *row, struct error *err)
{
    if (!row->broken && row->at == sqlite3_column_count(row->statement))
        return true;
    (void)sqlite3_reset(row->statement);
    return error_set(err, 0, "%s holds a row that is not ours; it was changed by another hand",
                     store->path);
}

bool store_run_simple(struct store *store, enum store_statement which, struct error *err)
{
    struct store_row row;
    return store_row_start(store, which, &row, err) && store_row_run(store, &row, err);
}

/* SQLite would make the file with the mask's mode; its -wal and -shm take ours over.  The
 * system's words for what is wrong are also better than SQLite's.  A file that is there is not
 * opened for that: closing it again would take all locks of this process on it away (POSIX),
 * and the next process that closes the store would remove the -wal under ours. */
static bool touch(const char *path, bool reading, struct error *err)
{
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return error_set(err, EISDIR, "cannot open the store %s", path);
    if (access(path, reading ? R_OK : R_OK | W_OK) == 0)
        return true;
    int fd = -1;
    if (!reading && errno == ENOENT)
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0)
        return (!reading && errno == EEXIST) ||
               error_set(err, errno, "cannot open the store %s", path);
    (void)close(fd);
    return true;
}

/* A store may come from somebody else: its schema is not trusted to run anything. */
static bool set_up(struct store *store, const char *pragmas, struct error *err)
{
    (void)sqlite3_extended_result_codes(store->database, 1);
    (void)sqlite3_busy_timeout(store->database, BUSY_TIMEOUT_MS);
    (void)sqlite3_db_config(store->database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(store->database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (sqlite3_exec(store->database, pragmas, NULL, NULL, NULL) != SQLITE_OK)
        return store_fail(store, "cannot open", err);
    return true;
}

static struct store *new_store(const char *path, struct error *err)
{
    struct store *store = calloc(1, sizeof *store);
    if (store)
        store->path = strdup(path);
    if (store && store->path)
        return store;
    free(store);
    (void)error_set(err, ENOMEM, "cannot open the store %s", path);
    return NULL;
}

static struct store *close_after(struct store *store)
{
    store_close(store);
    return NULL;
}

struct store *store_open(const char *path, struct error *err)
{
    if (!touch(path, false, err))
        return NULL;
    struct store *store = new_store(path, err);
    if (!store)
        return NULL;
    if (sqlite3_open_v2(path, &store->database, OPEN_WRITING, NULL) != SQLITE_OK) {
        (void)store_fail(store, "cannot open", err);
        return close_after(store);
    }
    if (!set_up(store, "PRAGMA cell_size_check = ON", err) ||
        !store_check_version(store, false, err) ||
        !set_up(store,
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON",
                err) ||
        !store_migrate(store, err))
        return close_after(store);
    return store;
}

/* file:...?immutable=1, with what has a meaning in a URI escaped (RFC 3986 2.1). */
static void write_uri(const char *path, struct text *out)
{
    text_put_string(out, "file:");
    for (const char *at = path; *at; at++) {
        if (*at == '%' || *at == '?' || *at == '#')
            text_format(out, "%%%02x", (unsigned)(uint8_t)*at);
        else
            text_put_char(out, *at);
    }
    text_put_string(out, "?immutable=1");
}

/* In a folder we may not write to, a WAL database opens only as one that nobody changes. */
static bool open_immutable(struct store *store, struct error *err)
{
    char room[4096];
    struct text uri = text_over(room, sizeof room);
    write_uri(store->path, &uri);
    (void)sqlite3_close(store->database);
    store->database = NULL;
    if (uri.cut)
        return error_set(err, ENAMETOOLONG, "cannot open the store %s", store->path);
    if (sqlite3_open_v2(uri.at, &store->database,
                        SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        return store_fail(store, "cannot open", err);
    return set_up(store, "PRAGMA query_only = ON", err) &&
           store_check_version(store, true, err);
}

static bool open_watched(struct store *store, struct error *err)
{
    if (sqlite3_open_v2(store->path, &store->database, OPEN_WRITING, NULL) != SQLITE_OK)
        return store_fail(store, "cannot open", err);
    return set_up(store, "PRAGMA query_only = ON; PRAGMA cell_size_check = ON", err) &&
           store_check_version(store, true, err);
}

/* A -wal that is there may hold what the file does not, so it must not be passed over. */
static bool cannot_lock(struct store *store)
{
    char room[4096];
    struct text wal = text_over(room, sizeof room);
    text_format(&wal, "%s-wal", store->path);
    int code = sqlite3_errcode(store->database) & 0xff;
    return (code == SQLITE_CANTOPEN || code == SQLITE_READONLY) && !wal.cut &&
           access(wal.at, F_OK) != 0;
}

static bool is_there(const char *path, struct error *err)
{
    if (access(path, F_OK) == 0 || errno != ENOENT)
        return true;
    return error_set(err, 0, "there is no store %s yet; `sekisho watch` makes it", path);
}

/* Opened for writing where we may, so that what a killed run left in the -wal is recovered and
 * the -wal is cleaned on close; query_only keeps us from changing anything. */
static struct store *open_reading(const char *path, struct error *err)
{
    if (!is_there(path, err) || !touch(path, true, err))
        return NULL;
    struct store *store = new_store(path, err);
    if (!store)
        return NULL;
    if (open_watched(store, err) || (cannot_lock(store) && open_immutable(store, err)))
        return store;
    return close_after(store);
}

static bool take_grant(struct store *store, const struct access_grant *grant, struct error *err)
{
    store->grant = *grant;
    store->has_grant = true;
    return sodium_init() >= 0 ? entropy_fill(store->mask_key, sizeof store->mask_key, err)
                              : error_set(err, 0, "libsodium does not start");
}

struct store *store_open_reading(const char *path, const struct access_grant *grant,
                                 struct error *err)
{
    struct store *store = open_reading(path, err);
    return !store || take_grant(store, grant, err) ? store : close_after(store);
}

struct store *store_open_handling(const char *path, const struct access_grant *grant,
                                  struct error *err)
{
    if (!is_there(path, err))
        return NULL;
    struct store *store = store_open(path, err);
    return !store || take_grant(store, grant, err) ? store : close_after(store);
}

bool store_newest_basis(const char *path, char out[BASIS_NAME_MAX], struct error *err)
{
    struct store *store = open_reading(path, err);
    struct store_row row;
    if (!store)
        return false;
    *out = '\0';
    bool good = store_row_start(store, STORE_NEWEST_BASIS, &row, err);
    int more = good ? store_row_next(store, &row, err) : -1;
    if (more == 1) {
        (void)store_take_text(&row, out, BASIS_NAME_MAX);
        good = store_row_check(store, &row, err);
    }
    store_close(store);
    return good && more >= 0;
}

void store_close(struct store *store)
{
    sodium_memzero(store->mask_key, sizeof store->mask_key);
    for (size_t i = 0; i < STORE_STATEMENTS; i++)
        (void)sqlite3_finalize(store->statements[i]);
    MUST(sqlite3_close(store->database) == SQLITE_OK);
    free(store->path);
    free(store);
}

bool store_begin(struct store *store, struct error *err)
{
    store->uncommitted = 0;
    return store_run_simple(store, STORE_BEGIN, err);
}

bool store_commit(struct store *store, struct error *err)
{
    return store_run_simple(store, STORE_COMMIT, err);
}

/* Ends the run after a failure; what was committed of it stays, marked unfinished. */
bool store_give_up(struct store *store)
{
    if (!sqlite3_get_autocommit(store->database))
        (void)sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
    store->run = 0;
    return false;
}

bool store_begin_run(struct store *store, int64_t now_ns, const char *title, struct error *err)
{
    MUST(store->run == 0);
    struct store_row row;
    if (!store_row_start(store, STORE_PUT_RUN, &row, err))
        return false;
    store_put_word(&row, title);
    store_put_i64(&row, now_ns);
    store_put_i64(&row, now_ns + ACCOUNT_KEPT_NS);
    if (!store_row_run(store, &row, err))
        return false;
    store->run = sqlite3_last_insert_rowid(store->database);
    return store_begin(store, err) || store_give_up(store);
}

bool store_put_flow(struct store *store, const struct minimised_flow *flow, struct error *err)
{
    MUST(store->run != 0);
    if (flow->retention_until_ns <= 0) {
        (void)error_set(err, 0, "a record without a date of erasure is not kept (art. 25(1))");
        return store_give_up(store);
    }
    if (!store_write_flow(store, flow, err))
        return store_give_up(store);
    if (++store->uncommitted < BATCH_RECORDS)
        return true;
    return (store_commit(store, err) && store_begin(store, err)) || store_give_up(store);
}

bool store_settle(struct store *store, struct error *err)
{
    MUST(store->run != 0);
    if (store->uncommitted == 0)
        return true;
    return (store_commit(store, err) && store_begin(store, err)) || store_give_up(store);
}

static bool end_run_row(struct store *store, const struct summary *summary, struct error *err)
{
    struct store_row row;
    if (!store_row_start(store, STORE_END_RUN, &row, err))
        return false;
    store_put_word(&row, summary->version ? summary->version : "");
    store_put_word(&row, basis_name(summary->basis));
    store_put_u64(&row, summary->files);
    store_put_u64(&row, summary->file_octets);
    store_put_u64(&row, summary->frames);
    store_put_u64(&row, summary->packets);
    store_put_u64(&row, summary->octets);
    store_put_i64(&row, summary->first_ns);
    store_put_i64(&row, summary->last_ns);
    store_put_real(&row, summary->cpu_s);
    store_put_real(&row, summary->wall_s);
    store_put_u64(&row, summary->memory_octets);
    store_put_u64(&row, summary->funnel.flows_seen);
    store_put_u64(&row, summary->funnel.flows_admitted);
    store_put_u64(&row, summary->funnel.flows_selected);
    store_put_u64(&row, summary->funnel.records_kept);
    store_put_u64(&row, summary->funnel.findings);
    store_put_i64(&row, store->run);
    return store_row_run(store, &row, err);
}

static bool put_counters(struct store *store, const struct summary *summary, struct error *err)
{
    for (size_t i = 0; i < summary->counter_count; i++) {
        const struct counter *counter = &summary->counters[i];
        struct store_row row;
        if (!store_row_start(store, STORE_PUT_COUNTER, &row, err))
            return false;
        store_put_i64(&row, store->run);
        store_put_i64(&row, (int64_t)i);
        store_put_word(&row, counter->stage);
        store_put_word(&row, counter->reason);
        store_put_word(&row, counter->unit);
        store_put_u64(&row, counter->count);
        if (!store_row_run(store, &row, err))
            return false;
    }
    return true;
}

static bool put_lineage(struct store *store, struct error *err)
{
    struct store_row row;
    if (!store_row_start(store, STORE_PUT_LINEAGE, &row, err))
        return false;
    store_put_i64(&row, store->run);
    return store_row_run(store, &row, err);
}

bool store_end_run(struct store *store, const struct finding *findings, size_t count,
                   const struct summary *summary, struct error *err)
{
    MUST(store->run != 0);
    for (size_t i = 0; i < count; i++) {
        if (!store_write_finding(store, &findings[i], err))
            return store_give_up(store);
    }
    if (!put_lineage(store, err) || !put_counters(store, summary, err) ||
        !end_run_row(store, summary, err) || !store_commit(store, err))
        return store_give_up(store);
    store->ended_run = store->run;
    store->run = 0;
    return true;
}
