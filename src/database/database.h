// SPDX-License-Identifier: Apache-2.0
/* One interface over SQLite (embedded, WAL) and PostgreSQL (libpq).  SQL is the part both read
 * alike, with parameters $1, $2 ...; values never become part of a statement's text.  A
 * connection belongs to one thread at a time; whoever has many threads has many connections.
 *
 * What failed is told by err->code: EEXIST (a rule of the schema is broken: unique, foreign
 * key, not null, check), EAGAIN (busy, or the transaction lost to another: begin it again),
 * ENOSPC (disk full), ENOTCONN (the server went: the next statement connects anew), EILSEQ (the
 * schema is newer than the program, or another's), EACCES (a write where only reading is
 * allowed), EINVAL (a value does not fit: text that is not UTF-8 or holds NUL, not a number,
 * another type than the column; a statement given other than its parameters), EIO.  No text of
 * an error holds a value.
 *
 * What both engines read alike, so that one text serves both:
 *  - a parameter's type is what stands beside it; where nothing does (`$1 IS NULL` alone),
 * write CAST($1 AS BIGINT);
 *  - INSERT ... ON CONFLICT, RETURNING (through database_ask), WITH, window functions;
 *  - `FOR UPDATE` at the very end of a SELECT locks its rows in PostgreSQL; in SQLite, where
 *    only one writes, it is left out;
 *  - LIKE tells capitals from small letters; texts compare and sort by their octets. */
#pragma once

#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"

enum database_engine { DATABASE_SQLITE, DATABASE_POSTGRESQL };

enum database_type {
    DATABASE_NULL,
    DATABASE_NUMBER,
    DATABASE_REAL,
    DATABASE_TEXT,
    DATABASE_BLOB
};

struct database_value {
    enum database_type type;
    int64_t number;
    double real;
    struct bytes octets; /* of text and blobs; the caller's until the call returns */
};

struct database_value database_null(void);
struct database_value database_number(int64_t number);
struct database_value database_real(double real);
struct database_value database_text(struct bytes text);
/* NULL as SQL's NULL. */
struct database_value database_string(const char *text);
struct database_value database_blob(struct bytes octets);

struct database;

/* where: "sqlite:PATH" (made where it is not there, mode 0600) or a URI of libpq,
 * "postgresql://...".  reading: writes are refused by the engine itself. */
MUST_CHECK struct database *database_open(const char *where, bool reading, struct error *err);
void database_close(struct database *database);
enum database_engine database_engine(const struct database *database);

/* What a connection takes from this machine, for a process that confines itself: files it reads
 * each time it is made, the folder that it writes, local sockets (path is NULL). */
enum database_need { DATABASE_READS, DATABASE_WRITES, DATABASE_LOCAL_SOCKETS };
typedef void database_need_fn(void *context, enum database_need need, const char *path);
void database_each_need(const struct database *database, database_need_fn *tell, void *context);

/* A statement and what stands for its parameters ($1 is values[0]; one may stand in several
 * places).  Prepared once and kept by its text, of which a connection knows DATABASE_KEPT: the
 * text comes from literals of the program, never from input.  A value has at most
 * DATABASE_OCTETS_MAX octets. */
enum { DATABASE_KEPT = 256, DATABASE_VALUES_MAX = 1000, DATABASE_OCTETS_MAX = 128 << 20 };
struct database_statement {
    const char *sql;
    const struct database_value *values;
    size_t count;
};

/* One that gives no rows.  changed: rows it touched; may be NULL. */
MUST_CHECK bool database_run(struct database *database,
                             const struct database_statement *statement, int64_t *changed,
                             struct error *err);
/* The same statement for many rows of values (rows * statement->count of them), as one step:
 * all of them or none, also outside a transaction; pipelined in PostgreSQL. */
MUST_CHECK bool database_run_many(struct database *database,
                                  const struct database_statement *statement, size_t rows,
                                  struct error *err);

/* One that gives rows: ask, then step until it is no row, then end (always, and before the
 * connection is closed).  What it changes (RETURNING) is sure when the end was reached.  Texts
 * and blobs stay until the next step.  Rows stream in constant memory.  Several may be open at
 * a time on one connection; in PostgreSQL what is left of the first is then taken into memory,
 * up to DATABASE_HELD_MAX octets (ENOMEM beyond), so a long list is read on a connection alone.
 */
