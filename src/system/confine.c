// SPDX-License-Identifier: Apache-2.0
#include "system/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "system/capabilities_private.h"
#include "system/landlock_private.h"

enum {
    FILE_IN = CONFINE_FILE,
    PACKETS = CONFINE_INTERFACES,
    LISTENING = CONFINE_LISTENERS,
    SESSIONS = CONFINE_LISTENERS | CONFINE_TLS,
    ALL = CONFINE_FILE | CONFINE_INTERFACES | CONFINE_LISTENERS | CONFINE_TLS
};

/* All that a collector may ask of the kernel.  A call with a condition is allowed where the
 * argument, under the mask, has the value. */
static const struct allowed {
    int call;
    unsigned sources; /* for which */
    bool has_condition;
    unsigned argument;
    uint64_t mask, value;
} allowed[] = {
    /* Time, waiting, threads and memory. */
    { SCMP_SYS(clock_gettime), ALL, false, 0, 0, 0 },
    { SCMP_SYS(gettimeofday), ALL, false, 0, 0, 0 },
    { SCMP_SYS(time), ALL, false, 0, 0, 0 },
    { SCMP_SYS(clock_nanosleep), ALL, false, 0, 0, 0 },
    { SCMP_SYS(nanosleep), ALL, false, 0, 0, 0 },
    { SCMP_SYS(restart_syscall), ALL, false, 0, 0, 0 },
    { SCMP_SYS(poll), ALL, false, 0, 0, 0 },
    { SCMP_SYS(ppoll), ALL, false, 0, 0, 0 },
    { SCMP_SYS(futex), ALL, false, 0, 0, 0 },
    { SCMP_SYS(sched_yield), ALL, false, 0, 0, 0 },
    { SCMP_SYS(sched_getaffinity), ALL, false, 0, 0, 0 },
    { SCMP_SYS(brk), ALL, false, 0, 0, 0 },
    { SCMP_SYS(munmap), ALL, false, 0, 0, 0 },
    { SCMP_SYS(madvise), ALL, false, 0, 0, 0 },
    { SCMP_SYS(mremap), ALL, false, 0, 0, 0 },
    { SCMP_SYS(mmap), ALL, true, 2, PROT_EXEC, 0 },
    { SCMP_SYS(mprotect), ALL, true, 2, PROT_EXEC, 0 },
    { SCMP_SYS(getrandom), ALL, false, 0, 0, 0 },
    { SCMP_SYS(getrusage), ALL, false, 0, 0, 0 },
    { SCMP_SYS(getpid), ALL, false, 0, 0, 0 },
    { SCMP_SYS(gettid), ALL, false, 0, 0, 0 },
    { SCMP_SYS(rt_sigreturn), ALL, false, 0, 0, 0 },
    { SCMP_SYS(rt_sigprocmask), ALL, false, 0, 0, 0 },
    { SCMP_SYS(rt_sigaction), ALL, false, 0, 0, 0 },
    { SCMP_SYS(exit), ALL, false, 0, 0, 0 },
    { SCMP_SYS(exit_group), ALL, false, 0, 0, 0 },
    /* The channel: sendto has a row of its own below. */
    { SCMP_SYS(recvmsg), ALL, false, 0, 0, 0 },
    { SCMP_SYS(close), ALL, false, 0, 0, 0 },
    /* A bug's last words, to a pipe that nobody reads. */
    { SCMP_SYS(write), ALL, true, 0, UINT32_MAX, STDERR_FILENO },
    /* Sources. */
    { SCMP_SYS(read), FILE_IN, true, 0, UINT32_MAX, STDIN_FILENO },
    { SCMP_SYS(lseek), FILE_IN, true, 0, UINT32_MAX, STDIN_FILENO },
    { SCMP_SYS(fstat), FILE_IN, false, 0, 0, 0 },
    { SCMP_SYS(ioctl), PACKETS, true, 1, UINT32_MAX, SIOCGIFNAME },
    { SCMP_SYS(ioctl), PACKETS, true, 1, UINT32_MAX, SIOCGIFFLAGS },
    { SCMP_SYS(getsockopt), PACKETS | SESSIONS, false, 0, 0, 0 },
    { SCMP_SYS(recvfrom), PACKETS | SESSIONS, false, 0, 0, 0 },
    { SCMP_SYS(recvmmsg), LISTENING, false, 0, 0, 0 },
    { SCMP_SYS(epoll_wait), LISTENING, false, 0, 0, 0 },
    { SCMP_SYS(epoll_pwait), LISTENING, false, 0, 0, 0 },
    { SCMP_SYS(epoll_ctl), LISTENING, false, 0, 0, 0 },
    { SCMP_SYS(accept4), LISTENING, false, 0, 0, 0 },
    { SCMP_SYS(accept), LISTENING, false, 0, 0, 0 },
    { SCMP_SYS(setsockopt), LISTENING, true, 2, UINT32_MAX, SO_KEEPALIVE },
    { SCMP_SYS(getsockname), LISTENING, false, 0, 0, 0 },
    { SCMP_SYS(getpeername), LISTENING, false, 0, 0, 0 },
    { SCMP_SYS(shutdown), LISTENING, false, 0, 0, 0 },
};

