// SPDX-License-Identifier: Apache-2.0
/* A hub that is in other hands once it serves: it tries one thing after another, and writes
 * into FOLDER/intruder how each went, "NAME ERRNO", 0 where it was done.  $INTRUDER_OUTSIDE is
 * a file that is none of its own. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/hub_hook.h"

static const char *own;

static long open_at(const char *folder, const char *name, int flags)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s%s", folder, name);
    int fd = open(path, flags | O_CLOEXEC, 0600);
    return fd < 0 ? fd : close(fd);
}

static const char *outside(void)
{
    const char *path = getenv("INTRUDER_OUTSIDE");
    return path ? path : "/etc/shadow";
}

static long read_outside(void)
{
    return open_at(outside(), "", O_RDONLY);
}

static long write_outside(void)
{
    return open_at(outside(), "", O_WRONLY);
}

static long make_outside(void)
{
    return open_at(outside(), ".made", O_WRONLY | O_CREAT);
}

static long take_away_outside(void)
{
    return unlink(outside());
}

static long read_passwords(void)
{
    return open_at("/etc/shadow", "", O_RDONLY);
}

static long change_hosts(void)
{
    return open_at("/etc/hosts", "", O_WRONLY);
}

static long read_own(void)
{
    return open_at(own, "/hub.pub", O_RDONLY);
}

static long write_own(void)
{
    return open_at(own, "/intruder.own", O_WRONLY | O_CREAT);
}

static long open_family(int family, int kind)
{
    int fd = socket(family, kind | SOCK_CLOEXEC, 0);
    return fd < 0 ? fd : close(fd);
}

static long call_out(void)
{
    return open_family(AF_INET, SOCK_STREAM);
}

static long open_local(void)
{
    return open_family(AF_UNIX, SOCK_STREAM);
}

static long open_packets(void)
{
    return open_family(AF_PACKET, SOCK_DGRAM);
}

static long open_netlink(void)
{
    return open_family(AF_NETLINK, SOCK_RAW);
}

static long listen_elsewhere(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    long result = bind(fd, (struct sockaddr *)&at, sizeof at);
    int code = errno;
    (void)close(fd);
    errno = code;
    return result;
}

static long begin_process(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return child < 0 ? child : (waitpid(child, NULL, 0) < 0);
}

/* By a child where there can be one, else in its own place: then nothing more is told. */
static long run_program(void)
{
    char name[] = "true", *arguments[] = { name, NULL };
    int status = 0;
    pid_t child = fork();
    if (child > 0) {
        (void)waitpid(child, &status, 0);
        errno = WEXITSTATUS(status);
        return errno == 0 ? 0 : -1;
    }
    long result = execv("/bin/true", arguments);
    if (child == 0)
        _exit(errno);
    return result;
}

static void *do_nothing(void *unused)
{
    return unused;
}

static long begin_thread(void)
{
    pthread_t thread;
    errno = pthread_create(&thread, NULL, do_nothing, NULL);
    return errno == 0 ? pthread_join(thread, NULL) : -1;
}

static long look_into(void)
{
    return ptrace(PTRACE_PEEKDATA, getpid(), NULL, NULL);
}

static long read_memory(void)
{
    return syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0);
}

static long signal_other(void)
{
    return kill(getppid(), 0);
}

static long signal_by_thread(void)
{
    return syscall(SYS_tgkill, getppid(), getppid(), 0);
}

static long run_memory(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? -1 : 0;
}

static long push_words(void)
{
    return ioctl(STDIN_FILENO, TIOCSTI, NULL);
}

static long mount_one(void)
{
    return mount("none", "/there/is/none", "tmpfs", 0, NULL);
}

static long leave_namespaces(void)
{
    return syscall(SYS_unshare, 0);
}

static long load_filter(void)
{
    return syscall(SYS_bpf, -1, NULL, 0);
}

static long ask_keys(void)
{
    return syscall(SYS_keyctl, 0, 0, 0, 0, 0);
}

static long begin_ring(void)
{
    return syscall(SYS_io_uring_setup, 0, NULL);
}

static long measure(void)
{
    return syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0);
}

static long catch_faults(void)
{
    return syscall(SYS_userfaultfd, -1);
}

static long load_module(void)
{
    return syscall(SYS_finit_module, -1, "", 0);
}

static long begin_kernel(void)
{
    return syscall(SYS_kexec_load, 0, 0, NULL, -1L);
}

static const struct {
    const char *name;
    long (*make)(void);
} attempts[] = {
    { "read_own", read_own },
    { "write_own", write_own },
    { "begin_thread", begin_thread },
    { "call_out", call_out },
    { "read_outside", read_outside },
    { "write_outside", write_outside },
    { "make_outside", make_outside },
    { "take_away_outside", take_away_outside },
    { "read_passwords", read_passwords },
    { "change_hosts", change_hosts },
    { "open_local", open_local },
    { "open_packets", open_packets },
    { "open_netlink", open_netlink },
    { "listen_elsewhere", listen_elsewhere },
    { "begin_process", begin_process },
    { "look_into", look_into },
    { "read_memory", read_memory },
    { "signal_other", signal_other },
    { "signal_by_thread", signal_by_thread },
    { "run_memory", run_memory },
    { "push_words", push_words },
    { "mount_one", mount_one },
    { "leave_namespaces", leave_namespaces },
    { "load_filter", load_filter },
    { "ask_keys", ask_keys },
    { "begin_ring", begin_ring },
    { "measure", measure },
    { "catch_faults", catch_faults },
    { "load_module", load_module },
    { "begin_kernel", begin_kernel },
    { "run_program", run_program },
};

void hub_hook(const char *folder)
{
    char beside[4096], path[4096];
    own = folder;
    (void)snprintf(beside, sizeof beside, "%s/intruder.part", folder);
    (void)snprintf(path, sizeof path, "%s/intruder", folder);
    FILE *told = fopen(beside, "we");
    for (size_t i = 0; told && i < sizeof attempts / sizeof *attempts; i++) {
        errno = 0;
        long result = attempts[i].make();
        fprintf(told, "%s %d\n", attempts[i].name, result == 0 ? 0 : errno);
    }
    if (told && fclose(told) == 0)
        (void)rename(beside, path);
}
