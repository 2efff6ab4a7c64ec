// SPDX-License-Identifier: Apache-2.0
#include "source/lines.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "check.h"

enum { LINES_MAX = 4096, TEXT_MAX = 64, NAMES_MAX = 16 };

static char folder[64];
static char names[NAMES_MAX][128];
static size_t name_count;

static struct {
    size_t count;
    char text[LINES_MAX][TEXT_MAX];
    bool starts[LINES_MAX];
    uint64_t number[LINES_MAX];
} got;

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/sekisho-lines-XXXXXX");
    name_count = 0;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    for (size_t i = 0; i < name_count; i++)
        (void)remove(names[i]);
    return rmdir(folder);
}

static const char *name_in_folder(const char *name)
{
    (void)snprintf(names[name_count], sizeof names[0], "%s/%s", folder, name);
    return names[name_count++];
}

static void write_more(const char *path, const void *at, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    check(fd >= 0);
    check_equal(write(fd, at, len), (ssize_t)len);
    check_equal(close(fd), 0);
}

static void write_text(const char *path, const char *text)
{
    write_more(path, text, strlen(text));
}

static struct lines *open_paths(const char *const *paths, size_t count, bool follow)
{
    struct lines_options options = { .paths = paths, .path_count = count, .follow = follow };
    struct error err;
    memset(&got, 0, sizeof got);
    return lines_open(&options, &err);
}

static enum source_state read_once(struct lines *lines)
{
    static struct line_batch batch;
    struct error err;
    enum source_state state = lines_read(lines, &batch, &err);
    for (size_t i = 0; state == SOURCE_FRAMES && i < batch.count; i++) {
        const struct log_line *line = &batch.lines[i];
        size_t len = line->text.len < TEXT_MAX - 1 ? line->text.len : TEXT_MAX - 1;
        check(got.count < LINES_MAX);
        memcpy(got.text[got.count], line->text.at, len);
        got.starts[got.count] = line->starts;
        got.number[got.count++] = line->number;
    }
    return state;
}

static struct lines *read_all(const char *const *paths, size_t count)
{
    struct lines *lines = open_paths(paths, count, false);
    check(lines != NULL);
    while (read_once(lines) != SOURCE_END)
        ;
    return lines;
}

static uint64_t counted(const struct lines *lines, const char *reason)
{
    static struct summary summary;
    summary.counter_count = 0;
    lines_count(lines, &summary);
    for (size_t i = 0; i < summary.counter_count; i++) {
        if (strcmp(summary.counters[i].reason, reason) == 0)
            return summary.counters[i].count;
    }
    return 0;
}

static void lines_come_without_their_ends(void **state)
{
    (void)state;
    const char *path = name_in_folder("a.log");
    write_text(path, "one\n\nthree\nno end");
    struct lines *lines = read_all(&path, 1);
    check_equal(got.count, 4);
    check_text(bytes_of_string(got.text[0]), "one");
    check_text(bytes_of_string(got.text[1]), "");
    check_text(bytes_of_string(got.text[3]), "no end");
    check(got.starts[0] && !got.starts[1]);
    check_equal(got.number[3], 4);
    check(strcmp(lines_path(lines, 0), path) == 0);
    check_equal(lines_progress(lines).octets, 17);
    check_equal(lines_progress(lines).octets_total, 17);
    lines_close(lines);
}

static void packed_files_are_unpacked(void **state)
{
    (void)state;
    uint8_t packed[256];
    const char *paths[] = { name_in_folder("a.log.gz"), name_in_folder("b.log.zst") };
    gzFile file = gzopen(paths[0], "wb");
    check(gzwrite(file, "one\ntwo\n", 8) == 8);
    check_equal(gzclose(file), Z_OK);
    size_t len = ZSTD_compress(packed, sizeof packed, "three\n", 6, 3);
    write_more(paths[1], packed, len);
    struct lines *lines = read_all(paths, 2);
    check_equal(got.count, 3);
    check_text(bytes_of_string(got.text[2]), "three");
    lines_close(lines);
}

