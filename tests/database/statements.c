// SPDX-License-Identifier: Apache-2.0
/* Values, rows, transactions: the same claims for both engines. */
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "case.h"

static struct bytes text_at(const struct database_rows *rows, size_t column)
{
    return database_get_text(rows, column);
}

static struct database *with_table(const char *where)
{
    static const struct database_migration steps[] = {
        { 1, "things",
          "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT UNIQUE, octets BLOB, "
          "weight REAL)",
          NULL, NULL },
    };
    struct error err;
    struct database *database = case_open(where);
    DONE(database_migrate(database, &(struct database_migrations){ steps, 1 },
                          &(struct database_migrating){ 0 }, &err));
    return database;
}

static void put(struct database *database, int64_t id, const char *name)
{
    struct error err;
    DONE(database_run(database,
                      SQL("INSERT INTO thing (id, name) VALUES ($1, $2)", database_number(id),
                          database_string(name)),
                      NULL, &err));
}

static void values_come_back_as_they_went(const char *where, const char *const *arguments)
{
    (void)arguments;
    static const char name[] = "関所 🛂 \xef\xbf\xbd 'quoted' $1 \\x00";
    static const uint8_t octets[] = { 0, 1, 0, 255, '\'', 0 };
    static const int64_t edges[] = { INT64_MIN, -1, 0, 1, INT64_MAX };
    struct database *database = with_table(where);
    struct error err;
    for (size_t i = 0; i < COUNT_OF(edges); i++) {
        int64_t changed = -1;
        DONE(database_run(database,
                          SQL("INSERT INTO thing (id, octets, weight) VALUES ($1, $2, $3)",
                              database_number(edges[i]),
                              database_blob((struct bytes){ octets, i }),
                              database_real((double)edges[i] / 3)),
                          &changed, &err));
        CLAIM(changed == 1);
    }
    struct database_rows *rows =
        database_ask(database, PLAIN("SELECT * FROM thing ORDER BY id"), &err);
    DONE(rows != NULL);
    CLAIM(database_width(rows) == 4 && strcmp(database_column(rows, 2), "octets") == 0);
    for (size_t i = 0; i < COUNT_OF(edges); i++) {
        DONE(database_step(rows, &err) == DATABASE_ROW);
        CLAIM(database_get_number(rows, 0) == edges[i]);
        CLAIM(database_is_null(rows, 1) && !database_is_null(rows, 2));
        CLAIM(bytes_equal(database_get_blob(rows, 2), (struct bytes){ octets, i }));
        CLAIM(database_get_real(rows, 3) == (double)edges[i] / 3);
    }
    CLAIM(database_step(rows, &err) == DATABASE_END);
    CLAIM(database_step(rows, &err) == DATABASE_END);
    CLAIM(strcmp(database_column(rows, 0), "id") == 0);
    database_end(rows);
    put(database, 7, name);
    put(database, 8, "");
    put(database, 9, NULL);
    CLAIM(case_number(database, "SELECT count(*) FROM thing WHERE name IS NULL") == 6);
    CLAIM(case_number(database, "SELECT count(*) FROM thing WHERE name = ''") == 1);
    rows = database_ask(
        database, SQL("SELECT name, $1 FROM thing WHERE name = $1", database_string(name)),
        &err);
    DONE(rows != NULL);
    DONE(database_step(rows, &err) == DATABASE_ROW);
    CLAIM(bytes_equal(text_at(rows, 0), bytes_of_string(name)));
    CLAIM(bytes_equal(text_at(rows, 1), bytes_of_string(name)));
    database_end(rows);
    database_close(database);
}

