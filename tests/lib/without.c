// SPDX-License-Identifier: Apache-2.0
/* Runs a program as on a kernel without Landlock, or without seccomp.
 * usage: without landlock|seccomp PROGRAM [ARGUMENT]... */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (argc < 3 || !filter)
        return 2;
    int code;
    if (strcmp(argv[1], "landlock") == 0) {
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
                                SCMP_SYS(landlock_create_ruleset), 0);
    } else {
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0);
        if (code == 0)
            code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
                                    SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP, 0));
    }
    if (code != 0 || seccomp_load(filter) != 0)
        return 2;
    (void)execv(argv[2], argv + 2);
    perror(argv[2]);
    return 2;
}
