// SPDX-License-Identifier: Apache-2.0
#include "system/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
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

TESTS(TEST(no_socket_and_no_program_but_files))
