// SPDX-License-Identifier: Apache-2.0
/* A database of SQLite in a folder of the test's own. */
#pragma once

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "database/database.h"

struct folder {
    char name[64];
    char path[96], where[112];
    struct error err;
};

static inline int remove_one(const char *path, const struct stat *status, int kind,
                             struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static inline struct folder folder_make(void)
{
    struct folder folder = { .name = "/tmp/sekisho-database-XXXXXX" };
    assert_non_null(mkdtemp(folder.name));
    (void)snprintf(folder.path, sizeof folder.path, "%s/hub.db", folder.name);
    (void)snprintf(folder.where, sizeof folder.where, "sqlite:%s", folder.path);
    return folder;
}

static inline void folder_remove(const struct folder *folder)
{
    (void)nftw(folder->name, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline struct database *folder_open(struct folder *folder)
{
    struct database *database = database_open(folder->where, false, &folder->err);
    if (database == NULL)
        fail_msg("%s", folder->err.text);
    return database;
}

static inline bool run(struct database *database, const char *sql, struct error *err)
{
    return database_run(database, &(struct database_statement){ .sql = sql }, NULL, err);
}

/* The number in the first column of the first row. */
static inline int64_t number_of(struct database *database, const char *sql)
{
    struct error err;
    struct database_rows *rows =
        database_ask(database, &(struct database_statement){ .sql = sql }, &err);
    if (rows == NULL)
        fail_msg("%s", err.text);
    check(database_step(rows, &err) == DATABASE_ROW);
    int64_t number = database_get_number(rows, 0);
    database_end(rows);
    return number;
}
