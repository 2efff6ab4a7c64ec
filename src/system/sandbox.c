// SPDX-License-Identifier: Apache-2.0
#include "system/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* Refused with EPERM, so that a library which only tries goes on. */
static const int refused[] = {
    SCMP_SYS(bind),
    SCMP_SYS(listen),
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(bpf),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(io_uring_setup),
    /* Other ways to the same: through another process, the kernel, or another root. */
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(swapon),
    SCMP_SYS(process_madvise),
    SCMP_SYS(kcmp),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(keyctl),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(delete_module),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(move_mount),
    SCMP_SYS(open_tree),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsmount),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
};

static const int refused_unless_listening[] = { SCMP_SYS(accept), SCMP_SYS(accept4) };
/* A pair of sockets is how libcurl hears of a thread that looks a name up. */
static const int refused_unless_sending[] = { SCMP_SYS(socket), SCMP_SYS(connect),
                                              SCMP_SYS(socketpair) };

enum profile { READING, LISTENING, SENDING };

#define COUNT(table) (sizeof(table) / sizeof *(table))

static int refuse(scmp_filter_ctx filter, const int *calls, size_t count)
{
    int code = 0;
    for (size_t i = 0; i < count && code == 0; i++)
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), calls[i], 0);
    return code;
}

static int load_filter(enum profile profile)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter)
        return -ENOMEM;
    int code = refuse(filter, refused, COUNT(refused));
    if (code == 0 && profile != LISTENING)
        code = refuse(filter, refused_unless_listening, COUNT(refused_unless_listening));
    if (code == 0 && profile != SENDING)
        code = refuse(filter, refused_unless_sending, COUNT(refused_unless_sending));
    if (code == 0)
        code = seccomp_load(filter);
    seccomp_release(filter);
    return code;
}

static bool enter(enum profile profile, struct error *err)
{
    struct rlimit no_core = { 0, 0 };
    if (setrlimit(RLIMIT_CORE, &no_core) != 0)
        return error_set(err, errno, "cannot forbid core dumps");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set(err, errno, "cannot give up privileges");
    int code = load_filter(profile);
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