/* Refused with EPERM and not death: what libraries only try.  libpcap looks for a counter in
 * /sys, and stdio for the kind of its file. */
static const struct {
    int call;
    unsigned sources;
} refused[] = {
    { SCMP_SYS(newfstatat), ALL },
    { SCMP_SYS(openat), PACKETS },
    { SCMP_SYS(access), PACKETS },
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static int allow_table(scmp_filter_ctx filter, unsigned sources)
{
    int code = 0;
    for (size_t i = 0; i < COUNT(allowed) && code == 0; i++) {
        const struct allowed *row = &allowed[i];
        struct scmp_arg_cmp condition = { row->argument, SCMP_CMP_MASKED_EQ, row->mask,
                                          row->value };
        if (row->sources & sources)
            code = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, row->call, row->has_condition,
                                          &condition);
    }
    for (size_t i = 0; i < COUNT(refused) && code == 0; i++) {
        if (refused[i].sources & sources)
            code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i].call, 0);
    }
    return code;
}

/* To the channel, and never with an address; of TLS also to whom it is connected.  A socket of
 * datagrams without an address has nobody to send to, and a raw one is not there with TLS. */
static int allow_sending(scmp_filter_ctx filter, const struct confine_options *options)
{
    if (options->sources & CONFINE_TLS)
        return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 1,
                                SCMP_A4(SCMP_CMP_EQ, 0, 0));
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 2,
                            SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX, (uint64_t)options->channel),
                            SCMP_A4(SCMP_CMP_EQ, 0, 0));
}

/* abort() of ours, and of nobody else. */
static int allow_aborting(scmp_filter_ctx filter)
{
    uint64_t self = (uint64_t)getpid();
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                            SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX, self));
}

static int load_filter(const struct confine_options *options)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter)
        return -ENOMEM;
    int code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1); /* all threads */
    if (code == 0)
        code = allow_table(filter, options->sources);
    if (code == 0)
        code = allow_sending(filter, options);
    if (code == 0)
        code = allow_aborting(filter);
    if (code == 0)
        code = seccomp_load(filter);
    seccomp_release(filter);
    return code;
}

bool confine_begin(struct confinement *out, struct error *err)
{
    struct rlimit none = { 0, 0 };
    *out = (struct confinement){ .has_seccomp = false };
    if (setrlimit(RLIMIT_CORE, &none) != 0)
        return error_set(err, errno, "cannot forbid core dumps");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set(err, errno, "cannot give up privileges");
    if (geteuid() != 0 && !capabilities_drop())
        return error_set(err, errno, "cannot give up capabilities");
    out->landlock_abi = landlock_close_all();
    return true;
}

/* Without a limit on it also what is taken later. */
static bool lock_memory(void)
{
    struct rlimit limit = { 0, 0 };
    bool is_unlimited =
        getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
    return mlockall(MCL_CURRENT | MCL_ONFAULT | (is_unlimited ? MCL_FUTURE : 0)) == 0;
}

/* The C library does so for all threads; capabilities go with the user. */
static bool become(const struct confine_options *options, struct error *err)
{
    if (geteuid() != 0)
        return true;
    capabilities_unbind();
    return (setgroups(0, NULL) == 0 &&
            setresgid(options->group, options->group, options->group) == 0 &&
            setresuid(options->user, options->user, options->user) == 0 &&
            capabilities_drop()) ||
           error_set(err, errno, "cannot become user %u, group %u", (unsigned)options->user,
                     (unsigned)options->group);
}

/* Both ends of a pipe of which nobody has the other. */
static bool close_standard(bool keep_input, struct error *err)
{
    int ends[2], others[2];
    if (pipe2(ends, O_CLOEXEC) != 0 || pipe2(others, O_CLOEXEC) != 0)
        return error_set(err, errno, "cannot close standard output");
    bool good = (keep_input || dup2(ends[0], STDIN_FILENO) >= 0) &&
                dup2(others[1], STDOUT_FILENO) >= 0 && dup2(others[1], STDERR_FILENO) >= 0;
    (void)close(ends[0]);
    (void)close(ends[1]);
    (void)close(others[0]);
    (void)close(others[1]);
    return good || error_set(err, errno, "cannot close standard output");
}

static bool limit_self(pid_t parent, struct error *err)
{
    struct rlimit none = { 0, 0 };
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return error_set(err, errno, "cannot forbid to be looked into");
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent)
        return error_set(err, errno, "the keeper is gone");
    if (setrlimit(RLIMIT_NPROC, &none) != 0 || setrlimit(RLIMIT_FSIZE, &none) != 0)
        return error_set(err, errno, "cannot forbid processes and files");
    return true;
}

bool confine_end(const struct confine_options *options, struct confinement *out,
                 struct error *err)
{
    pid_t parent = getppid();
    out->is_locked = lock_memory();
    if (!become(options, err) || !limit_self(parent, err) ||
        !close_standard(options->sources & CONFINE_FILE, err))
        return false;
    out->has_dropped = true;
    out->has_seccomp = load_filter(options) == 0;
    return true;
}

bool confinement_is_whole(const struct confinement *confinement)
{
    return confinement->has_seccomp && confinement->has_dropped &&
           confinement->landlock_abi > 0;
}
