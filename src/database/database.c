// SPDX-License-Identifier: Apache-2.0
/* The rules that hold for both engines: what a value may be, what a transaction that failed
 * still does, and which engine is meant. */
#include "database/database.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"
#include "base/utf8.h"
#include "database/database_private.h"

bool database_fail(struct error *err, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int wanted = vsnprintf(err->text, sizeof err->text, format, arguments);
    va_end(arguments);
    if (wanted < 0)
        err->text[0] = '\0';
    err->code = code;
    return false;
}

const char *database_sqlite_path(const char *where)
{
    size_t len = strlen(DATABASE_SQLITE_PREFIX);
    return strncmp(where, DATABASE_SQLITE_PREFIX, len) == 0 ? where + len : NULL;
}

struct database *database_open(const char *where, bool reading, struct error *err)
{
    const char *path = database_sqlite_path(where);
    if (path != NULL)
        return sqlite_open(path, reading, err);
    if (strncmp(where, "postgresql://", 13) == 0 || strncmp(where, "postgres://", 11) == 0)
        return postgres_open(where, reading, err);
    (void)database_fail(err, EINVAL,
                        "a database is named sqlite:PATH or postgresql://..., not otherwise");
    return NULL;
}

void database_close(struct database *database)
{
    if (database == NULL)
        return;
    database_give_up(database);
    database->calls->close(database);
}

bool database_tidy(struct database *database, int64_t *pages, struct error *err)
{
    *pages = 0;
    return database->calls->tidy == NULL || database->calls->tidy(database, pages, err);
}

enum database_engine database_engine(const struct database *database)
{
    return database->calls->engine;
}

void database_each_need(const struct database *database, database_need_fn *tell, void *context)
{
    database->calls->each_need(database, tell, context);
}

/* PostgreSQL takes neither NUL nor broken UTF-8; SQLite would, and could not be moved there. */
static bool is_text(struct bytes text)
{
    if (text.len > 0 && bytes_find(text, 0) < text.len)
        return false;
    while (text.len > 0) {
        struct bytes before = text;
        if (text.at[0] < 0x80)
            text = bytes_slice(text, 1, text.len);
        else if (utf8_take(&text) == UTF8_REPLACEMENT &&
                 !bytes_start_with(before, BYTES("\xef\xbf\xbd")))
            return false;
    }
    return true;
}

static bool value_is_good(const struct database_value *value, size_t number, struct error *err)
{
    bool has_octets = value->type == DATABASE_TEXT || value->type == DATABASE_BLOB;
    if (has_octets && value->octets.len > DATABASE_OCTETS_MAX)
        return database_fail(err, EINVAL, "the value of $%zu is too long", number);
    if (value->type == DATABASE_TEXT && !is_text(value->octets))
        return database_fail(err, EINVAL, "the text of $%zu is not UTF-8 without NUL", number);
    if (value->type == DATABASE_REAL && __builtin_isnan(value->real))
        return database_fail(err, EINVAL, "the real of $%zu is not a number", number);
    return true;
}

static bool values_are_good(const struct database_statement *statement, size_t rows,
                            struct error *err)
{
    if (statement->count > DATABASE_VALUES_MAX)
        return database_fail(err, EINVAL, "a statement has more than %d values",
                             DATABASE_VALUES_MAX);
    for (size_t i = 0; i < rows * statement->count; i++)
        if (!value_is_good(&statement->values[i], i % statement->count + 1, err))
            return false;
    return true;
}

/* A failed statement takes its transaction with it.  PostgreSQL insists; SQLite would go on,
 * and programs written on one would then break on the other. */
static bool told(struct database *database, bool is_good, const struct error *err)
{
    if (!is_good && database->is_within && database->failed == 0)
        database->failed = err->code != 0 ? err->code : EIO;
    return is_good;
}

static bool may_go_on(const struct database *database, struct error *err)
{
    return database->failed == 0 ||
           database_fail(err, database->failed, "a statement before it failed its transaction");
}

