// SPDX-License-Identifier: Apache-2.0
/* Migrations, copies, locks, and what happens to those who write when something breaks. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"

static const struct database_migration steps[] = {
    { 1, "things", "CREATE TABLE thing (id INTEGER PRIMARY KEY, octets BLOB)", NULL, NULL },
    { 2, "many things",
      "INSERT INTO thing (id) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
      "WHERE i < 500000) SELECT i FROM n; UPDATE thing SET octets = CAST('x' AS BLOB)",
      NULL, NULL },
    { 3, "done", "CREATE TABLE done (n SERIAL_KEY, at TEXT)",
      "INSERT INTO done (at) VALUES ('a'); INSERT INTO done (at) VALUES ('b')",
      "INSERT INTO done (at) VALUES ('a'); INSERT INTO done (at) VALUES ('b')" },
};
static const struct database_migration quick[] = {
    { 1, "things", "CREATE TABLE thing (id INTEGER PRIMARY KEY, octets BLOB, n INTEGER)", NULL,
      NULL },
    { 2, "one", "INSERT INTO thing (id, n) VALUES (-1, 0)", NULL, NULL },
    { 3, "done",
      "CREATE TABLE done (n SERIAL_KEY, at TEXT); INSERT INTO done (at) VALUES ('a')", NULL,
      NULL },
};

static void tell(void *context, const struct database_migration *step)
{
    (void)context;
    (void)printf("step %u\n", step->number);
}

static void count_one(void *context, const struct database_migration *step)
{
    (void)step;
    ++*(unsigned *)context;
}

static bool migrate(struct database *database, const struct database_migration *from,
                    size_t count, struct error *err)
{
    return database_migrate(database, &(struct database_migrations){ from, count },
                            &(struct database_migrating){ .told = tell }, err);
}

static struct database *with_things(const char *where)
{
    struct error err;
    struct database *database = case_open(where);
    DONE(migrate(database, quick, 3, &err));
    return database;
}

static unsigned version_of(struct database *database)
{
    struct error err;
    unsigned version = 0;
    DONE(database_version(database, &version, &err));
    return version;
}

static void a_dry_run_changes_nothing(const char *where, const char *const *arguments)
{
    (void)arguments;
    struct error err;
    unsigned told = 0;
    struct database *database = case_open(where);
    const struct database_migrating dry = { true, count_one, &told };
    DONE(database_migrate(database, &(struct database_migrations){ quick, 3 }, &dry, &err));
    CLAIM(told == 3 && version_of(database) == 0);
    CLAIM(!database_run(database, PLAIN("SELECT 1 FROM migration"), NULL, &err));
    CLAIM(!database_run(database, PLAIN("SELECT 1 FROM thing"), NULL, &err));
    DONE(migrate(database, quick, 2, &err));
    told = 0;
    DONE(database_migrate(database, &(struct database_migrations){ quick, 3 }, &dry, &err));
    CLAIM(told == 1 && version_of(database) == 2);
    database_close(database);
}

static void a_newer_schema_is_refused(const char *where, const char *const *arguments)
{
    (void)arguments;
    struct error err;
    unsigned told = 0;
    struct database *database = with_things(where);
    CLAIM(!migrate(database, quick, 2, &err) && err.code == EILSEQ);
    const struct database_migrating dry = { true, count_one, &told };
    CLAIM(!database_migrate(database, &(struct database_migrations){ quick, 2 }, &dry, &err));
    CLAIM(err.code == EILSEQ && told == 0 && version_of(database) == 3);
    CLAIM(case_number(database, "SELECT count(*) FROM thing") == 1);
    database_close(database);
}

static void a_step_that_fails_leaves_those_before_it(const char *where,
                                                     const char *const *arguments)
{
    (void)arguments;
    struct error err;
    struct database *database = case_open(where);
    struct database_migration broken[3];
    memcpy(broken, quick, sizeof broken);
    broken[2].both = "CREATE TABLE done (n SERIAL_KEY, at TEXT); DELETE FROM thing; "
                     "INSERT INTO nowhere VALUES (1)";
    CLAIM(!migrate(database, broken, 3, &err) && err.code == EIO);
    CLAIM(version_of(database) == 2);
    CLAIM(case_number(database, "SELECT count(*) FROM thing") == 1);
    DONE(migrate(database, quick, 3, &err));
    CLAIM(version_of(database) == 3 && case_number(database, "SELECT count(*) FROM done") == 1);
    database_close(database);
}

static void migrate_one(const char *where, int number)
{
    (void)number;
    database_close(with_things(where));
}

static void several_migrate_at_once(const char *where, const char *const *arguments)
{
    (void)arguments;
    case_at_once(6, migrate_one, where);
    struct database *database = case_open(where);
    CLAIM(version_of(database) == 3 && case_number(database, "SELECT count(*) FROM done") == 1);
    CLAIM(case_number(database, "SELECT count(*) FROM migration") == 3);
    database_close(database);
}

/* Long enough to be killed in. */
static void migrate_slowly(const char *where, const char *const *arguments)
{
    (void)arguments;
    struct error err;
    struct database *database = case_open(where);
    (void)printf("from %u\n", version_of(database));
    DONE(migrate(database, steps, 3, &err));
    CLAIM(version_of(database) == 3);
    CLAIM(case_number(database, "SELECT count(*) FROM thing WHERE octets IS NOT NULL") ==
          500000);
    CLAIM(case_number(database, "SELECT sum(n) FROM done") == 3);
    database_close(database);
}