static void what_is_reckoned_is_a_number(const char *where, const char *const *arguments)
{
    (void)arguments;
    static const struct {
        const char *sql;
        int64_t number;
    } numbers[] = {
        { "SELECT count(*) FROM thing", 3 },
        { "SELECT sum(id) FROM thing", 6000000000060 },
        { "SELECT coalesce(sum(id), 0) FROM thing WHERE id < 0", 0 },
        { "SELECT -sum(id) FROM thing", -6000000000060 },
        { "SELECT CASE WHEN max(id) > 5 THEN 1 ELSE 0 END FROM thing", 1 },
        { "SELECT EXISTS (SELECT 1 FROM thing WHERE id = 10)", 1 },
        { "SELECT id = 10 FROM thing ORDER BY id LIMIT 1", 1 },
        { "SELECT length(name) FROM thing WHERE id = 10", 2 },
        { "SELECT 7 / 2", 3 },
    };
    struct database *database = with_table(where);
    struct error err;
    put(database, 10, "関所");
    put(database, 2000000000020, "a");
    put(database, 4000000000030, "B");
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        if (case_number(database, numbers[i].sql) != numbers[i].number) {
            (void)fprintf(stderr, "%s\n", numbers[i].sql);
            exit(1);
        }
    struct database_rows *rows = database_ask(
        database, PLAIN("SELECT avg(id) FROM thing WHERE id < 3000000000000"), &err);
    DONE(rows != NULL);
    DONE(database_step(rows, &err) == DATABASE_ROW);
    CLAIM(database_get_real(rows, 0) == 1000000000015.0);
    database_end(rows);
    /* Texts sort by their octets, capitals first. */
    rows = database_ask(database,
                        SQL("SELECT name FROM thing WHERE id >= $1 ORDER BY name LIMIT $2",
                            database_number(0), database_number(2)),
                        &err);
    DONE(rows != NULL);
    DONE(database_step(rows, &err) == DATABASE_ROW);
    CLAIM(bytes_equal(text_at(rows, 0), BYTES("B")));
    DONE(database_step(rows, &err) == DATABASE_ROW);
    CLAIM(bytes_equal(text_at(rows, 0), BYTES("a")));
    CLAIM(database_step(rows, &err) == DATABASE_END);
    database_end(rows);
    CLAIM(case_number(database, "SELECT count(*) FROM thing WHERE name LIKE 'b%'") == 0);
    database_close(database);
}

static void what_does_not_fit_is_refused(const char *where, const char *const *arguments)
{
    (void)arguments;
    struct database *database = with_table(where);
    struct error err;
    const struct bytes broken[] = { BYTES("a\0b"), BYTES("\xff"), BYTES("\xed\xa0\x80"),
                                    BYTES("\xc0\x80"), BYTES("\xe9\x96") };
    for (size_t i = 0; i < COUNT_OF(broken); i++) {
        CLAIM(!database_run(
            database,
            SQL("INSERT INTO thing (id, name) VALUES (1, $1)", database_text(broken[i])), NULL,
            &err));
        CLAIM(err.code == EINVAL);
    }
    CLAIM(!database_run(
        database,
        SQL("INSERT INTO thing (id, weight) VALUES (1, $1)", database_real(__builtin_nan(""))),
        NULL, &err));
    CLAIM(err.code == EINVAL);
    CLAIM(!database_run(database, PLAIN("DELETE FROM thing WHERE id = $1"), NULL, &err));
    CLAIM(err.code == EINVAL);
    CLAIM(!database_run(
        database,
        SQL("DELETE FROM thing WHERE id = $1", database_number(1), database_number(2)), NULL,
        &err));
    CLAIM(err.code == EINVAL);
    CLAIM(!database_run(database, PLAIN("DELETE FRO thing"), NULL, &err));
    CLAIM(err.code == EIO);
    CLAIM(database_ask(database, PLAIN("SELECT nothing FROM thing"), &err) == NULL);
    CLAIM(err.code == EIO);
    CLAIM(case_number(database, "SELECT count(*) FROM thing") == 0);
    database_close(database);
}