enum { DATABASE_HELD_MAX = 64 << 20 };
struct database_rows;
enum database_step { DATABASE_ROW, DATABASE_END, DATABASE_FAILED };
MUST_CHECK struct database_rows *database_ask(struct database *database,
                                              const struct database_statement *statement,
                                              struct error *err);
enum database_step database_step(struct database_rows *rows, struct error *err);
void database_end(struct database_rows *rows);
size_t database_width(const struct database_rows *rows);
const char *database_column(const struct database_rows *rows, size_t column);
/* A NULL reads as 0 and as no octets; a number also as a real; octets never as a number. */
bool database_is_null(const struct database_rows *rows, size_t column);
int64_t database_get_number(const struct database_rows *rows, size_t column);
double database_get_real(const struct database_rows *rows, size_t column);
struct bytes database_get_text(const struct database_rows *rows, size_t column);
struct bytes database_get_blob(const struct database_rows *rows, size_t column);

/* Transactions do not nest.  A writing one takes SQLite's write lock at once; in PostgreSQL it
 * reads what others committed meanwhile, and locks the rows it changes.  One that only reads
 * sees one moment from its first statement on.
 *
 * A statement that fails fails its transaction, in both engines: what follows is refused with
 * the same code, until database_give_up (or a commit, which refuses and gives up).  A commit
 * that fails with ENOTCONN may or may not have been done: look before doing it again. */
MUST_CHECK bool database_begin(struct database *database, bool writing, struct error *err);
MUST_CHECK bool database_commit(struct database *database, struct error *err);
void database_give_up(struct database *database);

/* Steps of a schema, each once and in order, each in a transaction of its own, so that an
 * interrupted migration goes on where it was.  Two processes that migrate wait for each other.
 * A step is SQL for both engines, and what only one of them needs after it (NULL: nothing).
 *
 * The text for both writes types in capitals as SQLite knows them, and PostgreSQL gets its own:
 * BLOB (bytea), INTEGER (bigint), REAL (double precision), TEXT (text, compared by octets), and
 * SERIAL_KEY for a number that counts up by itself and is the primary key.  A word in quotes or
 * in small letters is left alone. */
struct database_migration {
    unsigned number; /* 1, 2, 3 ... */
    const char *name;
    const char *both, *sqlite, *postgresql; /* several statements, parted by ";" */
};
struct database_migrations {
    const struct database_migration *steps;
    size_t count;
};
typedef void database_told_fn(void *context, const struct database_migration *step);
/* told (may be NULL) is called for each step that is taken, or with is_dry would be. */
struct database_migrating {
    bool is_dry;
    database_told_fn *told;
    void *context;
};
MUST_CHECK bool database_migrate(struct database *database,
                                 const struct database_migrations *migrations,
                                 const struct database_migrating *how, struct error *err);
/* 0 where nothing was migrated yet. */
MUST_CHECK bool database_version(struct database *database, unsigned *out, struct error *err);

/* Does what the engine puts off, beside those who read and write: SQLite brings its log into
 * its file, which it would else do within somebody's commit.  pages: how long that log was, 0
 * where somebody who reads still needs some of it; it begins anew only where nobody writes
 * between its last page being brought and the next commit. */
MUST_CHECK bool database_tidy(struct database *database, int64_t *pages, struct error *err);

/* A copy of the whole as it is at one moment, while others read and write: SQLite's backup into
 * a new file; PostgreSQL by pg_dump in its custom format.  It is on the disk under its name
 * only when it is whole; a file of that name is never written over (EEXIST).  Restoring goes
 * into a database that is not there yet (SQLite) or holds no schema of ours (PostgreSQL; by
 * pg_restore, all of it or nothing). */
MUST_CHECK bool database_backup(struct database *database, const char *path, struct error *err);
MUST_CHECK bool database_restore(const char *where, const char *path, struct error *err);

/* At most one process has the lock of that name (letters) on one database; another gets EAGAIN.
 * It goes with the process.  With PostgreSQL it also goes with the connection: whoever relies
 * on it calls database_lock_keep now and then, which takes it again or tells that another has
 * it. */
struct database_lock;
MUST_CHECK struct database_lock *database_lock_take(const char *where, const char *name,
                                                    struct error *err);
MUST_CHECK bool database_lock_keep(struct database_lock *lock, struct error *err);
void database_lock_release(struct database_lock *lock);
