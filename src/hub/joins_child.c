// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"
#include "hub/joins_private.h"
#include "system/clock.h"

enum {
    PATH_ROOM = 4096,
    OPTIONS_MAX = 32,
    OPTION_ROOM = 4096,
    ARGUMENTS_MAX = 8 + OPTIONS_MAX + 2 * JOINS_SENSORS_MAX,
    ANSWER_MAX = 32 << 20,
    READ_OCTETS = 1 << 16
};

#define CHILD_NS (INT64_C(120) * TIME_SECOND_NS)

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

static bool make_call(struct hub *hub, const int64_t *sensors, size_t count, struct call *call,
                      struct error *err)
{
    static char words[5][16];
    static const char *const first[] = { "sekisho", "watch", "--quiet", "--json", "-" };
    static char join[] = "--join", path[] = "PATH=/usr/bin:/bin", language[] = "LC_ALL=C.UTF-8";
    char options[PATH_ROOM + 64];
    const char *law = getenv("SEKISHO_LAW_DIR");
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        call->arguments[call->count++] = word(first[i], words[i], sizeof words[i]);
    snprintf(options, sizeof options, "%s/statistics/watch.options", hub->settings.folder);
    if (!add_options(call, options))
        return error_set(err, 0, "%s cannot be read, or is too long", options);
    for (size_t i = 0; i < count; i++) {
        snprintf(call->folders[i], sizeof call->folders[i], "%s/statistics/%lld",
                 hub->settings.folder, (long long)sensors[i]);
        call->arguments[call->count++] = join;
        call->arguments[call->count++] = call->folders[i];
    }
    snprintf(call->home, sizeof call->home, "XDG_STATE_HOME=%s/statistics/home",
             hub->settings.folder);
    snprintf(call->law, sizeof call->law, "SEKISHO_LAW_DIR=%s", law ? law : "");
    char *const environment[] = { call->home, path, language, law ? call->law : NULL };
    memcpy(call->environment, environment, sizeof environment);
    return true;
}

static bool begin(struct hub *hub, struct call *call, int out, pid_t *child, struct error *err)
{
    char log[PATH_ROOM + 64];
    sigset_t none;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    snprintf(log, sizeof log, "%s/statistics/watch.log", hub->settings.folder);
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
    return code == 0 || error_set(err, code, "cannot begin sekisho watch");
}

/* All that it says, within time and bounds; the caller's to free. */
static char *hear(int in, size_t *len)
{
    int64_t end_ns = clock_monotonic_ns() + CHILD_NS;
    char *octets = NULL;
    size_t room = 0;
    *len = 0;
    while (true) {
        struct pollfd look = { .fd = in, .events = POLLIN };
        int64_t left_ms = (end_ns - clock_monotonic_ns()) / TIME_MILLISECOND_NS;
        if (left_ms <= 0 || poll(&look, 1, (int)left_ms) <= 0)
            break;
        if (*len + READ_OCTETS > room) {
            room = 2 * room + READ_OCTETS;
            char *longer = room <= ANSWER_MAX ? realloc(octets, room) : NULL;
            if (!longer)
                break;
            octets = longer;
        }
        ssize_t got = read(in, octets + *len, READ_OCTETS);
        if (got == 0)
            return octets;
        if (got < 0 && errno != EINTR)
            break;
        *len += got > 0 ? (size_t)got : 0;
    }
    free(octets);
    return NULL;
}

static json_t *read_findings(const char *octets, size_t len, struct error *err)
{
    json_t *report = json_loadb(octets, len, JSON_REJECT_DUPLICATES, NULL);
    json_t *findings = json_incref(json_object_get(report, "findings"));
    json_decref(report);
    if (!findings)
        (void)error_set(err, 0, "what sekisho watch said is no report");
    return findings;
}

static json_t *take_answer(pid_t child, int in, struct error *err)
{
    size_t len;
    int status = 0;
    char *octets = hear(in, &len);
    if (!octets)
        (void)kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    json_t *findings = NULL;
    if (!octets || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        (void)error_set(err, 0, "sekisho watch --join failed: see statistics/watch.log");
    else
        findings = read_findings(octets, len, err);
    free(octets);
    return findings;
}

json_t *joins_judge(struct hub *hub, const int64_t *sensors, size_t count, struct error *err)
{
    int ends[2];
    pid_t child = 0;
    json_t *findings = NULL;
    struct call *call = calloc(1, sizeof *call);
    if (!call || pipe2(ends, O_CLOEXEC) != 0) {
        free(call);
        (void)error_set(err, errno, "cannot join statistics");
        return NULL;
    }
    bool is_begun =
        make_call(hub, sensors, count, call, err) && begin(hub, call, ends[1], &child, err);
    (void)close(ends[1]);
    if (is_begun)
        findings = take_answer(child, ends[0], err);
    (void)close(ends[0]);
    free(call);
    return findings;
}
