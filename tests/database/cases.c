// SPDX-License-Identifier: Apache-2.0
/* usage: database_cases WHERE CASE [ARGUMENT...] */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"

struct database *case_open(const char *where)
{
    struct error err;
    struct database *database = database_open(where, false, &err);
    DONE(database != NULL);
    return database;
}

void case_run(struct database *database, const char *sql)
{
    struct error err;
    DONE(database_run(database, PLAIN(sql), NULL, &err));
}

int64_t case_number(struct database *database, const char *sql)
{
    struct error err;
    struct database_rows *rows = database_ask(database, PLAIN(sql), &err);
    DONE(rows != NULL);
    DONE(database_step(rows, &err) == DATABASE_ROW);
    int64_t number = database_get_number(rows, 0);
    database_end(rows);
    return number;
}

void case_at_once(int count, void (*what)(const char *where, int number), const char *where)
{
    (void)fflush(NULL);
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        CLAIM(child >= 0);
        if (child == 0) {
            what(where, i);
            (void)fflush(NULL);
            _exit(0);
        }
    }
    for (int i = 0; i < count; i++) {
        int status = -1;
        CLAIM(wait(&status) > 0);
        CLAIM(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
}

int main(int count, char **words)
{
    const struct case_ *const tables[] = { statement_cases, store_cases };
    static const char *none[] = { NULL };
    if (count < 3)
        return 2;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        for (const struct case_ *at = tables[i]; at->name != NULL; at++)
            if (strcmp(at->name, words[2]) == 0) {
                at->run(words[1], count > 3 ? (const char *const *)(words + 3) : none);
                return 0;
            }
    (void)fprintf(stderr, "there is no case %s\n", words[2]);
    return 2;
}
