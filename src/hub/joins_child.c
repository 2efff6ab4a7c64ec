// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hub/joins_private.h"

enum {
    PATH_ROOM = 4096,
    OPTIONS_MAX = 32,
    OPTION_ROOM = 4096,
    ARGUMENTS_MAX = 8 + OPTIONS_MAX + 2 * JOINS_SENSORS_MAX
};

struct call {
    char *arguments[ARGUMENTS_MAX + 1];
    size_t count;
    char home[PATH_ROOM + 32], law[PATH_ROOM];
    char *environment[5];
    char options[OPTION_ROOM];
    char folders[JOINS_SENSORS_MAX][PATH_ROOM + 64];
};

static char *word(const char *literal, char *room, size_t max)
{
    snprintf(room, max, "%s", literal);
    return room;
}

/* A line, an argument; what follows a blank in it is the next one. */
static bool add_options(struct call *call, const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return errno == ENOENT;
    size_t len = fread(call->options, 1, sizeof call->options - 1, file);
    bool is_whole = feof(file) && !ferror(file);
    (void)fclose(file);
    call->options[len] = '\0';
    char *at = NULL;
    for (char *one = strtok_r(call->options, " \n", &at); one && is_whole;
         one = strtok_r(NULL, " \n", &at)) {
        is_whole = call->count < ARGUMENTS_MAX - 2 * JOINS_SENSORS_MAX;
        if (is_whole)
            call->arguments[call->count++] = one;
    }
    return is_whole;
}

static bool make_call(const char *folder, const int64_t *sensors, size_t count,
                      struct call *call)
{
    static char words[5][16];
    static const char *const first[] = { "sekisho", "watch", "--quiet", "--json", "-" };
    static char join[] = "--join", path[] = "PATH=/usr/bin:/bin", language[] = "LC_ALL=C.UTF-8";
    char options[PATH_ROOM + 64];
    const char *law = getenv("SEKISHO_LAW_DIR");
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        call->arguments[call->count++] = word(first[i], words[i], sizeof words[i]);
    snprintf(options, sizeof options, "%s/statistics/watch.options", folder);
    if (!add_options(call, options))
        return false;
    for (size_t i = 0; i < count; i++) {
        snprintf(call->folders[i], sizeof call->folders[i], "%s/statistics/%lld", folder,
                 (long long)sensors[i]);
        call->arguments[call->count++] = join;
        call->arguments[call->count++] = call->folders[i];
    }
    snprintf(call->home, sizeof call->home, "XDG_STATE_HOME=%s/statistics/home", folder);
    snprintf(call->law, sizeof call->law, "SEKISHO_LAW_DIR=%s", law ? law : "");
    char *const environment[] = { call->home, path, language, law ? call->law : NULL };
    memcpy(call->environment, environment, sizeof environment);
    return true;
}

static bool begin(const char *folder, struct call *call, int out, pid_t *child)
{
    char log[PATH_ROOM + 64];
    sigset_t none;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    snprintf(log, sizeof log, "%s/statistics/watch.log", folder);
    sigemptyset(&none);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    (void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_adddup2(&actions, out, 1);
    (void)posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_TRUNC,
                                           0600);
    int code = posix_spawn(child, "/proc/self/exe", &actions, &attributes, call->arguments,
                           call->environment);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    return code == 0;
}

/* Whether it ended well, within its time. */
static bool wait_for(pid_t child)
{
    int status = 0;
    int handle = (int)syscall(SYS_pidfd_open, child, 0);
    struct pollfd look = { .fd = handle, .events = POLLIN };
    if (handle < 0 || poll(&look, 1, JOINS_CHILD_S * 1000) <= 0)
        (void)kill(child, SIGKILL);
    if (handle >= 0)
        (void)close(handle);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool joins_watch(const char *folder, const int64_t *sensors, size_t count, int out)
{
    pid_t child = 0;
    struct call *call = calloc(1, sizeof *call);
    bool is_good =
        call && make_call(folder, sensors, count, call) && begin(folder, call, out, &child);
    (void)close(out);
    is_good = is_good && wait_for(child);
    free(call);
    return is_good;
}
