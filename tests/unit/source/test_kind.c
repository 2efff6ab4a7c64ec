// SPDX-License-Identifier: Apache-2.0
#include "source/kind.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"

static enum source_kind kind_of(const char *text)
{
    char path[] = "/tmp/sekisho-kind-XXXXXX";
    enum source_kind kind = SOURCE_KIND_CAPTURE;
    struct error err;
    int fd = mkstemp(path);
    check(fd >= 0);
    check_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    check_equal(close(fd), 0);
    bool is_known = source_kind_of(path, &kind, &err);
    (void)remove(path);
    check(is_known);
    return kind;
}

static void logs_are_known_by_their_first_octets(void **state)
{
    (void)state;
    check_equal(kind_of("#separator \\x09\n#path\tconn\n"), SOURCE_KIND_LOGS);
    check_equal(kind_of("ts\tuid\tid.orig_h\n1.5\tC\t10.0.0.1\n"), SOURCE_KIND_LOGS);
    check_equal(kind_of("{\"timestamp\":\"2026-01-01T00:00:00Z\"}\n"), SOURCE_KIND_LOGS);
    check_equal(kind_of("StartTime,Dur,Proto,SrcAddr\n"), SOURCE_KIND_LOGS);
}

static void a_folder_is_one_of_logs(void **state)
{
    (void)state;
    enum source_kind kind = SOURCE_KIND_CAPTURE;
    struct error err;
    check(source_kind_of("/tmp", &kind, &err));
    check_equal(kind, SOURCE_KIND_LOGS);
}

TESTS(TEST(logs_are_known_by_their_first_octets), TEST(a_folder_is_one_of_logs))
