// SPDX-License-Identifier: Apache-2.0
#include "system/sandbox.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "system/capabilities_private.h"
#include "system/landlock_private.h"

enum profile {
    READING = 1 << 0,
    LISTENING = 1 << 1,
    SENDING = 1 << 2,
    SERVING = 1 << 3,
    RUNNING = 1 << 4,
    SANITIZED = 1 << 5, /* the sanitizers' search for leaks is a process that looks into ours */
    SHORT = READING | LISTENING | SENDING
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { BUILT = SANITIZED };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { BUILT = SANITIZED };
#else
enum { BUILT = 0 };
#endif
#else
enum { BUILT = 0 };
#endif

/* Refused with EPERM, so that a library which only tries goes on. */
static const struct refused {
    int call;
    unsigned but; /* for which profiles it is not */
} refused[] = {
    { SCMP_SYS(bind), 0 },
    { SCMP_SYS(listen), 0 },
    { SCMP_SYS(execve), RUNNING },
    { SCMP_SYS(execveat), 0 },
    { SCMP_SYS(bpf), 0 },
    { SCMP_SYS(process_vm_readv), 0 },
    { SCMP_SYS(process_vm_writev), 0 },
    { SCMP_SYS(init_module), 0 },
    { SCMP_SYS(finit_module), 0 },
    { SCMP_SYS(kexec_load), 0 },
    { SCMP_SYS(mount), 0 },
    { SCMP_SYS(umount2), 0 },
    { SCMP_SYS(setns), 0 },
    { SCMP_SYS(unshare), 0 },
    { SCMP_SYS(io_uring_setup), 0 },
    /* Other ways to the same: through another process, the kernel, or another root. */
    { SCMP_SYS(ptrace), SANITIZED },
    { SCMP_SYS(pidfd_getfd), 0 },
    { SCMP_SYS(swapon), 0 },
    { SCMP_SYS(process_madvise), 0 },
    { SCMP_SYS(kcmp), 0 },
    { SCMP_SYS(perf_event_open), 0 },
    { SCMP_SYS(userfaultfd), 0 },
    { SCMP_SYS(add_key), 0 },
    { SCMP_SYS(request_key), 0 },
    { SCMP_SYS(keyctl), 0 },
    { SCMP_SYS(kexec_file_load), 0 },
    { SCMP_SYS(delete_module), 0 },
    { SCMP_SYS(open_by_handle_at), 0 },
    { SCMP_SYS(pivot_root), 0 },
    { SCMP_SYS(chroot), 0 },
    { SCMP_SYS(move_mount), 0 },
    { SCMP_SYS(open_tree), 0 },
    { SCMP_SYS(fsopen), 0 },
    { SCMP_SYS(fsmount), 0 },
    { SCMP_SYS(mount_setattr), 0 },
    { SCMP_SYS(io_uring_enter), 0 },
    { SCMP_SYS(io_uring_register), 0 },
    /* A pair of sockets is how libcurl hears of a thread that looks a name up. */
    { SCMP_SYS(accept), LISTENING | SERVING },
    { SCMP_SYS(accept4), LISTENING | SERVING },
    { SCMP_SYS(socket), SENDING | SERVING },
    { SCMP_SYS(connect), SENDING | SERVING },
    { SCMP_SYS(socketpair), SENDING | SERVING },
    /* Who serves begins threads, and nothing else. */
    { SCMP_SYS(fork), SHORT | RUNNING | SANITIZED },
    { SCMP_SYS(vfork), SHORT | RUNNING | SANITIZED },
    { SCMP_SYS(kill), SHORT | RUNNING },
    { SCMP_SYS(tkill), SHORT | RUNNING },
    { SCMP_SYS(rt_sigqueueinfo), SHORT | RUNNING },
    { SCMP_SYS(rt_tgsigqueueinfo), SHORT | RUNNING },
    { SCMP_SYS(pidfd_send_signal), SHORT | RUNNING },
};

/* The same where an argument, under the mask, has the value.  A terminal that we were started
 * from takes what is pushed into it for its user's words. */
static const struct refused_with {
    int call;
    unsigned but;
    struct scmp_arg_cmp with;
} refused_with[] = {
    { SCMP_SYS(ioctl), 0, { 1, SCMP_CMP_MASKED_EQ, UINT32_MAX, TIOCSTI } },
    { SCMP_SYS(ioctl), 0, { 1, SCMP_CMP_MASKED_EQ, UINT32_MAX, TIOCLINUX } },
    { SCMP_SYS(clone),
      SHORT | RUNNING | SANITIZED,
      { 0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0 } },
    { SCMP_SYS(mprotect), SHORT | RUNNING, { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC } },
    { SCMP_SYS(pkey_mprotect),
      SHORT | RUNNING,
      { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC } },
    { SCMP_SYS(mmap),
      SHORT | RUNNING,
      { 2, SCMP_CMP_MASKED_EQ, PROT_WRITE | PROT_EXEC, PROT_WRITE | PROT_EXEC } },
    /* Of families only AF_UNIX (1), AF_INET (2), AF_INET6 (10). */
    { SCMP_SYS(socket), SHORT | RUNNING, { 0, SCMP_CMP_MASKED_EQ, UINT32_MAX, 0 } },
    { SCMP_SYS(socket), SHORT | RUNNING, { 0, SCMP_CMP_GT, AF_INET6, 0 } },
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* What libraries try, and go on without. */
static int refuse_families(scmp_filter_ctx filter, bool with_local)
{
    int code = 0;
    for (unsigned family = AF_INET + 1; family < AF_INET6 && code == 0; family++)
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
                                SCMP_A0(SCMP_CMP_EQ, family, 0));
    if (code == 0 && !with_local)
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
                                SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0));
    return code;
}

