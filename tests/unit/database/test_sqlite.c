// SPDX-License-Identifier: Apache-2.0
/* What is SQLite's alone; what both engines do is in tests/database. */
#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "folder.h"

static void the_file_is_for_its_owner_alone(void **state)
{
    (void)state;
    struct folder folder = folder_make();
    struct database *database = folder_open(&folder);
    check(run(database, "CREATE TABLE t (a BIGINT)", &folder.err));
    for (int i = 0; i < 3; i++) {
        char path[128];
        struct stat status;
        (void)snprintf(path, sizeof path, "%s%s", folder.path,
                       (const char *[]){ "", "-wal", "-shm" }[i]);
        check(stat(path, &status) == 0);
        check_equal(status.st_mode & 0777, 0600);
    }
    database_close(database);
    folder_remove(&folder);
}

static void it_is_durable_and_holds_its_keys(void **state)
{
    (void)state;
    struct folder folder = folder_make();
    struct database *database = folder_open(&folder);
    check_equal(number_of(database, "PRAGMA synchronous"), 2);
    check_equal(number_of(database, "PRAGMA foreign_keys"), 1);
    check_equal(number_of(database, "PRAGMA secure_delete"), 1);
    check_equal(number_of(database, "PRAGMA trusted_schema"), 0);
    check_equal(number_of(database, "SELECT 'a' LIKE 'A'"), 0);
    struct database_rows *rows = database_ask(
        database, &(struct database_statement){ .sql = "PRAGMA journal_mode" }, &folder.err);
    check(database_step(rows, &folder.err) == DATABASE_ROW);
    check_text(database_get_text(rows, 0), "wal");
    database_end(rows);
    database_close(database);
    folder_remove(&folder);
}

static void what_reaches_beyond_its_file_is_refused(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "ATTACH '/tmp/other.db' AS other",
        "UPDATE sqlite_schema SET sql = 'x'",
        "SELECT load_extension('x')",
        "SELECT \"a text in double quotes\"",
    };
    struct folder folder = folder_make();
    struct database *database = folder_open(&folder);
    check(run(database, "CREATE TABLE t (a BIGINT)", &folder.err));
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (run(database, refused[i], &folder.err))
            fail_msg("not refused: %s", refused[i]);
    }
    check_equal(number_of(database, "SELECT count(*) FROM t"), 0);
    database_close(database);
    folder_remove(&folder);
}

static void what_is_not_there_is_not_made_for_reading(void **state)
{
    (void)state;
    struct folder folder = folder_make();
    check(database_open(folder.where, true, &folder.err) == NULL);
    check_equal(folder.err.code, ENOENT);
    check(access(folder.path, F_OK) != 0);
    folder_remove(&folder);
}

static void what_is_no_database_is_told(void **state)
{
    (void)state;
    struct folder folder = folder_make();
    FILE *file = fopen(folder.path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        (void)fprintf(file, "not a database\n");
    check(fclose(file) == 0);
    check(database_open(folder.where, false, &folder.err) == NULL);
    check_equal(folder.err.code, EILSEQ);
    check(database_open("mysql://localhost/x", false, &folder.err) == NULL);
    check_equal(folder.err.code, EINVAL);
    folder_remove(&folder);
}

/* libpq would repeat the URI it could not read. */
static void a_password_is_not_in_the_words_of_an_error(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "postgresql://hub:geheim@127.0.0.1:nine/x",
        "postgresql://hub:geheim@[::1/x",
        "postgresql://hub:geheim@127.0.0.1:1/x?frob=geheim",
        "postgresql://hub:geheim@127.0.0.1:1/x",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct error err = { 0 };
        check(database_open(wrong[i], false, &err) == NULL);
        check(err.code == (i < 3 ? EINVAL : ENOTCONN) || (i == 0 && err.code == ENOTCONN));
        check(err.text[0] != '\0' && strstr(err.text, "geheim") == NULL);
    }
}

