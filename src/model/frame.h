// SPDX-License-Identifier: Apache-2.0
/* A captured frame as a source hands it over: raw bytes nobody has looked at yet.  The bytes
 * belong to the source and live until its next read. */
#pragma once

#include "base/bytes.h"

/* The link types we decode, by their numbers of the tcpdump.org registry.  A frame of any
 * other type is counted and passed over. */
enum link_type {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_PPP = 9,
    LINK_RAW_BSD = 12, /* raw IP, as OpenBSD and old files number it */
    LINK_RAW_BSDOS = 14,
    LINK_PPP_ETHER = 51,
    LINK_RAW = 101,
    LINK_C_HDLC = 104,
    LINK_LOOP = 108,
    LINK_LINUX_SLL = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_LINUX_SLL2 = 276,
};

struct frame {
    struct bytes captured; /* what was kept of the frame */
    uint32_t wire_len;     /* octets the frame had on the wire, at least captured.len */
    uint32_t link;         /* enum link_type, or a number we do not decode */
    int64_t time_ns;
};

enum { FRAME_BATCH_MAX = 256 };

struct frame_batch {
    struct frame frames[FRAME_BATCH_MAX];
    size_t count;
};
