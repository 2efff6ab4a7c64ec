// SPDX-License-Identifier: Apache-2.0
/* A file for a test, in a folder of its own that goes with it. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"
#include "check.h"

struct temporary {
    char folder[64];
    char path[128];
};

static inline struct temporary temporary_file(const char *name, struct bytes content)
{
    struct temporary file = { .folder = "/tmp/sekisho-test-XXXXXX" };
    check(mkdtemp(file.folder) != NULL);
    check(snprintf(file.path, sizeof file.path, "%s/%s", file.folder, name) > 0);
    FILE *out = fopen(file.path, "wb");
    check(out != NULL);
    check_equal(fwrite(content.at, 1, content.len, out), content.len);
    check_equal(fclose(out), 0);
    return file;
}

static inline void temporary_remove(const struct temporary *file)
{
    check_equal(unlink(file->path), 0);
    check_equal(rmdir(file->folder), 0);
}
