// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"
#include "hub/confined_private.h"
#include "hub/joins_private.h"
#include "system/channel.h"
#include "system/clock.h"

enum { ANSWER_MAX = 32 << 20, READ_OCTETS = 1 << 16, SPARE_S = 10, CHANNEL = 3 };

struct hub_joiner {
    pid_t process;
    int channel;
};

/* The process */

/* The program that the kernel begins for ours, which begins it (ELF, PT_INTERP). */
static int find_loader(struct dl_phdr_info *info, size_t size, void *out)
{
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_INTERP)
            *(const char **)out = (const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    }
    return 1; /* the first is the program */
}

static bool confine(const struct hub *hub)
{
    struct error err;
    struct sandbox_made made;
    const char *loader = NULL;
    if (hub->settings.confine == HUB_CONFINE_NOT)
        return true;
    struct reach *reach = reach_make(hub, &err);
    if (!reach)
        return false;
    (void)dl_iterate_phdr(find_loader, (void *)&loader);
    if (loader)
        reach_add(reach, SANDBOX_READ | SANDBOX_RUN, "%s", loader);
    reach_add(reach, SANDBOX_READ | SANDBOX_RUN, "/proc/self/exe");
    reach_add(reach, SANDBOX_READ, "/proc");
    if (hub->settings.interface) /* beside it lies the list of pollers */
        reach_add_folder_of(reach, hub->settings.interface);
    reach_add(reach, SANDBOX_READ | SANDBOX_WRITE, "%s/statistics", hub->settings.folder);
    bool is_done = !reach->is_short && sandbox_enter_running(&reach->plan, &made, &err) &&
                   (hub->settings.confine != HUB_CONFINE_REQUIRED || sandbox_is_whole(&made));
    free(reach);
    return is_done;
}

/* Of the hub's it keeps the channel, as descriptor CHANNEL. */
static bool become(const struct hub *hub, int channel, pid_t parent)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int kept = fcntl(channel, F_DUPFD_CLOEXEC, CHANNEL + 1);
    bool is_alone = null >= 0 && kept >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
                    dup2(null, STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0 &&
                    dup3(kept, CHANNEL, O_CLOEXEC) >= 0 &&
                    close_range(CHANNEL + 1, UINT_MAX, 0) == 0;
    (void)prctl(PR_SET_NAME, "sekisho joiner", 0, 0, 0);
    return is_alone && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent &&
           confine(hub);
}

static _Noreturn void work(const char *folder)
{
    int64_t sensors[JOINS_SENSORS_MAX];
    struct pollfd look = { .fd = CHANNEL, .events = POLLIN };
    struct bytes got;
    for (;;) {
        int out = -1;
        if (poll(&look, 1, -1) < 0 && errno != EINTR)
            _exit(1);
        enum channel_state state =
            channel_receive(CHANNEL, (uint8_t *)sensors, sizeof sensors, &got, &out);
        if (state == CHANNEL_CLOSED)
            _exit(0);
        if (state != CHANNEL_MESSAGE || out < 0)
            continue;
        uint8_t is_good = joins_watch(folder, sensors, got.len / sizeof *sensors, out);
        if (!channel_send(CHANNEL, (struct bytes){ &is_good, 1 }))
            _exit(0);
    }
}

/* The hub */

static bool make_folder(const struct hub *hub, struct error *err)
{
    char path[REACH_PATH_MAX];
    snprintf(path, sizeof path, "%s/statistics", hub->settings.folder);
    return mkdir(path, 0700) == 0 || errno == EEXIST || error_set(err, errno, "%s", path);
}

bool joiner_begin(struct hub *hub, struct error *err)
{
    int ends[2];
    pid_t self = getpid();
    hub->joiner = calloc(1, sizeof *hub->joiner);
    if (!hub->joiner)
        return error_set(err, ENOMEM, "joiner");
    hub->joiner->channel = -1;
    if (!make_folder(hub, err) || !channel_open(ends, err))
        return false;
    hub->joiner->process = fork();
    if (hub->joiner->process == 0) {
        if (!become(hub, ends[1], self))
            _exit(1);
        work(hub->settings.folder);
    }
    int code = errno;
    (void)close(ends[1]);
    hub->joiner->channel = ends[0];
    return hub->joiner->process > 0 || error_set(err, code, "cannot begin a process");
}

void joiner_end(struct hub *hub)
{
    struct hub_joiner *joiner = hub->joiner;
    if (joiner && joiner->channel >= 0)
        (void)close(joiner->channel);
    while (joiner && joiner->process > 0 && waitpid(joiner->process, NULL, 0) < 0 &&
           errno == EINTR)
        continue;
    free(joiner);
    hub->joiner = NULL;
}

/* All that it says, within time and bounds; the caller's to free. */
static char *hear(int in, size_t *len)
{
    int64_t end_ns = clock_monotonic_ns() + JOINS_CHILD_S * TIME_SECOND_NS;
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

/* Who does not say how it went is not asked again: his next word would be of this time. */
static bool went_well(struct hub_joiner *joiner)
{
    uint8_t is_good = 0;
    struct bytes got;
    struct pollfd look = { .fd = joiner->channel, .events = POLLIN };
    if (poll(&look, 1, (JOINS_CHILD_S + SPARE_S) * 1000) > 0 &&
        channel_receive(joiner->channel, &is_good, 1, &got, NULL) == CHANNEL_MESSAGE)
        return is_good;
    (void)close(joiner->channel);
    joiner->channel = -1;
    return false;
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

json_t *joins_judge(struct hub *hub, const int64_t *sensors, size_t count, struct error *err)
{
    int ends[2];
    size_t len;
    json_t *findings = NULL;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        (void)error_set(err, errno, "cannot join statistics");
        return NULL;
    }
    bool is_asked = channel_offer(
        hub->joiner->channel,
        (struct bytes){ (const uint8_t *)sensors, count * sizeof *sensors }, ends[1]);
    (void)close(ends[1]);
    char *octets = is_asked ? hear(ends[0], &len) : NULL;
    (void)close(ends[0]);
    if (is_asked && went_well(hub->joiner) && octets)
        findings = read_findings(octets, len, err);
    else
        (void)error_set(err, 0, "sekisho watch --join failed: see statistics/watch.log");
    free(octets);
    return findings;
}