static void rows_of_one_statement_may_be_open_twice(void **state)
{
    (void)state;
    struct folder folder = folder_make();
    struct database *database = folder_open(&folder);
    const struct database_statement ask = { .sql = "VALUES (1), (2), (3)" };
    struct database_rows *first = database_ask(database, &ask, &folder.err);
    check(database_step(first, &folder.err) == DATABASE_ROW);
    struct database_rows *second = database_ask(database, &ask, &folder.err);
    check(database_step(second, &folder.err) == DATABASE_ROW);
    check(database_step(first, &folder.err) == DATABASE_ROW);
    check_equal(database_get_number(first, 0), 2);
    check_equal(database_get_number(second, 0), 1);
    database_end(first);
    database_end(second);
    database_close(database);
    folder_remove(&folder);
}

static void a_backup_that_is_damaged_is_not_restored(void **state)
{
    (void)state;
    struct folder folder = folder_make();
    struct database *database = folder_open(&folder);
    check(run(database, "CREATE TABLE t (a BIGINT PRIMARY KEY, b TEXT)", &folder.err));
    check(run(database,
              "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
              "INSERT INTO t SELECT i, 'some text' FROM n",
              &folder.err));
    char copy[128], other[128];
    (void)snprintf(copy, sizeof copy, "%s/copy", folder.name);
    (void)snprintf(other, sizeof other, "sqlite:%s/other.db", folder.name);
    check(database_backup(database, copy, &folder.err));
    database_close(database);
    FILE *file = fopen(copy, "r+");
    assert_non_null(file);
    check(fseek(file, 4096 * 5, SEEK_SET) == 0);
    for (int i = 0; i < 8192; i++)
        (void)fputc(0x55, file);
    check(fclose(file) == 0);
    check(!database_restore(other, copy, &folder.err));
    check(access(other + 7, F_OK) != 0);
    folder_remove(&folder);
}

/* Another process, begun before any database is open here, so that it knows of no lock. */
static pid_t begin_other(const char *where, const int pipe_ends[2])
{
    pid_t other = fork();
    if (other != 0)
        return other;
    struct error err;
    char go;
    (void)close(pipe_ends[1]);
    if (read(pipe_ends[0], &go, 1) != 1)
        _exit(2);
    struct database *database = database_open(where, false, &err);
    if (database == NULL || !run(database, "INSERT INTO t VALUES (1)", &err))
        _exit(3);
    database_close(database);
    _exit(0);
}

static void another_process_that_closes_leaves_us_our_journal(void **state)
{
    (void)state;
    struct folder folder = folder_make();
    char wal[128];
    int pipe_ends[2], status = -1;
    (void)snprintf(wal, sizeof wal, "%s-wal", folder.path);
    check_equal(pipe(pipe_ends), 0);
    pid_t other = begin_other(folder.where, pipe_ends);
    check(other > 0);
    struct database *writer = folder_open(&folder);
    check(run(writer, "CREATE TABLE t (a BIGINT)", &folder.err));
    struct database *reader = database_open(folder.where, true, &folder.err);
    check(reader != NULL);
    check_equal(write(pipe_ends[1], "g", 1), 1);
    check(waitpid(other, &status, 0) == other && status == 0);
    check_equal(access(wal, F_OK), 0);
    check(run(writer, "INSERT INTO t VALUES (2)", &folder.err));
    database_close(reader);
    database_close(writer);
    writer = folder_open(&folder);
    check_equal(number_of(writer, "SELECT COUNT(*) FROM t"), 2);
    database_close(writer);
    folder_remove(&folder);
}

TESTS(TEST(the_file_is_for_its_owner_alone), TEST(it_is_durable_and_holds_its_keys),
      TEST(what_reaches_beyond_its_file_is_refused),
      TEST(what_is_not_there_is_not_made_for_reading), TEST(what_is_no_database_is_told),
      TEST(a_password_is_not_in_the_words_of_an_error),
      TEST(rows_of_one_statement_may_be_open_twice),
      TEST(a_backup_that_is_damaged_is_not_restored),
      TEST(another_process_that_closes_leaves_us_our_journal))
