// SPDX-License-Identifier: Apache-2.0
/* Rows a second, of nine columns as a minimised flow has them: usage: bench_database WHERE, an
 * empty database.  Durable as the hub's: each commit waits for the disk. */
#include <stdio.h>
#include <stdlib.h>

#include "database/database.h"
#include "system/clock.h"

enum { COLUMNS = 9, BLOCK = 10000, BLOCKS = 30, ALONE = 1000, ASKED = 20000 };

static void need(bool done, const struct error *err)
{
    if (done)
        return;
    (void)fprintf(stderr, "%s\n", err->text);
    exit(1);
}

static void tell(const char *what, int64_t count, int64_t start_ns)
{
    double seconds = (double)(clock_monotonic_ns() - start_ns) / 1e9;
    (void)printf("%-44s %10.0f a second\n", what, (double)count / seconds);
}

static void fill(struct database_value *values, int64_t first, int64_t rows)
{
    static const uint8_t address[16] = { 0x20, 1, 0x0d, 0xb8 };
    for (int64_t i = 0; i < rows; i++, values += COLUMNS) {
        values[0] = database_number(first + i);
        values[1] = database_number(1700000000000000000 + i);
        values[2] = database_blob((struct bytes){ address, sizeof address });
        values[3] = database_number(443);
        values[4] = database_number(i * 1500);
        values[5] = database_number(i);
        values[6] = database_string("example.jp");
        values[7] = i % 4 ? database_null() : database_string("ja3 of something");
        values[8] = database_real(0.5);
    }
}

static int64_t read_all(struct database *database, struct error *err)
{
    int64_t count = 0;
    struct database_rows *rows = database_ask(
        database, &(struct database_statement){ .sql = "SELECT * FROM flow" }, err);
    need(rows != NULL, err);
    enum database_step step;
    while ((step = database_step(rows, err)) == DATABASE_ROW)
        count++;
    need(step == DATABASE_END, err);
    database_end(rows);
    return count;
}

static void read_each(struct database *database, struct error *err)
{
    for (int64_t i = 0; i < ASKED; i++) {
        const struct database_value id = database_number(i * 7919 % (BLOCK * BLOCKS));
        const struct database_statement ask = { "SELECT * FROM flow WHERE id = $1", &id, 1 };
        struct database_rows *rows = database_ask(database, &ask, err);
        need(rows != NULL && database_step(rows, err) == DATABASE_ROW, err);
        database_end(rows);
    }
}

int main(int count, char **words)
{
    static const struct database_migration step = {
        1, "flows",
        "CREATE TABLE flow (id INTEGER PRIMARY KEY, at INTEGER, address BLOB, port INTEGER, "
        "octets INTEGER, packets INTEGER, name TEXT, print TEXT, score REAL)",
        NULL, NULL
    };
    struct error err = { .code = 0 };
    struct database *database = count == 2 ? database_open(words[1], false, &err) : NULL;
    need(database != NULL &&
             database_migrate(database, &(struct database_migrations){ &step, 1 },
                              &(struct database_migrating){ 0 }, &err),
         &err);
    struct database_value *values = calloc((size_t)BLOCK * COLUMNS, sizeof *values);
    need(values != NULL, &err);
    const struct database_statement put = {
        "INSERT INTO flow VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", values, COLUMNS
    };
    int64_t start = clock_monotonic_ns();
    for (int64_t i = 0; i < BLOCKS; i++) {
        fill(values, i * BLOCK, BLOCK);
        need(database_run_many(database, &put, BLOCK, &err), &err);
    }
    tell("rows in transactions of 10,000", (int64_t)BLOCK * BLOCKS, start);
    start = clock_monotonic_ns();
    for (int64_t i = 0; i < ALONE; i++) {
        fill(values, (int64_t)BLOCK * BLOCKS + i, 1);
        need(database_run(database, &put, NULL, &err), &err);
    }
    tell("rows, each a transaction of its own", ALONE, start);
    start = clock_monotonic_ns();
    tell("rows read in one list", read_all(database, &err), start);
    start = clock_monotonic_ns();
    read_each(database, &err);
    tell("rows read one at a time by their key", ASKED, start);
    free(values);
    database_close(database);
}
