// SPDX-License-Identifier: Apache-2.0
#include "source/carried_private.h"

#include "base/cursor.h"

enum {
    ETHER_IPV4 = 0x0800,
    ETHER_IPV6 = 0x86dd,
    ETHER_VLAN = 0x8100,
    ETHER_QINQ = 0x88a8,
    ETHER_QINQ_OLD = 0x9100,
    VLAN_TAGS_MAX = 4,
    IPV6_HEADERS_MAX = 8,
    PROTOCOL_HOP_BY_HOP = 0,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_ROUTING = 43,
    PROTOCOL_FRAGMENT = 44,
    PROTOCOL_DESTINATION = 60,
    UDP_HEADER = 8,
    TCP_HEADER = 20,
};

static uint16_t read_ether_type(struct cursor *frame)
{
    uint16_t type = cursor_be16(frame);
    for (int i = 0; i < VLAN_TAGS_MAX; i++) {
        if (type != ETHER_VLAN && type != ETHER_QINQ && type != ETHER_QINQ_OLD)
            break;
        cursor_skip(frame, 2);
        type = cursor_be16(frame);
    }
    return type;
}

/* False when what follows is no IP. */
static bool read_link(struct cursor *frame, uint32_t link)
{
    uint16_t type = ETHER_IPV4; /* the version is looked at in any case */
    switch (link) {
    case LINK_ETHERNET:
        cursor_skip(frame, 12);
        type = read_ether_type(frame);
        break;
    case LINK_LINUX_SLL:
        cursor_skip(frame, 14);
        type = read_ether_type(frame);
        break;
    case LINK_LINUX_SLL2:
        type = cursor_be16(frame);
        cursor_skip(frame, 18);
        break;
    case LINK_NULL:
    case LINK_LOOP: cursor_skip(frame, 4); break;
    case LINK_RAW:
    case LINK_RAW_BSD:
    case LINK_RAW_BSDOS:
    case LINK_IPV4:
    case LINK_IPV6: break;
    default: return false;
    }
    return !frame->broken && (type == ETHER_IPV4 || type == ETHER_IPV6);
}

static enum carried_kind read_udp(struct cursor packet, struct carried *out)
{
    out->source_port = cursor_be16(&packet);
    out->destination_port = cursor_be16(&packet);
    size_t length = cursor_be16(&packet);
    cursor_skip(&packet, 2);
    if (packet.broken || length < UDP_HEADER || length - UDP_HEADER > packet.left)
        return CARRIED_OTHER;
    out->payload = cursor_bytes(&packet, length - UDP_HEADER);
    return CARRIED_UDP;
}

static enum carried_kind read_tcp(struct cursor packet, struct carried *out)
{
    enum { FIN = 1, SYN = 2, RST = 4 };
    out->source_port = cursor_be16(&packet);
    out->destination_port = cursor_be16(&packet);
    out->sequence = cursor_be32(&packet);
    cursor_skip(&packet, 4);
    size_t header = (size_t)(cursor_u8(&packet) >> 4) * 4;
    uint8_t flags = cursor_u8(&packet);
    cursor_skip(&packet, 6);
    if (packet.broken || header < TCP_HEADER || header - TCP_HEADER > packet.left)
        return CARRIED_OTHER;
    cursor_skip(&packet, header - TCP_HEADER);
    out->payload = cursor_rest(&packet);
    out->is_start = (flags & SYN) != 0;
    out->is_end = (flags & (FIN | RST)) != 0;
    out->sequence += out->is_start;
    return CARRIED_TCP;
}

enum carried_kind carried_read_transport(struct bytes packet, struct carried *out)
{
    if (out->protocol == PROTOCOL_UDP)
        return read_udp(cursor_over(packet), out);
    if (out->protocol == PROTOCOL_TCP)
        return read_tcp(cursor_over(packet), out);
    return CARRIED_OTHER;
}

