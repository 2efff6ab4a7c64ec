// SPDX-License-Identifier: Apache-2.0
#include "files.h"

static struct build plain, packed;

static void build_plain(uint32_t count)
{
    plain.len = packed.len = 0;
    put_pcap_header(&plain, 0xa1b2c3d4, 1);
    for (uint32_t i = 0; i < count; i++)
        put_pcap_frame(&plain, i, 0, (uint8_t)i, 200 + i % 7);
}

typedef void pack_fn(struct build *packed, const void *at, size_t len);

static void check_packed(pack_fn *pack, size_t pieces)
{
    build_plain(3000);
    size_t step = plain.len / pieces + 1;
    for (size_t at = 0; at < plain.len; at += step)
        pack(&packed, plain.at + at, plain.len - at < step ? plain.len - at : step);
    write_file(0, packed.at, packed.len);
    read_files(1);
    check_equal(got.count, 3000);
    for (int i = 0; i < 3000; i++)
        check_equal(got.first[i], (uint8_t)i);
    check_equal(got.trouble[0], '\0');
}

static void gzip_is_read_in_one_member_and_in_many(void **state)
{
    (void)state;
    check_packed(pack_gzip, 1);
    check_packed(pack_gzip, 2);
    check_packed(pack_gzip, 100);
}

static void zstd_is_read_in_one_frame_and_in_many(void **state)
{
    (void)state;
    check_packed(pack_zstd, 1);
    check_packed(pack_zstd, 2);
    check_packed(pack_zstd, 100);
}

static void zstd_may_begin_with_a_frame_to_be_skipped(void **state)
{
    (void)state;
    build_plain(3);
    put(&packed, "\x50\x2a\x4d\x18\4\0\0\0skip", 12);
    pack_zstd(&packed, plain.at, plain.len);
    write_file(0, packed.at, packed.len);
    read_files(1);
    check_equal(got.count, 3);
    check_equal(got.trouble[0], '\0');
}

static void pcapng_inside_is_read_too(void **state)
{
    (void)state;
    plain.len = packed.len = 0;
    put_section(&plain);
    put_interface(&plain, 1, 0, NULL);
    put_packet(&plain, 0, 1, 42, 9);
    pack_gzip(&packed, plain.at, plain.len);
    write_file(0, packed.at, packed.len);
    read_files(1);
    check_equal(got.count, 1);
    check_equal(got.first[0], 42);
}

static void a_window_of_128_mib_is_read_and_a_larger_one_refused(void **state)
{
    (void)state;
    for (int log = 27; log <= 28; log++) {
        build_plain(1);
        ZSTD_CCtx *zstd = ZSTD_createCCtx();
        check(!ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog, log)));
        /* A frame of unknown size keeps the window it was asked for. */
        ZSTD_inBuffer in = { plain.at, plain.len, 0 };
        ZSTD_outBuffer out = { packed.at, BUILD_MAX, 0 };
        check(!ZSTD_isError(ZSTD_compressStream2(zstd, &out, &in, ZSTD_e_flush)));
        check_equal(ZSTD_compressStream2(zstd, &out, &in, ZSTD_e_end), 0);
        (void)ZSTD_freeCCtx(zstd);
        write_file(0, packed.at, out.pos);
        if (log == 27) {
            read_files(1);
            check_equal(got.count, 1);
        } else {
            check(open_files(1, false) == NULL);
            check(strstr(got_error.text, "zstd --long") != NULL);
        }
    }
}

static void check_every_truncation(pack_fn *pack)
{
    build_plain(6);
    pack(&packed, plain.at, plain.len);
    for (size_t len = 0; len < packed.len; len++) {
        write_file(0, packed.at, len);
        struct source *source = open_files(1, false);
        if (!source) {
            check(strstr(got_error.text, paths[0]) != NULL);
            check(len < 4 || strstr(got_error.text, "ends within its packed data") != NULL);
            continue;
        }
        while (read_once(source) == SOURCE_FRAMES)
            continue;
        finish(source);
        check(got.count <= 6);
        check_equal(counted("truncated"), 1);
        check(got.trouble[0] != '\0');
    }
}

