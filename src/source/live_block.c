// SPDX-License-Identifier: Apache-2.0
#include "source/live_block_private.h"

#include <linux/if_packet.h>

#include "base/time.h"
#include "base/wipe.h"

_Static_assert(sizeof(struct tpacket3_hdr) % TPACKET_ALIGNMENT == 0, "sockaddr_ll follows");

enum {
    FRAME_HEAD = sizeof(struct tpacket3_hdr) + sizeof(struct sockaddr_ll),
    KIND_AT = sizeof(struct tpacket3_hdr) + offsetof(struct sockaddr_ll, sll_pkttype),
    ADDRESSES = 12, /* of an Ethernet frame; its tags follow */
    TAG_USUAL = 0x8100,
};

static bool is_within(size_t offset, size_t size, size_t len)
{
    return offset <= len && size <= len - offset;
}

enum fault live_block_open(struct live_block *block)
{
    struct tpacket_block_desc head;
    block->left = 0;
    block->used = block->len;
    if (block->len < sizeof head)
        return FAULT_LENGTH;
    memcpy(&head, block->at, sizeof head);
    if (head.hdr.bh1.blk_len < block->len)
        block->used = head.hdr.bh1.blk_len;
    if (head.hdr.bh1.num_pkts > 0 &&
        !is_within(head.hdr.bh1.offset_to_first_pkt, FRAME_HEAD, block->len))
        return FAULT_LENGTH;
    block->next = head.hdr.bh1.offset_to_first_pkt;
    block->left = head.hdr.bh1.num_pkts;
    return FAULT_NONE;
}

void live_block_erase(struct live_block *block)
{
    const size_t head = sizeof(struct tpacket_block_desc);
    if (block->used > head)
        wipe(block->at + head, block->used - head);
}

/* The kernel takes the outermost tag off every Ethernet frame and keeps it aside; decoders
 * look for it where it was on the wire.  The addresses move into the room before the frame. */
static void put_tag_back(const struct tpacket3_hdr *head, uint8_t *at, struct frame *frame)
{
    uint16_t type = head->tp_status & TP_STATUS_VLAN_TPID_VALID ? head->hv1.tp_vlan_tpid : 0;
    uint32_t tag = (uint32_t)(type ? type : TAG_USUAL) << 16 | (head->hv1.tp_vlan_tci & 0xffff);
    uint8_t *start = at - LIVE_TAG_OCTETS;
    memmove(start, at, ADDRESSES);
    for (size_t i = 0; i < LIVE_TAG_OCTETS; i++)
        start[ADDRESSES + i] = (uint8_t)(tag >> (24 - 8 * i));
    frame->captured.at = start;
    frame->captured.len += LIVE_TAG_OCTETS;
    frame->wire_len += LIVE_TAG_OCTETS;
}

static void count_origin_of_time(uint32_t status, struct live_tally *tally)
{
    if (status & TP_STATUS_TS_RAW_HARDWARE)
        tally->timed_by_card++;
    else if (status & TP_STATUS_TS_SOFTWARE)
        tally->timed_by_stack++;
    else
        tally->timed_by_ring++;
}

static void hand_over(const struct live_block *block, const struct tpacket3_hdr *head,
                      struct live_tally *tally, struct frame *out)
{
    uint8_t *at = block->at + block->next + head->tp_mac;
    out->captured = (struct bytes){ at, head->tp_snaplen };
    out->wire_len = head->tp_len > head->tp_snaplen ? head->tp_len : head->tp_snaplen;
    out->link = block->link;
    out->time_ns = time_from_parts(head->tp_sec, head->tp_nsec);
    if (head->tp_status & TP_STATUS_VLAN_VALID && block->link == LINK_ETHERNET &&
        head->tp_snaplen >= ADDRESSES) {
        put_tag_back(head, at, out);
        tally->tags_put_back++;
    }
    tally->frames++;
    tally->cut_short += head->tp_snaplen < head->tp_len;
    count_origin_of_time(head->tp_status, tally);
}

/* The last frame of a block says 0 for where the next one is. */
static bool is_sound(const struct live_block *block, const struct tpacket3_hdr *head)
{
    size_t end = (size_t)head->tp_mac + head->tp_snaplen;
    if (head->tp_mac < FRAME_HEAD + LIVE_TAG_OCTETS || !is_within(block->next, end, block->len))
        return false;
    if (head->tp_len > UINT32_MAX - LIVE_TAG_OCTETS)
        return false;
    return block->left == 1 ||
           (head->tp_next_offset >= end &&
            is_within(block->next + head->tp_next_offset, FRAME_HEAD, block->len));
}

enum fault live_block_read(struct live_block *block, struct live_tally *tally,
                           struct frame_batch *out)
{
    while (block->left > 0 && out->count < FRAME_BATCH_MAX) {
        struct tpacket3_hdr head;
        memcpy(&head, block->at + block->next, sizeof head);
        if (!is_sound(block, &head)) {
            block->left = 0;
            return FAULT_LENGTH;
        }
        if (block->left > 1)
            PREFETCH(block->at + block->next + head.tp_next_offset);
        if (block->is_loopback && block->at[block->next + KIND_AT] == PACKET_OUTGOING)
            tally->seen_twice++;
        else
            hand_over(block, &head, tally, &out->frames[out->count++]);
        block->next += head.tp_next_offset;
        block->left--;
    }
    return FAULT_NONE;
}
