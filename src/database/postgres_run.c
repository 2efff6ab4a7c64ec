// SPDX-License-Identifier: Apache-2.0
/* Statements of PostgreSQL: prepared under a name, one at a time or many in a pipeline. */
#include <errno.h>

#include "base/text.h"
#include "database/postgres_private.h"

/* Answers of so many rows fit what the kernel holds for us while we still send. */
enum { ROWS_IN_FLIGHT = 512 };

void postgres_name(const struct database_kept *kept, char room[POSTGRES_NUMBER_MAX])
{
    struct text name = text_over(room, POSTGRES_NUMBER_MAX);
    text_format(&name, "s%u", kept->name);
}

/* A number goes as words and becomes what the server takes the parameter for (integer, bigint,
 * boolean); texts and octets go as they are, so NUL in octets is nothing special. */
static void lay_out_one(struct postgres_values *out, size_t at,
                        const struct database_value *value)
{
    struct text words = text_over(out->numbers[at], sizeof out->numbers[at]);
    out->formats[at] = 0;
    out->lengths[at] = 0;
    out->at[at] = out->numbers[at];
    switch (value->type) {
    case DATABASE_NULL: out->at[at] = NULL; break;
    case DATABASE_NUMBER: text_put_i64(&words, value->number); break;
    case DATABASE_REAL: text_format(&words, "%.17g", value->real); break;
    case DATABASE_TEXT:
    case DATABASE_BLOB:
        out->at[at] = value->octets.len > 0 ? (const char *)value->octets.at : "";
        out->lengths[at] = (int)value->octets.len; /* at most DATABASE_OCTETS_MAX */
        out->formats[at] = 1;
        break;
    }
}

void postgres_lay_out(struct postgres_values *out, const struct database_value *values,
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        lay_out_one(out, i, &values[i]);
}

static bool prepare_now(struct postgres *postgres, struct database_kept *kept,
                        struct error *err)
{
    char name[POSTGRES_NUMBER_MAX];
    kept->name = ++postgres->names;
    postgres_name(kept, name);
    PGresult *result = PQprepare(postgres->connection, name, kept->sql, 0, NULL);
    bool good = PQresultStatus(result) == PGRES_COMMAND_OK;
    if (!good) {
        kept->name = 0; /* the server does not know it */
        database_cache_forget(&postgres->base, &postgres->statements, kept);
        (void)postgres_fail(postgres, result, err);
    }
    PQclear(result);
    return good;
}

struct database_kept *postgres_prepare(struct postgres *postgres,
                                       const struct database_statement *statement,
                                       struct error *err)
{
    if (!postgres_ready(postgres, err))
        return NULL;
    struct database_kept *kept =
        database_cache_find(&postgres->base, &postgres->statements, statement->sql);
    if (kept == NULL) {
        (void)error_set(err, ENOMEM, "too many statements are open");
        return NULL;
    }
    if (kept->parameters != statement->count) {
        (void)database_fail(err, EINVAL,
                            "a statement of %zu parameters was given %zu values: "
                            "%.60s",
                            kept->parameters, statement->count, statement->sql);
        return NULL;
    }
    if (kept->name == 0 && !prepare_now(postgres, kept, err))
        return NULL;
    return kept;
}

static bool is_done(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static int64_t changed_by(PGresult *result)
{
    uint64_t count = 0; /* no number where nothing can change (CREATE TABLE) */
    if (!text_read_u64(bytes_of_string(PQcmdTuples(result)), INT64_MAX, &count))
        return 0;
    return (int64_t)count;
}

bool postgres_run(struct database *database, const struct database_statement *statement,
                  int64_t *changed, struct error *err)
{
    struct postgres *postgres = (struct postgres *)database;
    struct database_kept *kept = postgres_prepare(postgres, statement, err);
    struct postgres_values *values = &postgres->values;
    if (kept == NULL)
        return false;
    postgres_lay_out(values, statement->values, statement->count);
    char name[POSTGRES_NUMBER_MAX];
    postgres_name(kept, name);
    PGresult *result = PQexecPrepared(postgres->connection, name, (int)statement->count,
                                      values->at, values->lengths, values->formats, 1);
    bool good = is_done(result) || postgres_fail(postgres, result, err);
    if (good)
        *changed = changed_by(result);
    PQclear(result);
    return good;
}

/* The answers to count rows: each a result and the NULL after it.  After one that failed the
 * server skips the others (PGRES_PIPELINE_ABORTED); the first is told. */
static bool take_answers(struct postgres *postgres, size_t count, struct error *err)
{
    bool is_good = true;
    for (size_t i = 0; i < count && postgres->connection != NULL; i++) {
        PGresult *result = PQgetResult(postgres->connection);
        if (is_good && !is_done(result))
            is_good = postgres_fail(postgres, result, err);
        if (result != NULL && postgres->connection != NULL)
            PQclear(PQgetResult(postgres->connection));
        PQclear(result);
    }
    return is_good;
}

static bool send_rows(struct postgres *postgres, const struct database_kept *kept,
                      const struct database_statement *block, size_t rows, struct error *err)
{
    struct postgres_values *values = &postgres->values;
    char name[POSTGRES_NUMBER_MAX];
    postgres_name(kept, name);
    for (size_t i = 0; i < rows; i++) {
        postgres_lay_out(values, block->values + i * block->count, block->count);
        if (PQsendQueryPrepared(postgres->connection, name, (int)block->count, values->at,
                                values->lengths, values->formats, 1) != 1)
            return postgres_fail(postgres, NULL, err);
    }
    return PQsendFlushRequest(postgres->connection) == 1 || postgres_fail(postgres, NULL, err);
}

/* Out of the pipeline; what cannot leave it is of no further use. */
static void leave_pipeline(struct postgres *postgres)
{
    PGconn *connection = postgres->connection;
    bool is_left = PQpipelineSync(connection) == 1;
    bool is_synced = false;
    while (is_left && !is_synced && PQstatus(connection) == CONNECTION_OK) {
        PGresult *result = PQgetResult(connection);
        is_synced = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        PQclear(result);
    }
    if (!is_synced || PQexitPipelineMode(connection) != 1)
        postgres_lose(postgres);
}

bool postgres_run_many(struct database *database, const struct database_statement *statement,
                       size_t rows, struct error *err)
{
    struct postgres *postgres = (struct postgres *)database;
    const struct database_kept *kept = postgres_prepare(postgres, statement, err);
    if (kept == NULL)
        return false;
    if (PQenterPipelineMode(postgres->connection) != 1)
        return postgres_fail(postgres, NULL, err);
    bool good = true;
    for (size_t at = 0; good && at < rows; at += ROWS_IN_FLIGHT) {
        size_t count = rows - at < ROWS_IN_FLIGHT ? rows - at : ROWS_IN_FLIGHT;
        struct database_statement block = *statement;
        block.values += at * block.count;
        good =
            send_rows(postgres, kept, &block, count, err) && take_answers(postgres, count, err);
    }
    if (postgres->connection != NULL)
        leave_pipeline(postgres);
    return good;
}
