// SPDX-License-Identifier: Apache-2.0
/* Copies of PostgreSQL by its own programs.  They get what the URI says by their environment:
 * arguments can be read by everybody on the machine, and a URI holds a password. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "database/postgres_private.h"

enum { ENVIRONMENT_MAX = 1024 };

struct environment {
    char *words[ENVIRONMENT_MAX + 1]; /* NAME=value, ours to free; NULL at the end */
    size_t count;
    bool is_short; /* of memory or room */
};

/* Unless the name has a value already. */
static void put_word(struct environment *out, const char *name, const char *value)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < out->count; i++)
        if (strncmp(out->words[i], name, len) == 0 && out->words[i][len] == '=')
            return;
    size_t size = len + strlen(value) + 2;
    char *word = out->count < ENVIRONMENT_MAX ? malloc(size) : NULL;
    if (word == NULL) {
        out->is_short = true;
        return;
    }
    struct text to = text_over(word, size);
    text_format(&to, "%s=%s", name, value);
    out->words[out->count++] = word;
}

static void free_words(struct environment *environment)
{
    for (size_t i = 0; i < environment->count; i++) {
        explicit_bzero(environment->words[i], strlen(environment->words[i]));
        free(environment->words[i]);
    }
    environment->count = 0;
}

/* Our own variables that libpq and its programs look at, cut at their "=". */
static void put_ours(struct environment *out)
{
    for (char *const *at = environ; *at != NULL; at++) {
        bool is_wanted = strncmp(*at, "PG", 2) == 0 || strncmp(*at, "HOME=", 5) == 0 ||
                         strncmp(*at, "PATH=", 5) == 0;
        const char *equals = strchr(*at, '=');
        char name[64];
        struct text text = text_over(name, sizeof name);
        if (!is_wanted || equals == NULL)
            continue;
        text_put(&text, (struct bytes){ (const uint8_t *)*at, (size_t)(equals - *at) });
        if (!text.cut)
            put_word(out, name, equals + 1);
    }
}

/* What the URI says goes by libpq's names for it (PQconninfoOption.envvar); what it leaves open
 * comes from our own environment, as for our own connection. */
static bool make_environment(const char *where, struct environment *out, struct error *err)
{
    PQconninfoOption *options = PQconninfoParse(where, NULL);
    if (options == NULL)
        return database_fail(err, EINVAL, "the URI of the database cannot be read");
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++)
        if (option->val != NULL && option->envvar != NULL)
            put_word(out, option->envvar, option->val);
    PQconninfoFree(options);
    put_word(out, "LC_ALL", "C.UTF-8");
    put_ours(out);
    return !out->is_short || error_set(err, ENOMEM, "the environment of PostgreSQL's programs");
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
        arguments[i] = (char *)(uintptr_t)program->arguments[i]; /* not changed: POSIX */
    if (good) {
        errno = posix_spawn(out, program->path, &actions, NULL, arguments, environment);
        good = errno == 0;
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return good;
}

static bool wait_for(const struct program *program, pid_t child, int complaints,
                     struct error *err)
{
    int status = -1;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return error_set(err, errno, "%s", program->path);
    return tell_end(program->path, status, complaints, err);
}

static bool run_program(const char *where, const struct program *program, struct error *err)
{
    struct environment environment = { .count = 0 };
    int complaints = memfd_create("complaints", MFD_CLOEXEC);
    if (complaints < 0)
        return error_set(err, errno, "cannot run %s", program->path);
    pid_t child = -1;
    bool good = make_environment(where, &environment, err) &&
                (spawn(program, environment.words, complaints, &child) ||
                 error_set(err, errno, "cannot run %s", program->path)) &&
                wait_for(program, child, complaints, err);
    free_words(&environment);
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
