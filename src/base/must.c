// SPDX-License-Identifier: Apache-2.0
#include "base/must.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

void must_fail(const char *claim, const char *file, int line)
{
    char room[512];
    struct text words = text_over(room, sizeof room);
    text_format(&words, "sekisho: bug: %s:%d: not true: %s\n", file, line, claim);
    if (write(STDERR_FILENO, room, words.len) < 0)
        _exit(134);
    abort();
}
