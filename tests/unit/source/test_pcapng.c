// SPDX-License-Identifier: Apache-2.0
#include "source/capture_private.h"

#include "build.h"
#include "check.h"

static struct build file, options;
static struct capture capture;
static struct frame_batch batch;
static struct cursor window;
static bool swapped; /* of the test that runs */

static const int64_t second = 1000000000;

static void begin(bool other_order)
{
    file.len = options.len = 0;
    file.swapped = options.swapped = other_order;
    put_section(&file);
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

static void put_simple(uint32_t wire, const char *captured)
{
    struct build *body = &options;
    body->len = 0;
    put_u32(body, wire);
    put(body, captured, strlen(captured));
    put_block(&file, 3, body->at, (uint32_t)body->len);
}

static void both_byte_orders_are_read(void **state)
{
    (void)state;
    for (int other = 0; other < 2; other++) {
        begin(other == 1);
        put_interface(&file, LINK_RAW, 0, NULL);
        put_packet(&file, 0, 1700000000123456, 3, 61);
        check_equal(read_all(), CAPTURE_HUNGRY);
        check_equal(window.left, 0);
        check_equal(batch.count, 1);
        check_equal(batch.frames[0].captured.len, 61);
        check_equal(batch.frames[0].captured.at[0], 3);
        check_equal(batch.frames[0].wire_len, 161);
        check_equal(batch.frames[0].link, LINK_RAW);
        check_equal(batch.frames[0].time_ns, 1700000000123456000);
    }
}

static int64_t time_with(uint8_t resolution, int64_t offset_s, uint64_t ticks)
{
    begin(swapped);
    put_resolution(&options, resolution);
    put_offset(&options, offset_s);
    put_interface(&file, 1, 0, &options);
    put_packet(&file, 0, ticks, 0, 1);
    check_equal(read_all(), CAPTURE_HUNGRY);
    check_equal(batch.count, 1);
    return batch.frames[0].time_ns;
}

static void resolutions_of_ten_and_two_and_offsets_are_applied(void **state)
{
    swapped = is_swapped(state);
    check_equal(time_with(0, 0, 17), 17 * second);
    check_equal(time_with(6, 0, 17), 17000);
    check_equal(time_with(9, 0, 17), 17);
    check_equal(time_with(12, 0, 17999), 17);
    check_equal(time_with(19, 0, UINT64_MAX), 1844674407);
    check_equal(time_with(6, 100, 1), 100 * second + 1000);
    check_equal(time_with(6, -100, 1), -100 * second + 1000);
    check_equal(time_with(0x80, 0, 3), 3 * second);
    check_equal(time_with(0x80 | 1, 0, 3), second + second / 2);
    check_equal(time_with(0x80 | 32, 0, UINT64_C(5) << 31), 2 * second + second / 2);
    check_equal(time_with(0x80 | 63, 0, UINT64_C(3) << 62), second + second / 2);
}

static void times_are_held_at_the_ends_of_their_range(void **state)
{
    swapped = is_swapped(state);
    check_equal(time_with(0, 0, UINT64_MAX), INT64_MAX);
    check_equal(time_with(6, 0, UINT64_MAX), INT64_MAX);
    check_equal(time_with(9, 0, UINT64_MAX), INT64_MAX);
    check_equal(time_with(9, 1, (uint64_t)INT64_MAX), INT64_MAX);
    check_equal(time_with(0x80, 0, UINT64_MAX), INT64_MAX);
    check_equal(time_with(6, INT64_MAX, 0), INT64_MAX);
    check_equal(time_with(6, INT64_MIN, 0), INT64_MIN);
}

static void an_interface_without_a_sane_resolution_is_unknown(void **state)
{
    swapped = is_swapped(state);
    const uint8_t absurd[] = { 20, 0x7f, 0x80 | 64, 0xff };
    for (size_t i = 0; i < sizeof absurd; i++) {
        begin(swapped);
        put_resolution(&options, absurd[i]);
        put_interface(&file, 1, 0, &options);
        put_packet(&file, 0, 1, 0, 1);
        check_equal(read_all(), CAPTURE_HUNGRY);
        check_equal(batch.count, 0);
        check_equal(capture.counts.bad_interfaces, 1);
        check_equal(capture.counts.unknown_interface, 1);
    }
}

static void interfaces_differ_and_end_with_their_section(void **state)
{
    (void)state;
    begin(false);
    put_interface(&file, LINK_ETHERNET, 0, NULL);
    put_resolution(&options, 9);
    put_interface(&file, LINK_RAW, 0, &options);
    put_packet(&file, 1, 5, 0, 1);
    put_packet(&file, 0, 5, 0, 1);
    file.swapped = true; /* the second section, written elsewhere */
    put_section(&file);
    put_interface(&file, LINK_NULL, 0, NULL);
    put_packet(&file, 0, 7, 0, 1);
    put_packet(&file, 1, 7, 0, 1);
    put_packet(&file, UINT32_MAX, 7, 0, 1);
    check_equal(read_all(), CAPTURE_HUNGRY);
    check_equal(window.left, 0);
    check_equal(batch.count, 3);
    check_equal(batch.frames[0].link, LINK_RAW);
    check_equal(batch.frames[0].time_ns, 5);
    check_equal(batch.frames[1].link, LINK_ETHERNET);
    check_equal(batch.frames[1].time_ns, 5000);
    check_equal(batch.frames[2].link, LINK_NULL);
    check_equal(capture.counts.unknown_interface, 2);
}

static void a_simple_packet_has_the_limit_and_link_of_the_first_interface(void **state)
{
    swapped = is_swapped(state);
    begin(swapped);
    put_simple(9, "abcd"); /* before any interface */
    put_interface(&file, LINK_RAW, 5, NULL);
    put_packet(&file, 0, 3, 0, 1);
    put_simple(9, "abcdefgh");
    put_simple(3, "abc");
    check_equal(read_all(), CAPTURE_HUNGRY);
    check_equal(batch.count, 3);
    check_equal(batch.frames[1].captured.len, 5);
    check_equal(batch.frames[1].captured.at[4], 'e');
    check_equal(batch.frames[1].wire_len, 9);
    check_equal(batch.frames[1].link, LINK_RAW);
    check_equal(batch.frames[1].time_ns, 3000);
    check_equal(batch.frames[2].captured.len, 3);
    check_equal(capture.counts.no_time, 2);
    check_equal(capture.counts.unknown_interface, 1);
}

static void the_obsolete_packet_block_is_read(void **state)
{
    swapped = is_swapped(state);
    begin(swapped);
    put_interface(&file, LINK_RAW, 0, NULL);
    struct build *body = &options;
    put_u16(body, 0);
    put_u16(body, 77); /* drops */
    put_u32(body, 0);
    put_u32(body, 9);
    put_u32(body, 2);
    put_u32(body, 4);
    put(body, "xy", 2);
    put_block(&file, 2, body->at, (uint32_t)body->len);
    check_equal(read_all(), CAPTURE_HUNGRY);
    check_equal(batch.count, 1);
    check_equal(batch.frames[0].captured.len, 2);
    check_equal(batch.frames[0].wire_len, 4);
    check_equal(batch.frames[0].time_ns, 9000);
}

static void other_blocks_are_counted_by_kind(void **state)
{
    swapped = is_swapped(state);
    begin(swapped);
    put_block(&file, 4, "names", 5);
    put_block(&file, 5, "statistics", 10);
    put_block(&file, 10, "secrets", 7);
    put_block(&file, 0xbad, "custom", 6);
    put_block(&file, 0x40000bad, "custom", 6);
    put_block(&file, 0x80000001, "local", 5);
    check_equal(read_all(), CAPTURE_HUNGRY);
    check_equal(window.left, 0);
    check_equal(capture.counts.blocks[CAPTURE_BLOCK_NAMES], 1);
    check_equal(capture.counts.blocks[CAPTURE_BLOCK_STATISTICS], 1);
    check_equal(capture.counts.blocks[CAPTURE_BLOCK_SECRETS], 1);
    check_equal(capture.counts.blocks[CAPTURE_BLOCK_CUSTOM], 2);
    check_equal(capture.counts.blocks[CAPTURE_BLOCK_OTHER], 1);
}

static void a_block_longer_than_memory_is_passed_over_in_pieces(void **state)
{
    swapped = is_swapped(state);
    begin(swapped);
    put_u32(&file, 4);
    put_u32(&file, UINT32_C(3) << 30);
    check_equal(start(file.len), FAULT_NONE);
    put_u32(&file, 0);
    window.left = file.len;
    check_equal(capture_read(&capture, &window, &batch, INT64_MAX), CAPTURE_HUNGRY);
    check_equal(window.left, 0);
    check_equal(capture.skip, (UINT64_C(3) << 30) - 12);
    /* The middle is not shown here; what is after it is read again. */
    capture.skip = 12;
    begin(swapped);
    put_interface(&file, 1, 0, NULL);
    window = cursor_over((struct bytes){ file.at + 16, file.len - 16 });
    check_equal(capture_read(&capture, &window, &batch, INT64_MAX), CAPTURE_HUNGRY);
    check_equal(window.left, 0);
    check_equal(capture.pcapng.interface_count, 1);
}

static void check_broken(void)
{
    check_equal(read_all(), CAPTURE_BROKEN);
    check(capture.broken_by != NULL);
    check_equal(batch.count, 0);
}

static void lengths_that_cannot_be_break_the_file(void **state)
{
    swapped = is_swapped(state);
    const uint32_t impossible[] = { 0, 4, 8, 11, 13, 30, 0xffffffff };
    for (size_t i = 0; i < sizeof impossible / sizeof *impossible; i++) {
        begin(swapped);
        put_u32(&file, 4);
        put_u32(&file, impossible[i]);
        put_counting(&file, 0, 32);
        check_broken();
    }
    begin(swapped);
    put_block(&file, 4, "abcd", 4);
    file.at[file.len - 4]++; /* its second length */
    check_broken();
    begin(swapped);
    put_u32(&file, 6);
    put_u32(&file, CAPTURE_RECORD_MAX + 4);
    put_u32(&file, 0);
    check_broken();
}

static void blocks_too_short_for_their_fields_break_the_file(void **state)
{
    swapped = is_swapped(state);
    const uint32_t types[] = { 1, 2, 3, 6, 0x0a0d0d0a };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        begin(swapped);
        if (types[i] != 1)
            put_interface(&file, 1, 0, NULL);
        put_block(&file, types[i], "\x4d\x3c\x2b\x1a", types[i] == 1 || types[i] == 3 ? 0 : 4);
        check_broken();
    }
}

