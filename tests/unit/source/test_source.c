// SPDX-License-Identifier: Apache-2.0
#include "files.h"

static struct build file;

/* A pcap with one frame of one octet at each second from, from + step, ... */
static void build_steps(uint8_t mark, uint32_t from, uint32_t step, uint32_t count)
{
    file.len = 0;
    put_pcap_header(&file, 0xa1b2c3d4, 1);
    for (uint32_t i = 0; i < count; i++)
        put_pcap_frame(&file, from + i * step, 0, mark, 1);
}

static void write_steps(int i, uint32_t from, uint32_t step, uint32_t count)
{
    build_steps((uint8_t)i, from, step, count);
    write_file(i, file.at, file.len);
}

static void check_order(size_t count)
{
    check_equal(got.count, count);
    for (size_t i = 1; i < got.count; i++) {
        bool later = got.time_ns[i - 1] < got.time_ns[i];
        bool same = got.time_ns[i - 1] == got.time_ns[i] && got.first[i - 1] <= got.first[i];
        check(later || same);
    }
}

static void one_file_is_read_to_its_end(void **state)
{
    (void)state;
    write_steps(0, 1000, 1, 700);
    read_files(1);
    check_order(700);
    check_equal(counted("read"), 700);
    check_equal(got.trouble[0], '\0');
}

static void three_files_are_merged_by_time(void **state)
{
    (void)state;
    write_steps(0, 1000, 3, 500);
    write_steps(1, 1001, 2, 600);
    write_steps(2, 900, 10, 300);
    read_files(3);
    check_order(1400);
    check_equal(counted("read"), 1400);
}

static void frames_of_one_time_come_in_the_order_of_the_files(void **state)
{
    (void)state;
    write_steps(0, 1000, 1, 400);
    write_steps(1, 1000, 1, 400);
    write_steps(2, 1000, 0, 400);
    read_files(3);
    check_order(1200);
}

static void files_that_follow_each_other_may_be_named_in_any_order(void **state)
{
    (void)state;
    for (int i = 0; i < FILES_MAX; i++)
        write_steps(i, 10000 - (uint32_t)i * 1000, 1, 300);
    read_files(FILES_MAX);
    check_equal(got.count, FILES_MAX * 300);
    for (size_t i = 1; i < got.count; i++)
        check(got.time_ns[i - 1] < got.time_ns[i]);
}

static void every_truncation_gives_the_whole_frames_and_is_told(void **state)
{
    (void)state;
    build_steps(1, 5, 1, 3);
    for (size_t len = 0; len <= file.len; len++) {
        write_file(0, file.at, len);
        if (len < 24) {
            check(open_files(1, false) == NULL);
            check(strstr(got_error.text, paths[0]) != NULL);
            continue;
        }
        read_files(1);
        check_equal(got.count, (len - 24) / 17);
        bool between = (len - 24) % 17 == 0;
        check_equal(counted("truncated"), !between);
        check_equal(got.trouble[0] == '\0', between);
    }
}

static void trouble_names_file_and_offset(void **state)
{
    (void)state;
    build_steps(1, 5, 1, 2);
    write_file(0, file.at, file.len - 1);
    read_files(1);
    char expected[256];
    (void)snprintf(expected, sizeof expected,
                   "%s: is cut off within the record at offset 41; everything before it was "
                   "read",
                   paths[0]);
    assert_string_equal(got.trouble, expected);
}

static void a_broken_file_does_not_stop_the_others(void **state)
{
    (void)state;
    write_steps(0, 1000, 1, 100);
    build_steps(1, 1000, 2, 10);
    put_u64(&file, 5);
    put_u32(&file, UINT32_MAX);
    put_u32(&file, UINT32_MAX);
    write_file(1, file.at, file.len);
    read_files(2);
    check_order(110);
    check_equal(counted("broken"), 1);
    check(strstr(got.trouble, "broken at offset 194") != NULL);
}

static void a_file_without_frames_is_no_trouble(void **state)
{
    (void)state;
    write_steps(0, 0, 0, 0);
    read_files(1);
    check_equal(got.count, 0);
    write_steps(1, 1, 1, 1);
    read_files(2);
    check_equal(got.count, 1);
    check_equal(got.trouble[0], '\0');
}

