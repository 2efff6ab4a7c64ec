// SPDX-License-Identifier: Apache-2.0
#include "source/capture_private.h"

#include "build.h"
#include "check.h"

static struct build file;
static struct capture capture;
static struct frame_batch batch;
static struct cursor window;

static void begin(uint32_t magic, bool swapped)
{
    file.len = 0;
    file.swapped = swapped;
    put_pcap_header(&file, magic, 1);
}

static enum fault start(size_t len)
{
    memset(&capture, 0, sizeof capture);
    batch.count = 0;
    window = cursor_over((struct bytes){ file.at, len });
    return capture_start(&capture, &window);
}

static enum capture_step read_all(void)
{
    check_equal(start(file.len), FAULT_NONE);
    return capture_read(&capture, &window, &batch, INT64_MAX);
}

static void check_two_frames(int64_t fraction_ns)
{
    check_equal(read_all(), CAPTURE_HUNGRY);
    check_equal(window.left, 0);
    check_equal(batch.count, 2);
    check_equal(batch.frames[0].captured.len, 60);
    check_equal(batch.frames[0].wire_len, 160);
    check_equal(batch.frames[0].captured.at[59], 59);
    check_equal(batch.frames[0].link, LINK_ETHERNET);
    check_equal(batch.frames[0].time_ns, 1700000000000000000 + 5 * fraction_ns);
    check_equal(batch.frames[1].captured.len, 0);
    check_equal(batch.frames[1].time_ns, 4294967295000000000 + 7 * fraction_ns);
}

static void put_two_frames(void)
{
    put_pcap_frame(&file, 1700000000, 5, 0, 60);
    put_pcap_frame(&file, 4294967295, 7, 0, 0);
}

static void microseconds_and_nanoseconds_are_read_in_both_byte_orders(void **state)
{
    (void)state;
    for (int swapped = 0; swapped < 2; swapped++) {
        begin(0xa1b2c3d4, swapped == 1);
        put_two_frames();
        check_two_frames(1000);
        begin(0xa1b23c4d, swapped == 1);
        put_two_frames();
        check_two_frames(1);
    }
}

static void records_of_kuznetzov_have_eight_octets_more(void **state)
{
    begin(0xa1b2cd34, is_swapped(state));
    put_u32(&file, 10);
    put_u32(&file, 0);
    put_u32(&file, 3);
    put_u32(&file, 3);
    put_u64(&file, 0);
    put_counting(&file, 7, 3);
    check_equal(read_all(), CAPTURE_HUNGRY);
    check_equal(batch.count, 1);
    check_equal(batch.frames[0].captured.at[0], 7);
    check_equal(window.left, 0);
}

static void the_upper_half_of_the_link_type_is_not_part_of_it(void **state)
{
    (void)state;
    file.len = 0;
    file.swapped = false;
    put_pcap_header(&file, 0xa1b2c3d4, 0x24000001);
    put_two_frames();
    check_two_frames(1000);
}

static void every_shorter_file_gives_its_whole_frames(void **state)
{
    begin(0xa1b2c3d4, is_swapped(state));
    put_pcap_frame(&file, 1, 0, 0, 10);
    put_pcap_frame(&file, 2, 0, 0, 20);
    for (size_t len = 0; len < file.len; len++) {
        enum fault fault = start(len);
        check_equal(fault, len < 24 ? FAULT_TRUNCATED : FAULT_NONE);
        if (fault != FAULT_NONE)
            continue;
        check_equal(capture_read(&capture, &window, &batch, INT64_MAX), CAPTURE_HUNGRY);
        check_equal(batch.count, len < 24 + 16 + 10 ? 0 : 1);
    }
}

static void other_magics_are_not_a_capture(void **state)
{
    (void)state;
    begin(0xa1b2c3d5, false);
    check_equal(start(file.len), FAULT_UNSUPPORTED);
}

static void another_version_is_refused(void **state)
{
    begin(0xa1b2c3d4, is_swapped(state));
    file.at[file.swapped ? 5 : 4] = 3;
    check_equal(start(file.len), FAULT_VERSION);
    begin(0xa1b2c3d4, is_swapped(state));
    file.at[file.swapped ? 7 : 6] = 5;
    check_equal(start(file.len), FAULT_VERSION);
}

