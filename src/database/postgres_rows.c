// SPDX-License-Identifier: Apache-2.0
/* Rows come off the wire one at a time.  The wire is one: when another statement wants it, what
 * is left of these is held in memory, each row in one piece (a result of libpq has 2 KiB at
 * least). */
#include <errno.h>
#include <stdlib.h>

#include "base/must.h"
#include "database/postgres_private.h"

/* So many rows nobody wants are read and thrown away; beyond, a new connection costs less. */
enum { ROWS_SKIPPED_MAX = 10000 };

/* A row that waits: its values, then the octets they point to. */
struct held {
    struct held *next;
    size_t octets; /* all of it */
    struct database_value values[];
};

struct postgres_rows {
    struct database_rows base;
    PGresult *result; /* of the row at hand, later of the end */
    PGresult *ahead;  /* taken by ask, so that what fails at once fails there */
    struct held *first, **last;
    struct held *at_hand;
    PGresult *after; /* what came after the last of those held */
    size_t held_octets;
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

static size_t octets_of(const struct database_value *value)
{
    bool has_octets = value->type == DATABASE_TEXT || value->type == DATABASE_BLOB;
    return has_octets ? value->octets.len : 0;
}

static bool decode(const PGresult *result, size_t width, struct database_value *out,
                   struct error *err)
{
    for (size_t i = 0; i < width; i++)
        if (!postgres_value(result, (int)i, &out[i]))
            return database_fail(err, EINVAL,
                                 "column %zu has a type of PostgreSQL's own: write "
                                 "CAST(... AS BIGINT or TEXT)",
                                 i + 1);
    return true;
}

/* The values with their octets copied behind them. */
static struct held *held_of(const struct database_value *values, size_t width)
{
    size_t at = sizeof(struct held) + width * sizeof values[0];
    size_t size = at;
    for (size_t i = 0; i < width; i++)
        size += octets_of(&values[i]);
    struct held *held = malloc(size);
    if (held == NULL)
        return NULL;
    *held = (struct held){ .octets = size };
    for (size_t i = 0; i < width; i++) {
        size_t len = octets_of(&values[i]);
        held->values[i] = values[i];
        if (len == 0)
            continue;
        uint8_t *copy = (uint8_t *)held + at;
        memcpy(copy, values[i].octets.at, len);
        held->values[i].octets.at = copy;
        at += len;
    }
    return held;
}

static bool hold_one(struct postgres_rows *rows, const PGresult *result, struct error *err)
{
    struct database_value values[POSTGRES_COLUMNS_MAX];
    struct held *held = NULL;
    if (decode(result, rows->base.width, values, err)) {
        held = held_of(values, rows->base.width);
        if (held == NULL)
            (void)error_set(err, ENOMEM, "rows still to be read");
    }
    if (held == NULL) {
        postgres_lose(postgres_of(rows)); /* a row is missing: the rest is not to be read */
        return false;
    }
    *rows->last = held;
    rows->last = &held->next;
    rows->held_octets += held->octets;
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
        if (is_row(result)) {
            bool is_held = hold_one(rows, result, err);
            PQclear(result);
            if (!is_held)
                return false;
        } else {
            rows->after = result;
            free_wire(postgres);
        }
    }
    return PQstatus(postgres->connection) == CONNECTION_OK ||
           postgres_fail(postgres, NULL, err);
}

static PGresult *take_next(struct postgres_rows *rows)
{
    struct postgres *postgres = postgres_of(rows);
    if (postgres->live == rows && rows->ahead == NULL) {
        PGresult *next = PQgetResult(postgres->connection);
        if (!is_row(next))
            free_wire(postgres);
        return next;
    }
    PGresult **from = rows->ahead != NULL ? &rows->ahead : &rows->after;
    PGresult *next = *from;
    *from = NULL;
    return next;
}

/* Those held come after the one taken ahead and before what is still on the wire. */
static bool take_held(struct postgres_rows *rows)
{
    struct held *held = rows->ahead == NULL ? rows->first : NULL;
    free(rows->at_hand);
    rows->at_hand = held;
    if (held == NULL)
        return false;
    rows->first = held->next;
    if (rows->first == NULL)
        rows->last = &rows->first;
    rows->held_octets -= held->octets;
    memcpy(rows->values, held->values, rows->base.width * sizeof held->values[0]);
    return true;
}

enum database_step postgres_step(struct database_rows *base, struct error *err)
{
    struct postgres_rows *rows = (struct postgres_rows *)base;
    if (rows->has_ended)
        return DATABASE_END;
    if (take_held(rows))
        return DATABASE_ROW;
    PGresult *next = take_next(rows);
    if (is_row(next)) {
        PQclear(rows->result);
        rows->result = next;
        return decode(next, base->width, rows->values, err) ? DATABASE_ROW : DATABASE_FAILED;
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
    bool is_wide = width > POSTGRES_COLUMNS_MAX;
    struct postgres_rows *rows =
        is_good && !is_wide ? calloc(1, sizeof *rows + width * sizeof rows->values[0]) : NULL;
    if (rows != NULL) {
        rows->base = (struct database_rows){ &postgres->base, width, rows->values };
        rows->ahead = first;
        rows->last = &rows->first;
        return rows;
    }
    free_wire(postgres);
    if (is_wide)
        (void)database_fail(err, EINVAL, "more than %d columns", POSTGRES_COLUMNS_MAX);
    else if (is_good)
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
    PQclear(rows->ahead);
    PQclear(rows->after);
    rows->ahead = NULL;
    while (take_held(rows))
        continue;
    PQclear(rows->result);
    free(rows);
}

const char *postgres_column(const struct database_rows *base, size_t column)
{
    const struct postgres_rows *rows = (const struct postgres_rows *)base;
    const PGresult *result = rows->result != NULL ? rows->result : rows->ahead;
    return PQfname(result, (int)column);
}
