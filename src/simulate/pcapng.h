// SPDX-License-Identifier: Apache-2.0
/* The blocks of a pcapng file (draft-ietf-opsawg-pcapng), little-endian, one Ethernet
 * interface, times in nanoseconds.  Nothing in them tells when or where they were made. */
#pragma once

#include "model/frame.h"

enum {
    PCAPNG_HEADER_MAX = 256,
    PCAPNG_PACKET_OVERHEAD = 36, /* of one packet's block, padding included */
};

/* Section header and interface description; gives their length. */
size_t pcapng_write_header(uint32_t snap_octets, uint8_t room[PCAPNG_HEADER_MAX]);
/* One packet's block of at most captured.len + PCAPNG_PACKET_OVERHEAD octets. */
size_t pcapng_write_packet(const struct frame *frame, uint8_t *room);
