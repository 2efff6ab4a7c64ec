// SPDX-License-Identifier: Apache-2.0
/* PostgreSQL: its connection, made anew when it was lost, its transactions, and what its
 * failures mean. */
#include <errno.h>
#include <stdlib.h>

#include "base/text.h"
#include "database/postgres_private.h"

/* By the start of SQLSTATE (PostgreSQL, appendix A); the first that fits. */
static const struct {
    const char *state;
    int code;
} meanings[] = {
    { "08P01", EIO }, /* protocol violation: our bug, the server is there */
    { "08", ENOTCONN },    { "57P", ENOTCONN }, /* shut down, crashed, starting */
    { "53300", ENOTCONN },                      /* too many connections */
    { "23", EEXIST },      { "40", EAGAIN },    /* serialisation failure, deadlock */
    { "55P03", EAGAIN },   { "57014", EAGAIN }, { "53100", ENOSPC }, { "53200", ENOMEM },
    { "22", EINVAL },      { "25006", EACCES }, { "42501", EACCES },
};

static int meaning_of(const char *state)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (strncmp(state, meanings[i].state, strlen(meanings[i].state)) == 0)
            return meanings[i].code;
    return EIO;
}

void postgres_lose(struct postgres *postgres)
{
    postgres_cut(postgres);
    PQfinish(postgres->connection);
    postgres->connection = NULL;
    database_cache_clear(&postgres->base, &postgres->statements);
}

bool postgres_fail(struct postgres *postgres, const PGresult *result, struct error *err)
{
    const char *state = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    int code = state != NULL ? meaning_of(state) : EIO;
    bool is_lost =
        postgres->connection == NULL || PQstatus(postgres->connection) == CONNECTION_BAD;
    if (is_lost)
        code = ENOTCONN;
    /* Of a value that does not fit the server repeats the value, and of a key all of it (in its
     * details, which we do not ask for). */
    const char *said =
        result != NULL ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    if (code == EINVAL)
        (void)database_fail(err, code, "PostgreSQL: a value does not fit (SQLSTATE %s)", state);
    else if (is_lost)
        (void)database_fail(err, code, "PostgreSQL: the connection was lost");
    else
        (void)database_fail(err, code, "PostgreSQL: %s (SQLSTATE %s)",
                            said != NULL ? said : "no answer", state != NULL ? state : "none");
    if (is_lost && postgres->connection != NULL)
        postgres_lose(postgres);
    return false;
}

bool postgres_script(struct database *database, const char *sql, struct error *err)
{
    struct postgres *postgres = (struct postgres *)database;
    if (!postgres_ready(postgres, err))
        return false;
    PGresult *result = PQexec(postgres->connection, sql);
    ExecStatusType status = PQresultStatus(result);
    bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
                postgres_fail(postgres, result, err);
    PQclear(result);
    return good;
}

static void hear_nothing(void *context, const char *message)
{
    (void)context;
    (void)message; /* notices are not errors, and standard error is the command's */
}

/* A commit is on the disk when it is answered, whatever the server's own default is. */
static const char settings[] = "SET lock_timeout = 5000; SET client_min_messages = error;"
                               "SET default_transaction_isolation = 'read committed';"
                               "SELECT set_config('synchronous_commit', 'on', false)"
                               " WHERE current_setting('synchronous_commit') = 'off'";

static bool set_up(struct postgres *postgres, struct error *err)
{
    const char *encoding = PQparameterStatus(postgres->connection, "server_encoding");
    if (encoding == NULL || strcmp(encoding, "UTF8") != 0)
        return database_fail(err, EINVAL, "PostgreSQL: the database is not in UTF8");
    return postgres_script(&postgres->base, settings, err) &&
           (!postgres->base.is_reading ||
            postgres_script(&postgres->base, "SET default_transaction_read_only = on", err));
}

bool postgres_connect(struct postgres *postgres, struct error *err)
{
    /* The URI may say otherwise but for the encoding; libpq takes the last. */
    const char *const names[] = { "connect_timeout", "tcp_user_timeout", "application_name",
                                  "dbname",          "client_encoding",  NULL };
    const char *const values[] = { "10", "30000", "sekisho", postgres->where, "UTF8", NULL };
    postgres->connection = PQconnectdbParams(names, values, 1);
    if (postgres->connection == NULL)
        return error_set(err, ENOMEM, "PostgreSQL");
    (void)PQsetNoticeProcessor(postgres->connection, hear_nothing, NULL);
    bool good = PQstatus(postgres->connection) == CONNECTION_OK;
    if (!good)
        (void)database_fail(err, ENOTCONN, "%s", PQerrorMessage(postgres->connection));
    if (good && set_up(postgres, err))
        return true;
    if (postgres->connection != NULL)
        postgres_lose(postgres);
    return false;
}

bool postgres_ready(struct postgres *postgres, struct error *err)
{
    if (postgres->connection == NULL)
        return postgres_connect(postgres, err);
    return postgres_hold(postgres, err);
}

static bool begin(struct database *database, bool is_writing, struct error *err)
{
    return postgres_script(database,
                           is_writing ? "BEGIN READ WRITE"
                                      : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                           err);
}

