// SPDX-License-Identifier: Apache-2.0
/* What the engines give, and what they share: one table of functions each, behind which
 * database.c keeps the rules that hold for both (transactions, values, what has failed). */
#pragma once

#include "database/database.h"

/* Prepared statements by their text; the least used makes room. */
struct database_kept {
    char *sql; /* NULL: the place is free */
    uint64_t hash;
    uint64_t used; /* the cache's clock when it was last found */
    size_t parameters;
    bool is_busy;  /* its rows are being read */
    void *made;    /* the engine's */
    unsigned name; /* the engine's too, where it names them */
};
typedef void database_drop_fn(struct database *database, struct database_kept *kept);
struct database_cache {
    struct database_kept places[DATABASE_KEPT];
    uint64_t clock;
    database_drop_fn *drop;
};

/* The place of sql, or a fresh one (made == NULL) that another was dropped for.  NULL when
 * memory is out or all are busy. */
struct database_kept *database_cache_find(struct database *database,
                                          struct database_cache *cache, const char *sql);
void database_cache_forget(struct database *database, struct database_cache *cache,
                           struct database_kept *kept);
void database_cache_clear(struct database *database, struct database_cache *cache);
/* The highest n of the $n that stand in sql outside quotes. */
size_t database_count_parameters(const char *sql);

/* A schema in an engine's own words for types; to be freed, NULL when memory is out. */
char *database_types(const char *sql, enum database_engine engine);

struct database_calls {
    enum database_engine engine;
    bool (*run)(struct database *database, const struct database_statement *statement,
                int64_t *changed, struct error *err);
    bool (*run_many)(struct database *database, const struct database_statement *statement,
                     size_t rows, struct error *err);
    struct database_rows *(*ask)(struct database *database,
                                 const struct database_statement *statement, struct error *err);
    enum database_step (*step)(struct database_rows *rows, struct error *err);
    void (*end)(struct database_rows *rows);
    const char *(*column)(const struct database_rows *rows, size_t column);
    /* Several statements without parameters. */
    bool (*script)(struct database *database, const char *sql, struct error *err);
    /* One step of a schema in the engine's own words, and what is to be done around it. */
    bool (*migration)(struct database *database, const struct database_migration *step,
                      struct error *err);
    bool (*migrating)(struct database *database, bool is_on, struct error *err);
    bool (*lock_schema)(struct database *database,
                        struct error *err); /* within a transaction */
    bool (*begin)(struct database *database, bool is_writing, struct error *err);
    bool (*commit)(struct database *database, struct error *err);
    void (*give_up)(struct database *database);
    /* Into fd, which is path, an empty file. */
    bool (*copy)(struct database *database, int fd, const char *path, struct error *err);
    /* NULL: nothing is put off. */
    bool (*tidy)(struct database *database, int64_t *pages, struct error *err);
    void (*each_need)(const struct database *database, database_need_fn *tell, void *context);
    void (*close)(struct database *database);
};

/* Every connection starts with this, every reading with the next. */
struct database {
    const struct database_calls *calls;
    bool is_reading;
    bool is_within; /* a transaction */
    int failed;     /* the code of what failed in it; 0: nothing */
};
struct database_rows {
    struct database *database;
    size_t width;
    struct database_value *values; /* of the row at hand */
};

/* Fills err and its code; always false.  Unlike error_set it adds no words of errno's. */
PRINTF(3, 4) bool database_fail(struct error *err, int code, const char *format, ...);

#define DATABASE_SQLITE_PREFIX "sqlite:"
/* NULL where `where` does not name a database of SQLite. */
const char *database_sqlite_path(const char *where);

struct database *sqlite_open(const char *path, bool reading, struct error *err);
bool sqlite_restore(const char *path, const char *from, struct error *err);
struct database *postgres_open(const char *where, bool reading, struct error *err);
bool postgres_restore(const char *where, const char *from, struct error *err);

/* path beside itself under a name nobody has, empty, mode 0600; room takes that name. */
MUST_CHECK int database_draft_open(const char *path, char *room, size_t room_max,
                                   struct error *err);
/* On the disk and under its own name, unless something is there already (EEXIST).  The draft is
 * gone either way; fd stays the caller's. */
MUST_CHECK bool database_draft_finish(int fd, const char *draft, const char *path,
                                      struct error *err);
