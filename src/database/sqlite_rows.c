// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "database/sqlite_private.h"

struct sqlite_rows {
    struct database_rows base;
    struct database_kept *kept;
    int result; /* of the step that ask took, so that what fails at once fails there */
    bool has_result;
    struct database_value values[];
};

static struct sqlite_rows *open_rows(struct sqlite *sqlite, struct database_kept *kept)
{
    size_t width = (size_t)sqlite3_column_count(kept->made);
    struct sqlite_rows *rows = calloc(1, sizeof *rows + width * sizeof rows->values[0]);
    if (rows == NULL)
        return NULL;
    rows->base = (struct database_rows){ &sqlite->base, width, rows->values };
    rows->kept = kept;
    kept->is_busy = true;
    return rows;
}

struct database_rows *sqlite_ask(struct database *database,
                                 const struct database_statement *statement, struct error *err)
{
    struct sqlite *sqlite = (struct sqlite *)database;
    struct database_kept *kept = sqlite_prepare(sqlite, statement, err);
    if (kept == NULL)
        return NULL;
    struct sqlite_rows *rows = open_rows(sqlite, kept);
    if (rows == NULL) {
        (void)error_set(err, ENOMEM, "cannot read %s", sqlite->path);
        return NULL;
    }
    /* The values are the caller's only until we return, the rows live longer: copied. */
    if (sqlite_bind(sqlite, kept->made, statement->values, SQLITE_TRANSIENT, err)) {
        rows->result = sqlite3_step(kept->made);
        rows->has_result = true;
        if (rows->result == SQLITE_ROW || rows->result == SQLITE_DONE)
            return &rows->base;
        (void)sqlite_fail(sqlite, "cannot use", err);
    }
    sqlite_end(&rows->base);
    return NULL;
}

static struct bytes octets_of(sqlite3_stmt *made, int column, const void *at)
{
    return (struct bytes){ at, (size_t)sqlite3_column_bytes(made, column) };
}

static struct database_value value_of(sqlite3_stmt *made, int column)
{
    switch (sqlite3_column_type(made, column)) {
    case SQLITE_INTEGER: return database_number(sqlite3_column_int64(made, column));
    case SQLITE_FLOAT: return database_real(sqlite3_column_double(made, column));
    case SQLITE_TEXT:
        return database_text(octets_of(made, column, sqlite3_column_text(made, column)));
    case SQLITE_BLOB:
        return database_blob(octets_of(made, column, sqlite3_column_blob(made, column)));
    default: return database_null();
    }
}

enum database_step sqlite_step(struct database_rows *base, struct error *err)
{
    struct sqlite_rows *rows = (struct sqlite_rows *)base;
    /* A statement that has ended would begin again. */
    if (!rows->has_result && rows->result == SQLITE_ROW)
        rows->result = sqlite3_step(rows->kept->made);
    rows->has_result = false;
    if (rows->result == SQLITE_DONE)
        return DATABASE_END;
    if (rows->result != SQLITE_ROW) {
        (void)sqlite_fail((struct sqlite *)base->database, "cannot read", err);
        return DATABASE_FAILED;
    }
    for (size_t i = 0; i < base->width; i++)
        base->values[i] = value_of(rows->kept->made, (int)i);
    return DATABASE_ROW;
}

void sqlite_end(struct database_rows *base)
{
    struct sqlite_rows *rows = (struct sqlite_rows *)base;
    sqlite_release(rows->kept);
    free(rows);
}

const char *sqlite_column(const struct database_rows *base, size_t column)
{
    const struct sqlite_rows *rows = (const struct sqlite_rows *)base;
    return sqlite3_column_name(rows->kept->made, (int)column);
}