static void a_frame_longer_than_its_block_breaks_the_file(void **state)
{
    swapped = is_swapped(state);
    begin(swapped);
    put_interface(&file, 1, 0, NULL);
    size_t at = file.len;
    put_packet(&file, 0, 1, 0, 8);
    file.at[at + (swapped ? 23 : 20)] = 9;
    check_broken();
    begin(swapped);
    put_interface(&file, 1, 0, NULL);
    put_simple(9, "abcdefgh");
    check_broken();
}

static void a_frame_of_more_than_the_limit_breaks_the_file(void **state)
{
    swapped = is_swapped(state);
    begin(swapped);
    put_interface(&file, 1, 0, NULL);
    put_packet(&file, 0, 1, 0, CAPTURE_FRAME_MAX + 1);
    check_broken();
    begin(swapped);
    put_interface(&file, 1, 0, NULL);
    put_packet(&file, 0, 1, 0, CAPTURE_FRAME_MAX);
    check_equal(read_all(), CAPTURE_HUNGRY);
    check_equal(batch.count, 1);
}

static void a_section_of_another_version_or_order_breaks_the_file(void **state)
{
    swapped = is_swapped(state);
    begin(swapped);
    file.at[swapped ? 13 : 12] = 2;
    check_broken();
    begin(swapped);
    file.at[swapped ? 15 : 14] = 1;
    check_broken();
    begin(swapped);
    size_t at = file.len;
    put_section(&file);
    file.at[at + 8]++;
    check_broken();
}

