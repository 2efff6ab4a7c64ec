// SPDX-License-Identifier: Apache-2.0
#include "decode/packet.h"

#include "decode/layer_private.h"

enum {
    IPV4_HEADER_MIN = 20,
    IPV6_HEADER = 40,
    TCP_HEADER_MIN = 20,
    UDP_HEADER = 8,
    TUNNELS_MAX = 8,
    EXTENSIONS_MAX = 16,
    EXTENSION_HOP_BY_HOP = 0,
    EXTENSION_ROUTING = 43,
    EXTENSION_FRAGMENT = 44,
    EXTENSION_AUTHENTICATION = 51,
    EXTENSION_DESTINATION = 60,
    EXTENSION_MOBILITY = 135,
    EXTENSION_HIP = 139,
    EXTENSION_SHIM6 = 140,
};

/* An IP header, read: what stands behind it is the layer. */
struct ip_header {
    struct layer payload;
    struct fragment fragment;
    bool has_fragment;
    bool is_broken; /* the chain of extension headers could not be walked */
};

/* What stands behind the header; nothing when the header itself was cut short. */
static void open_payload(const struct layer *layer, uint32_t total, uint32_t header,
                         struct ip_header *ip)
{
    ip->payload = *layer;
    ip->payload.wire = total;
    if (ip->payload.left > total)
        ip->payload.left = total; /* what follows is padding of the link */
    if (UNLIKELY(!layer_skip(&ip->payload, header))) {
        ip->payload.left = 0;
        ip->payload.wire = total > header ? total - header : 0;
    }
}

/* RFC 791 3.1.  A total length of 0 is that of a segment the capturing host left to its
 * network card to cut (TSO): the frame's own length stands in. */
static enum fault read_ipv4(struct packet_decoder *decoder, struct layer *layer,
                            struct packet *packet, struct ip_header *ip)
{
    if (layer->left < IPV4_HEADER_MIN)
        return FAULT_TRUNCATED;
    const uint8_t *at = layer->at;
    uint32_t header = (at[0] & 15u) * 4, total = layer_be16(layer, 2);
    if (header < IPV4_HEADER_MIN || (total != 0 && total < header))
        return FAULT_LENGTH;
    if (UNLIKELY(total == 0 || total > layer->wire)) {
        decoder->length_lies += total != 0;
        total = layer->wire;
    }
    uint16_t flags = layer_be16(layer, 6);
    packet->octets = total;
    packet->version = 4;
    packet->ttl = at[8];
    packet->protocol = at[9];
    packet->source = ip_from_v4(layer_be32(layer, 12));
    packet->destination = ip_from_v4(layer_be32(layer, 16));
    ip->has_fragment = flags & 0x3fff;
    ip->is_broken = false;
    ip->fragment.identification = layer_be16(layer, 4);
    ip->fragment.offset = (flags & 0x1fffu) * 8;
    ip->fragment.is_last = !(flags & 0x2000);
    open_payload(layer, total, header, ip);
    return FAULT_NONE;
}

static bool is_extension(uint8_t next)
{
    return next == EXTENSION_HOP_BY_HOP || next == EXTENSION_ROUTING ||
           next == EXTENSION_FRAGMENT || next == EXTENSION_AUTHENTICATION ||
           next == EXTENSION_DESTINATION || next == EXTENSION_MOBILITY ||
           next == EXTENSION_HIP || next == EXTENSION_SHIM6;
}

/* One extension header (RFC 8200 4); each step takes at least 8 octets, so the walk ends. */
static enum fault read_extension(struct layer *layer, struct packet *packet,
                                 struct ip_header *ip)
{
    if (layer->left < 8)
        return FAULT_TRUNCATED;
    uint8_t kind = packet->protocol;
    uint32_t len = 8;
    if (kind == EXTENSION_FRAGMENT) {
        uint16_t flags = layer_be16(layer, 2);
        ip->has_fragment = flags & 0xfff9; /* an atomic one (RFC 6946) is none */
        ip->fragment.offset = flags & 0xfff8u;
        ip->fragment.is_last = !(flags & 1);
        ip->fragment.identification = layer_be32(layer, 4);
    } else if (kind == EXTENSION_AUTHENTICATION) {
        len = (layer->at[1] + 2u) * 4; /* RFC 4302 2.2 */
    } else {
        len = (layer->at[1] + 1u) * 8;
    }
    packet->protocol = layer->at[0];
    return len <= layer->left   ? (layer_skip(layer, len), FAULT_NONE)
           : len <= layer->wire ? FAULT_TRUNCATED
                                : FAULT_LENGTH;
}