enum { ADDED = 200 };

static bool add_one(struct database *database, struct error *err)
{
    if (!database_begin(database, true, err))
        return false;
    struct database_rows *rows =
        database_ask(database, PLAIN("SELECT n FROM thing WHERE id = -1 FOR UPDATE"), err);
    if (rows == NULL || database_step(rows, err) != DATABASE_ROW)
        return false;
    int64_t n = database_get_number(rows, 0);
    database_end(rows);
    return database_run(database,
                        SQL("UPDATE thing SET n = $1 WHERE id = -1", database_number(n + 1)),
                        NULL, err) &&
           database_commit(database, err);
}

static void add_many(const char *where, int number)
{
    (void)number;
    struct error err;
    struct database *database = case_open(where);
    for (int i = 0; i < ADDED;) {
        if (add_one(database, &err))
            i++;
        else
            CLAIM(err.code == EAGAIN);
        database_give_up(database);
    }
    database_close(database);
}

static void nothing_is_lost_between_two_writers(const char *where, const char *const *arguments)
{
    (void)arguments;
    struct database *database = with_things(where);
    database_close(database);
    case_at_once(3, add_many, where);
    database = case_open(where);
    CLAIM(case_number(database, "SELECT n FROM thing WHERE id = -1") == 3 * ADDED);
    database_close(database);
}

static void who_waits_too_long_is_told_to_come_again(const char *where,
                                                     const char *const *arguments)
{
    (void)arguments;
    const struct database_statement *change = PLAIN("UPDATE thing SET n = n + 1 WHERE id = -1");
    struct error err;
    struct database *first = with_things(where), *second = case_open(where);
    DONE(database_begin(first, true, &err));
    DONE(database_run(first, change, NULL, &err));
    CLAIM(!database_run(second, change, NULL, &err) && err.code == EAGAIN);
    DONE(database_commit(first, &err));
    DONE(database_run(second, change, NULL, &err));
    CLAIM(case_number(first, "SELECT n FROM thing WHERE id = -1") == 2);
    database_close(first);
    database_close(second);
}

/* Writes rows, each a transaction, and tells each that was acknowledged.  When one fails, tells
 * with what and waits for a word to do it again. */
