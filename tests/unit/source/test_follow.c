// SPDX-License-Identifier: Apache-2.0
#include "files.h"

static struct build file;

static void build_frames(uint8_t mark, uint32_t count)
{
    file.len = 0;
    put_pcap_header(&file, 0xa1b2c3d4, 1);
    for (uint32_t i = 0; i < count; i++)
        put_pcap_frame(&file, i, 0, mark, 10);
}

static void a_growing_file_is_read_as_it_grows(void **state)
{
    (void)state;
    build_frames(1, 3);
    write_file(0, file.at, 24 + 26 + 20); /* the second frame is half written */
    struct source *source = open_files(1, true);
    check_equal(read_once(source), SOURCE_FRAMES);
    check_equal(got.count, 1);
    check_equal(read_once(source), SOURCE_IDLE);
    check_equal(read_once(source), SOURCE_IDLE);
    write_more(0, file.at + 70, file.len - 70);
    check_equal(read_once(source), SOURCE_FRAMES);
    check_equal(got.count, 3);
    check_equal(read_once(source), SOURCE_IDLE);
    finish(source);
    check_equal(counted("truncated"), 0);
}

static void a_file_may_be_empty_when_it_is_first_followed(void **state)
{
    (void)state;
    build_frames(1, 1);
    write_file(0, "", 0);
    struct source *source = open_files(1, true);
    check(source != NULL);
    check_equal(read_once(source), SOURCE_IDLE);
    write_more(0, file.at, 10);
    check_equal(read_once(source), SOURCE_IDLE);
    write_more(0, file.at + 10, file.len - 10);
    check_equal(read_once(source), SOURCE_FRAMES);
    check_equal(got.count, 1);
    finish(source);
}

static void a_replaced_file_is_read_to_its_end_and_then_the_new_one(void **state)
{
    (void)state;
    build_frames(1, 2);
    write_file(0, file.at, 24 + 26);
    struct source *source = open_files(1, true);
    check_equal(read_once(source), SOURCE_FRAMES);
    check_equal(read_once(source), SOURCE_IDLE);
    write_more(0, file.at + 50, 26);
    check_equal(rename(paths[0], paths[1]), 0);
    build_frames(7, 4);
    write_file(0, file.at, file.len);
    check_equal(read_once(source), SOURCE_FRAMES);
    check_equal(got.count, 2);
    check_equal(read_once(source), SOURCE_FRAMES);
    check_equal(got.count, 6);
    check_equal(got.first[5], 7);
    check_equal(read_once(source), SOURCE_IDLE);
    finish(source);
    check_equal(counted("reopened"), 1);
    check_equal(counted("read"), 6);
    check(strstr(got.trouble, "replaced") != NULL);
}

static void a_file_cut_shorter_is_read_again(void **state)
{
    (void)state;
    build_frames(1, 5);
    write_file(0, file.at, file.len);
    struct source *source = open_files(1, true);
    check_equal(read_once(source), SOURCE_FRAMES);
    check_equal(truncate(paths[0], 0), 0);
    check_equal(read_once(source), SOURCE_IDLE);
    build_frames(3, 2);
    write_more(0, file.at, file.len);
    check_equal(read_once(source), SOURCE_FRAMES);
    check_equal(got.count, 7);
    check_equal(got.first[6], 3);
    finish(source);
    check_equal(counted("reopened"), 1);
}

static void a_file_that_vanished_is_waited_for(void **state)
{
    (void)state;
    build_frames(1, 1);
    write_file(0, file.at, file.len);
    struct source *source = open_files(1, true);
    check_equal(read_once(source), SOURCE_FRAMES);
    (void)remove(paths[0]);
    check_equal(read_once(source), SOURCE_IDLE);
    write_file(0, file.at, file.len);
    check_equal(read_once(source), SOURCE_FRAMES);
    check_equal(got.count, 2);
    finish(source);
}

static void a_new_file_that_is_no_capture_ends_the_source(void **state)
{
    (void)state;
    build_frames(1, 1);
    write_file(0, file.at, file.len);
    struct source *source = open_files(1, true);
    check_equal(read_once(source), SOURCE_FRAMES);
    check_equal(rename(paths[0], paths[1]), 0);
    write_file(0, "just text", 9);
    check_equal(read_once(source), SOURCE_END);
    check(strstr(source_trouble(source, 1), "looks like text") != NULL);
    finish(source);
    check_equal(counted("unreadable"), 1);
}

static void a_growing_gzip_file_is_read_as_far_as_it_is_flushed(void **state)
{
    (void)state;
    static uint8_t packed[4096];
    build_frames(1, 2);
    z_stream z = { .next_in = file.at, .avail_in = 50 };
    check_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_out = packed;
    z.avail_out = sizeof packed;
    check_equal(deflate(&z, Z_SYNC_FLUSH), Z_OK);
    size_t first = z.total_out;
    write_file(0, packed, first);
    struct source *source = open_files(1, true);
    check_equal(read_once(source), SOURCE_FRAMES);
    check_equal(got.count, 1);
    check_equal(read_once(source), SOURCE_IDLE);
    z.avail_in = 26;
    check_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    write_more(0, packed + first, z.total_out - first);
    check_equal(deflateEnd(&z), Z_OK);
    check_equal(read_once(source), SOURCE_FRAMES);
    check_equal(got.count, 2);
    finish(source);
}

static void a_pipe_is_idle_while_it_is_silent_and_ends_when_it_is_closed(void **state)
{
    (void)state;
    build_frames(1, 2);
    (void)remove(paths[0]);
    check_equal(mkfifo(paths[0], 0600), 0);
    int fd = open(paths[0], O_RDWR); /* so that neither side waits for the other */
    check_equal(write(fd, file.at, 60), 60);
    struct source *source = open_files(1, true);
    check_equal(read_once(source), SOURCE_FRAMES);
    check_equal(got.count, 1);
    check_equal(read_once(source), SOURCE_IDLE);
    check_equal(write(fd, file.at + 60, file.len - 60), (ssize_t)file.len - 60);
    check_equal(read_once(source), SOURCE_FRAMES);
    check_equal(got.count, 2);
    (void)close(fd);
    check_equal(read_once(source), SOURCE_END);
    finish(source);
}

static void only_one_file_can_be_followed(void **state)
{
    (void)state;
    build_frames(1, 1);
    write_file(0, file.at, file.len);
    write_file(1, file.at, file.len);
    check(open_files(2, true) == NULL);
}

FILE_TESTS(TEST(a_growing_file_is_read_as_it_grows),
           TEST(a_file_may_be_empty_when_it_is_first_followed),
           TEST(a_replaced_file_is_read_to_its_end_and_then_the_new_one),
           TEST(a_file_cut_shorter_is_read_again), TEST(a_file_that_vanished_is_waited_for),
           TEST(a_new_file_that_is_no_capture_ends_the_source),
           TEST(a_growing_gzip_file_is_read_as_far_as_it_is_flushed),
           TEST(a_pipe_is_idle_while_it_is_silent_and_ends_when_it_is_closed),
           TEST(only_one_file_can_be_followed))
