// SPDX-License-Identifier: Apache-2.0
/* Rows come off the wire one at a time.  The wire is one: when another statement wants it, what
 * is left of these is held in memory. */
#include <errno.h>
#include <stdlib.h>

#include "base/must.h"
#include "database/postgres_private.h"

/* So many rows nobody wants are read and thrown away; beyond, a new connection costs less. */
enum { ROWS_SKIPPED_MAX = 10000 };

struct postgres_rows {
    struct database_rows base;
    PGresult *result; /* of the row at hand, later of the end */
    PGresult *ahead;  /* taken by ask, so that what fails at once fails there */
    PGresult **held;
    size_t held_at, held_count, held_max, held_octets;
    bool has_ended, is_lost;
    struct database_value values[];
};

static struct postgres *postgres_of(const struct postgres_rows *rows)
{
    return (struct postgres *)rows->base.database;
}

static bool is_row(const PGresult *result)
{
    return PQresultStatus(result) == PGRES_SINGLE_TUPLE;
}

/* After the last result libpq gives a NULL, then the wire is free. */
static void free_wire(struct postgres *postgres)
{
    PGresult *result;
    while ((result = PQgetResult(postgres->connection)) != NULL)
        PQclear(result);
    if (PQstatus(postgres->connection) == CONNECTION_BAD)
        postgres_lose(postgres);
    postgres->live = NULL;
}

void postgres_cut(struct postgres *postgres)
{
    if (postgres->live != NULL)
        postgres->live->is_lost = true;
    postgres->live = NULL;
}

static bool hold_one(struct postgres_rows *rows, PGresult *result, struct error *err)
{
    if (rows->held_count == rows->held_max) {
        size_t max = rows->held_max > 0 ? rows->held_max * 2 : 64;
        PGresult **held = realloc(rows->held, max * sizeof(PGresult *));
        if (held == NULL) {
            PQclear(result);
            postgres_lose(postgres_of(rows)); /* a row is missing: the rest is not to be read */
            return error_set(err, ENOMEM, "rows still to be read");
        }
        rows->held = held;
        rows->held_max = max;
    }
    rows->held[rows->held_count++] = result;
    rows->held_octets += PQresultMemorySize(result);
    return true;
}

bool postgres_hold(struct postgres *postgres, struct error *err)
{
    while (postgres->live != NULL) {
        struct postgres_rows *rows = postgres->live;
        if (rows->held_octets > DATABASE_HELD_MAX)
            return database_fail(err, ENOMEM,
                                 "of an open list more is still to be read than "
                                 "fits memory; read it on a connection of its own");
        PGresult *result = PQgetResult(postgres->connection);
        bool is_last = !is_row(result);
        if (result != NULL && !hold_one(rows, result, err))
            return false;
        if (is_last)
            free_wire(postgres);
    }
    return PQstatus(postgres->connection) == CONNECTION_OK ||
           postgres_fail(postgres, NULL, err);
}

static PGresult *take_next(struct postgres_rows *rows)
{
    struct postgres *postgres = postgres_of(rows);
    PGresult *next = rows->ahead;
    rows->ahead = NULL;
    if (next == NULL && rows->held_at < rows->held_count) {
        next = rows->held[rows->held_at++];
        rows->held_octets -= PQresultMemorySize(next);
    } else if (next == NULL && postgres->live == rows) {
        next = PQgetResult(postgres->connection);
    }
    if (postgres->live == rows && rows->held_at == rows->held_count && !is_row(next))
        free_wire(postgres);
    return next;
}

static bool fill(struct postgres_rows *rows, struct error *err)
{
    for (size_t i = 0; i < rows->base.width; i++)
        if (!postgres_value(rows->result, (int)i, &rows->values[i]))
            return database_fail(err, EINVAL,
                                 "column %zu has a type of PostgreSQL's own: write "
                                 "CAST(... AS BIGINT or TEXT)",
                                 i + 1);
    return true;
}

