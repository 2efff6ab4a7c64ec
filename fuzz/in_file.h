// SPDX-License-Identifier: Apache-2.0
/* The octets of a case as a file, for what opens files by name. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/must.h"

/* The same file for each case, with other octets. */
static inline const char *in_file(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char name[64];
    if (fd < 0) {
        fd = memfd_create("case", MFD_CLOEXEC);
        MUST(fd >= 0);
        (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    }
    MUST(ftruncate(fd, 0) == 0);
    MUST(pwrite(fd, data, size, 0) == (ssize_t)size);
    return name;
}
