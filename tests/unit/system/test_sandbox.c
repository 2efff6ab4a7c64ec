// SPDX-License-Identifier: Apache-2.0
#include "system/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

/* Runs in a child of its own; the bits of the exit code say what was still possible. */
static int what_is_possible(void)
{
    struct error err;
    char name[] = "true", *arguments[] = { name, NULL };
    if (!sandbox_enter(&err))
        return 128;
    int possible = 0;
    possible |= socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EPERM ? 1 : 0;
    possible |= socket(AF_UNIX, SOCK_DGRAM, 0) >= 0 || errno != EPERM ? 2 : 0;
    possible |= execv("/bin/true", arguments) == 0 || errno != EPERM ? 4 : 0;
    possible |= chroot("/") == 0 || errno != EPERM ? 8 : 0;
    possible |= syscall(SYS_pidfd_getfd, -1, 0, 0) >= 0 || errno != EPERM ? 16 : 0;
    possible |= open("/dev/null", O_RDONLY) >= 0 ? 64 : 0;
    return possible;
}

static void no_socket_and_no_program_but_files(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0)
        _exit(what_is_possible());
    int status = 0;
    check(waitpid(child, &status, 0) == child && WIFEXITED(status));
    check_equal(WEXITSTATUS(status), 64);
}

/* Connected to before, accepted after. */
static int what_a_listener_can_do(void)
{
    struct error err;
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t len = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int door = socket(AF_INET, SOCK_STREAM, 0), peer = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(door, (struct sockaddr *)&address, len) != 0 || listen(door, 1) != 0 ||
        getsockname(door, (struct sockaddr *)&address, &len) != 0 ||
        connect(peer, (struct sockaddr *)&address, len) != 0 || !sandbox_enter_listening(&err))
        return 128;
    int possible = 0;
    possible |= socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EPERM ? 1 : 0;
    possible |= bind(door, (struct sockaddr *)&address, len) == 0 || errno != EPERM ? 2 : 0;
    possible |= accept4(door, NULL, NULL, SOCK_CLOEXEC) >= 0 ? 64 : 0;
    return possible;
}

static void a_listener_accepts_and_opens_no_other(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0)
        _exit(what_a_listener_can_do());
    int status = 0;
    check(waitpid(child, &status, 0) == child && WIFEXITED(status));
    check_equal(WEXITSTATUS(status), 64);
}

static int what_a_sender_can_do(void)
{
    struct error err;
    struct sockaddr_in address = { .sin_family = AF_INET };
    char name[] = "true", *arguments[] = { name, NULL };
    if (!sandbox_enter_sending(&err))
        return 128;
    int possible = 0;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    possible |= bind(fd, (struct sockaddr *)&address, sizeof address) == 0 || errno != EPERM;
    possible |= listen(fd, 1) == 0 || errno != EPERM ? 2 : 0;
    possible |= accept4(fd, NULL, NULL, 0) >= 0 || errno != EPERM ? 4 : 0;
    possible |= execv("/bin/true", arguments) == 0 || errno != EPERM ? 8 : 0;
    possible |= fd >= 0 ? 64 : 0;
    return possible;
}

static void a_sender_connects_and_neither_listens_nor_accepts(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0)
        _exit(what_a_sender_can_do());
    int status = 0;
    check(waitpid(child, &status, 0) == child && WIFEXITED(status));
    check_equal(WEXITSTATUS(status), 64);
}

TESTS(TEST(no_socket_and_no_program_but_files), TEST(a_listener_accepts_and_opens_no_other),
      TEST(a_sender_connects_and_neither_listens_nor_accepts))