static void a_broken_rule_fails_its_transaction(const char *where, const char *const *arguments)
{
    (void)arguments;
    struct database *database = with_table(where);
    struct error err;
    const struct database_statement *again =
        SQL("INSERT INTO thing (id, name) VALUES (3, $1)", database_string("geheim"));
    put(database, 1, "geheim");
    CLAIM(!database_run(database, again, NULL, &err));
    CLAIM(err.code == EEXIST && strstr(err.text, "geheim") == NULL);
    DONE(database_begin(database, true, &err));
    put(database, 2, "b");
    CLAIM(!database_run(database, again, NULL, &err) && err.code == EEXIST);
    err.code = 0;
    CLAIM(!database_run(database, PLAIN("DELETE FROM thing"), NULL, &err));
    CLAIM(err.code == EEXIST);
    CLAIM(database_ask(database, PLAIN("SELECT 1"), &err) == NULL && err.code == EEXIST);
    CLAIM(!database_commit(database, &err) && err.code == EEXIST);
    CLAIM(case_number(database, "SELECT count(*) FROM thing") == 1);
    DONE(database_begin(database, true, &err));
    const struct database_statement *or_not =
        SQL("INSERT INTO thing (id, name) VALUES (5, $1) ON CONFLICT (name) DO NOTHING",
            database_string("geheim"));
    int64_t changed = -1;
    DONE(database_run(database, or_not, &changed, &err));
    CLAIM(changed == 0);
    DONE(database_commit(database, &err));
    database_close(database);
}

static void a_transaction_is_seen_when_it_is_committed(const char *where,
                                                       const char *const *arguments)
{
    (void)arguments;
    struct database *database = with_table(where);
    struct database *other = case_open(where);
    const char *count = "SELECT count(*) FROM thing";
    struct error err;
    DONE(database_begin(database, true, &err));
    put(database, 1, "a");
    CLAIM(case_number(database, count) == 1 && case_number(other, count) == 0);
    DONE(database_commit(database, &err));
    CLAIM(case_number(other, count) == 1);
    DONE(database_begin(database, true, &err));
    put(database, 2, "b");
    database_give_up(database);
    database_give_up(database);
    CLAIM(case_number(database, count) == 1 && case_number(other, count) == 1);

    DONE(database_begin(other, false, &err)); /* sees one moment */
    CLAIM(case_number(other, count) == 1);
    put(database, 3, "c");
    CLAIM(case_number(other, count) == 1);
    CLAIM(!database_run(other, PLAIN("DELETE FROM thing"), NULL, &err) && err.code == EACCES);
    CLAIM(!database_commit(other, &err));
    CLAIM(case_number(other, count) == 2);
    case_run(other, "DELETE FROM thing WHERE id = 3");
    DONE(database_begin(database, true, &err));
    put(database, 4, "d");
    database_close(database); /* gives up */
    CLAIM(case_number(other, count) == 1);
    database_close(other);
}

static void a_reading_connection_writes_nothing(const char *where, const char *const *arguments)
{
    (void)arguments;
    struct error err;
    database_close(with_table(where));
    struct database *database = database_open(where, true, &err);
    DONE(database != NULL);
    CLAIM(!database_run(database, PLAIN("DELETE FROM thing"), NULL, &err) &&
          err.code == EACCES);
    CLAIM(!database_run(database, PLAIN("CREATE TABLE t (a BIGINT)"), NULL, &err));
    CLAIM(err.code == EACCES);
    DONE(database_begin(database, false, &err));
    CLAIM(case_number(database, "SELECT count(*) FROM thing") == 0);
    DONE(database_commit(database, &err));
    CLAIM(!database_run(database, PLAIN("DELETE FROM thing"), NULL, &err) &&
          err.code == EACCES);
    database_close(database);
}