static void options_longer_than_their_block_are_counted(void **state)
{
    swapped = is_swapped(state);
    begin(swapped);
    put_resolution(&options, 9);
    put_u16(&options, 2);
    put_u16(&options, 100);
    put_interface(&file, 1, 0, &options);
    put_packet(&file, 0, 3, 0, 1);
    check_equal(read_all(), CAPTURE_HUNGRY);
    check_equal(capture.counts.bad_options, 1);
    check_equal(batch.frames[0].time_ns, 3);
}

static void options_after_their_end_are_not_read(void **state)
{
    swapped = is_swapped(state);
    begin(swapped);
    put_u32(&options, 0);
    put_resolution(&options, 9);
    put_interface(&file, 1, 0, &options);
    put_packet(&file, 0, 3, 0, 1);
    check_equal(read_all(), CAPTURE_HUNGRY);
    check_equal(batch.frames[0].time_ns, 3000);
}

static void interfaces_past_the_limit_are_unknown(void **state)
{
    swapped = is_swapped(state);
    begin(swapped);
    for (size_t i = 0; i < CAPTURE_INTERFACES_MAX + 1; i++)
        put_interface(&file, 1, 0, NULL);
    put_packet(&file, CAPTURE_INTERFACES_MAX - 1, 3, 0, 1);
    put_packet(&file, CAPTURE_INTERFACES_MAX, 3, 0, 1);
    check_equal(read_all(), CAPTURE_HUNGRY);
    check_equal(batch.count, 1);
    check_equal(capture.counts.bad_interfaces, 1);
    check_equal(capture.counts.unknown_interface, 1);
}

