// SPDX-License-Identifier: Apache-2.0
/* JSON documents taken apart: whatever comes, each element is an object by its brackets, and no
 * octet is given twice. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/must.h"
#include "reference/elements.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = { "objects", "Attribute", NULL };
    struct elements elements;
    struct error err;
    struct bytes element;
    char path[64];
    int fd = memfd_create("document", MFD_CLOEXEC);
    MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    MUST(snprintf(path, sizeof path, "/proc/self/fd/%d", fd) > 0);
    if (elements_open(&elements, path, names, &err)) {
        enum elements_status status;
        size_t given = 0;
        while ((status = elements_next(&elements, &element, &err)) <= ELEMENTS_TOO_LONG) {
            MUST(element.len >= 2 && element.at[0] == '{');
            MUST(status == ELEMENTS_TOO_LONG || element.at[element.len - 1] == '}');
            given += element.len;
        }
        bool is_packed = size >= 2 && (data[0] == 0x1f || data[0] == 0x28);
        MUST(is_packed || given <= size);
        elements_close(&elements);
    }
    (void)close(fd);
    return 0;
}
