// SPDX-License-Identifier: Apache-2.0
/* Each attempt is made by a child of its own, which the kernel is to kill. */
#include "system/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "system/channel.h"

enum { NOBODY = 65534 };

static int ends[2], datagrams;

static void open_a_file(void)
{
    (void)open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static void make_a_file(void)
{
    (void)open("/tmp/x", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static void open_a_socket(void)
{
    (void)socket(AF_INET, SOCK_STREAM, 0);
}

static void connect_one(void)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)connect(datagrams, (struct sockaddr *)&to, sizeof to);
}

static void send_to_somebody(void)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)sendto(datagrams, "x", 1, 0, (struct sockaddr *)&to, sizeof to);
}

static void send_by_another_call(void)
{
    struct iovec one = { (void *)(uintptr_t) "x", 1 };
    struct msghdr header = { .msg_iov = &one, .msg_iovlen = 1 };
    (void)sendmsg(ends[0], &header, 0);
}

static void write_to_a_descriptor(void)
{
    (void)!write(datagrams, "x", 1);
}

static void run_a_program(void)
{
    char name[] = "true", *arguments[] = { name, NULL };
    (void)execv("/bin/true", arguments);
}

static void begin_a_process(void)
{
    if (syscall(SYS_fork) == 0)
        _exit(0);
}

static void clone_one(void)
{
    (void)syscall(SYS_clone3, NULL, 0);
}

static void look_into_another(void)
{
    (void)ptrace(PTRACE_ATTACH, getpid(), NULL, NULL);
}

static void run_what_was_written(void)
{
    (void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void make_memory_run(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    (void)mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static void kill_the_keeper(void)
{
    (void)kill(getppid(), 0);
}

static void become_root(void)
{
    (void)!setuid(0);
}

static void be_looked_into(void)
{
    (void)syscall(SYS_prctl, 4, 1, 0, 0, 0); /* PR_SET_DUMPABLE */
}

static void confine(unsigned sources)
{
    struct error err;
    struct confinement made;
    struct confine_options options = { sources, ends[0], NOBODY, NOBODY };
    if (!confine_begin(&made, &err) || !confine_end(&options, &made, &err) || !made.has_seccomp)
        _exit(99);
}

/* How the child ends: the signal, or 1000 plus its exit code. */
static int end_of(void (*attempt)(void))
{
    int status = 0;
    struct error err;
    check(channel_open(ends, &err));
    datagrams = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    pid_t child = fork();
    if (child == 0) {
        confine(CONFINE_LISTENERS);
        attempt();
        _exit(0);
    }
    check(waitpid(child, &status, 0) == child);
    (void)close(ends[0]);
    (void)close(ends[1]);
    (void)close(datagrams);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 1000 + WEXITSTATUS(status);
}

static void each_attempt_ends_the_process(void **state)
{
    (void)state;
    static void (*const attempts[])(void) = {
        open_a_file,           make_a_file,
        open_a_socket,         connect_one,
        send_to_somebody,      send_by_another_call,
        write_to_a_descriptor, run_a_program,
        begin_a_process,       clone_one,
        look_into_another,     run_what_was_written,
        make_memory_run,       kill_the_keeper,
        become_root,           be_looked_into,
    };
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++)
        check_equal(end_of(attempts[i]), SIGSYS);
}

/* What a sanitizer asks of the kernel is not in the table. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#define IS_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define IS_SANITIZED 0
#endif

static void work_as_usual(void)
{
    struct bytes got;
    uint8_t room[16];
    if (!channel_send(ends[0], BYTES("record")) ||
        channel_receive(ends[0], room, sizeof room, &got, NULL) != CHANNEL_EMPTY)
        _exit(1);
    void *memory = malloc(10 << 20);
    if (!memory || recv(datagrams, room, sizeof room, MSG_DONTWAIT) >= 0)
        _exit(2);
    free(memory);
    _exit(7);
}

static void what_a_collector_does_goes_on(void **state)
{
    (void)state;
    if (!IS_SANITIZED)
        check_equal(end_of(work_as_usual), 1007);
}

static sem_t begun, go;

static void *wait_and_open(void *unused)
{
    (void)unused;
    (void)sem_post(&begun);
    (void)sem_wait(&go);
    open_a_file();
    return NULL;
}

static void wait_for_thread(void)
{
    pthread_t thread;
    struct error err;
    struct confinement made;
    struct confine_options options = { CONFINE_LISTENERS, ends[0], NOBODY, NOBODY };
    (void)sem_init(&begun, 0, 0);
    (void)sem_init(&go, 0, 0);
    if (!confine_begin(&made, &err) || pthread_create(&thread, NULL, wait_and_open, NULL) != 0)
        _exit(99);
    (void)sem_wait(&begun);
    if (!confine_end(&options, &made, &err))
        _exit(98);
    (void)sem_post(&go);
    (void)pthread_join(thread, NULL);
    _exit(0);
}

static void a_thread_begun_before_is_held_as_well(void **state)
{
    (void)state;
    int status = 0;
    struct error err;
    check(channel_open(ends, &err));
    pid_t child = fork();
    if (child == 0)
        wait_for_thread();
    check(waitpid(child, &status, 0) == child);
    check(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void without_the_kernels_help_it_is_not_whole(void **state)
{
    (void)state;
    struct confinement made = { true, true, false, 1 };
    check(confinement_is_whole(&made));
    made.landlock_abi = 0;
    check(!confinement_is_whole(&made));
    made = (struct confinement){ false, true, true, 7 };
    check(!confinement_is_whole(&made));
}

/* Landlock alone, as where there is no seccomp: no file is reached. */
static void no_file_is_reached_by_landlock_alone(void **state)
{
    (void)state;
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        struct error err;
        struct confinement made;
        if (!confine_begin(&made, &err) || made.landlock_abi == 0)
            _exit(99);
        _exit(open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES ? 7 : 8);
    }
    check(waitpid(child, &status, 0) == child);
    check(WIFEXITED(status) && (WEXITSTATUS(status) == 7 || WEXITSTATUS(status) == 99));
}

TESTS(TEST(each_attempt_ends_the_process), TEST(what_a_collector_does_goes_on),
      TEST(a_thread_begun_before_is_held_as_well),
      TEST(without_the_kernels_help_it_is_not_whole),
      TEST(no_file_is_reached_by_landlock_alone))
