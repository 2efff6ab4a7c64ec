// SPDX-License-Identifier: Apache-2.0
/* One IP packet, decoded to what the law calls machine information: identifiers and traffic
 * facts.  There is no field for what was said; the payload travels beside the packet, sealed,
 * from decode/packet.h to decode/handshake.h and nowhere else. */
#pragma once

#include "base/ip.h"

enum {
    PROTOCOL_ICMP = 1,
    PROTOCOL_IPIP = 4,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_IPV6 = 41,
    PROTOCOL_GRE = 47,
    PROTOCOL_ICMPV6 = 58,
    PROTOCOL_SCTP = 132,
};

enum {
    TCP_FIN = 0x01,
    TCP_SYN = 0x02,
    TCP_RST = 0x04,
    TCP_PSH = 0x08,
    TCP_ACK = 0x10,
    TCP_URG = 0x20,
};

/* What was unwrapped to reach the packet, as bits; a packet may have been in several. */
enum encapsulation {
    ENCAPSULATION_VLAN = 1 << 0,
    ENCAPSULATION_MPLS = 1 << 1,
    ENCAPSULATION_PPPOE = 1 << 2,
    ENCAPSULATION_GRE = 1 << 3,
    ENCAPSULATION_IPIP = 1 << 4, /* IPv4 in IPv4, 6in4, 4in6, 6in6 */
    ENCAPSULATION_VXLAN = 1 << 5,
    ENCAPSULATION_GENEVE = 1 << 6,
    ENCAPSULATION_GTPU = 1 << 7,
    ENCAPSULATION_ERSPAN = 1 << 8,
};

struct packet {
    struct ip_address source;
    struct ip_address destination;
    int64_t time_ns;
    uint32_t octets; /* of the IP packet by its own header, header included */
    uint32_t tcp_sequence;
    uint32_t tcp_acknowledgment;
    uint32_t payload_octets;   /* of the transport payload by the headers, captured or not */
    uint16_t source_port;      /* 0 without ports */
    uint16_t destination_port; /* ICMP: type * 256 + code */
    uint16_t tcp_window;
    uint16_t encapsulation; /* enum encapsulation, or'ed */
    uint16_t vlan;          /* outermost VLAN identifier, 0 when none */
    uint8_t version;        /* of IP: 4 or 6 */
    uint8_t protocol;       /* of the transport, after extension headers */
    uint8_t tcp_flags;
    uint8_t ttl;
    bool is_fragment;   /* a fragment whose datagram was not put together */
    bool has_transport; /* ports (and TCP fields) were there to be read */
};
