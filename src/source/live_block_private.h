// SPDX-License-Identifier: Apache-2.0
/* A block of a TPACKET_V3 ring (linux/if_packet.h), walked.  Pure: the owner maps the ring,
 * waits for blocks and gives them back.  The kernel writes the blocks and is trusted to mean
 * well, not to be right: every offset is checked against the block. */
#pragma once

#include "base/attr.h"
#include "base/fault.h"
#include "model/frame.h"

enum {
    LIVE_TAG_OCTETS = 4, /* of a VLAN tag; this much room stands before each frame */
};

/* What came of the frames of an interface. */
struct live_tally {
    uint64_t frames;         /* handed over */
    uint64_t seen_twice;     /* on loopback on their way out; on their way in they count */
    uint64_t cut_short;      /* by the snapshot length or the size of a block */
    uint64_t tags_put_back;  /* VLAN tags that the kernel had taken off */
    uint64_t timed_by_card;  /* TP_STATUS_TS_RAW_HARDWARE */
    uint64_t timed_by_stack; /* TP_STATUS_TS_SOFTWARE: when the driver handed them over */
    uint64_t timed_by_ring;  /* neither: when they were written to the ring */
};

struct live_block {
    uint8_t *at; /* tags are put back in place */
    size_t len;
    size_t used;   /* octets that the kernel wrote */
    size_t next;   /* where the next frame's header is */
    uint32_t left; /* frames not yet read */
    uint32_t link; /* of the frames */
    bool is_loopback;
};

/* block->at, len, link and is_loopback are given.  FAULT_LENGTH when there is no room for what
 * its head tells. */
MUST_CHECK enum fault live_block_open(struct live_block *block);
/* All frames were used: they are overwritten. */
void live_block_erase(struct live_block *block);
/* Appends frames, which point into the block, until the batch is full or the block is at its
 * end (left is 0).  A frame that lies outside ends the block: FAULT_LENGTH. */
MUST_CHECK enum fault live_block_read(struct live_block *block, struct live_tally *tally,
                                      struct frame_batch *out);