/* RFC 8200 3.  A payload length of 0 is a jumbogram or TSO: the frame's length stands in. */
static enum fault read_ipv6(struct packet_decoder *decoder, struct layer *layer,
                            struct packet *packet, struct ip_header *ip)
{
    if (layer->left < IPV6_HEADER)
        return FAULT_TRUNCATED;
    uint32_t total = IPV6_HEADER + (uint32_t)layer_be16(layer, 4);
    if (UNLIKELY(total == IPV6_HEADER && layer->at[6] != 59))
        total = layer->wire;
    if (UNLIKELY(total > layer->wire)) {
        decoder->length_lies++;
        total = layer->wire;
    }
    packet->octets = total;
    packet->version = 6;
    ip->has_fragment = false;
    ip->is_broken = false;
    packet->protocol = layer->at[6];
    packet->ttl = layer->at[7];
    memcpy(packet->source.octets, layer->at + 8, 16);
    memcpy(packet->destination.octets, layer->at + 24, 16);
    open_payload(layer, total, IPV6_HEADER, ip);
    enum fault fault = FAULT_NONE;
    for (int count = 0; is_extension(packet->protocol) && fault == FAULT_NONE; count++) {
        if (ip->has_fragment && ip->fragment.offset > 0)
            break; /* what follows is the middle of something */
        fault =
            count == EXTENSIONS_MAX ? FAULT_LIMIT : read_extension(&ip->payload, packet, ip);
    }
    if (UNLIKELY(fault != FAULT_NONE)) { /* it is a packet still, between these addresses */
        decoder->transport_faults[fault]++;
        ip->payload.left = 0;
        ip->is_broken = true;
    }
    return FAULT_NONE;
}

/* Ports need 4 octets, flags 14: each is taken when it is there, so that a cut capture still
 * tells flows apart. */
static enum fault read_tcp(const struct layer *layer, struct packet *packet,
                           struct bytes *sealed)
{
    if (layer->left < 4)
        return FAULT_TRUNCATED;
    packet->source_port = layer_be16(layer, 0);
    packet->destination_port = layer_be16(layer, 2);
    packet->has_transport = true;
    if (layer->left < 16)
        return FAULT_TRUNCATED;
    uint32_t header = (layer->at[12] >> 4) * 4u;
    packet->tcp_sequence = layer_be32(layer, 4);
    packet->tcp_acknowledgment = layer_be32(layer, 8);
    packet->tcp_flags = layer->at[13];
    packet->tcp_window = layer_be16(layer, 14);
    if (header < TCP_HEADER_MIN || header > layer->wire)
        return FAULT_LENGTH;
    packet->payload_octets = layer->wire - header;
    if (layer->left > header)
        *sealed = (struct bytes){ layer->at + header, layer->left - header };
    return FAULT_NONE;
}

/* RFC 768.  What follows the length it tells is no data (RFC 9868); it is 0 in jumbograms (RFC
 * 2675 4), and more than is there in a first fragment. */
static enum fault read_udp(const struct layer *layer, struct packet *packet,
                           struct bytes *sealed)
{
    if (layer->left < 4)
        return FAULT_TRUNCATED;
    packet->source_port = layer_be16(layer, 0);
    packet->destination_port = layer_be16(layer, 2);
    packet->has_transport = true;
    if (layer->left < UDP_HEADER)
        return FAULT_TRUNCATED;
    uint32_t len = layer_be16(layer, 4);
    if (len == 0 || len > layer->wire)
        len = layer->wire;
    if (len < UDP_HEADER)
        return FAULT_LENGTH;
    uint32_t captured = layer->left < len ? layer->left : len;
    packet->payload_octets = len - UDP_HEADER;
    *sealed = (struct bytes){ layer->at + UDP_HEADER, captured - UDP_HEADER };
    return FAULT_NONE;
}

static enum fault read_transport(const struct layer *layer, struct packet *packet,
                                 struct bytes *sealed)
{
    switch (packet->protocol) {
    case PROTOCOL_TCP: return read_tcp(layer, packet, sealed);
    case PROTOCOL_UDP: return read_udp(layer, packet, sealed);
    case PROTOCOL_SCTP:
        if (layer->left < 4)
            return FAULT_TRUNCATED;
        packet->source_port = layer_be16(layer, 0);
        packet->destination_port = layer_be16(layer, 2);
        packet->has_transport = true;
        return FAULT_NONE;
    case PROTOCOL_ICMP:
    case PROTOCOL_ICMPV6:
        if (layer->left < 2)
            return FAULT_TRUNCATED;
        packet->destination_port = layer_be16(layer, 0);
        packet->has_transport = true;
        return FAULT_NONE;
    default: return FAULT_NONE;
    }
}

