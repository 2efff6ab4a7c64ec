// SPDX-License-Identifier: Apache-2.0
#include "source/kind.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <zstd.h>

#include "check.h"

static enum source_kind kind_of_octets(const void *content, size_t len)
{
    char path[] = "/tmp/sekisho-kind-XXXXXX";
    enum source_kind kind = SOURCE_KIND_CAPTURE;
    struct error err;
    int fd = mkstemp(path);
    check(fd >= 0);
    check_equal(write(fd, content, len), (ssize_t)len);
    check_equal(close(fd), 0);
    bool is_known = source_kind_of(path, &kind, &err);
    (void)remove(path);
    check(is_known);
    return kind;
}

static enum source_kind kind_of(const char *text)
{
    return kind_of_octets(text, strlen(text));
}

/* The first octets of a large block of zstd give nothing yet. */
static void a_packed_log_of_one_large_block_is_a_log(void **state)
{
    (void)state;
    static char content[1 << 20], packed[2 << 20];
    uint32_t random = 1;
    memcpy(content, "#separator \\x09\n", 16);
    for (size_t i = 16; i < sizeof content; i++) {
        random = random * 1664525U + 1013904223U;
        content[i] = (char)(' ' + (random >> 26));
    }
    size_t len = ZSTD_compress(packed, sizeof packed, content, sizeof content, 3);
    check(!ZSTD_isError(len) && len > sizeof content / 4);
    check_equal(kind_of_octets(packed, len), SOURCE_KIND_LOGS);
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

TESTS(TEST(logs_are_known_by_their_first_octets), TEST(a_folder_is_one_of_logs),
      TEST(a_packed_log_of_one_large_block_is_a_log))