static void check_refused(const char *words)
{
    check(open_files(1, false) == NULL);
    check(strstr(got_error.text, paths[0]) != NULL);
    if (!strstr(got_error.text, words))
        fail_msg("\"%s\" does not say \"%s\"", got_error.text, words);
}

static void what_is_no_capture_is_described(void **state)
{
    (void)state;
    static const struct {
        const char *start, *words;
    } foreign[] = {
        { "", "is empty" },
        { "hello, world\n", "looks like text" },
        { "x", "looks like text" },
        { "\x7f"
          "ELF\2\1\1",
          "is a program" },
        { "BZh91AY", "bzip2 -dc" },
        { "\xfd"
          "7zXZ",
          "xz -dc" },
        { "PK\3\4", "zip archive" },
        { "\xd4\xc3\xb2\xa1\2", "ends within the header" },
        { "\x0a\x0d\x0d\x0a\x1c", "ends within the header" },
        { "\xd4\xc3\xb2\xa1\3\1\4\1________________", "version" },
        { "\1\2\3\4", "nothing tells" },
    };
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        write_file(0, foreign[i].start, strlen(foreign[i].start));
        check_refused(foreign[i].words);
    }
    static const uint8_t zeros[600];
    write_file(0, zeros, sizeof zeros);
    check_refused("nothing but zeros");
    (void)remove(paths[0]);
    check_refused("No such file");
}

static void folders_and_endless_devices_are_refused(void **state)
{
    (void)state;
    const char *names[] = { folder, "/dev/zero", "/dev/null" };
    const char *words[] = { "is a directory", "nothing but zeros", "is empty" };
    for (size_t i = 0; i < 3; i++) {
        struct source_options options = { .paths = &names[i], .path_count = 1 };
        check(source_open(&options, &got_error) == NULL);
        check(strstr(got_error.text, words[i]) != NULL);
    }
}

static void too_many_files_are_refused(void **state)
{
    (void)state;
    static const char *names[1025] = { "-", "-" };
    struct source_options options = { .paths = names, .path_count = 1025 };
    check(source_open(&options, &got_error) == NULL);
    options.path_count = 0;
    check(source_open(&options, &got_error) == NULL);
    options.path_count = 2;
    check(source_open(&options, &got_error) == NULL);
    check(strstr(got_error.text, "only once") != NULL);
}

static void up_to_256_files_may_overlap(void **state)
{
    (void)state;
    static const char *names[257];
    write_steps(0, 1000, 1, 10);
    for (size_t i = 0; i < 257; i++)
        names[i] = paths[0];
    struct source_options options = { .paths = names, .path_count = 256 };
    memset(&got, 0, sizeof got);
    struct source *source = source_open(&options, &got_error);
    while (read_once(source) == SOURCE_FRAMES)
        continue;
    finish(source);
    check_order(2560);

    options.path_count = 257;
    source = source_open(&options, &got_error);
    enum source_state read;
    while ((read = read_once(source)) == SOURCE_FRAMES)
        continue;
    check_equal(read, SOURCE_FAILED);
    check(strstr(got_error.text, "more than 256") != NULL);
    source_close(source);
}

static void standard_input_is_read_from_a_pipe_in_pieces(void **state)
{
    (void)state;
    int pipe_fds[2], before = dup(STDIN_FILENO);
    check_equal(pipe(pipe_fds), 0);
    check_equal(dup2(pipe_fds[0], STDIN_FILENO), STDIN_FILENO);
    build_steps(9, 5, 1, 40);
    if (fork() == 0) {
        for (size_t i = 0; i < file.len; i++) {
            if (write(pipe_fds[1], file.at + i, 1) != 1)
                _exit(EXIT_FAILURE);
        }
        _exit(EXIT_SUCCESS);
    }
    (void)close(pipe_fds[1]);
    (void)close(pipe_fds[0]);
    char path_before[128];
    memcpy(path_before, paths[0], sizeof path_before);
    (void)snprintf(paths[0], sizeof paths[0], "-");
    read_files(1);
    memcpy(paths[0], path_before, sizeof path_before);
    (void)dup2(before, STDIN_FILENO);
    (void)close(before);
    check_order(40);
}

