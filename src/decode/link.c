// SPDX-License-Identifier: Apache-2.0
/* Link layers: pure arithmetic over the octets captured. */
#include "decode/layer_private.h"
#include "model/frame.h"
#include "model/packet.h"

enum {
    ETHERNET_HEADER = 14,
    ETHERNET_TYPE_MIN = 0x0600, /* below it is a length (IEEE 802.3) */
    TYPE_IPV4 = 0x0800,
    TYPE_VLAN = 0x8100,
    TYPE_IPV6 = 0x86dd,
    TYPE_MPLS = 0x8847,
    TYPE_MPLS_MULTICAST = 0x8848,
    TYPE_PPPOE_SESSION = 0x8864,
    TYPE_QINQ = 0x88a8,
    TYPE_QINQ_OLD = 0x9100,
    TYPE_FABRICPATH = 0x8903,
    PPP_IPV4 = 0x0021,
    PPP_IPV6 = 0x0057,
    PPP_MPLS = 0x0281,
    LINK_WALK_MAX = 16,
};

static enum fault next_is(struct layer *layer, uint32_t header, enum layer_next next)
{
    if (!layer_skip(layer, header))
        return FAULT_TRUNCATED;
    layer->next = next;
    return FAULT_NONE;
}

static enum fault next_is_type(struct layer *layer, uint32_t header, uint32_t type_at)
{
    if (layer->left < header)
        return FAULT_TRUNCATED;
    layer->type = layer_be16(layer, type_at);
    return next_is(layer, header, NEXT_TYPE);
}

enum fault link_start(uint32_t link, struct layer *layer)
{
    switch (link) {
    case LINK_ETHERNET: return next_is(layer, 0, NEXT_ETHERNET);
    case LINK_RAW:
    case LINK_RAW_BSD:
    case LINK_RAW_BSDOS:
    case LINK_IPV4:
    case LINK_IPV6: return next_is(layer, 0, NEXT_IP);
    /* Both carry a 4-octet address family whose order and numbers differ by system; the IP
     * version that follows is the same everywhere. */
    case LINK_NULL:
    case LINK_LOOP: return next_is(layer, 4, NEXT_IP);
    case LINK_LINUX_SLL: return next_is_type(layer, 16, 14);
    case LINK_LINUX_SLL2: return next_is_type(layer, 20, 0);
    case LINK_PPP: return next_is(layer, 0, NEXT_PPP);
    case LINK_C_HDLC: return next_is_type(layer, 4, 2);
    case LINK_PPP_ETHER: return next_is(layer, 6, NEXT_PPP);
    default: return FAULT_UNSUPPORTED;
    }
}

static enum fault walk_ethernet(struct layer *layer)
{
    enum fault fault = next_is_type(layer, ETHERNET_HEADER, 12);
    if (fault != FAULT_NONE || layer->type >= ETHERNET_TYPE_MIN)
        return fault;
    /* IEEE 802.2 LLC: IP comes only behind SNAP (RFC 1042) with its own Ethernet type. */
    static const uint8_t snap[6] = { 0xaa, 0xaa, 0x03, 0, 0, 0 };
    if (layer->left < 8 || memcmp(layer->at, snap, sizeof snap) != 0)
        return next_is(layer, 0, NEXT_NOTHING);
    return next_is_type(layer, 8, 6);
}

static enum fault walk_vlan(struct layer *layer)
{
    if (layer->left < 4)
        return FAULT_TRUNCATED;
    if (!(layer->encapsulation & ENCAPSULATION_VLAN))
        layer->vlan = layer_be16(layer, 0) & 0x0fff;
    layer->encapsulation |= ENCAPSULATION_VLAN;
    return next_is_type(layer, 4, 2);
}

/* RFC 3032: labels until the one with the bottom-of-stack bit.  What follows is told by its
 * first half octet: IP, or the control word of a pseudowire (RFC 4385) before Ethernet. */
static enum fault walk_mpls(struct layer *layer)
{
    layer->encapsulation |= ENCAPSULATION_MPLS;
    for (int labels = 0; labels < LINK_WALK_MAX; labels++) {
        if (layer->left < 4)
            return FAULT_TRUNCATED;
        bool is_bottom = layer->at[2] & 1;
        if (!layer_skip(layer, 4))
            return FAULT_TRUNCATED;
        if (!is_bottom)
            continue;
        if (layer->left == 0)
            return FAULT_TRUNCATED;
        if (layer->at[0] >> 4 == 0)
            return next_is(layer, 4, NEXT_ETHERNET);
        return next_is(layer, 0, NEXT_IP);
    }
    return FAULT_LIMIT;
}

static enum fault walk_ppp(struct layer *layer)
{
    /* RFC 1662: address and control may be left out; RFC 1661 2: so may the protocol's first
     * octet when it is 0. */
    if (layer->left >= 2 && layer->at[0] == 0xff && layer->at[1] == 0x03 &&
        !layer_skip(layer, 2))
        return FAULT_TRUNCATED;
    if (layer->left < 2)
        return FAULT_TRUNCATED;
    bool is_short = layer->at[0] & 1;
    uint16_t protocol = is_short ? layer->at[0] : layer_be16(layer, 0);
    enum fault fault = next_is(layer, is_short ? 1 : 2, NEXT_NOTHING);
    if (protocol == PPP_IPV4 || protocol == PPP_IPV6) {
        layer->next = NEXT_IP;
    } else if (protocol == PPP_MPLS) {
        layer->next = NEXT_TYPE;
        layer->type = TYPE_MPLS;
    }
    return fault;
}

static enum fault walk_type(struct layer *layer)
{
    switch (layer->type) {
    case TYPE_IPV4:
    case TYPE_IPV6: return next_is(layer, 0, NEXT_IP);
    case TYPE_VLAN:
    case TYPE_QINQ:
    case TYPE_QINQ_OLD: return walk_vlan(layer);
    case TYPE_MPLS:
    case TYPE_MPLS_MULTICAST: return walk_mpls(layer);
    case TYPE_FABRICPATH: return next_is(layer, 2, NEXT_ETHERNET); /* tag and hop limit */
    case TYPE_PPPOE_SESSION:
        layer->encapsulation |= ENCAPSULATION_PPPOE;
        return next_is(layer, 6, NEXT_PPP); /* RFC 2516 4 */
    default: return next_is(layer, 0, NEXT_NOTHING);
    }
}

enum fault link_walk(struct layer *layer)
{
    for (int steps = 0; steps < LINK_WALK_MAX; steps++) {
        enum fault fault = FAULT_NONE;
        switch (layer->next) {
        case NEXT_IP:
        case NEXT_NOTHING: return FAULT_NONE;
        case NEXT_ETHERNET: fault = walk_ethernet(layer); break;
        case NEXT_TYPE: fault = walk_type(layer); break;
        case NEXT_PPP: fault = walk_ppp(layer); break;
        }
        if (fault != FAULT_NONE)
            return fault;
    }
    return FAULT_LIMIT;
}
