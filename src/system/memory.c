// SPDX-License-Identifier: Apache-2.0
#include "system/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"

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

void memory_release(struct arena *memory)
{
    if (memory->at)
        (void)munmap(memory->at, memory->left);
    *memory = (struct arena){ NULL, 0, false };
}

void memory_wipe_when_freed(void)
{
    (void)mallopt(M_PERTURB, 0xff); /* ones when it is freed, zeros when it is given out */
}

/* VmHWM of proc(5): ru_maxrss would tell the peak of whoever started us when that was more. */
uint64_t memory_peak_octets(void)
{
    char room[4096];
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, room, sizeof room);
    if (fd >= 0)
        (void)close(fd);
    if (len <= 0)
        return 0;
    static const char name[] = "VmHWM:";
    const uint8_t *at = memmem(room, (size_t)len, name, sizeof name - 1);
    if (!at)
        return 0;
    at += sizeof name - 1;
    struct bytes rest = { at, (size_t)((const uint8_t *)room + len - at) };
    rest = text_trim(bytes_slice(rest, 0, bytes_find(rest, 'k')));
    uint64_t kibibytes = 0;
    if (!text_read_u64(rest, UINT64_MAX / 1024, &kibibytes))
        return 0;
    return kibibytes * 1024;
}
