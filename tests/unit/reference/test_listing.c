// SPDX-License-Identifier: Apache-2.0
#include "reference/listing.h"

#include <zlib.h>
#include <zstd.h>

#include "temporary.h"

static struct error err;

static const char words[] = "first\nsecond\r\n\nlast without an end";

static void check_words(const char *path)
{
    struct listing lines;
    struct bytes line;
    check(listing_open(&lines, path, &err));
    check_equal(listing_next(&lines, &line, &err), LISTING_LINE);
    check_text(line, "first");
    check_equal(lines.number, 1);
    check_equal(listing_next(&lines, &line, &err), LISTING_LINE);
    check_text(line, "second\r");
    check_equal(listing_next(&lines, &line, &err), LISTING_LINE);
    check_equal(line.len, 0);
    check_equal(listing_next(&lines, &line, &err), LISTING_LINE);
    check_text(line, "last without an end");
    check_equal(lines.number, 4);
    check_equal(listing_next(&lines, &line, &err), LISTING_END);
    listing_close(&lines);
}

static void plain_gzip_and_zstd_files_give_the_same_lines(void **state)
{
    (void)state;
    struct temporary file = temporary_file("plain", BYTES(words));
    check_words(file.path);
    gzFile gzip = gzopen(file.path, "wb");
    check_equal(gzwrite(gzip, words, sizeof words - 1), (int)sizeof words - 1);
    check_equal(gzclose(gzip), Z_OK);
    check_words(file.path);
    temporary_remove(&file);
    uint8_t packed[256];
    size_t len = ZSTD_compress(packed, sizeof packed, words, sizeof words - 1, 3);
    check(!ZSTD_isError(len));
    file = temporary_file("zstd", (struct bytes){ packed, len });
    check_words(file.path);
    temporary_remove(&file);
}

static enum listing_status last_status(const char *path)
{
    struct listing lines;
    struct bytes line;
    enum listing_status status;
    check(listing_open(&lines, path, &err));
    do {
        status = listing_next(&lines, &line, &err);
    } while (status == LISTING_LINE || status == LISTING_TOO_LONG);
    listing_close(&lines);
    return status;
}

static void a_compressed_file_that_ends_early_fails(void **state)
{
    (void)state;
    uint8_t packed[256];
    size_t len = ZSTD_compress(packed, sizeof packed, words, sizeof words - 1, 3);
    for (size_t cut = 4; cut < len; cut++) {
        struct temporary file = temporary_file("cut.zst", (struct bytes){ packed, cut });
        check_equal(last_status(file.path), LISTING_FAILED);
        check(strstr(err.text, file.path) != NULL);
        temporary_remove(&file);
    }
    struct temporary file = temporary_file("whole", BYTES(words));
    gzFile gzip = gzopen(file.path, "wb");
    check_equal(gzwrite(gzip, words, sizeof words - 1), (int)sizeof words - 1);
    check_equal(gzclose(gzip), Z_OK);
    check_equal(truncate(file.path, 30), 0);
    check_equal(last_status(file.path), LISTING_FAILED);
    check(strstr(err.text, "ends early") != NULL);
    temporary_remove(&file);
}

static void a_file_that_is_not_there_and_a_folder_fail_with_their_name(void **state)
{
    (void)state;
    struct listing lines;
    check(!listing_open(&lines, "/nonexistent/list.txt", &err));
    check(strstr(err.text, "/nonexistent/list.txt") != NULL);
    check(!listing_open(&lines, "/tmp", &err));
    check(strstr(err.text, "/tmp") != NULL);
}

static void a_file_packed_with_xz_is_refused_in_words(void **state)
{
    (void)state;
    struct temporary file = temporary_file("list.xz", BYTES("\xfd"
                                                            "7zXZ\0"));
    struct listing lines;
    check(!listing_open(&lines, file.path, &err));
    check(strstr(err.text, "unpack it first") != NULL);
    temporary_remove(&file);
}

static void a_line_too_long_is_skipped_and_told(void **state)
{
    (void)state;
    enum { LONG = 5 * LISTING_OCTETS_MAX };
    uint8_t *content = malloc(LONG + 7);
    check(content != NULL);
    memset(content, 'x', LONG);
    memcpy(content, "a\n", 2);
    memcpy(content + LONG, "\nafter\n", 7);
    struct temporary file = temporary_file("long", (struct bytes){ content, LONG + 7 });
    free(content);
    struct listing lines;
    struct bytes line;
    check(listing_open(&lines, file.path, &err));
    check_equal(listing_next(&lines, &line, &err), LISTING_LINE);
    check_equal(listing_next(&lines, &line, &err), LISTING_TOO_LONG);
    check_equal(lines.number, 2);
    check_equal(listing_next(&lines, &line, &err), LISTING_LINE);
    check_text(line, "after");
    check_equal(lines.number, 3);
    check_equal(listing_next(&lines, &line, &err), LISTING_END);
    listing_close(&lines);
    temporary_remove(&file);
}

static void a_line_end_within_quotes_is_part_of_the_line(void **state)
{
    (void)state;
    struct temporary file =
        temporary_file("quotes", BYTES("a,\"b\n\"\"c\",d\ne \"x\nf, \"g\nh\"\n"));
    struct listing lines;
    struct bytes line;
    check(listing_open(&lines, file.path, &err));
    lines.has_quotes = true;
    check_equal(listing_next(&lines, &line, &err), LISTING_LINE);
    check_text(line, "a,\"b\n\"\"c\",d");
    check_equal(listing_next(&lines, &line, &err), LISTING_LINE);
    check_text(line, "e \"x");
    check_equal(lines.number, 3);
    check_equal(listing_next(&lines, &line, &err), LISTING_LINE);
    check_text(line, "f, \"g\nh\"");
    check_equal(lines.number, 4);
    check_equal(listing_next(&lines, &line, &err), LISTING_END);
    listing_close(&lines);
    temporary_remove(&file);
}

TESTS(TEST(plain_gzip_and_zstd_files_give_the_same_lines),
      TEST(a_compressed_file_that_ends_early_fails),
      TEST(a_file_that_is_not_there_and_a_folder_fail_with_their_name),
      TEST(a_file_packed_with_xz_is_refused_in_words),
      TEST(a_line_too_long_is_skipped_and_told),
      TEST(a_line_end_within_quotes_is_part_of_the_line))
