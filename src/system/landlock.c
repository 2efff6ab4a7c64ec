// SPDX-License-Identifier: Apache-2.0
#include "system/landlock_private.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The headers of Debian 12 know ABI 2 only, so the numbers stand here
 * (include/uapi/linux/landlock.h). */
struct ruleset {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;
    uint64_t scoped;
};

enum { CREATE_RULESET_VERSION = 1 };

/* What each ABI added, as bits. */
static const struct {
    unsigned abi;
    struct ruleset rights;
} added[] = {
    { 1, { 0x1fff, 0, 0 } },  /* execute, write, read, list, make and remove each kind */
    { 2, { 1 << 13, 0, 0 } }, /* refer */
    { 3, { 1 << 14, 0, 0 } }, /* truncate */
    { 4, { 0, 3, 0 } },       /* bind and connect TCP */
    { 5, { 1 << 15, 0, 0 } }, /* ioctl of devices */
    { 6, { 0, 0, 3 } },       /* abstract sockets and signals beyond this process */
};

unsigned landlock_close_all(void)
{
    struct ruleset all = { 0, 0, 0 };
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
    if (abi < 1)
        return 0;
    for (size_t i = 0; i < sizeof added / sizeof *added; i++) {
        if (added[i].abi > (unsigned)abi)
            break;
        all.handled_access_fs |= added[i].rights.handled_access_fs;
        all.handled_access_net |= added[i].rights.handled_access_net;
        all.scoped |= added[i].rights.scoped;
    }
    long rules = syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    if (rules < 0)
        return 0;
    bool is_closed = syscall(SYS_landlock_restrict_self, (int)rules, 0) == 0;
    (void)close((int)rules);
    return is_closed ? (unsigned)abi : 0;
}