static bool commit(struct database *database, struct error *err)
{
    return postgres_script(database, "COMMIT", err);
}

static void give_up(struct database *database)
{
    struct error ignored;
    const struct postgres *postgres = (struct postgres *)database;
    if (postgres->connection != NULL) /* else the server has given up by itself */
        (void)postgres_script(database, "ROLLBACK", &ignored);
}

static bool migrating(struct database *database, bool is_on, struct error *err)
{
    struct postgres *postgres = (struct postgres *)database;
    database_cache_clear(database, &postgres->statements); /* plans of the former schema */
    return postgres_script(
        database, is_on ? "SET lock_timeout = 3600000" : "SET lock_timeout = 5000", err);
}

/* "SEKISHO" as a number; the lock is of the database, not of the server. */
static bool lock_schema(struct database *database, struct error *err)
{
    return postgres_script(database, "SELECT pg_advisory_xact_lock(23438763567929423)", err);
}

static bool migration(struct database *database, const struct database_migration *step,
                      struct error *err)
{
    char *sql = step->both != NULL ? database_types(step->both, DATABASE_POSTGRESQL) : NULL;
    if (step->both != NULL && sql == NULL)
        return error_set(err, ENOMEM, "migration %u", step->number);
    bool good = (sql == NULL || postgres_script(database, sql, err)) &&
                (step->postgresql == NULL || postgres_script(database, step->postgresql, err));
    free(sql);
    return good;
}

static void drop(struct database *database, struct database_kept *kept)
{
    struct postgres *postgres = (struct postgres *)database;
    char name[POSTGRES_NUMBER_MAX], room[POSTGRES_NUMBER_MAX + 16];
    postgres_name(kept, name);
    struct text sql = text_over(room, sizeof room);
    text_format(&sql, "DEALLOCATE %s", name);
    if (postgres->connection != NULL)
        PQclear(PQexec(postgres->connection, sql.at));
}

/* libpq's names for its files (PostgreSQL 34.1.2, 34.19.1). */
static bool names_file(const char *keyword)
{
    static const char *const names[] = { "passfile",    "sslcert", "sslkey",
                                         "sslrootcert", "sslcrl",  "sslcrldir" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(keyword, names[i]) == 0)
            return true;
    return false;
}

/* A host that is none, or a folder. */
static bool is_local(const PQconninfoOption *option)
{
    return strcmp(option->keyword, "host") == 0 &&
           (!option->val || !*option->val || strpbrk(option->val, "/@"));
}

static void each_need(const struct database *database, database_need_fn *tell, void *context)
{
    const struct postgres *postgres = (const struct postgres *)database;
    const char *home = getenv("HOME"), *service = getenv("PGSERVICEFILE");
    char room[4096];
    struct text own = text_over(room, sizeof room);
    PQconninfoOption *options = PQconninfo(postgres->connection);
    for (const PQconninfoOption *one = options; one && one->keyword; one++) {
        if (is_local(one))
            tell(context, DATABASE_LOCAL_SOCKETS, NULL);
        else if (names_file(one->keyword) && one->val && *one->val)
            tell(context, DATABASE_READS, one->val);
    }
    PQconninfoFree(options);
    if (service)
        tell(context, DATABASE_READS, service);
    text_format(&own, "%s/.postgresql", home ? home : "");
    if (home && !own.cut)
        tell(context, DATABASE_READS, room);
}

static void close_postgres(struct database *database)
{
    struct postgres *postgres = (struct postgres *)database;
    postgres_cut(postgres);
    PQfinish(postgres->connection);
    postgres->connection = NULL;
    database_cache_clear(database, &postgres->statements);
    free(postgres->where);
    free(postgres);
}

static const struct database_calls calls = {
    .engine = DATABASE_POSTGRESQL,
    .run = postgres_run,
    .run_many = postgres_run_many,
    .ask = postgres_ask,
    .step = postgres_step,
    .end = postgres_end,
    .column = postgres_column,
    .script = postgres_script,
    .migration = migration,
    .migrating = migrating,
    .lock_schema = lock_schema,
    .begin = begin,
    .commit = commit,
    .give_up = give_up,
    .copy = postgres_copy,
    .each_need = each_need,
    .close = close_postgres,
};

/* libpq's words about a URI it cannot read repeat the URI, and with it a password. */
static bool is_uri(const char *where)
{
    PQconninfoOption *options = PQconninfoParse(where, NULL);
    bool good = options != NULL;
    PQconninfoFree(options);
    return good;
}

struct database *postgres_open(const char *where, bool reading, struct error *err)
{
    if (!is_uri(where)) {
        (void)database_fail(err, EINVAL, "the URI of the database cannot be read");
        return NULL;
    }
    struct postgres *postgres = calloc(1, sizeof *postgres);
    char *copy = strdup(where);
    if (postgres == NULL || copy == NULL) {
        (void)error_set(err, ENOMEM, "cannot open the database");
        free(copy);
        free(postgres);
        return NULL;
    }
    postgres->base = (struct database){ .calls = &calls, .is_reading = reading };
    postgres->statements.drop = drop;
    postgres->where = copy;
    if (postgres_connect(postgres, err))
        return &postgres->base;
    close_postgres(&postgres->base);
    return NULL;
}