bool database_run(struct database *database, const struct database_statement *statement,
                  int64_t *changed, struct error *err)
{
    int64_t ignored;
    bool good = may_go_on(database, err) && values_are_good(statement, 1, err) &&
                database->calls->run(database, statement, changed ? changed : &ignored, err);
    return told(database, good, err);
}

static bool run_many(struct database *database, const struct database_statement *statement,
                     size_t rows, struct error *err)
{
    bool good = may_go_on(database, err) && values_are_good(statement, rows, err) &&
                database->calls->run_many(database, statement, rows, err);
    return told(database, good, err);
}

bool database_run_many(struct database *database, const struct database_statement *statement,
                       size_t rows, struct error *err)
{
    if (database->is_within)
        return run_many(database, statement, rows, err);
    if (!database_begin(database, true, err))
        return false;
    if (run_many(database, statement, rows, err))
        return database_commit(database, err);
    database_give_up(database);
    return false;
}

struct database_rows *database_ask(struct database *database,
                                   const struct database_statement *statement,
                                   struct error *err)
{
    struct database_rows *rows = NULL;
    if (may_go_on(database, err) && values_are_good(statement, 1, err))
        rows = database->calls->ask(database, statement, err);
    (void)told(database, rows != NULL, err);
    return rows;
}

enum database_step database_step(struct database_rows *rows, struct error *err)
{
    enum database_step step = rows->database->calls->step(rows, err);
    (void)told(rows->database, step != DATABASE_FAILED, err);
    return step;
}

void database_end(struct database_rows *rows)
{
    if (rows != NULL)
        rows->database->calls->end(rows);
}

size_t database_width(const struct database_rows *rows)
{
    return rows->width;
}

const char *database_column(const struct database_rows *rows, size_t column)
{
    MUST(column < rows->width);
    return rows->database->calls->column(rows, column);
}

static const struct database_value *value_at(const struct database_rows *rows, size_t column)
{
    MUST(column < rows->width);
    return &rows->values[column];
}

bool database_is_null(const struct database_rows *rows, size_t column)
{
    return value_at(rows, column)->type == DATABASE_NULL;
}

int64_t database_get_number(const struct database_rows *rows, size_t column)
{
    const struct database_value *value = value_at(rows, column);
    if (value->type == DATABASE_REAL && value->real > -9.2e18 && value->real < 9.2e18)
        return (int64_t)value->real;
    return value->type == DATABASE_NUMBER ? value->number : 0;
}

double database_get_real(const struct database_rows *rows, size_t column)
{
    const struct database_value *value = value_at(rows, column);
    if (value->type == DATABASE_NUMBER)
        return (double)value->number;
    return value->type == DATABASE_REAL ? value->real : 0;
}

struct bytes database_get_blob(const struct database_rows *rows, size_t column)
{
    const struct database_value *value = value_at(rows, column);
    bool has_octets = value->type == DATABASE_TEXT || value->type == DATABASE_BLOB;
    return has_octets ? value->octets : (struct bytes){ NULL, 0 };
}

struct bytes database_get_text(const struct database_rows *rows, size_t column)
{
    return database_get_blob(rows, column);
}

bool database_begin(struct database *database, bool writing, struct error *err)
{
    MUST(!database->is_within);
    database->failed = 0;
    database->is_within = database->calls->begin(database, writing, err);
    if (!database->is_within)
        database->calls->give_up(database); /* half of a beginning, too */
    return database->is_within;
}

bool database_commit(struct database *database, struct error *err)
{
    MUST(database->is_within);
    bool good = may_go_on(database, err) && database->calls->commit(database, err);
    if (!good)
        database_give_up(database);
    database->is_within = false;
    return good;
}

void database_give_up(struct database *database)
{
    if (database->is_within)
        database->calls->give_up(database);
    database->is_within = false;
    database->failed = 0;
}

bool database_restore(const char *where, const char *path, struct error *err)
{
    const char *to = database_sqlite_path(where);
    return to != NULL ? sqlite_restore(to, path, err) : postgres_restore(where, path, err);
}
