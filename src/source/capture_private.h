// SPDX-License-Identifier: Apache-2.0
/* The content of a capture file, either format, read from a window of its octets.  Pure: no
 * files, no allocation; the owner shows the next octets and says how many frames it wants. */
#pragma once

#include "base/cursor.h"
#include "base/fault.h"
#include "model/frame.h"

enum {
    /* What libpcap and Wireshark take as the longest frame, too. */
    CAPTURE_FRAME_MAX = 256 * 1024,
    /* A record must fit into the window at once: a frame with header and options.  Blocks of
     * pcapng that we do not read may be longer; they are passed over piece by piece. */
    CAPTURE_RECORD_MAX = 384 * 1024,
    CAPTURE_INTERFACES_MAX = 4096, /* of one section of a pcapng file */
};

enum capture_format { CAPTURE_PCAP, CAPTURE_PCAPNG };

enum capture_step {
    CAPTURE_GOOD,   /* nothing stood in the way: the batch is full */
    CAPTURE_LATER,  /* the next frame is later than was asked for: next_ns */
    CAPTURE_HUNGRY, /* the window ends within a record, or is empty */
    CAPTURE_BROKEN, /* broken_by says why; the window starts with the bad record */
};

/* Blocks of pcapng that carry no frames, by what they are. */
enum capture_block {
    CAPTURE_BLOCK_NAMES,
    CAPTURE_BLOCK_STATISTICS,
    CAPTURE_BLOCK_SECRETS,
    CAPTURE_BLOCK_CUSTOM,
    CAPTURE_BLOCK_OTHER,
    CAPTURE_BLOCK_KINDS
};

struct capture_counts {
    uint64_t frames;
    uint64_t backwards;         /* frames earlier than the one before */
    uint64_t longer_than_wire;  /* more captured than there was: the captured length counts */
    uint64_t unknown_interface; /* frames of an interface that was not described */
    uint64_t no_time;           /* simple packet blocks: they get the time of the one before */
    uint64_t bad_interfaces;    /* described with a resolution of time that nobody can have */
    uint64_t bad_options;
    uint64_t blocks[CAPTURE_BLOCK_KINDS];
};

struct pcap {
    uint32_t link;
    uint32_t fraction_ns; /* one unit of the second half of a time: 1000 or 1 */
    uint32_t header_octets;
    bool lengths_exchanged; /* by writers before version 2.3, and some of 2.3 */
};

struct pcapng_interface {
    uint32_t link;
    uint32_t captured_max; /* 0 for no limit */
    uint64_t multiply;     /* ticks to ns, one of three ways: this one when not 0, ... */
    uint64_t divide;       /* ... or this one when not 0, ... */
    unsigned shift;        /* ... or ticks of 2^-shift s */
    bool usable;
    int64_t offset_ns;
};

struct pcapng {
    size_t interface_count;
    struct pcapng_interface interfaces[CAPTURE_INTERFACES_MAX];
};

struct capture {
    enum capture_format format;
    bool swapped; /* written in the byte order that is not ours */
    int64_t last_ns;
    int64_t next_ns;
    uint64_t skip; /* octets of an uninteresting block still to be passed over */
    const char *broken_by;
    struct capture_counts counts;
    struct pcap pcap;
    struct pcapng pcapng; /* large; untouched for pcap */
};

/* Starts with the head of the content, in a capture that was all zero.  FAULT_TRUNCATED: show
 * more.  FAULT_UNSUPPORTED: this is no capture.  FAULT_VERSION: one we do not know. */
MUST_CHECK enum fault capture_start(struct capture *capture, struct cursor *window);

/* Appends frames up to until_ns (included) to out and takes their records from the window.
 * The frames point into the window. */
MUST_CHECK enum capture_step capture_read(struct capture *capture, struct cursor *window,
                                          struct frame_batch *out, int64_t until_ns);

/* The two formats. */
MUST_CHECK enum fault pcap_start(struct capture *capture, struct cursor *window);
MUST_CHECK enum capture_step pcap_read(struct capture *capture, struct cursor *window,
                                       struct frame_batch *out, int64_t until_ns);
MUST_CHECK enum fault pcapng_start(struct capture *capture, struct cursor *window);
MUST_CHECK enum capture_step pcapng_read(struct capture *capture, struct cursor *window,
                                         struct frame_batch *out, int64_t until_ns);

static inline enum capture_step capture_break(struct capture *capture, const char *why)
{
    capture->broken_by = why;
    return CAPTURE_BROKEN;
}
