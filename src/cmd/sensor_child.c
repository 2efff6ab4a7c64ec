// SPDX-License-Identifier: Apache-2.0
#include "cmd/sensor_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "base/time.h"
#include "system/channel.h"
#include "system/clock.h"

#define PAUSE_FIRST_NS (INT64_C(50) * TIME_MILLISECOND_NS)
#define PAUSE_MOST_NS (INT64_C(10) * TIME_SECOND_NS)
#define LONG_LIFE_NS (INT64_C(5) * TIME_SECOND_NS)

/* From now on what a descriptor was opened for, by its number. */
static bool pass(posix_spawn_file_actions_t *actions, int from, int to)
{
    return posix_spawn_file_actions_adddup2(actions, from, to) == 0;
}

static bool set_signals(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    return posix_spawnattr_setsigmask(attributes, &none) == 0 &&
           posix_spawnattr_setsigdefault(attributes, &all) == 0 &&
           posix_spawnattr_setflags(attributes,
                                    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) == 0;
}

/* Of our environment only where the law's data is: the rest holds where our state is, and may
 * hold more. */
static int spawn(const char *config_path, const int files[3], pid_t *out)
{
    char name[] = "sekisho", command[] = "sensor", option[] = "-c", role[] = "--collector";
    char path[4096], law[4096];
    const char *law_folder = getenv("SEKISHO_LAW_DIR");
    char *arguments[] = { name, command, option, path, role, NULL };
    char *environment[] = { law_folder ? law : NULL, NULL };
    struct text text = text_over(path, sizeof path), place = text_over(law, sizeof law);
    text_format(&place, "SEKISHO_LAW_DIR=%s", law_folder ? law_folder : "");
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    text_put_string(&text, config_path);
    if (text.cut || place.cut || posix_spawn_file_actions_init(&actions) != 0 ||
        posix_spawnattr_init(&attributes) != 0)
        return ENAMETOOLONG;
    bool is_set = pass(&actions, files[0], STDIN_FILENO) &&
                  pass(&actions, files[1], SENSOR_CHANNEL_FD) &&
                  pass(&actions, files[2], SENSOR_KEYS_FD) && set_signals(&attributes);
    int code = is_set ? posix_spawn(out, "/proc/self/exe", &actions, &attributes, arguments,
                                    environment)
                      : ENOMEM;
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    return code;
}

/* Above those that are passed on, so that none is closed by another's being put in place. */
static bool move_up(int *fd)
{
    int moved = fcntl(*fd, F_DUPFD_CLOEXEC, 10);
    (void)close(*fd);
    *fd = moved;
    return moved >= 0;
}

static bool open_files(const struct sensor_config *config, const struct sensor_keys *keys,
                       int ends[2], int files[3], struct error *err)
{
    int pipes[2];
    const char *input = config->sources.capture ? config->sources.capture : "/dev/null";
    files[0] = open(input, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (files[0] < 0)
        return error_set(err, errno, "cannot open %s", input);
    if (!channel_open(ends, err))
        return false;
    files[1] = ends[1];
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return error_set(err, errno, "cannot give the collector its keys");
    files[2] = pipes[0];
    bool is_given = write(pipes[1], keys, sizeof *keys) == (ssize_t)sizeof *keys;
    (void)close(pipes[1]);
    return (is_given && move_up(&files[0]) && move_up(&files[1]) && move_up(&files[2])) ||
           error_set(err, errno, "cannot give the collector its keys");
}

bool child_begin(struct sensor_child *child, const char *config_path,
                 const struct sensor_config *config, const struct sensor_keys *keys,
                 struct error *err)
{
    int ends[2] = { -1, -1 }, files[3] = { -1, -1, -1 };
    bool good = open_files(config, keys, ends, files, err);
    int code = good ? spawn(config_path, files, &child->process) : 0;
    for (size_t i = 0; i < 3; i++) {
        if (files[i] >= 0)
            (void)close(files[i]);
    }
    child->channel = ends[0];
    child->begun_ns = clock_monotonic_ns();
    child->is_ready = false;
    if (!good || code == 0)
        return good;
    (void)close(ends[0]);
    child->channel = -1;
    child->process = 0;
    return error_set(err, code, "cannot begin a collector");
}

static void tell_end(struct sensor_child *child, int status)
{
    struct text words = text_over(child->ended, sizeof child->ended);
    child->was_killed = WIFSIGNALED(status);
    if (!WIFSIGNALED(status))
        text_format(&words, "the collector ended with code %d", WEXITSTATUS(status));
    else if (WTERMSIG(status) == SIGSYS)
        text_format(&words, "the collector was killed by the kernel: it made a system call "
                            "that the sandbox forbids");
    else
        text_format(&words, "the collector was ended by signal %d (%s)", WTERMSIG(status),
                    sigabbrev_np(WTERMSIG(status)));
}

/* Longer each time, unless it lived for long. */
static void plan_next(struct sensor_child *child, int64_t monotonic_ns)
{
    bool lived_long = monotonic_ns - child->begun_ns > LONG_LIFE_NS;
    child->pause_ns = lived_long || child->pause_ns == 0 ? PAUSE_FIRST_NS : 2 * child->pause_ns;
    if (child->pause_ns > PAUSE_MOST_NS)
        child->pause_ns = PAUSE_MOST_NS;
    child->again_ns = monotonic_ns + child->pause_ns;
}

bool child_has_ended(struct sensor_child *child, int64_t monotonic_ns)
{
    int status = 0;
    if (child->process == 0 || waitpid(child->process, &status, WNOHANG) != child->process)
        return false;
    child->process = 0;
    child->is_ready = false;
    tell_end(child, status);
    plan_next(child, monotonic_ns);
    return true;
}

void child_kill(struct sensor_child *child)
{
    if (child->process > 0)
        (void)kill(child->process, SIGKILL);
}
