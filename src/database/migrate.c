// SPDX-License-Identifier: Apache-2.0
/* The schema's steps.  What was done is in the table `migration`, written in the transaction of
 * the step itself: an interrupted one was either done or not. */
#include <errno.h>

#include "base/must.h"
#include "database/database_private.h"
#include "system/clock.h"

/* Whether the table is there is asked of each engine in its own words. */
static const char *const is_there[] = {
    [DATABASE_SQLITE] = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND "
                        "name = 'migration'",
    [DATABASE_POSTGRESQL] = "SELECT count(*) FROM information_schema.tables WHERE "
                            "table_schema = current_schema() AND table_name = 'migration'",
};

static bool ask_number(struct database *database, const char *sql, int64_t *out,
                       struct error *err)
{
    struct database_rows *rows =
        database_ask(database, &(struct database_statement){ .sql = sql }, err);
    if (rows == NULL)
        return false;
    enum database_step step = database_step(rows, err);
    if (step == DATABASE_ROW)
        *out = database_get_number(rows, 0);
    database_end(rows);
    return step != DATABASE_FAILED;
}

bool database_version(struct database *database, unsigned *out, struct error *err)
{
    int64_t tables = 0, number = 0;
    if (!ask_number(database, is_there[database_engine(database)], &tables, err))
        return false;
    if (tables > 0 && !ask_number(database, "SELECT max(number) FROM migration", &number, err))
        return false;
    *out = (unsigned)number;
    return true;
}

/* The steps that were taken are the ones we know. */
static bool check_names(struct database *database, const struct database_migrations *migrations,
                        struct error *err)
{
    struct database_rows *rows = database_ask(
        database,
        &(struct database_statement){ .sql = "SELECT number, name FROM migration ORDER BY 1" },
        err);
    if (rows == NULL)
        return false;
    enum database_step step;
    bool good = true;
    while ((step = database_step(rows, err)) == DATABASE_ROW && good) {
        int64_t number = database_get_number(rows, 0);
        if (number < 1 || number > (int64_t)migrations->count)
            good = database_fail(err, EILSEQ,
                                 "the database has version %lld of the schema, "
                                 "this program knows %zu: a newer one wrote it",
                                 (long long)number, migrations->count);
        else if (!bytes_equal(database_get_text(rows, 1),
                              bytes_of_string(migrations->steps[number - 1].name)))
            good = database_fail(err, EILSEQ,
                                 "step %lld of the schema is not \"%s\": another "
                                 "program wrote it",
                                 (long long)number, migrations->steps[number - 1].name);
    }
    database_end(rows);
    return good && step != DATABASE_FAILED;
}

static bool look(struct database *database, const struct database_migrations *migrations,
                 unsigned *version, struct error *err)
{
    return database_version(database, version, err) &&
           (*version == 0 || check_names(database, migrations, err));
}

static bool write_down(struct database *database, const struct database_migration *step,
                       struct error *err)
{
    const struct database_value values[] = { database_number(step->number),
                                             database_string(step->name),
                                             database_number(clock_now_ns()) };
    return database_run(
        database,
        &(struct database_statement){
            "INSERT INTO migration (number, name, at) VALUES ($1, $2, $3)", values, 3 },
        NULL, err);
}

static const struct database_migration own_table = {
    .both = "CREATE TABLE IF NOT EXISTS migration (number INTEGER NOT NULL PRIMARY KEY, "
            "name TEXT NOT NULL, at INTEGER NOT NULL)",
};

/* Takes the next step, if one is left; *is_done when none was. */
static bool take_one(struct database *database, const struct database_migrations *migrations,
                     const struct database_migrating *how, bool *is_done, struct error *err)
{
    unsigned version = 0;
    if (!database_begin(database, true, err))
        return false;
    bool good = database->calls->lock_schema(database, err) &&
                look(database, migrations, &version, err);
    *is_done = good && version == migrations->count;
    if (!good || *is_done) {
        database_give_up(database);
        return good;
    }
    const struct database_migration *step = &migrations->steps[version];
    good = (version > 0 || database->calls->migration(database, &own_table, err)) &&
           database->calls->migration(database, step, err) && write_down(database, step, err);
    if (!good)
        database_give_up(database);
    good = good && database_commit(database, err);
    if (good && how->told != NULL)
        how->told(how->context, step);
    return good;
}

static bool tell_dry(struct database *database, const struct database_migrations *migrations,
                     const struct database_migrating *how, struct error *err)
{
    unsigned version = 0;
    if (!look(database, migrations, &version, err))
        return false;
    for (size_t i = version; how->told != NULL && i < migrations->count; i++)
        how->told(how->context, &migrations->steps[i]);
    return true;
}

bool database_migrate(struct database *database, const struct database_migrations *migrations,
                      const struct database_migrating *how, struct error *err)
{
    for (size_t i = 0; i < migrations->count; i++)
        MUST(migrations->steps[i].number == i + 1 && migrations->steps[i].name != NULL);
    if (how->is_dry)
        return tell_dry(database, migrations, how, err);
    bool is_done = false;
    bool good = database->calls->migrating(database, true, err);
    while (good && !is_done)
        good = take_one(database, migrations, how, &is_done, err);
    struct error ignored = { .code = 0 };
    struct error *told = good ? err : &ignored; /* what failed first is what is told */
    return database->calls->migrating(database, false, told) && good;
}