static enum carried_kind end_packet(struct cursor packet, bool is_fragment, struct carried *out)
{
    out->payload = cursor_rest(&packet);
    bool is_wanted = out->protocol == PROTOCOL_UDP || out->protocol == PROTOCOL_TCP;
    if (is_fragment)
        return is_wanted ? CARRIED_FRAGMENT : CARRIED_OTHER;
    return carried_read_transport(out->payload, out);
}

static void set_fragment(uint16_t flags_and_offset, struct carried *out)
{
    out->fragment_offset = (flags_and_offset & 0x1fffu) * 8u;
    out->has_more = (flags_and_offset & 0x2000) != 0;
}

/* RFC 791 3.1 */
static enum carried_kind read_ipv4(struct cursor packet, struct carried *out)
{
    enum { HEADER = 20 };
    size_t header = (cursor_u8(&packet) & 0xfu) * 4;
    cursor_skip(&packet, 1);
    size_t length = cursor_be16(&packet);
    out->fragment_id = cursor_be16(&packet);
    set_fragment(cursor_be16(&packet), out);
    cursor_skip(&packet, 1);
    out->protocol = cursor_u8(&packet);
    cursor_skip(&packet, 2);
    out->source = ip_from_v4(cursor_be32(&packet));
    out->destination = ip_from_v4(cursor_be32(&packet));
    if (packet.broken || header < HEADER || length < header)
        return CARRIED_OTHER;
    if (length - HEADER > packet.left)
        return CARRIED_CUT;
    cursor_skip(&packet, header - HEADER);
    packet.left = length - header;
    return end_packet(packet, out->has_more || out->fragment_offset > 0, out);
}

/* RFC 8200 4.5 */
static void read_ipv6_fragment(struct cursor *packet, struct carried *out)
{
    cursor_skip(packet, 1);
    uint16_t offset_and_flags = cursor_be16(packet);
    out->fragment_id = cursor_be32(packet);
    out->fragment_offset = offset_and_flags & 0xfff8u;
    out->has_more = (offset_and_flags & 1) != 0;
}

/* RFC 8200 3 and 4 */
static enum carried_kind read_ipv6(struct cursor packet, struct carried *out)
{
    cursor_skip(&packet, 4);
    size_t length = cursor_be16(&packet);
    out->protocol = cursor_u8(&packet);
    cursor_skip(&packet, 1);
    const uint8_t *addresses = cursor_advance(&packet, 32);
    if (!addresses)
        return CARRIED_OTHER;
    memcpy(out->source.octets, addresses, 16);
    memcpy(out->destination.octets, addresses + 16, 16);
    if (length > packet.left)
        return CARRIED_CUT;
    packet.left = length;
    for (int i = 0; i < IPV6_HEADERS_MAX && !packet.broken; i++) {
        uint8_t protocol = out->protocol;
        if (protocol != PROTOCOL_HOP_BY_HOP && protocol != PROTOCOL_ROUTING &&
            protocol != PROTOCOL_DESTINATION && protocol != PROTOCOL_FRAGMENT)
            return end_packet(packet, out->has_more || out->fragment_offset > 0, out);
        out->protocol = cursor_u8(&packet);
        if (protocol == PROTOCOL_FRAGMENT) {
            read_ipv6_fragment(&packet, out);
            return end_packet(packet, out->has_more || out->fragment_offset > 0, out);
        }
        size_t octets = (size_t)cursor_u8(&packet) * 8 + 6;
        cursor_skip(&packet, octets);
    }
    return CARRIED_OTHER;
}

enum carried_kind carried_read(const struct frame *frame, struct carried *out)
{
    struct cursor packet = cursor_over(frame->captured);
    memset(out, 0, sizeof *out);
    if (!read_link(&packet, frame->link) || packet.left == 0)
        return CARRIED_OTHER;
    switch (packet.at[0] >> 4) {
    case 4: return read_ipv4(packet, out);
    case 6: return read_ipv6(packet, out);
    default: return CARRIED_OTHER;
    }
}
