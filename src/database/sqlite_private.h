// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include "database/database_private.h"

struct sqlite {
    struct database base;
    sqlite3 *handle;
    struct database_cache statements;
    char *path;
};

/* What SQLite said last, in our codes; always false. */
bool sqlite_fail(const struct sqlite *sqlite, const char *action, struct error *err);
bool sqlite_script(struct database *database, const char *sql, struct error *err);
/* The statement with its values bound; they are copied when they must outlive the call. */
struct database_kept *sqlite_prepare(struct sqlite *sqlite,
                                     const struct database_statement *statement,
                                     struct error *err);
bool sqlite_bind(struct sqlite *sqlite, sqlite3_stmt *made, const struct database_value *values,
                 sqlite3_destructor_type life, struct error *err);
/* Resets it and lets go of its values, for the next. */
void sqlite_release(struct database_kept *kept);

struct database_rows *sqlite_ask(struct database *database,
                                 const struct database_statement *statement, struct error *err);
enum database_step sqlite_step(struct database_rows *rows, struct error *err);
void sqlite_end(struct database_rows *rows);
const char *sqlite_column(const struct database_rows *rows, size_t column);

bool sqlite_copy(struct database *database, int fd, const char *path, struct error *err);