static void every_shorter_file_gives_its_whole_frames(void **state)
{
    swapped = is_swapped(state);
    begin(swapped);
    put_interface(&file, 1, 0, NULL);
    put_packet(&file, 0, 1, 0, 5);
    size_t first_end = file.len;
    put_packet(&file, 0, 2, 0, 6);
    for (size_t len = 0; len < file.len; len++) {
        enum fault fault = start(len);
        check_equal(fault, len < 12 ? FAULT_TRUNCATED : FAULT_NONE);
        if (fault != FAULT_NONE)
            continue;
        check_equal(capture_read(&capture, &window, &batch, INT64_MAX), CAPTURE_HUNGRY);
        check_equal(batch.count, len < first_end ? 0 : 1);
    }
}

static void more_captured_than_sent_is_corrected_and_counted(void **state)
{
    swapped = is_swapped(state);
    begin(swapped);
    put_interface(&file, 1, 0, NULL);
    size_t at = file.len;
    put_packet(&file, 0, 1, 0, 8);
    memset(file.at + at + 24, 0, 4);
    check_equal(read_all(), CAPTURE_HUNGRY);
    check_equal(batch.frames[0].wire_len, 8);
    check_equal(capture.counts.longer_than_wire, 1);
}

static void a_simple_packet_waits_for_its_turn(void **state)
{
    swapped = is_swapped(state);
    begin(swapped);
    put_interface(&file, 1, 0, NULL);
    put_simple(2, "ab");
    check_equal(start(file.len), FAULT_NONE);
    check_equal(capture_read(&capture, &window, &batch, -1), CAPTURE_LATER);
    check_equal(capture.next_ns, 0);
    check_equal(capture_read(&capture, &window, &batch, 0), CAPTURE_HUNGRY);
    check_equal(batch.count, 1);
}