static void a_packed_file_that_is_cut_gives_what_it_has(void **state)
{
    (void)state;
    uint8_t packed[256];
    const char *path = name_in_folder("a.log.zst");
    size_t len = ZSTD_compress(packed, sizeof packed, "one\ntwo\n", 8, 3);
    write_more(path, packed, len - 1);
    struct lines *lines = read_all(&path, 1);
    check_equal(counted(lines, "truncated"), 1);
    check(strstr(lines_trouble(lines, 0), "packed") != NULL);
    lines_close(lines);
}

static void a_line_that_is_too_long_is_passed_over(void **state)
{
    (void)state;
    const char *path = name_in_folder("a.log");
    size_t len = 3 * (size_t)LINE_OCTETS_MAX;
    char *text = malloc(len);
    memset(text, 'x', len);
    write_text(path, "one\n");
    write_more(path, text, len);
    write_text(path, "\nthree\n");
    write_more(path, text, LINE_OCTETS_MAX + 1);
    write_text(path, "\n");
    write_more(path, text, LINE_OCTETS_MAX);
    write_text(path, "\nsix\n");
    free(text);
    struct lines *lines = read_all(&path, 1);
    check_equal(got.count, 4);
    check_text(bytes_of_string(got.text[1]), "three");
    check_equal(got.number[1], 3);
    check_text(bytes_of_string(got.text[3]), "six");
    check_equal(got.number[3], 6);
    check_equal(counted(lines, "overlong"), 2);
    lines_close(lines);
}

static void what_is_no_text_is_not_read(void **state)
{
    (void)state;
    const char *path = name_in_folder("a.log");
    write_more(path,
               "\x7f"
               "ELF\0\0\0\n",
               8);
    struct lines *lines = read_all(&path, 1);
    check_equal(got.count, 0);
    check_equal(counted(lines, "unreadable"), 1);
    lines_close(lines);
}

static void of_a_folder_the_logs_are_read_and_no_more(void **state)
{
    (void)state;
    const char *path = folder;
    write_text(name_in_folder("eve.json"), "eve\n");
    write_text(name_in_folder("notes.txt"), "no\n");
    write_text(name_in_folder(".hidden.log"), "no\n");
    write_text(name_in_folder("dns.log.labeled"), "dns\n");
    struct lines *lines = read_all(&path, 1);
    check_equal(got.count, 2);
    lines_close(lines);
}

static void files_of_one_rotation_are_read_in_order_of_time(void **state)
{
    (void)state;
    const char *path = folder;
    write_text(name_in_folder("conn.01:00:00-02:00:00.log"), "1700003600.5\tc3\n");
    write_text(name_in_folder("conn.00:00:00-01:00:00.log"),
               "1700000000.5\tc1\n1700000900.5\tc2\n");
    write_text(name_in_folder("dns.00:00:00-01:00:00.log"),
               "1700000000.7\td1\n1700000301.7\td2\n1700001201.0\td3\n");
    write_text(name_in_folder("http.00:00:00-01:00:00.log"),
               "{\"ts\":1700000299.5,\"h1\"}\n{\"ts\":1700000400.5,\"h2\"}\n");
    struct lines *lines = read_all(&path, 1);
    static const char *const order[] = { "d1", "h1", "c1", "d2", "h2", "c2", "d3", "c3" };
    check_equal(got.count, 8);
    for (size_t i = 0; i < 8; i++)
        check(strstr(got.text[i], order[i]) != NULL);
    lines_close(lines);
}

static void a_path_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    const char *path = "/nowhere/conn.log";
    check(open_paths(&path, 1, false) == NULL);
    const char *empty = folder;
    check(open_paths(&empty, 1, false) == NULL);
}

static void a_growing_file_gives_whole_lines(void **state)
{
    (void)state;
    const char *path = name_in_folder("conn.log");
    write_text(path, "one\ntw");
    struct lines *lines = open_paths(&path, 1, true);
    check_equal(read_once(lines), SOURCE_FRAMES);
    check_equal(read_once(lines), SOURCE_IDLE);
    check_equal(got.count, 1);
    write_text(path, "o\n");
    check_equal(read_once(lines), SOURCE_FRAMES);
    check_equal(got.count, 2);
    check_text(bytes_of_string(got.text[1]), "two");
    lines_close(lines);
}

