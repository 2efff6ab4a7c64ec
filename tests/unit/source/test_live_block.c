// SPDX-License-Identifier: Apache-2.0
/* Blocks as the kernel writes them: head, then frames, each with a head, the address of its
 * link and some room before the frame itself. */
#include "source/live_block_private.h"

#include <linux/if_packet.h>

#include "check.h"

enum { ROOM = 4096, FIRST = 48, MAC = 84, STEP = 256, OCTETS = 60 };

static uint8_t room[ROOM];
static struct live_block block;
static struct live_tally tally;
static struct frame_batch batch;

static struct tpacket3_hdr *head_of(size_t i)
{
    return (void *)(room + FIRST + i * STEP);
}

static uint8_t *frame_of(size_t i)
{
    return room + FIRST + i * STEP + MAC;
}

static void set_kind(size_t i, uint8_t kind)
{
    room[FIRST + i * STEP + sizeof(struct tpacket3_hdr) +
         offsetof(struct sockaddr_ll, sll_pkttype)] = kind;
}

static void build(uint32_t count)
{
    struct tpacket_block_desc head = { .hdr.bh1 = { .num_pkts = count,
                                                    .offset_to_first_pkt = FIRST } };
    memset(room, 0, sizeof room);
    memcpy(room, &head, sizeof head);
    for (size_t i = 0; i < count; i++) {
        *head_of(i) = (struct tpacket3_hdr){ .tp_next_offset = i + 1 < count ? STEP : 0,
                                             .tp_sec = 100 + (uint32_t)i,
                                             .tp_nsec = 7,
                                             .tp_snaplen = OCTETS,
                                             .tp_len = OCTETS,
                                             .tp_mac = MAC };
        for (size_t k = 0; k < OCTETS; k++)
            frame_of(i)[k] = (uint8_t)(i * 100 + k);
    }
    block = (struct live_block){ .at = room, .len = sizeof room, .link = LINK_ETHERNET };
    tally = (struct live_tally){ 0 };
    batch.count = 0;
}

static enum fault read_all(void)
{
    enum fault fault = live_block_open(&block);
    return fault == FAULT_NONE ? live_block_read(&block, &tally, &batch) : fault;
}

static void a_block_gives_its_frames_where_they_lie(void **state)
{
    (void)state;
    build(3);
    check_equal(read_all(), FAULT_NONE);
    check_equal(batch.count, 3);
    check_equal(block.left, 0);
    check_equal(tally.frames, 3);
    for (size_t i = 0; i < 3; i++) {
        check(batch.frames[i].captured.at == frame_of(i));
        check_equal(batch.frames[i].captured.len, OCTETS);
        check_equal(batch.frames[i].wire_len, OCTETS);
        check_equal(batch.frames[i].link, LINK_ETHERNET);
        check_equal(batch.frames[i].time_ns, (100 + (int64_t)i) * 1000000000 + 7);
    }
}

static void an_empty_block_gives_nothing(void **state)
{
    (void)state;
    build(0);
    check_equal(read_all(), FAULT_NONE);
    check_equal(batch.count, 0);
    check_equal(block.left, 0);
}

static void every_shorter_block_is_refused(void **state)
{
    (void)state;
    for (size_t len = 0; len < FIRST + STEP + MAC + OCTETS; len++) {
        build(2);
        block.len = len;
        check_equal(read_all(), FAULT_LENGTH);
        check_equal(block.left, 0);
        check(batch.count < 2);
    }
}

static void a_full_batch_leaves_the_rest_of_the_block(void **state)
{
    (void)state;
    build(3);
    batch.count = FRAME_BATCH_MAX - 2;
    check_equal(read_all(), FAULT_NONE);
    check_equal(block.left, 1);
    batch.count = 0;
    check_equal(live_block_read(&block, &tally, &batch), FAULT_NONE);
    check_equal(batch.count, 1);
    check(batch.frames[0].captured.at == frame_of(2));
}

static void a_vlan_tag_is_put_back_behind_the_addresses(void **state)
{
    (void)state;
    build(1);
    head_of(0)->tp_status = TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID;
    head_of(0)->hv1.tp_vlan_tci = 0x2007;
    head_of(0)->hv1.tp_vlan_tpid = 0x88a8;
    check_equal(read_all(), FAULT_NONE);
    check_equal(batch.frames[0].captured.len, OCTETS + 4);
    check_equal(batch.frames[0].wire_len, OCTETS + 4);
    for (uint8_t k = 0; k < 12; k++)
        check_equal(batch.frames[0].captured.at[k], k);
    check_equal(memcmp(batch.frames[0].captured.at + 12, "\x88\xa8\x20\x07", 4), 0);
    for (uint8_t k = 12; k < OCTETS; k++)
        check_equal(batch.frames[0].captured.at[k + 4], k);
    check_equal(tally.tags_put_back, 1);
}