static void rows_are_returned_by_what_changes_them(const char *where,
                                                   const char *const *arguments)
{
    (void)arguments;
    struct database *database = with_table(where);
    struct error err;
    const char *sql = "INSERT INTO thing (id, name) VALUES ($1, $2) ON CONFLICT (id) "
                      "DO UPDATE SET name = excluded.name RETURNING id, name";
    for (int i = 0; i < 2; i++) {
        struct database_rows *rows = database_ask(
            database, SQL(sql, database_number(5), database_string(i ? "b" : "a")), &err);
        DONE(rows != NULL);
        DONE(database_step(rows, &err) == DATABASE_ROW);
        CLAIM(database_get_number(rows, 0) == 5);
        CLAIM(bytes_equal(text_at(rows, 1), i ? BYTES("b") : BYTES("a")));
        CLAIM(database_step(rows, &err) == DATABASE_END);
        database_end(rows);
    }
    struct database_rows *rows = database_ask(
        database, SQL("INSERT INTO thing (id) VALUES ($1) RETURNING id", database_number(5)),
        &err);
    CLAIM(rows == NULL && err.code == EEXIST);
    CLAIM(case_number(database, "SELECT count(*) FROM thing") == 1);
    DONE(database_begin(database, true, &err));
    CLAIM(case_number(database, "SELECT id FROM thing WHERE id = 5 FOR UPDATE") == 5);
    DONE(database_commit(database, &err));
    database_close(database);
}

static struct database_value *many(size_t rows)
{
    struct database_value *values = calloc(rows * 3, sizeof *values);
    CLAIM(values != NULL);
    for (size_t i = 0; i < rows; i++) {
        values[i * 3] = database_number((int64_t)i);
        values[i * 3 + 1] = database_blob(BYTES("\0some octets"));
        values[i * 3 + 2] = i % 2 ? database_null() : database_real((double)i);
    }
    return values;
}

static void many_rows_go_at_once_or_not_at_all(const char *where, const char *const *arguments)
{
    (void)arguments;
    enum { ROWS = 10000 };
    struct database *database = with_table(where);
    struct error err;
    struct database_value *values = many(ROWS);
    const char *count = "SELECT count(*) FROM thing";
    const struct database_statement insert = {
        "INSERT INTO thing (id, octets, weight) VALUES ($1, $2, $3)", values, 3
    };
    DONE(database_run_many(database, &insert, ROWS, &err));
    DONE(database_run_many(database, &insert, 0, &err));
    CLAIM(case_number(database, count) == ROWS);
    CLAIM(case_number(database, "SELECT count(*) FROM thing WHERE weight IS NULL") == ROWS / 2);
    CLAIM(!database_run_many(database, &insert, ROWS, &err) && err.code == EEXIST);

    case_run(database, "DELETE FROM thing");
    values[3 * 5000] = database_number(17); /* is there already when it comes */
    CLAIM(!database_run_many(database, &insert, ROWS, &err) && err.code == EEXIST);
    CLAIM(case_number(database, count) == 0);
    DONE(database_begin(database, true, &err));
    put(database, -1, "a");
    CLAIM(!database_run_many(database, &insert, ROWS, &err) && err.code == EEXIST);
    CLAIM(!database_commit(database, &err));
    CLAIM(case_number(database, count) == 0);
    values[3 * 5000] = database_number(-17);
    DONE(database_begin(database, true, &err));
    put(database, -1, "a");
    DONE(database_run_many(database, &insert, ROWS, &err));
    DONE(database_commit(database, &err));
    CLAIM(case_number(database, count) == ROWS + 1);
    free(values);
    database_close(database);
}

