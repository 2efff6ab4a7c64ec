// SPDX-License-Identifier: Apache-2.0
/* Copies of PostgreSQL by its own programs.  They get what the URI says by their environment:
 * arguments can be read by everybody on the machine, and a URI holds a password. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "database/postgres_private.h"

enum { ENVIRONMENT_MAX = 1024 };

struct environment {
    char *words[ENVIRONMENT_MAX + 1]; /* NAME=value, ours to free; NULL at the end */
    size_t count;
    bool is_short; /* of memory or room */
};

static void put_word(struct environment *environment, const char *name, const char *value)
{
    char *word = NULL;
    size_t len = 0;
    FILE *out = environment->count < ENVIRONMENT_MAX ? open_memstream(&word, &len) : NULL;
    if (out == NULL) {
        environment->is_short = true;
        return;
    }
    (void)fprintf(out, "%s=%s", name, value);
    if (fclose(out) != 0)
        environment->is_short = true;
    environment->words[environment->count++] = word;
}

static void free_words(struct environment *environment)
{
    for (size_t i = 0; i < environment->count; i++) {
        if (environment->words[i] != NULL)
            explicit_bzero(environment->words[i], strlen(environment->words[i]));
        free(environment->words[i]);
    }
}

/* libpq's own names for what a URI can say (PQconninfoOption.envvar), and of ours what its
 * programs need to find a home, a path and files of certificates. */
static bool make_environment(const char *where, struct environment *out, struct error *err)
{
    static const char *const ours[] = { "HOME", "PATH", "PGPASSFILE", "PGSERVICEFILE",
                                        "PGSYSCONFDIR" };
    PQconninfoOption *options = PQconninfoParse(where, NULL);
    if (options == NULL)
        return database_fail(err, EINVAL, "the URI of the database cannot be read");
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++)
        if (option->val != NULL && option->envvar != NULL)
            put_word(out, option->envvar, option->val);
    PQconninfoFree(options);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        const char *value = getenv(ours[i]);
        if (value != NULL)
            put_word(out, ours[i], value);
    }
    put_word(out, "LC_ALL", "C.UTF-8");
    if (!out->is_short)
        return true;
    free_words(out);
    return error_set(err, ENOMEM, "the environment of PostgreSQL's programs");
}

struct program {
    const char *path;
    const char *const *arguments;
    int input, output; /* descriptors; -1: nothing */
};

/* Its complaints go into a file without a name, of which the first line is told. */
static bool tell_end(const char *path, int status, int complaints, struct error *err)
{
    char words[256] = "";
    ssize_t len = pread(complaints, words, sizeof words - 1, 0);
    words[len > 0 ? len : 0] = '\0';
    words[strcspn(words, "\n")] = '\0';
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    int code = strstr(words, "No space left on device") != NULL ? ENOSPC : EIO;
    return database_fail(err, code, "%s failed: %s", path, words);
}

static bool spawn(const struct program *program, char *const *environment, int complaints,
                  pid_t *out)
{
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return false;
    const int wired[] = { program->input, program->output, complaints };
    bool good = true;
    for (int i = 0; good && i < 3; i++)
        good = (wired[i] >= 0 ? posix_spawn_file_actions_adddup2(&actions, wired[i], i)
                              : posix_spawn_file_actions_addopen(&actions, i, "/dev/null",
                                                                 O_RDWR, 0)) == 0;
    char *arguments[16] = { NULL };
    for (size_t i = 0; i < 15 && program->arguments[i] != NULL; i++)
        arguments[i] = strdup(program->arguments[i]);
    good = good && posix_spawn(out, program->path, &actions, NULL, arguments, environment) == 0;
    for (size_t i = 0; i < 15; i++)
        free(arguments[i]);
    (void)posix_spawn_file_actions_destroy(&actions);
    return good;
}

static bool run_program(const char *where, const struct program *program, struct error *err)
{
    struct environment environment = { .count = 0 };
    if (!make_environment(where, &environment, err))
        return false;
    int complaints = memfd_create("complaints", MFD_CLOEXEC);
    pid_t child = -1;
    bool good = complaints >= 0 && spawn(program, environment.words, complaints, &child);
    free_words(&environment);
    int status = -1;
    if (!good)
        (void)error_set(err, errno, "cannot run %s", program->path);
    while (good && waitpid(child, &status, 0) < 0)
        good = errno == EINTR || error_set(err, errno, "%s", program->path);
    good = good && tell_end(program->path, status, complaints, err);
    if (complaints >= 0)
        (void)close(complaints);
    return good;
}

bool postgres_copy(struct database *database, int fd, const char *path, struct error *err)
{
    (void)path; /* the program inherits the descriptor */
    const struct postgres *postgres = (struct postgres *)database;
    static const char *const arguments[] = { "pg_dump",    "--format=custom", "--no-password",
                                             "--no-owner", "--no-privileges", NULL };
    const struct program dump = { "/usr/bin/pg_dump", arguments, -1, fd };
    return run_program(postgres->where, &dump, err);
}

bool postgres_restore(const char *where, const char *from, struct error *err)
{
    unsigned version = 0;
    struct database *target = database_open(where, false, err);
    if (target == NULL)
        return false;
    bool good = database_version(target, &version, err);
    database_close(target);
    if (!good)
        return false;
    if (version > 0)
        return database_fail(err, EEXIST,
                             "the database holds a schema; it is not written over");
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, errno, "cannot open %s", from);
    /* The empty name is that of the environment. */
    static const char *const arguments[] = {
        "pg_restore", "--dbname=",       "--no-password",   "--single-transaction",
        "--no-owner", "--no-privileges", "--exit-on-error", NULL
    };
    const struct program restore = { "/usr/bin/pg_restore", arguments, fd, -1 };
    good = run_program(where, &restore, err);
    (void)close(fd);
    return good;
}