static void write_on(const char *where, const char *const *arguments)
{
    uint8_t octets[20000];
    char word[16];
    uint32_t random = 1;
    size_t len = strtoul(arguments[0], NULL, 10);
    CLAIM(len <= sizeof octets);
    for (size_t i = 0; i < len; i++)
        octets[i] = (uint8_t)((random = random * 1664525 + 1013904223) >> 24);
    struct error err;
    struct database *database = with_things(where);
    for (int64_t i = case_number(database, "SELECT max(id) FROM thing") + 1;;) {
        const struct database_statement *put =
            SQL("INSERT INTO thing (id, octets) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                database_number(i), database_blob((struct bytes){ octets, len }));
        if (database_run(database, put, NULL, &err)) {
            (void)printf("%lld\n", (long long)i++);
        } else {
            (void)printf("failed %d\n", err.code);
            CLAIM(fgets(word, sizeof word, stdin) != NULL);
        }
    }
}

/* arguments[0]: the last row that was acknowledged. */
static void everything_is_there(const char *where, const char *const *arguments)
{
    struct error err;
    struct database *database = case_open(where);
    int64_t last = strtol(arguments[0], NULL, 10);
    struct database_rows *rows = database_ask(
        database, PLAIN("SELECT id, octets FROM thing WHERE id >= 0 ORDER BY id"), &err);
    DONE(rows != NULL);
    size_t len = 0;
    for (int64_t i = 0; i <= last; i++) {
        DONE(database_step(rows, &err) == DATABASE_ROW);
        CLAIM(database_get_number(rows, 0) == i);
        CLAIM(i == 0 || database_get_blob(rows, 1).len == len);
        len = database_get_blob(rows, 1).len;
    }
    database_end(rows);
    database_close(database);
}

static void write_pairs(const char *where)
{
    struct error err;
    struct database *database = case_open(where);
    uint8_t octets[500];
    memset(octets, 'x', sizeof octets);
    for (int64_t i = 0;; i += 2) {
        DONE(database_begin(database, true, &err));
        for (int64_t k = 0; k < 2; k++)
            DONE(database_run(database,
                              SQL("INSERT INTO thing (id, octets, n) VALUES ($1, $2, $3)",
                                  database_number(i + k),
                                  database_blob((struct bytes){ octets, sizeof octets }),
                                  database_number(i)),
                              NULL, &err));
        DONE(database_commit(database, &err));
    }
}

static void check_equal_to(struct database *database, const char *where)
{
    struct error err;
    struct database *other = case_open(where);
    const struct database_statement *all =
        PLAIN("SELECT id, octets, n, 'things' FROM thing UNION ALL SELECT n, "
              "NULL, n, at FROM done ORDER BY 4, 1");
    struct database_rows *a = database_ask(database, all, &err);
    DONE(a != NULL);
    struct database_rows *b = database_ask(other, all, &err);
    DONE(b != NULL);
    for (enum database_step step = DATABASE_ROW; step == DATABASE_ROW;) {
        step = database_step(a, &err);
        DONE(step != DATABASE_FAILED);
        CLAIM(database_step(b, &err) == step);
        for (size_t i = 0; step == DATABASE_ROW && i < 4; i++) {
            CLAIM(database_get_number(a, i) == database_get_number(b, i));
            CLAIM(database_is_null(a, i) == database_is_null(b, i));
            CLAIM(bytes_equal(database_get_blob(a, i), database_get_blob(b, i)));
        }
    }
    database_end(a);
    database_end(b);
    CLAIM(version_of(other) == version_of(database));
    /* The number that counts by itself goes on where it was. */
    case_run(other, "INSERT INTO done (at) VALUES ('later')");
    CLAIM(case_number(other, "SELECT max(n) FROM done") == 2);
    database_close(other);
}

/* arguments: a path, two names of databases not there yet or empty, another path. */
static void a_copy_is_of_one_moment(const char *where, const char *const *arguments)
{
    struct error err;
    struct stat status;
    struct database *database = with_things(where);
    pid_t writer = fork();
    CLAIM(writer >= 0);
    if (writer == 0)
        write_pairs(where);
    while (case_number(database, "SELECT count(*) FROM thing") < 2000)
        (void)usleep(10000);
    DONE(database_begin(database, false, &err)); /* a copy does not mind */
    CLAIM(case_number(database, "SELECT count(*) FROM done") == 1);
    DONE(database_backup(database, arguments[0], &err));
    DONE(database_commit(database, &err));
    int64_t now = case_number(database, "SELECT count(*) FROM thing");
    CLAIM(kill(writer, SIGKILL) == 0 && waitpid(writer, NULL, 0) == writer);
    CLAIM(stat(arguments[0], &status) == 0 && (status.st_mode & 0777) == 0600);
    CLAIM(!database_backup(database, arguments[0], &err) && err.code == EEXIST);
    DONE(database_restore(arguments[1], arguments[0], &err));
    CLAIM(!database_restore(arguments[1], arguments[0], &err) && err.code == EEXIST);
    struct database *copy = case_open(arguments[1]);
    int64_t copied = case_number(copy, "SELECT count(*) FROM thing WHERE id >= 0");
    (void)printf("%lld rows were copied, %lld written meanwhile\n", (long long)copied,
                 (long long)(now - copied));
    CLAIM(copied >= 1999 && copied % 2 == 0);
    CLAIM(case_number(copy, "SELECT count(DISTINCT n) FROM thing WHERE id >= 0") == copied / 2);
    CLAIM(case_number(copy, "SELECT max(id) FROM thing") == copied - 1);
    database_close(copy);
    DONE(database_backup(database, arguments[3], &err));
    DONE(database_restore(arguments[2], arguments[3], &err));
    check_equal_to(database, arguments[2]);
    CLAIM(!database_restore(arguments[2], "/nowhere/at/all", &err));
    CLAIM(!database_backup(database, "/nowhere/at/all", &err) && err.code == ENOENT);
    database_close(database);
}

/* Ends the connections that hold an advisory lock, as a server that stops would. */
static void cut_locks(struct database *database)
{
    CLAIM(case_number(database, "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_locks "
                                "WHERE locktype = 'advisory'") == 1);
}

static void one_at_a_time_has_the_lock(const char *where, const char *const *arguments)
{
    (void)arguments;
    struct error err;
    struct database *database = with_things(where);
    struct database_lock *lock = database_lock_take(where, "hub", &err);
    DONE(lock != NULL);
    CLAIM(database_lock_take(where, "hub", &err) == NULL && err.code == EAGAIN);
    DONE(database_lock_keep(lock, &err));
    database_lock_release(lock);
    lock = database_lock_take(where, "hub", &err);
    DONE(lock != NULL);
    if (database_engine(database) == DATABASE_POSTGRESQL) {
        cut_locks(database);
        DONE(database_lock_keep(lock, &err));
        cut_locks(database);
        struct database_lock *other = database_lock_take(where, "hub", &err);
        DONE(other != NULL);
        CLAIM(!database_lock_keep(lock, &err) && err.code == EAGAIN);
        CLAIM(!database_lock_keep(lock, &err) && err.code == EAGAIN);
        database_lock_release(other);
        DONE(database_lock_keep(lock, &err));
        DONE(database_lock_keep(lock, &err));
    }
    struct database_lock *other = database_lock_take(where, "other", &err);
    DONE(other != NULL);
    database_lock_release(other);
    database_lock_release(lock);
    database_close(database);
}

static void cut(struct database *database, struct database *by)
{
    int64_t pid = case_number(database, "SELECT pg_backend_pid()");
    struct error err;
    DONE(database_run(
        by, SQL("SELECT pg_terminate_backend(CAST($1 AS INTEGER), 5000)", database_number(pid)),
        NULL, &err));
}

/* PostgreSQL's alone. */
static void a_lost_connection_is_made_anew(const char *where, const char *const *arguments)
{
    (void)arguments;
    const struct database_statement *put = PLAIN("INSERT INTO thing (id) VALUES (5)");
    struct error err;
    struct database *by = with_things(where), *database = case_open(where);
    for (int i = 0; i < 2; i++) {
        CLAIM(case_number(database, "SELECT count(*) FROM thing") == 1);
        cut(database, by);
        CLAIM(!database_run(database, put, NULL, &err) && err.code == ENOTCONN);
    }
    DONE(database_begin(database, true, &err));
    DONE(database_run(database, put, NULL, &err));
    cut(database, by);
    CLAIM(!database_run(database, put, NULL, &err) && err.code == ENOTCONN);
    CLAIM(!database_run(database, put, NULL, &err) && err.code == ENOTCONN);
    CLAIM(!database_commit(database, &err) && err.code == ENOTCONN);
    CLAIM(case_number(database, "SELECT count(*) FROM thing") == 1);

    const char *many = "SELECT generate_series(1, 1000000), 'some words to be sent'";
    struct database_rows *rows = database_ask(database, PLAIN(many), &err);
    DONE(rows != NULL);
    DONE(database_step(rows, &err) == DATABASE_ROW);
    CLAIM(case_number(by, "SELECT count(pg_terminate_backend(pid, 5000)) FROM "
                          "pg_stat_activity WHERE pid <> pg_backend_pid() AND "
                          "datname = current_database()") == 1);
    enum database_step step;
    while ((step = database_step(rows, &err)) == DATABASE_ROW)
        ;
    CLAIM(step == DATABASE_FAILED && err.code == ENOTCONN);
    CLAIM(database_step(rows, &err) == DATABASE_FAILED && err.code == ENOTCONN);
    database_end(rows);
    CLAIM(case_number(database, "SELECT 3") == 3);

    cut(database, by);
    struct database_value values[600];
    for (size_t i = 0; i < COUNT_OF(values); i++)
        values[i] = database_number((int64_t)i + 10);
    const struct database_statement puts = { "INSERT INTO thing (id) VALUES ($1)", values, 1 };
    CLAIM(!database_run_many(database, &puts, COUNT_OF(values), &err) && err.code == ENOTCONN);
    DONE(database_run_many(database, &puts, COUNT_OF(values), &err));
    CLAIM(case_number(database, "SELECT count(*) FROM thing") == 601);
    database_close(database);
    database_close(by);
}

/* Beside a writer, whose log begins anew once all of it was brought. */
static void the_log_goes_into_its_file(const char *where, const char *const *arguments)
{
    struct error err = { .code = 0 };
    struct database *writer = case_open(where), *tidier = case_open(where);
    int64_t many = 0, few = 0;
    (void)arguments;
    case_run(writer, "CREATE TABLE heap (id INTEGER PRIMARY KEY, words TEXT)");
    for (int64_t i = 0; i < 50; i++)
        DONE(database_run(writer,
                          SQL("INSERT INTO heap (id, words) VALUES ($1, $2)",
                              database_number(i), database_string("word")),
                          NULL, &err));
    DONE(database_tidy(tidier, &many, &err));
    case_run(writer, "INSERT INTO heap (id, words) VALUES (1000, 'more')");
    DONE(database_tidy(tidier, &few, &err));
    CLAIM(database_engine(writer) == DATABASE_SQLITE ? many >= 50 && few < 10 : many == 0);
    CLAIM(case_number(tidier, "SELECT COUNT(*) FROM heap") == 51);
    database_close(tidier);
    database_close(writer);
}

const struct case_ store_cases[] = {
    { "a_dry_run_changes_nothing", a_dry_run_changes_nothing },
    { "a_newer_schema_is_refused", a_newer_schema_is_refused },
    { "a_step_that_fails_leaves_those_before_it", a_step_that_fails_leaves_those_before_it },
    { "several_migrate_at_once", several_migrate_at_once },
    { "migrate_slowly", migrate_slowly },
    { "nothing_is_lost_between_two_writers", nothing_is_lost_between_two_writers },
    { "who_waits_too_long_is_told_to_come_again", who_waits_too_long_is_told_to_come_again },
    { "write_on", write_on },
    { "everything_is_there", everything_is_there },
    { "a_copy_is_of_one_moment", a_copy_is_of_one_moment },
    { "one_at_a_time_has_the_lock", one_at_a_time_has_the_lock },
    { "the_log_goes_into_its_file", the_log_goes_into_its_file },
    { "a_lost_connection_is_made_anew", a_lost_connection_is_made_anew },
    { NULL, NULL },
};