/* A fragment: the first has the ports, later ones borrow them, and with the last missing one
 * the datagram is read as if it had come whole. */
static void read_fragment(struct packet_decoder *decoder, const struct ip_header *ip,
                          struct decoded *out)
{
    struct fragment fragment = ip->fragment;
    fragment.octets = (struct bytes){ ip->payload.at, ip->payload.left };
    fragment.is_whole = ip->payload.left == ip->payload.wire;
    decoder->fragments_seen++;
    out->packet.is_fragment = fragment.offset > 0;
    out->packet.payload_octets =
        fragment.offset > 0 ? ip->payload.wire : out->packet.payload_octets;
    out->sealed = (struct bytes){ NULL, 0 };
    if (!decoder->fragments)
        return;
    struct bytes whole = fragments_take(decoder->fragments, &fragment, &out->packet);
    if (whole.len == 0)
        return;
    out->is_joined = true;
    struct layer layer = { .at = whole.at,
                           .left = (uint32_t)whole.len,
                           .wire = (uint32_t)whole.len };
    struct packet reread = out->packet;
    if (read_transport(&layer, &reread, &out->sealed) == FAULT_NONE) {
        out->packet.source_port = reread.source_port;
        out->packet.destination_port = reread.destination_port;
        out->packet.has_transport = reread.has_transport;
        out->packet.tcp_sequence = reread.tcp_sequence;
    }
}

/* From the IP header on: packet and seal are filled, and ip tells what could be a tunnel. */
static enum fault read_ip(struct packet_decoder *decoder, struct layer *layer,
                          struct decoded *out, struct ip_header *ip)
{
    if (layer->left == 0)
        return FAULT_TRUNCATED;
    struct packet *packet = &out->packet;
    uint8_t version = layer->at[0] >> 4;
    enum fault fault = version == 4   ? read_ipv4(decoder, layer, packet, ip)
                       : version == 6 ? read_ipv6(decoder, layer, packet, ip)
                                      : FAULT_VERSION;
    if (fault != FAULT_NONE)
        return fault;
    packet->encapsulation = layer->encapsulation;
    packet->vlan = layer->vlan;
    if (UNLIKELY(ip->is_broken))
        return FAULT_NONE;
    if (LIKELY(!ip->has_fragment || ip->fragment.offset == 0)) {
        enum fault transport = read_transport(&ip->payload, packet, &out->sealed);
        if (UNLIKELY(transport != FAULT_NONE))
            decoder->transport_faults[transport]++;
    }
    if (UNLIKELY(ip->has_fragment))
        read_fragment(decoder, ip, out);
    return FAULT_NONE;
}

static bool may_be_tunnel(const struct packet *packet)
{
    return packet->protocol == PROTOCOL_UDP
               ? packet->has_transport
               : packet->protocol == PROTOCOL_GRE || packet->protocol == PROTOCOL_IPIP ||
                     packet->protocol == PROTOCOL_IPV6;
}

/* Steps into the tunnel the packet may be; FAULT_UNSUPPORTED when it is none. */
static enum fault enter_tunnel(const struct decoded *outer, const struct ip_header *ip,
                               struct layer *layer)
{
    if (!may_be_tunnel(&outer->packet) || ip->has_fragment)
        return FAULT_UNSUPPORTED;
    *layer = ip->payload;
    layer->next = NEXT_NOTHING;
    enum fault fault = FAULT_UNSUPPORTED;
    if (outer->packet.protocol != PROTOCOL_UDP)
        fault = tunnel_enter_ip(outer->packet.protocol, layer);
    else if (layer_skip(layer, UDP_HEADER))
        fault =
            tunnel_enter_udp(outer->packet.source_port, outer->packet.destination_port, layer);
    if (fault != FAULT_NONE)
        return fault;
    fault = link_walk(layer);
    if (fault == FAULT_NONE && layer->next != NEXT_IP)
        return FAULT_UNSUPPORTED; /* a bridged ARP, say */
    return fault;
}