/* clone3 has its flags in memory, where no filter sees them: without it the C library takes
 * clone.  Signals go to our own threads only. */
static int keep_to_itself(scmp_filter_ctx filter, const struct sandbox_plan *plan)
{
    uint64_t self = (uint64_t)getpid();
    int code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    if (code == 0)
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(tgkill), 1,
                                SCMP_A0(SCMP_CMP_NE, self, 0));
    return code == 0 ? refuse_families(filter, plan->needs_local_sockets) : code;
}

static int refuse(scmp_filter_ctx filter, unsigned profile)
{
    int code = 0;
    for (size_t i = 0; i < COUNT(refused) && code == 0; i++) {
        if (!(refused[i].but & (profile | BUILT)))
            code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i].call, 0);
    }
    for (size_t i = 0; i < COUNT(refused_with) && code == 0; i++) {
        if (!(refused_with[i].but & (profile | BUILT)))
            code = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), refused_with[i].call,
                                          1, &refused_with[i].with);
    }
    return code;
}

static int load_filter(enum profile profile, const struct sandbox_plan *plan)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter)
        return -ENOMEM;
    int code = refuse(filter, profile);
    if (code == 0 && profile == SERVING)
        code = keep_to_itself(filter, plan);
    if (code == 0)
        code = seccomp_load(filter);
    seccomp_release(filter);
    return code;
}

static bool give_up(struct error *err)
{
    struct rlimit no_core = { 0, 0 };
    if (setrlimit(RLIMIT_CORE, &no_core) != 0)
        return error_set(err, errno, "cannot forbid core dumps");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set(err, errno, "cannot give up privileges");
    return true;
}

static bool enter(enum profile profile, struct error *err)
{
    if (!give_up(err))
        return false;
    int code = load_filter(profile, NULL);
    return code == 0 || error_set(err, -code, "cannot enter the sandbox");
}

bool sandbox_enter(struct error *err)
{
    return enter(READING, err);
}

bool sandbox_enter_listening(struct error *err)
{
    return enter(LISTENING, err);
}

bool sandbox_enter_sending(struct error *err)
{
    return enter(SENDING, err);
}

static bool enter_with(enum profile profile, const struct sandbox_plan *plan,
                       struct sandbox_made *out, struct error *err)
{
    unsigned closed = LANDLOCK_BINDING | LANDLOCK_OTHERS;
    if (profile == RUNNING)
        closed |= LANDLOCK_CONNECTING;
    *out = (struct sandbox_made){ .has_seccomp = false };
    if (!give_up(err))
        return false;
    capabilities_unbind();
    if (!capabilities_drop())
        return error_set(err, errno, "cannot give up capabilities");
    if (!BUILT && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return error_set(err, errno, "cannot forbid to be looked into");
    out->landlock_abi = landlock_close_but(plan->paths, plan->count, closed);
    out->has_seccomp = load_filter(profile, plan) == 0;
    return true;
}

bool sandbox_enter_serving(const struct sandbox_plan *plan, struct sandbox_made *out,
                           struct error *err)
{
    return enter_with(SERVING, plan, out, err);
}

bool sandbox_enter_running(const struct sandbox_plan *plan, struct sandbox_made *out,
                           struct error *err)
{
    return enter_with(RUNNING, plan, out, err);
}

bool sandbox_is_whole(const struct sandbox_made *made)
{
    return made->has_seccomp && made->landlock_abi > 0;
}