static void large_values_pass(const char *where, const char *const *arguments)
{
    (void)arguments;
    enum { OCTETS = 20 << 20, ROWS = 20 };
    struct database *database = with_table(where);
    struct error err;
    uint8_t *octets = calloc(1, OCTETS);
    CLAIM(octets != NULL);
    for (size_t i = 0; i < OCTETS; i++)
        octets[i] = (uint8_t)(i * 131 >> 3);
    DONE(database_run(database,
                      SQL("INSERT INTO thing (id, octets) VALUES (-1, $1)",
                          database_blob((struct bytes){ octets, OCTETS })),
                      NULL, &err));
    struct database_value values[ROWS * 2];
    for (size_t i = 0; i < ROWS; i++) {
        values[i * 2] = database_number((int64_t)i);
        values[i * 2 + 1] = database_blob((struct bytes){ octets + i, OCTETS / ROWS });
    }
    DONE(database_run_many(database,
                           &(struct database_statement){
                               "INSERT INTO thing (id, octets) VALUES ($1, $2)", values, 2 },
                           ROWS, &err));
    struct database_rows *rows =
        database_ask(database, PLAIN("SELECT octets FROM thing ORDER BY id"), &err);
    DONE(rows != NULL);
    DONE(database_step(rows, &err) == DATABASE_ROW);
    CLAIM(bytes_equal(database_get_blob(rows, 0), (struct bytes){ octets, OCTETS }));
    for (size_t i = 0; i < ROWS; i++) {
        DONE(database_step(rows, &err) == DATABASE_ROW);
        CLAIM(bytes_equal(database_get_blob(rows, 0),
                          (struct bytes){ octets + i, OCTETS / ROWS }));
    }
    database_end(rows);
    free(octets);
    database_close(database);
}

static void several_lists_are_open_at_a_time(const char *where, const char *const *arguments)
{
    (void)arguments;
    struct database *database = with_table(where);
    struct error err;
    case_run(database,
             "INSERT INTO thing (id, name) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL "
             "SELECT i + 1 FROM n WHERE i < 1000) SELECT i, CAST(i AS TEXT) FROM n");
    DONE(database_begin(database, true, &err));
    struct database_rows *outer =
        database_ask(database, PLAIN("SELECT id FROM thing ORDER BY id"), &err);
    struct database_rows *same =
        database_ask(database, PLAIN("SELECT id FROM thing ORDER BY id"), &err);
    CLAIM(outer != NULL && same != NULL);
    for (int64_t i = 1; i <= 1000; i++) {
        DONE(database_step(outer, &err) == DATABASE_ROW);
        CLAIM(database_get_number(outer, 0) == i);
        if (i % 2 == 0)
            continue;
        struct database_rows *inner = database_ask(
            database, SQL("SELECT name FROM thing WHERE id >= $1", database_number(i)), &err);
        DONE(inner != NULL);
        DONE(database_step(inner, &err) == DATABASE_ROW);
        DONE(database_step(same, &err) == DATABASE_ROW);
        CLAIM(database_get_number(same, 0) == i / 2 + 1);
        CLAIM(database_get_number(outer, 0) == i);
        if (i % 3 == 0)
            DONE(database_run(
                database, SQL("UPDATE thing SET weight = 1 WHERE id = $1", database_number(i)),
                NULL, &err));
        database_end(inner);
    }
    CLAIM(database_step(outer, &err) == DATABASE_END);
    database_end(outer);
    DONE(database_commit(database, &err));
    database_end(same);
    CLAIM(case_number(database, "SELECT count(*) FROM thing WHERE weight = 1") == 167);
    database_close(database);
}

static void more_statements_than_are_kept(const char *where, const char *const *arguments)
{
    (void)arguments;
    struct database *database = case_open(where);
    char sql[64];
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < DATABASE_KEPT * 2; i++) {
            (void)snprintf(sql, sizeof sql, "SELECT %d", i);
            CLAIM(case_number(database, sql) == i);
        }
    database_close(database);
}

/* The kernel's mark of the most memory there was, which writing "5" sets back (proc(5)). */
static void forget_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");
    CLAIM(file != NULL && fputs("5", file) >= 0 && fclose(file) == 0);
}

static long peak_kib(void)
{
    char line[128];
    long peak = -1;
    FILE *file = fopen("/proc/self/status", "r");
    CLAIM(file != NULL);
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0)
            peak = strtol(line + 6, NULL, 10);
    CLAIM(fclose(file) == 0 && peak > 0);
    return peak;
}