static void before_version_2_4_the_lengths_may_be_exchanged(void **state)
{
    begin(0xa1b2c3d4, is_swapped(state));
    file.at[file.swapped ? 7 : 6] = 2;
    put_u32(&file, 1);
    put_u32(&file, 0);
    put_u32(&file, 90); /* on the wire */
    put_u32(&file, 3);  /* captured */
    put_counting(&file, 0, 3);
    check_equal(read_all(), CAPTURE_HUNGRY);
    check_equal(batch.count, 1);
    check_equal(batch.frames[0].captured.len, 3);
    check_equal(batch.frames[0].wire_len, 90);
}

static void a_frame_that_is_too_long_breaks_the_file(void **state)
{
    begin(0xa1b2c3d4, is_swapped(state));
    put_pcap_frame(&file, 1, 0, 0, CAPTURE_FRAME_MAX);
    check_equal(read_all(), CAPTURE_HUNGRY);
    check_equal(batch.count, 1);
    put_pcap_frame(&file, 2, 0, 0, CAPTURE_FRAME_MAX + 1);
    check_equal(read_all(), CAPTURE_BROKEN);
    check_equal(batch.count, 1);
    check_equal(window.left, 16 + CAPTURE_FRAME_MAX + 1);
}

static void more_captured_than_sent_is_corrected_and_counted(void **state)
{
    begin(0xa1b2c3d4, is_swapped(state));
    put_u64(&file, 0);
    put_u32(&file, 4);
    put_u32(&file, 2);
    put_u32(&file, 0);
    check_equal(read_all(), CAPTURE_HUNGRY);
    check_equal(batch.frames[0].wire_len, 4);
    check_equal(capture.counts.longer_than_wire, 1);
}

static void time_that_goes_backwards_is_counted(void **state)
{
    begin(0xa1b2c3d4, is_swapped(state));
    put_pcap_frame(&file, 5, 0, 0, 1);
    put_pcap_frame(&file, 4, 0, 0, 1);
    put_pcap_frame(&file, 4, 0, 0, 1);
    check_equal(read_all(), CAPTURE_HUNGRY);
    check_equal(batch.count, 3);
    check_equal(capture.counts.backwards, 1);
    check_equal(capture.counts.frames, 3);
}

static void frames_that_are_not_due_stay(void **state)
{
    begin(0xa1b2c3d4, is_swapped(state));
    put_pcap_frame(&file, 5, 0, 0, 1);
    put_pcap_frame(&file, 6, 0, 0, 1);
    check_equal(start(file.len), FAULT_NONE);
    check_equal(capture_read(&capture, &window, &batch, 5000000000), CAPTURE_LATER);
    check_equal(batch.count, 1);
    check_equal(capture.next_ns, 6000000000);
    check_equal(capture_read(&capture, &window, &batch, 6000000000), CAPTURE_HUNGRY);
    check_equal(batch.count, 2);
}

static void a_full_batch_takes_no_more(void **state)
{
    begin(0xa1b2c3d4, is_swapped(state));
    for (uint32_t i = 0; i < FRAME_BATCH_MAX + 1; i++)
        put_pcap_frame(&file, i, 0, 0, 1);
    check_equal(read_all(), CAPTURE_GOOD);
    check_equal(batch.count, FRAME_BATCH_MAX);
    batch.count = 0;
    check_equal(capture_read(&capture, &window, &batch, INT64_MAX), CAPTURE_HUNGRY);
    check_equal(batch.count, 1);
}

TESTS(TEST(microseconds_and_nanoseconds_are_read_in_both_byte_orders),
      TEST_IN_BOTH_ORDERS(records_of_kuznetzov_have_eight_octets_more),
      TEST(the_upper_half_of_the_link_type_is_not_part_of_it),
      TEST_IN_BOTH_ORDERS(every_shorter_file_gives_its_whole_frames),
      TEST(other_magics_are_not_a_capture), TEST_IN_BOTH_ORDERS(another_version_is_refused),
      TEST_IN_BOTH_ORDERS(before_version_2_4_the_lengths_may_be_exchanged),
      TEST_IN_BOTH_ORDERS(a_frame_that_is_too_long_breaks_the_file),
      TEST_IN_BOTH_ORDERS(more_captured_than_sent_is_corrected_and_counted),
      TEST_IN_BOTH_ORDERS(time_that_goes_backwards_is_counted),
      TEST_IN_BOTH_ORDERS(frames_that_are_not_due_stay),
      TEST_IN_BOTH_ORDERS(a_full_batch_takes_no_more))
