// SPDX-License-Identifier: Apache-2.0
/* One case a run, against the database named by `where`, which is empty at its start.  A claim
 * that does not hold says so and ends the program with 1. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "database/database.h"

#define CLAIM(claim)                                                                  \
    do {                                                                              \
        if (!(claim)) {                                                               \
            (void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #claim); \
            exit(1);                                                                  \
        }                                                                             \
    } while (0)
/* The same of what fills `err`. */
#define DONE(claim)                                                                            \
    do {                                                                                       \
        if (!(claim)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: %s (%d)\n", __FILE__, __LINE__, err.text, err.code); \
            exit(1);                                                                           \
        }                                                                                      \
    } while (0)

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
/* A statement of a text and its values. */
#define SQL(words, ...)                                        \
    (&(struct database_statement){                             \
        words, (const struct database_value[]){ __VA_ARGS__ }, \
        COUNT_OF(((const struct database_value[]){ __VA_ARGS__ })) })
#define PLAIN(words) (&(struct database_statement){ .sql = (words) })

struct case_ {
    const char *name;
    void (*run)(const char *where, const char *const *arguments);
};
extern const struct case_ statement_cases[], store_cases[]; /* a NULL name ends them */

/* Opens or ends the program. */
struct database *case_open(const char *where);
void case_run(struct database *database, const char *sql);
int64_t case_number(struct database *database, const char *sql);
/* Runs what in `count` processes at once; all must end with 0. */
void case_at_once(int count, void (*what)(const char *where, int number), const char *where);