/* arguments[0]: rows, arguments[1]: how much memory may grow, KiB. */
static void a_long_list_is_read_in_little_memory(const char *where,
                                                 const char *const *arguments)
{
    struct database *database = with_table(where);
    struct error err;
    int64_t count = 0, sum = 0, rows_wanted = strtol(arguments[0], NULL, 10);
    DONE(database_run(database,
                      SQL("INSERT INTO thing (id, octets, weight) WITH RECURSIVE n (i) AS "
                          "(SELECT 1 UNION ALL "
                          "SELECT i + 1 FROM n WHERE i < $1) SELECT i, $2, i FROM n",
                          database_number(rows_wanted),
                          database_blob(BYTES("0123456789012345678901234567"))),
                      NULL, &err));
    CLAIM(case_number(database, "SELECT count(*) FROM thing") == rows_wanted);
    forget_peak();
    long before = peak_kib();
    struct database_rows *rows =
        database_ask(database, PLAIN("SELECT id, octets, weight FROM thing"), &err);
    DONE(rows != NULL);
    for (enum database_step step; (step = database_step(rows, &err)) != DATABASE_END; count++) {
        DONE(step == DATABASE_ROW);
        sum += database_get_number(rows, 0) + (int64_t)database_get_blob(rows, 1).len;
    }
    database_end(rows);
    CLAIM(count == rows_wanted && sum == count * (count + 1) / 2 + 28 * count);
    long grown = peak_kib() - before;
    (void)printf("%lld rows, peak of memory grew by %ld KiB\n", (long long)count, grown);
    CLAIM(grown <= strtol(arguments[1], NULL, 10));
    /* One that is not read to its end costs nothing later. */
    rows = database_ask(database, PLAIN("SELECT id FROM thing"), &err);
    DONE(rows != NULL);
    DONE(database_step(rows, &err) == DATABASE_ROW);
    database_end(rows);
    CLAIM(case_number(database, "SELECT count(*) FROM thing") == rows_wanted);
    /* What would have to be held in memory is bounded. */
    rows = database_ask(database, PLAIN("SELECT id, octets, weight FROM thing"), &err);
    DONE(rows != NULL);
    if (database_engine(database) == DATABASE_POSTGRESQL && rows_wanted > 100000) {
        CLAIM(database_ask(database, PLAIN("SELECT 2"), &err) == NULL && err.code == ENOMEM);
        for (count = 0; database_step(rows, &err) == DATABASE_ROW; count++)
            CLAIM(database_get_number(rows, 0) > 0);
        CLAIM(count == rows_wanted);
    }
    database_end(rows);
    CLAIM(case_number(database, "SELECT 3") == 3);
    database_close(database);
}

const struct case_ statement_cases[] = {
    { "values_come_back_as_they_went", values_come_back_as_they_went },
    { "what_is_reckoned_is_a_number", what_is_reckoned_is_a_number },
    { "what_does_not_fit_is_refused", what_does_not_fit_is_refused },
    { "a_broken_rule_fails_its_transaction", a_broken_rule_fails_its_transaction },
    { "a_transaction_is_seen_when_it_is_committed",
      a_transaction_is_seen_when_it_is_committed },
    { "a_reading_connection_writes_nothing", a_reading_connection_writes_nothing },
    { "rows_are_returned_by_what_changes_them", rows_are_returned_by_what_changes_them },
    { "many_rows_go_at_once_or_not_at_all", many_rows_go_at_once_or_not_at_all },
    { "large_values_pass", large_values_pass },
    { "several_lists_are_open_at_a_time", several_lists_are_open_at_a_time },
    { "more_statements_than_are_kept", more_statements_than_are_kept },
    { "a_long_list_is_read_in_little_memory", a_long_list_is_read_in_little_memory },
    { NULL, NULL },
};
