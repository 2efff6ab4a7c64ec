// SPDX-License-Identifier: Apache-2.0
#include "snapshot/snapshot.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

enum { SMALL = 1000, LARGE = 3 * (1 << 20) + 17 };

static char path[64];
static uint8_t key[SNAPSHOT_KEY_OCTETS] = "a key that nobody else has .....";
static uint8_t small[SMALL], large[LARGE];
static uint8_t small_read[SMALL], large_read[LARGE];
static struct error err;

static struct snapshot over(void *first, void *second, const struct snapshot_part **parts)
{
    static struct snapshot_part room[2];
    room[0] = (struct snapshot_part){ first, SMALL };
    room[1] = (struct snapshot_part){ second, LARGE };
    *parts = room;
    return (struct snapshot){ path, key, bytes_of_string("beacon 1 1000\n"), room, 2 };
}

static void write_one(void)
{
    const struct snapshot_part *parts;
    for (size_t i = 0; i < SMALL; i++)
        small[i] = (uint8_t)(i * 7);
    memset(large, 0, sizeof large); /* the middle is of zeros */
    for (size_t i = 0; i < 4096; i++)
        large[i] = large[LARGE - 1 - i] = (uint8_t)(i * 31 >> 3);
    struct snapshot snapshot = over(small, large, &parts);
    check(snapshot_write(&snapshot, &err));
}

static enum snapshot_outcome read_one(void)
{
    const struct snapshot_part *parts;
    memset(small_read, 0, sizeof small_read);
    memset(large_read, 0, sizeof large_read);
    struct snapshot snapshot = over(small_read, large_read, &parts);
    return snapshot_read(&snapshot, &err);
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    write_one();
    check_equal(read_one(), SNAPSHOT_READ);
    check(memcmp(small, small_read, SMALL) == 0);
    check(memcmp(large, large_read, LARGE) == 0);
    struct stat about;
    check(stat(path, &about) == 0 && (about.st_mode & 0777) == 0600);
    check(about.st_size < 16384); /* zeros cost next to nothing */
}

static void what_is_not_there_is_absent(void **state)
{
    (void)state;
    (void)unlink(path);
    check_equal(read_one(), SNAPSHOT_ABSENT);
}

static uint8_t *load(size_t *len)
{
    FILE *file = fopen(path, "rb");
    uint8_t *octets = malloc(1 << 16);
    *len = fread(octets, 1, 1 << 16, file);
    (void)fclose(file);
    return octets;
}

static void save(const uint8_t *octets, size_t len)
{
    FILE *file = fopen(path, "wb");
    check(fwrite(octets, 1, len, file) == len);
    (void)fclose(file);
}

static void a_file_that_is_cut_anywhere_is_refused(void **state)
{
    (void)state;
    size_t len;
    write_one();
    uint8_t *octets = load(&len);
    for (size_t cut = 0; cut < len; cut += cut < 200 || cut > len - 200 ? 1 : 97) {
        save(octets, cut);
        check_equal(read_one(), SNAPSHOT_FAILED);
        check(strstr(err.text, path) != NULL);
    }
    free(octets);
}

static void a_changed_octet_anywhere_is_noticed(void **state)
{
    (void)state;
    size_t len;
    write_one();
    uint8_t *octets = load(&len);
    for (size_t at = 0; at < len; at += at < 200 || at > len - 200 ? 1 : 101) {
        octets[at] ^= 0x40;
        save(octets, len);
        check_equal(read_one(), SNAPSHOT_FAILED);
        octets[at] ^= 0x40;
    }
    save(octets, len);
    check_equal(read_one(), SNAPSHOT_READ);
    octets[len] = 0; /* and one more at the end */
    save(octets, len + 1);
    check_equal(read_one(), SNAPSHOT_FAILED);
    free(octets);
}

static void another_key_or_another_form_reads_nothing(void **state)
{
    (void)state;
    const struct snapshot_part *parts;
    write_one();
    key[3] ^= 1;
    check_equal(read_one(), SNAPSHOT_FAILED);
    check(strstr(err.text, "another installation's secret"));
    key[3] ^= 1;
    struct snapshot snapshot = over(small_read, large_read, &parts);
    snapshot.head = bytes_of_string("beacon 2 1000\n");
    check_equal(snapshot_read(&snapshot, &err), SNAPSHOT_FAILED);
    check(strstr(err.text, "another version"));
    snapshot.head = bytes_of_string("beacon 1 1000\n");
    snapshot.part_count = 1;
    check_equal(snapshot_read(&snapshot, &err), SNAPSHOT_FAILED);
    check(strstr(err.text, "more than it should"));
}

static void no_marker_of_what_is_inside_is_in_the_file(void **state)
{
    (void)state;
    size_t len;
    const struct snapshot_part *parts;
    memset(large, 0, sizeof large);
    memcpy(small, "192.0.2.77 called", 18);
    struct snapshot snapshot = over(small, large, &parts);
    check(snapshot_write(&snapshot, &err));
    uint8_t *octets = load(&len);
    check(memmem(octets, len, "192.0.2.77", 10) == NULL);
    check(memmem(octets, len, "beacon", 6) == NULL);
    free(octets);
}

/* What was there before is there after. */
static void a_full_disk_leaves_the_file_of_before(void **state)
{
    (void)state;
    const struct snapshot_part *parts;
    struct rlimit before;
    write_one();
    check(getrlimit(RLIMIT_FSIZE, &before) == 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    struct rlimit tiny = { 512, before.rlim_max };
    check(setrlimit(RLIMIT_FSIZE, &tiny) == 0);
    struct snapshot snapshot = over(small, large, &parts);
    check(!snapshot_write(&snapshot, &err));
    check(setrlimit(RLIMIT_FSIZE, &before) == 0);
    check_equal(read_one(), SNAPSHOT_READ);
    char beside[80];
    (void)snprintf(beside, sizeof beside, "%s.new", path);
    check(access(beside, F_OK) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_written_is_read),
        TEST(what_is_not_there_is_absent),
        TEST(a_file_that_is_cut_anywhere_is_refused),
        TEST(a_changed_octet_anywhere_is_noticed),
        TEST(another_key_or_another_form_reads_nothing),
        TEST(no_marker_of_what_is_inside_is_in_the_file),
        TEST(a_full_disk_leaves_the_file_of_before),
    };
    (void)snprintf(path, sizeof path, "/tmp/sekisho-snapshot-%d", (int)getpid());
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
