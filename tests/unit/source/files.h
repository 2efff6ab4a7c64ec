// SPDX-License-Identifier: Apache-2.0
/* Capture files in a folder of their own, and what a source makes of them. */
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "source/source.h"

#include "build.h"
#include "check.h"

enum { FILES_MAX = 8, FRAMES_MAX = 4096 };

static char folder[64];
static char paths[FILES_MAX][128];

static inline int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/sekisho-source-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    for (int i = 0; i < FILES_MAX; i++)
        (void)snprintf(paths[i], sizeof paths[i], "%s/%d", folder, i);
    return 0;
}

static inline int remove_folder(void **state)
{
    (void)state;
    for (int i = 0; i < FILES_MAX; i++)
        (void)remove(paths[i]);
    return rmdir(folder);
}

static inline void write_more(int i, const void *at, size_t len)
{
    int fd = open(paths[i], O_WRONLY | O_CREAT | O_APPEND, 0600);
    check(fd >= 0);
    check_equal(write(fd, at, len), (ssize_t)len);
    check_equal(close(fd), 0);
}

static inline void write_file(int i, const void *at, size_t len)
{
    (void)remove(paths[i]);
    write_more(i, at, len);
}

/* Appended to packed: one gzip member, or one zstd frame, of len octets. */
static inline void pack_gzip(struct build *packed, const void *at, size_t len)
{
    z_stream z = { .next_in = (Bytef *)(uintptr_t)at, .avail_in = (uInt)len };
    check_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_out = packed->at + packed->len;
    z.avail_out = (uInt)(BUILD_MAX - packed->len);
    check_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    packed->len += z.total_out;
    check_equal(deflateEnd(&z), Z_OK);
}

static inline void pack_zstd(struct build *packed, const void *at, size_t len)
{
    size_t octets =
        ZSTD_compress(packed->at + packed->len, BUILD_MAX - packed->len, at, len, 3);
    check(!ZSTD_isError(octets));
    packed->len += octets;
}

/* What was read: of each frame its time and first octet. */
static struct {
    size_t count;
    int64_t time_ns[FRAMES_MAX];
    int first[FRAMES_MAX];
    struct summary summary;
    char trouble[512]; /* the first one */
} got;

static struct error got_error;

static inline struct source *open_files(size_t count, bool follow)
{
    const char *names[FILES_MAX];
    for (size_t i = 0; i < count; i++)
        names[i] = paths[i];
    memset(&got, 0, sizeof got);
    struct source_options options = { .paths = names, .path_count = count, .follow = follow };
    return source_open(&options, &got_error);
}

static inline enum source_state read_once(struct source *source)
{
    static struct frame_batch batch;
    enum source_state read = source_read(source, &batch, &got_error);
    if (read != SOURCE_FRAMES)
        return read;
    check(batch.count > 0);
    for (size_t i = 0; i < batch.count; i++) {
        check(got.count < FRAMES_MAX);
        got.time_ns[got.count] = batch.frames[i].time_ns;
        got.first[got.count++] =
            batch.frames[i].captured.len > 0 ? batch.frames[i].captured.at[0] : -1;
    }
    return read;
}

static inline void finish(struct source *source)
{
    source_count(source, &got.summary);
    if (source_trouble(source, 0))
        (void)snprintf(got.trouble, sizeof got.trouble, "%s", source_trouble(source, 0));
    source_close(source);
}

static inline void read_files(size_t count)
{
    struct source *source = open_files(count, false);
    check(source != NULL);
    enum source_state read;
    while ((read = read_once(source)) == SOURCE_FRAMES)
        continue;
    check_equal(read, SOURCE_END);
    check_equal(read_once(source), SOURCE_END);
    finish(source);
}

static inline uint64_t counted(const char *reason)
{
    for (size_t i = 0; i < got.summary.counter_count; i++) {
        if (strcmp(got.summary.counters[i].reason, reason) == 0)
            return got.summary.counters[i].count;
    }
    return 0;
}

#define FILE_TESTS(...)                                                   \
    int main(void)                                                        \
    {                                                                     \
        const struct CMUnitTest tests[] = { __VA_ARGS__ };                \
        return cmocka_run_group_tests(tests, make_folder, remove_folder); \
    }
