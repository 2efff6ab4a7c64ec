// SPDX-License-Identifier: Apache-2.0
#include "system/landlock_private.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The headers of Debian 12 know ABI 2 only, so later numbers stand here
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

/* By enum sandbox_access: of a folder, and what of it a file may have. */
enum {
    RUN = LANDLOCK_ACCESS_FS_EXECUTE,
    READ = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    TRUNCATE = 1 << 14,
    WRITE = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
            LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
            LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER | TRUNCATE,
    OF_A_FILE = RUN | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE
};

static struct ruleset rights_of(unsigned abi, unsigned closed)
{
    struct ruleset all = { 0, 0, 0 };
    for (size_t i = 0; i < sizeof added / sizeof *added && added[i].abi <= abi; i++) {
        all.handled_access_fs |= added[i].rights.handled_access_fs;
        all.handled_access_net |= added[i].rights.handled_access_net;
        all.scoped |= added[i].rights.scoped;
    }
    all.handled_access_net &= closed & (LANDLOCK_BINDING | LANDLOCK_CONNECTING);
    if (!(closed & LANDLOCK_OTHERS))
        all.scoped = 0;
    return all;
}

static bool open_path(int rules, const struct sandbox_path *path, uint64_t handled)
{
    struct stat is;
    struct landlock_path_beneath_attr rule = {
        .allowed_access = ((path->access & SANDBOX_READ ? (uint64_t)READ : 0) |
                           (path->access & SANDBOX_WRITE ? (uint64_t)WRITE : 0) |
                           (path->access & SANDBOX_RUN ? (uint64_t)RUN : 0)) &
                          handled,
        .parent_fd = open(path->path, O_PATH | O_CLOEXEC),
    };
    if (rule.parent_fd < 0)
        return true;
    if (fstat(rule.parent_fd, &is) == 0 && !S_ISDIR(is.st_mode))
        rule.allowed_access &= OF_A_FILE;
    bool good =
        syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    (void)close(rule.parent_fd);
    return good;
}

unsigned landlock_close_but(const struct sandbox_path *paths, size_t count, unsigned closed)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
    if (abi < 1)
        return 0;
    struct ruleset all = rights_of((unsigned)abi, closed);
    long rules = syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    if (rules < 0)
        return 0;
    bool is_closed = true;
    for (size_t i = 0; i < count && is_closed; i++)
        is_closed = open_path((int)rules, &paths[i], all.handled_access_fs);
    is_closed = is_closed && syscall(SYS_landlock_restrict_self, (int)rules, 0) == 0;
    (void)close((int)rules);
    return is_closed ? (unsigned)abi : 0;
}

unsigned landlock_close_all(void)
{
    return landlock_close_but(NULL, 0,
                              LANDLOCK_BINDING | LANDLOCK_CONNECTING | LANDLOCK_OTHERS);
}
