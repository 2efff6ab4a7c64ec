// SPDX-License-Identifier: Apache-2.0
/* What an uplink remembers between its processes. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "uplink/uplink_private.h"

#include "check.h"

static char folder[] = "/tmp/sekisho-memory-XXXXXX";
static char path[64];
static struct error error;

static void put_words(char *room, size_t max, const char *words)
{
    struct text text = text_over(room, max);
    text_put_string(&text, words);
    check(!text.cut);
}

static void make_memory(struct uplink_memory *out)
{
    *out = (struct uplink_memory){ .reached = { 70, 3 },
                                   .has_pending = true,
                                   .pending = { BATCH_RECORDS, 71, 90, "abcd" },
                                   .refused_count = 1,
                                   .refused = { { BATCH_FINDINGS, 2, 2, "ef" } } };
    put_words(out->store, sizeof out->store, "00112233445566778899aabbccddeeff");
    put_words(out->warrants, sizeof out->warrants, "12 / next");
    put_words(out->note, sizeof out->note, "sekisho/own/1\n5\nAAAA\n\n- a signature\n");
}

static int make_folder(void **state)
{
    (void)state;
    struct text text = text_over(path, sizeof path);
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    if (!mkdtemp(folder))
        return -1;
    text_format(&text, "%s/uplink.json", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static void what_is_saved_is_loaded(void **state)
{
    (void)state;
    struct uplink_memory memory, read;
    make_memory(&memory);
    check(memory_save(path, &memory, &error));
    check(memory_load(path, &read, &error));
    check(read.reached[0] == 70 && read.reached[1] == 3 && read.has_pending);
    check(read.pending.kind == BATCH_RECORDS && read.pending.first == 71 &&
          read.pending.last == 90 && strcmp(read.pending.id, "abcd") == 0);
    check(read.refused_count == 1 && read.refused[0].kind == BATCH_FINDINGS);
    check(strcmp(read.store, memory.store) == 0);
    check(strcmp(read.warrants, memory.warrants) == 0);
    check(strcmp(read.note, memory.note) == 0);
}

static void without_a_file_all_is_new(void **state)
{
    (void)state;
    struct uplink_memory read;
    check(memory_load(path, &read, &error));
    check(read.store[0] == '\0' && !read.has_pending && read.reached[0] == 0);
}

static void every_shorter_file_is_refused(void **state)
{
    (void)state;
    struct uplink_memory memory;
    struct stat status;
    make_memory(&memory);
    check(memory_save(path, &memory, &error));
    check_equal(stat(path, &status), 0);
    for (off_t len = status.st_size - 1; len >= 0; len -= 7) {
        check_equal(truncate(path, len), 0);
        check(!memory_load(path, &memory, &error));
    }
}

static void what_cannot_be_written_leaves_what_was(void **state)
{
    (void)state;
    struct uplink_memory memory, read;
    char room[80];
    struct text beside = text_over(room, sizeof room);
    make_memory(&memory);
    check(memory_save(path, &memory, &error));
    text_format(&beside, "%s/.uplink.json.new", folder);
    check_equal(mkdir(room, 0700), 0);
    memory.reached[0] = 90;
    check(!memory_save(path, &memory, &error));
    check(memory_load(path, &read, &error) && read.reached[0] == 70);
    check_equal(rmdir(room), 0);
}

#define MEMORY_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MEMORY_TEST(what_is_saved_is_loaded),
        MEMORY_TEST(without_a_file_all_is_new),
        MEMORY_TEST(every_shorter_file_is_refused),
        MEMORY_TEST(what_cannot_be_written_leaves_what_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