enum database_step postgres_step(struct database_rows *base, struct error *err)
{
    struct postgres_rows *rows = (struct postgres_rows *)base;
    if (rows->has_ended)
        return DATABASE_END;
    PGresult *next = take_next(rows);
    if (is_row(next)) {
        PQclear(rows->result);
        rows->result = next;
        return fill(rows, err) ? DATABASE_ROW : DATABASE_FAILED;
    }
    ExecStatusType status = PQresultStatus(next);
    rows->has_ended = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
    if (rows->has_ended) {
        PQclear(rows->result);
        rows->result = next;
        return DATABASE_END;
    }
    if (rows->is_lost)
        (void)database_fail(err, ENOTCONN, "PostgreSQL: the connection was lost");
    else
        (void)postgres_fail(postgres_of(rows), next, err);
    PQclear(next);
    return DATABASE_FAILED;
}

/* The first answer decides whether there are rows at all. */
static struct postgres_rows *open_rows(struct postgres *postgres, PGresult *first,
                                       struct error *err)
{
    ExecStatusType status = PQresultStatus(first);
    bool is_good = is_row(first) || status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
    size_t width = (size_t)PQnfields(first);
    struct postgres_rows *rows =
        is_good ? calloc(1, sizeof *rows + width * sizeof rows->values[0]) : NULL;
    if (rows != NULL) {
        rows->base = (struct database_rows){ &postgres->base, width, rows->values };
        rows->ahead = first;
        return rows;
    }
    free_wire(postgres);
    if (is_good)
        (void)error_set(err, ENOMEM, "rows to be read");
    else
        (void)postgres_fail(postgres, first, err);
    PQclear(first);
    return NULL;
}

struct database_rows *postgres_ask(struct database *database,
                                   const struct database_statement *statement,
                                   struct error *err)
{
    struct postgres *postgres = (struct postgres *)database;
    const struct database_kept *kept = postgres_prepare(postgres, statement, err);
    if (kept == NULL)
        return NULL;
    struct postgres_values *values = &postgres->values;
    char name[POSTGRES_NUMBER_MAX];
    postgres_name(kept, name);
    postgres_lay_out(values, statement->values, statement->count);
    if (PQsendQueryPrepared(postgres->connection, name, (int)statement->count, values->at,
                            values->lengths, values->formats, 1) != 1) {
        (void)postgres_fail(postgres, NULL, err);
        return NULL;
    }
    (void)PQsetSingleRowMode(postgres->connection);
    struct postgres_rows *rows = open_rows(postgres, PQgetResult(postgres->connection), err);
    if (rows == NULL)
        return NULL;
    if (is_row(rows->ahead))
        postgres->live = rows;
    else
        free_wire(postgres);
    return &rows->base;
}

/* What was not read is thrown away. */
static void skip_rest(struct postgres *postgres)
{
    for (int i = 0; postgres->live != NULL; i++) {
        /* Within a transaction the connection is more than the time it takes. */
        if (i >= ROWS_SKIPPED_MAX && !postgres->base.is_within) {
            postgres_lose(postgres);
            return;
        }
        PGresult *result = PQgetResult(postgres->connection);
        if (!is_row(result))
            free_wire(postgres);
        PQclear(result);
    }
}

void postgres_end(struct database_rows *base)
{
    struct postgres_rows *rows = (struct postgres_rows *)base;
    if (postgres_of(rows)->live == rows)
        skip_rest(postgres_of(rows));
    while (rows->held_at < rows->held_count)
        PQclear(rows->held[rows->held_at++]);
    free(rows->held);
    PQclear(rows->ahead);
    PQclear(rows->result);
    free(rows);
}

const char *postgres_column(const struct database_rows *base, size_t column)
{
    const struct postgres_rows *rows = (const struct postgres_rows *)base;
    const PGresult *result = rows->result != NULL ? rows->result : rows->ahead;
    return PQfname(result, (int)column);
}