static void clear_decoded(struct decoded *out, int64_t time_ns)
{
    *out = (struct decoded){ .packet.time_ns = time_ns };
}

/* The innermost packet, unwrapping up to TUNNELS_MAX times. */
static void unwrap(struct packet_decoder *decoder, struct ip_header *ip, struct decoded *out)
{
    for (int depth = 0; depth < TUNNELS_MAX; depth++) {
        struct layer layer;
        enum fault fault = enter_tunnel(out, ip, &layer);
        if (LIKELY(fault == FAULT_UNSUPPORTED))
            return;
        struct decoded inner;
        struct ip_header inner_ip = { .has_fragment = false };
        clear_decoded(&inner, out->packet.time_ns);
        if (fault == FAULT_NONE)
            fault = read_ip(decoder, &layer, &inner, &inner_ip);
        if (fault != FAULT_NONE) {
            decoder->tunnel_faults[fault]++;
            return;
        }
        inner.outer = (struct tunnel_fact){ .source = out->packet.source,
                                            .destination = out->packet.destination,
                                            .identifier = layer.tunnel_identifier,
                                            .encapsulation = layer.encapsulation };
        *out = inner;
        *ip = inner_ip;
    }
    decoder->tunnel_faults[FAULT_LIMIT]++;
}

bool packet_decode(struct packet_decoder *decoder, const struct frame *frame,
                   struct decoded *out)
{
    decoder->frames++;
    struct layer layer = { .at = frame->captured.at,
                           .left = (uint32_t)frame->captured.len,
                           .wire = frame->wire_len };
    enum fault fault = link_start(frame->link, &layer);
    if (fault == FAULT_NONE)
        fault = link_walk(&layer);
    if (UNLIKELY(fault != FAULT_NONE)) {
        decoder->link_faults[fault]++;
        return false;
    }
    if (layer.next == NEXT_NOTHING) {
        decoder->not_ip++;
        return false;
    }
    struct ip_header ip = { .has_fragment = false };
    clear_decoded(out, frame->time_ns);
    fault = read_ip(decoder, &layer, out, &ip);
    if (UNLIKELY(fault != FAULT_NONE)) {
        decoder->ip_faults[fault]++;
        return false;
    }
    if (UNLIKELY(may_be_tunnel(&out->packet)))
        unwrap(decoder, &ip, out);
    decoder->packets++;
    decoder->octets += out->packet.octets;
    return true;
}

/* The counters' reasons: a static word for each layer and fault, since summaries keep the
 * pointer. */
static const char *const reasons[4][FAULT_KINDS] = {
#define REASONS(layer)                                                              \
    {                                                                               \
        [FAULT_TRUNCATED] = layer "_truncated", [FAULT_LENGTH] = layer "_length",   \
        [FAULT_VALUE] = layer "_value", [FAULT_VERSION] = layer "_version",         \
        [FAULT_UNSUPPORTED] = layer "_unsupported", [FAULT_LIMIT] = layer "_limit", \
        [FAULT_CRYPTO] = layer "_crypto",                                           \
    }
    REASONS("link"),
    REASONS("ip"),
    REASONS("tunnel"),
    REASONS("transport"),
};

void packet_count(const struct packet_decoder *decoder, struct summary *summary)
{
    const uint64_t *const tables[4] = { decoder->link_faults, decoder->ip_faults,
                                        decoder->tunnel_faults, decoder->transport_faults };
    for (size_t layer = 0; layer < 4; layer++) {
        for (size_t fault = 1; fault < FAULT_KINDS; fault++)
            summary_count(summary, "decode", reasons[layer][fault],
                          layer < 2 ? "frames" : "packets", tables[layer][fault]);
    }
    summary_count(summary, "decode", "not_ip", "frames", decoder->not_ip);
    summary_count(summary, "decode", "length_lies", "packets", decoder->length_lies);
    summary_count(summary, "decode", "fragments", "packets", decoder->fragments_seen);
    if (!decoder->fragments)
        return;
    struct fragments_counts counts = fragments_counts(decoder->fragments);
    summary_count(summary, "decode", "fragments_completed", "datagrams", counts.completed);
    summary_count(summary, "decode", "fragments_evicted", "datagrams", counts.evicted);
    summary_count(summary, "decode", "fragments_expired", "datagrams", counts.expired);
    summary_count(summary, "decode", "fragments_overlap", "fragments", counts.overlaps);
    summary_count(summary, "decode", "fragments_too_large", "datagrams", counts.too_large);
}