static void a_simple_packet_of_more_than_the_limit_breaks_the_file(void **state)
{
    (void)state;
    static const uint8_t long_body[CAPTURE_FRAME_MAX + 8] = { 1, 0, 4 }; /* 0x40001 */
    begin(false);
    put_interface(&file, 1, 0, NULL);
    put_block(&file, 3, long_body, sizeof long_body);
    check_broken();
}

static void a_full_batch_takes_no_more(void **state)
{
    swapped = is_swapped(state);
    begin(swapped);
    put_interface(&file, 1, 0, NULL);
    for (uint32_t i = 0; i < FRAME_BATCH_MAX + 1; i++)
        put_packet(&file, 0, i, 0, 1);
    check_equal(read_all(), CAPTURE_GOOD);
    check_equal(batch.count, FRAME_BATCH_MAX);
    batch.count = 0;
    check_equal(capture_read(&capture, &window, &batch, INT64_MAX), CAPTURE_HUNGRY);
    check_equal(batch.count, 1);
}

static void a_section_must_say_its_byte_order(void **state)
{
    (void)state;
    begin(false);
    file.at[8] = 0;
    check_equal(start(file.len), FAULT_UNSUPPORTED);
}

static void frames_that_are_not_due_stay(void **state)
{
    swapped = is_swapped(state);
    begin(swapped);
    put_interface(&file, 1, 0, NULL);
    put_packet(&file, 0, 1, 0, 5);
    put_packet(&file, 0, 2, 0, 6);
    check_equal(start(file.len), FAULT_NONE);
    check_equal(capture_read(&capture, &window, &batch, 1000), CAPTURE_LATER);
    check_equal(batch.count, 1);
    check_equal(capture.next_ns, 2000);
    check_equal(capture_read(&capture, &window, &batch, 2000), CAPTURE_HUNGRY);
    check_equal(batch.count, 2);
}

TESTS(TEST(both_byte_orders_are_read),
      TEST_IN_BOTH_ORDERS(resolutions_of_ten_and_two_and_offsets_are_applied),
      TEST_IN_BOTH_ORDERS(times_are_held_at_the_ends_of_their_range),
      TEST_IN_BOTH_ORDERS(an_interface_without_a_sane_resolution_is_unknown),
      TEST(interfaces_differ_and_end_with_their_section),
      TEST_IN_BOTH_ORDERS(a_simple_packet_has_the_limit_and_link_of_the_first_interface),
      TEST_IN_BOTH_ORDERS(the_obsolete_packet_block_is_read),
      TEST_IN_BOTH_ORDERS(other_blocks_are_counted_by_kind),
      TEST_IN_BOTH_ORDERS(a_block_longer_than_memory_is_passed_over_in_pieces),
      TEST_IN_BOTH_ORDERS(lengths_that_cannot_be_break_the_file),
      TEST_IN_BOTH_ORDERS(blocks_too_short_for_their_fields_break_the_file),
      TEST_IN_BOTH_ORDERS(a_frame_longer_than_its_block_breaks_the_file),
      TEST_IN_BOTH_ORDERS(a_frame_of_more_than_the_limit_breaks_the_file),
      TEST_IN_BOTH_ORDERS(a_section_of_another_version_or_order_breaks_the_file),
      TEST_IN_BOTH_ORDERS(options_longer_than_their_block_are_counted),
      TEST_IN_BOTH_ORDERS(options_after_their_end_are_not_read),
      TEST_IN_BOTH_ORDERS(interfaces_past_the_limit_are_unknown),
      TEST_IN_BOTH_ORDERS(every_shorter_file_gives_its_whole_frames),
      TEST_IN_BOTH_ORDERS(more_captured_than_sent_is_corrected_and_counted),
      TEST_IN_BOTH_ORDERS(a_simple_packet_waits_for_its_turn),
      TEST(a_simple_packet_of_more_than_the_limit_breaks_the_file),
      TEST_IN_BOTH_ORDERS(a_full_batch_takes_no_more), TEST(a_section_must_say_its_byte_order),
      TEST_IN_BOTH_ORDERS(frames_that_are_not_due_stay))