static void every_truncation_of_packed_data_is_told(void **state)
{
    (void)state;
    check_every_truncation(pack_gzip);
    check_every_truncation(pack_zstd);
}

static void check_damage_at(size_t at, uint64_t at_least, const char *words)
{
    packed.at[at] ^= 1;
    write_file(0, packed.at, packed.len);
    read_files(1);
    check(got.count >= at_least && got.count <= 1000);
    check_equal(counted("broken"), 1);
    check(strstr(got.trouble, words) != NULL);
}

static void damaged_data_breaks_the_file_after_what_could_be_read(void **state)
{
    (void)state;
    build_plain(1000);
    pack_gzip(&packed, plain.at, plain.len);
    check_damage_at(packed.len - 5, 1000, "gzip data is damaged"); /* its check sum */

    packed.len = 0;
    size_t half = plain.len / 2;
    pack_zstd(&packed, plain.at, half);
    size_t second = packed.len;
    pack_zstd(&packed, plain.at + half, plain.len - half);
    check_damage_at(second, 0, "zstd data is damaged"); /* the magic of its second frame */
}

static void padding_after_gzip_is_passed_over_and_other_data_is_told(void **state)
{
    (void)state;
    build_plain(3);
    pack_gzip(&packed, plain.at, plain.len);
    put(&packed, "\0\0\0\0\0", 5);
    write_file(0, packed.at, packed.len);
    read_files(1);
    check_equal(got.count, 3);
    check_equal(got.trouble[0], '\0');
    put(&packed, "else", 4);
    write_file(0, packed.at, packed.len);
    read_files(1);
    check_equal(got.count, 3);
    check_equal(counted("broken"), 1);
}

static void what_is_packed_twice_or_no_capture_is_described(void **state)
{
    (void)state;
    build_plain(3);
    pack_gzip(&packed, plain.at, plain.len);
    plain.len = 0;
    pack_zstd(&plain, packed.at, packed.len);
    write_file(0, plain.at, plain.len);
    check(open_files(1, false) == NULL);
    check(strstr(got_error.text, "packed twice") != NULL);

    packed.len = 0;
    pack_gzip(&packed, "some text", 9);
    write_file(0, packed.at, packed.len);
    check(open_files(1, false) == NULL);
    check(strstr(got_error.text, "looks like text") != NULL);

    packed.len = 0;
    pack_gzip(&packed, "", 0);
    write_file(0, packed.at, packed.len);
    check(open_files(1, false) == NULL);
    check(strstr(got_error.text, "nothing in it") != NULL);
}

static void packed_and_plain_files_are_merged(void **state)
{
    (void)state;
    build_plain(900);
    write_file(0, plain.at, plain.len);
    pack_gzip(&packed, plain.at, plain.len);
    write_file(1, packed.at, packed.len);
    packed.len = 0;
    pack_zstd(&packed, plain.at, plain.len);
    write_file(2, packed.at, packed.len);
    read_files(3);
    check_equal(got.count, 2700);
    for (size_t i = 0; i < got.count; i++)
        check_equal(got.time_ns[i], (int64_t)(i / 3) * 1000000000);
}

FILE_TESTS(TEST(gzip_is_read_in_one_member_and_in_many),
           TEST(zstd_is_read_in_one_frame_and_in_many),
           TEST(zstd_may_begin_with_a_frame_to_be_skipped), TEST(pcapng_inside_is_read_too),
           TEST(a_window_of_128_mib_is_read_and_a_larger_one_refused),
           TEST(every_truncation_of_packed_data_is_told),
           TEST(damaged_data_breaks_the_file_after_what_could_be_read),
           TEST(padding_after_gzip_is_passed_over_and_other_data_is_told),
           TEST(what_is_packed_twice_or_no_capture_is_described),
           TEST(packed_and_plain_files_are_merged))
