// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libpq-fe.h>

#include "database/database_private.h"

enum {
    POSTGRES_NUMBER_MAX = 32,
    POSTGRES_COLUMNS_MAX = 200, /* as SQLite's limit here */
};

/* The values of a statement as libpq wants them. */
struct postgres_values {
    const char *at[DATABASE_VALUES_MAX];
    int lengths[DATABASE_VALUES_MAX];
    int formats[DATABASE_VALUES_MAX];
    char numbers[DATABASE_VALUES_MAX][POSTGRES_NUMBER_MAX];
};

struct postgres_rows;
struct postgres {
    struct database base;
    PGconn *connection; /* NULL: it was lost, the next statement connects */
    char *where;
    struct database_cache statements;
    unsigned names;             /* given to statements so far */
    struct postgres_rows *live; /* whose rows still come off the wire; one at most */
    struct postgres_values values;
};

/* postgres.c */
bool postgres_connect(struct postgres *postgres, struct error *err);
/* Connected, and nothing coming off the wire. */
bool postgres_ready(struct postgres *postgres, struct error *err);
/* What the server or libpq said of a statement, in our codes; a lost connection is closed.
 * result may be NULL.  Always false. */
bool postgres_fail(struct postgres *postgres, const PGresult *result, struct error *err);
/* Closes it and forgets what was prepared on it. */
void postgres_lose(struct postgres *postgres);
/* Without parameters and rows; several statements are one transaction. */
bool postgres_script(struct database *database, const char *sql, struct error *err);

/* postgres_run.c */
/* Ready, prepared, and its values laid out. */
struct database_kept *postgres_prepare(struct postgres *postgres,
                                       const struct database_statement *statement,
                                       struct error *err);
void postgres_name(const struct database_kept *kept, char room[POSTGRES_NUMBER_MAX]);
void postgres_lay_out(struct postgres_values *out, const struct database_value *values,
                      size_t count);
bool postgres_run(struct database *database, const struct database_statement *statement,
                  int64_t *changed, struct error *err);
bool postgres_run_many(struct database *database, const struct database_statement *statement,
                       size_t rows, struct error *err);

/* postgres_rows.c */
struct database_rows *postgres_ask(struct database *database,
                                   const struct database_statement *statement,
                                   struct error *err);
enum database_step postgres_step(struct database_rows *rows, struct error *err);
void postgres_end(struct database_rows *rows);
const char *postgres_column(const struct database_rows *rows, size_t column);
/* What is left on the wire goes into the memory of its rows. */
bool postgres_hold(struct postgres *postgres, struct error *err);
/* The connection is gone: so is what was still to come. */
void postgres_cut(struct postgres *postgres);

/* postgres_value.c: a column of a row in binary.  False: a type that is not one of ours. */
bool postgres_value(const PGresult *result, int column, struct database_value *out);

/* postgres_dump.c */
bool postgres_copy(struct database *database, int fd, const char *path, struct error *err);
