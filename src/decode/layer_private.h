// SPDX-License-Identifier: Apache-2.0
/* A place within a frame, as link and tunnel decoders hand it on: the octets captured from
 * here, how many there were on the wire, and what comes next. */
#pragma once

#include "base/cursor.h"
#include "base/fault.h"

enum layer_next {
    NEXT_NOTHING, /* not IP, as far as we decode */
    NEXT_ETHERNET,
    NEXT_TYPE, /* what `type`, an Ethernet type, says */
    NEXT_PPP,
    NEXT_IP, /* IPv4 or IPv6, by its first half octet */
};

struct layer {
    const uint8_t *at;
    uint32_t left; /* captured octets from here */
    uint32_t wire; /* octets on the wire from here, at least left */
    enum layer_next next;
    uint16_t type; /* with NEXT_TYPE */
    uint16_t encapsulation;
    uint16_t vlan;
    uint32_t tunnel_identifier; /* of the innermost tunnel: VNI, TEID, GRE key */
};

/* Steps over len octets.  False when they were not captured. */
static inline bool layer_skip(struct layer *layer, uint32_t len)
{
    if (UNLIKELY(len > layer->left))
        return false;
    if (len == 0)
        return true; /* an empty frame may be at NULL */
    layer->at += len;
    layer->left -= len;
    layer->wire -= len;
    return true;
}

static inline uint16_t layer_be16(const struct layer *layer, uint32_t offset)
{
    return (uint16_t)(layer->at[offset] << 8 | layer->at[offset + 1]);
}

static inline uint32_t layer_be32(const struct layer *layer, uint32_t offset)
{
    return (uint32_t)layer_be16(layer, offset) << 16 | layer_be16(layer, offset + 2);
}

/* From a frame of this link type to what it carries. */
MUST_CHECK enum fault link_start(uint32_t link, struct layer *layer);

/* Walks Ethernet, VLAN, MPLS, PPPoE, PPP and LLC headers until IP or nothing we know. */
MUST_CHECK enum fault link_walk(struct layer *layer);

/* The payload of an IP packet of this protocol, or of UDP to or from these ports: when it is a
 * tunnel whose header is whole and sane, steps over the header and says what comes next.
 * FAULT_UNSUPPORTED when it is not a tunnel. */
MUST_CHECK enum fault tunnel_enter_ip(uint8_t protocol, struct layer *layer);
MUST_CHECK enum fault tunnel_enter_udp(uint16_t source_port, uint16_t destination_port,
                                       struct layer *layer);
