// SPDX-License-Identifier: Apache-2.0
#include "system/memory.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>

bool memory_reserve(size_t size, enum memory_pages pages, struct arena *out, struct error *err)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return error_set(err, errno, "cannot reserve %zu MiB of memory", size >> 20);
    /* Both are wishes: without them things are slower, or a dump larger, but right. */
    (void)madvise(memory, size, MADV_DONTDUMP);
    (void)madvise(memory, size, pages == MEMORY_LARGE_PAGES ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    *out = (struct arena){ memory, size, true };
    return true;
}

uint64_t memory_peak_octets(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (uint64_t)usage.ru_maxrss * 1024;
}
