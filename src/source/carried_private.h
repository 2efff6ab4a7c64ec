// SPDX-License-Identifier: Apache-2.0
/* What a captured frame carries when exports were captured on their way: the payload of a UDP
 * datagram or TCP segment, or a piece of a datagram in fragments.  A short walk over Ethernet,
 * VLAN tags, Linux cooked captures and bare IP; exports in tunnels are not looked for.  Pure.
 */
#pragma once

#include "base/ip.h"
#include "model/frame.h"

enum carried_kind {
    CARRIED_OTHER,    /* nothing that could be an export */
    CARRIED_CUT,      /* the capture kept less than the packet had */
    CARRIED_FRAGMENT, /* a piece of an IP packet: payload from fragment_offset on */
    CARRIED_UDP,
    CARRIED_TCP,
};

struct carried {
    struct ip_address source;
    struct ip_address destination;
    struct bytes payload;
    uint32_t fragment_id;
    uint32_t fragment_offset; /* octets */
    uint32_t sequence;        /* of the payload's first octet */
    uint16_t source_port;
    uint16_t destination_port;
    uint8_t protocol;
    bool has_more; /* fragments behind this one */
    bool is_start; /* SYN */
    bool is_end;   /* FIN or RST */
};

/* out is whole for every kind but OTHER and CUT. */
enum carried_kind carried_read(const struct frame *frame, struct carried *out);

/* The same for the payload of an IP packet that was joined from fragments. */
enum carried_kind carried_read_transport(struct bytes packet, struct carried *out);