static void standard_input_from_a_file_is_merged_with_others(void **state)
{
    (void)state;
    write_steps(0, 1000, 1, 300);
    write_steps(1, 1100, 1, 300);
    int before = dup(STDIN_FILENO);
    int fd = open(paths[1], O_RDONLY);
    check_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    (void)close(fd);
    const char *names[] = { paths[0], "-" };
    struct source_options options = { .paths = names, .path_count = 2 };
    struct source *source = source_open(&options, &got_error);
    memset(&got, 0, sizeof got);
    while (read_once(source) == SOURCE_FRAMES)
        continue;
    finish(source);
    (void)dup2(before, STDIN_FILENO);
    (void)close(before);
    check_order(600);
}

static void frames_across_the_end_of_the_buffer_are_whole(void **state)
{
    (void)state;
    file.len = 0;
    put_section(&file);
    put_interface(&file, 1, 0, NULL);
    for (uint32_t i = 0; i < 9; i++)
        put_packet(&file, 0, i, (uint8_t)i, 100000 + i);
    write_file(0, file.at, file.len);
    struct source *source = open_files(1, false);
    static struct frame_batch batch;
    size_t count = 0;
    while (source_read(source, &batch, &got_error) == SOURCE_FRAMES) {
        for (size_t i = 0; i < batch.count; i++, count++) {
            struct bytes captured = batch.frames[i].captured;
            check_equal(captured.len, 100000 + count);
            check_equal(captured.at[captured.len - 1], (uint8_t)(count + captured.len - 1));
        }
    }
    check_equal(count, 9);
    finish(source);
}

static void progress_reaches_the_size_of_the_files(void **state)
{
    (void)state;
    write_steps(0, 1000, 1, 500);
    write_steps(1, 1200, 1, 300);
    struct source *source = open_files(2, false);
    struct source_progress progress = source_progress(source);
    check_equal(progress.octets_total, 24 + 500 * 17 + 24 + 300 * 17);
    while (read_once(source) == SOURCE_FRAMES)
        check(source_progress(source).octets <= progress.octets_total);
    check_equal(source_progress(source).octets, progress.octets_total);
    finish(source);
}

static void a_file_that_vanishes_before_its_turn_is_told(void **state)
{
    (void)state;
    write_steps(0, 1000, 1, 500);
    write_steps(1, 5000, 1, 300);
    struct source *source = open_files(2, false);
    (void)remove(paths[1]);
    while (read_once(source) == SOURCE_FRAMES)
        continue;
    finish(source);
    check_equal(got.count, 500);
    check_equal(counted("unreadable"), 1);
    check(strstr(got.trouble, paths[1]) != NULL);
}

static void a_stopped_source_ends(void **state)
{
    (void)state;
    write_steps(0, 1000, 1, 500);
    const char *name = paths[0];
    volatile int stopping = 0;
    struct source_options options = { .paths = &name, .path_count = 1, .stopping = &stopping };
    struct source *source = source_open(&options, &got_error);
    memset(&got, 0, sizeof got);
    check_equal(read_once(source), SOURCE_FRAMES);
    stopping = 1;
    check_equal(read_once(source), SOURCE_END);
    finish(source);
}

FILE_TESTS(TEST(one_file_is_read_to_its_end), TEST(three_files_are_merged_by_time),
           TEST(frames_of_one_time_come_in_the_order_of_the_files),
           TEST(files_that_follow_each_other_may_be_named_in_any_order),
           TEST(every_truncation_gives_the_whole_frames_and_is_told),
           TEST(trouble_names_file_and_offset), TEST(a_broken_file_does_not_stop_the_others),
           TEST(a_file_without_frames_is_no_trouble), TEST(what_is_no_capture_is_described),
           TEST(folders_and_endless_devices_are_refused), TEST(too_many_files_are_refused),
           TEST(up_to_256_files_may_overlap),
           TEST(standard_input_is_read_from_a_pipe_in_pieces),
           TEST(standard_input_from_a_file_is_merged_with_others),
           TEST(frames_across_the_end_of_the_buffer_are_whole),
           TEST(progress_reaches_the_size_of_the_files),
           TEST(a_file_that_vanishes_before_its_turn_is_told), TEST(a_stopped_source_ends))