static void a_file_rotated_by_rename_is_read_to_its_end(void **state)
{
    (void)state;
    const char *path = name_in_folder("conn.log");
    const char *archived = name_in_folder("conn.2026-01-01.log");
    const char *paths[] = { folder };
    write_text(path, "one\n");
    struct lines *lines = open_paths(paths, 1, true);
    check_equal(read_once(lines), SOURCE_FRAMES);
    check_equal(read_once(lines), SOURCE_IDLE);
    write_text(path, "two\n");
    check_equal(rename(path, archived), 0);
    write_text(path, "three\n");
    check_equal(read_once(lines), SOURCE_FRAMES);
    while (got.count < 3)
        (void)read_once(lines);
    check_text(bytes_of_string(got.text[1]), "two");
    check_text(bytes_of_string(got.text[2]), "three");
    check(got.starts[2]);
    check_equal(got.number[2], 1);
    check_equal(counted(lines, "reopened"), 1);
    for (int i = 0; i < 12; i++)
        check_equal(read_once(lines), SOURCE_IDLE);
    lines_close(lines);
}

static void a_renamed_file_is_not_taken_for_a_new_one(void **state)
{
    (void)state;
    const char *path = name_in_folder("conn.log");
    const char *old = name_in_folder("old-conn.log");
    const char *paths[] = { folder };
    write_text(path, "one\n");
    struct lines *lines = open_paths(paths, 1, true);
    check_equal(read_once(lines), SOURCE_FRAMES);
    check_equal(rename(path, old), 0);
    write_text(path, "two\n");
    for (int i = 0; i < 15; i++)
        (void)read_once(lines);
    check_equal(got.count, 2);
    lines_close(lines);
}

static void a_file_cut_and_written_anew_is_read_from_its_start(void **state)
{
    (void)state;
    const char *path = name_in_folder("eve.json");
    write_text(path, "one\ntwo\n");
    struct lines *lines = open_paths(&path, 1, true);
    check_equal(read_once(lines), SOURCE_FRAMES);
    check_equal(truncate(path, 0), 0);
    (void)read_once(lines);
    write_text(path, "new\n");
    for (int i = 0; got.count < 3 && i < 5; i++)
        (void)read_once(lines);
    check_equal(got.count, 3);
    check_text(bytes_of_string(got.text[2]), "new");
    check(got.starts[2]);
    lines_close(lines);
}

static void a_new_log_in_a_followed_folder_is_read(void **state)
{
    (void)state;
    const char *paths[] = { folder };
    struct lines *lines = open_paths(paths, 1, true);
    check_equal(read_once(lines), SOURCE_IDLE);
    write_text(name_in_folder("quic.log"), "new\n");
    for (int i = 0; got.count == 0 && i < 20; i++)
        (void)read_once(lines);
    check_equal(got.count, 1);
    lines_close(lines);
}

#define IN_FOLDER(function) \
    cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)
TESTS(IN_FOLDER(lines_come_without_their_ends), IN_FOLDER(packed_files_are_unpacked),
      IN_FOLDER(a_packed_file_that_is_cut_gives_what_it_has),
      IN_FOLDER(a_line_that_is_too_long_is_passed_over), IN_FOLDER(what_is_no_text_is_not_read),
      IN_FOLDER(of_a_folder_the_logs_are_read_and_no_more),
      IN_FOLDER(files_of_one_rotation_are_read_in_order_of_time),
      IN_FOLDER(a_path_that_is_not_there_is_an_error),
      IN_FOLDER(a_growing_file_gives_whole_lines),
      IN_FOLDER(a_file_rotated_by_rename_is_read_to_its_end),
      IN_FOLDER(a_renamed_file_is_not_taken_for_a_new_one),
      IN_FOLDER(a_file_cut_and_written_anew_is_read_from_its_start),
      IN_FOLDER(a_new_log_in_a_followed_folder_is_read))