static void a_tag_without_type_is_the_usual_one(void **state)
{
    (void)state;
    build(1);
    head_of(0)->tp_status = TP_STATUS_VLAN_VALID;
    check_equal(read_all(), FAULT_NONE);
    check_equal(memcmp(batch.frames[0].captured.at + 12, "\x81\0\0\0", 4), 0);
}

static void a_frame_too_short_for_a_tag_stays_as_it_is(void **state)
{
    (void)state;
    build(1);
    head_of(0)->tp_status = TP_STATUS_VLAN_VALID;
    head_of(0)->tp_snaplen = 11;
    check_equal(read_all(), FAULT_NONE);
    check_equal(batch.frames[0].captured.len, 11);
    check_equal(batch.frames[0].wire_len, OCTETS);
    check_equal(tally.tags_put_back, 0);
    check_equal(tally.cut_short, 1);
}

static void what_leaves_by_loopback_is_seen_once(void **state)
{
    (void)state;
    build(2);
    set_kind(0, PACKET_OUTGOING);
    block.is_loopback = true;
    check_equal(read_all(), FAULT_NONE);
    check_equal(batch.count, 1);
    check(batch.frames[0].captured.at == frame_of(1));
    check_equal(tally.seen_twice, 1);
}

static void what_leaves_by_another_interface_counts(void **state)
{
    (void)state;
    build(2);
    set_kind(0, PACKET_OUTGOING);
    check_equal(read_all(), FAULT_NONE);
    check_equal(batch.count, 2);
}

static void times_are_counted_by_their_origin(void **state)
{
    (void)state;
    build(3);
    head_of(0)->tp_status = TP_STATUS_TS_RAW_HARDWARE;
    head_of(1)->tp_status = TP_STATUS_TS_SOFTWARE;
    check_equal(read_all(), FAULT_NONE);
    check_equal(tally.timed_by_card, 1);
    check_equal(tally.timed_by_stack, 1);
    check_equal(tally.timed_by_ring, 1);
}

static void a_captured_length_above_the_wire_is_the_wire(void **state)
{
    (void)state;
    build(1);
    head_of(0)->tp_len = 10;
    check_equal(read_all(), FAULT_NONE);
    check_equal(batch.frames[0].wire_len, OCTETS);
}

static void lying_offsets_end_the_block(void **state)
{
    (void)state;
    for (int lie = 0; lie < 6; lie++) {
        build(3);
        struct tpacket3_hdr *head = head_of(1);
        switch (lie) {
        case 0: head->tp_snaplen = UINT32_MAX; break;
        case 1: head->tp_mac = MAC - 20; break; /* within its own head */
        case 2: head->tp_next_offset = 0; break;
        case 3: head->tp_next_offset = UINT32_MAX; break;
        case 4: head->tp_len = UINT32_MAX; break; /* no number left for a tag */
        default: head->tp_next_offset = MAC + OCTETS - 1; break;
        }
        check_equal(read_all(), FAULT_LENGTH);
        check_equal(batch.count, 1);
        check_equal(block.left, 0);
    }
}

static void more_frames_than_there_are_end_the_block(void **state)
{
    (void)state;
    build(2);
    struct tpacket_block_desc head;
    memcpy(&head, room, sizeof head);
    head.hdr.bh1.num_pkts = UINT32_MAX;
    memcpy(room, &head, sizeof head);
    check_equal(read_all(), FAULT_LENGTH);
    check_equal(batch.count, 1);
}

TESTS(TEST(a_block_gives_its_frames_where_they_lie), TEST(an_empty_block_gives_nothing),
      TEST(every_shorter_block_is_refused), TEST(a_full_batch_leaves_the_rest_of_the_block),
      TEST(a_vlan_tag_is_put_back_behind_the_addresses),
      TEST(a_tag_without_type_is_the_usual_one),
      TEST(a_frame_too_short_for_a_tag_stays_as_it_is),
      TEST(what_leaves_by_loopback_is_seen_once), TEST(what_leaves_by_another_interface_counts),
      TEST(times_are_counted_by_their_origin),
      TEST(a_captured_length_above_the_wire_is_the_wire), TEST(lying_offsets_end_the_block),
      TEST(more_frames_than_there_are_end_the_block))
