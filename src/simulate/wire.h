// SPDX-License-Identifier: Apache-2.0
/* Ethernet frames around a payload, with right lengths and checksums (RFC 791, 8200, 9293,
 * 768, 792, 4443).  The payload is written in place first: wire_payload_at says where. */
#pragma once

#include "base/ip.h"
#include "model/packet.h"

enum {
    WIRE_MSS_V4 = 1460,
    WIRE_MSS_V6 = 1440,
    WIRE_PAYLOAD_MAX = 1472,
    WIRE_FRAME_MAX = 1536,
};

struct wire_packet {
    struct ip_address source;
    struct ip_address destination;
    bool from_inside; /* which of the two routers sent it: picks the MAC addresses */
    uint8_t protocol; /* TCP, UDP or ICMP; over IPv6 ICMP is written as ICMPv6 */
    uint8_t ttl;
    uint8_t tcp_flags; /* a SYN carries the usual options */
    uint16_t identification;
    uint16_t source_port;      /* ICMP: type * 256 + code, as ICMPv4 numbers them */
    uint16_t destination_port; /* ICMP: identifier; the sequence number is in sequence */
    uint16_t window;
    uint32_t sequence;
    uint32_t acknowledgment;
};

/* The octets of the frame in front of its payload. */
size_t wire_header_octets(const struct wire_packet *packet);
/* Finishes the frame whose payload of len octets stands at header_octets; gives its length. */
size_t wire_finish(const struct wire_packet *packet, uint8_t *frame, size_t payload_len);
/* RFC 1071 over bytes and a sum so far, folded but not complemented. */
uint16_t wire_sum(uint64_t sum, const uint8_t *at, size_t len);
