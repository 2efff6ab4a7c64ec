// SPDX-License-Identifier: Apache-2.0
/* Tunnels over IP and UDP.  A header is believed only when all that can be checked fits,
 * since a port number alone proves nothing. */
#include "decode/layer_private.h"
#include "model/packet.h"

enum {
    GRE_CHECKSUM = 0x8000,
    GRE_ROUTING = 0x4000,
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_ACKNOWLEDGMENT = 0x0080, /* version 1 only (RFC 2637) */
    TYPE_PPP = 0x880b,
    TYPE_BRIDGED = 0x6558,
    TYPE_ERSPAN = 0x88be,
    TYPE_ERSPAN_3 = 0x22eb,
    PORT_GTPU = 2152,
    PORT_VXLAN = 4789,
    PORT_VXLAN_LINUX = 8472,
    PORT_GENEVE = 6081,
};

/* ERSPAN type I has no header, II (with a GRE sequence number) 8 octets, III 12 and 8 more
 * when its O bit is set. */
static enum fault enter_erspan(uint16_t type, bool has_sequence, struct layer *layer)
{
    uint32_t header = has_sequence ? 8 : 0;
    if (type == TYPE_ERSPAN_3) {
        if (layer->left < 12)
            return FAULT_TRUNCATED;
        header = layer->at[11] & 1 ? 20 : 12;
    }
    if (!layer_skip(layer, header))
        return FAULT_TRUNCATED;
    layer->encapsulation |= ENCAPSULATION_ERSPAN;
    layer->next = NEXT_ETHERNET;
    return FAULT_NONE;
}

/* RFC 2784, RFC 2890; version 1 is that of PPTP (RFC 2637 4.1). */
static enum fault enter_gre(struct layer *layer)
{
    if (layer->left < 4)
        return FAULT_TRUNCATED;
    uint16_t flags = layer_be16(layer, 0), type = layer_be16(layer, 2);
    uint16_t version = flags & 7;
    if (version > 1 || (flags & GRE_ROUTING))
        return FAULT_UNSUPPORTED;
    if (version == 1 && (type != TYPE_PPP || !(flags & GRE_SEQUENCE)))
        return FAULT_UNSUPPORTED; /* without a sequence number nothing is carried */
    uint32_t header = 4;
    header += flags & GRE_CHECKSUM ? 4 : 0;
    if (flags & GRE_KEY) {
        if (layer->left < header + 4)
            return FAULT_TRUNCATED;
        /* Version 1 has a length in the upper half, and the call in the lower. */
        layer->tunnel_identifier =
            version == 1 ? layer_be16(layer, header + 2) : layer_be32(layer, header);
        header += 4;
    }
    header += flags & GRE_SEQUENCE ? 4 : 0;
    header += version == 1 && (flags & GRE_ACKNOWLEDGMENT) ? 4 : 0;
    if (!layer_skip(layer, header))
        return FAULT_TRUNCATED;
    layer->encapsulation |= ENCAPSULATION_GRE;
    if (type == TYPE_ERSPAN || type == TYPE_ERSPAN_3)
        return enter_erspan(type, flags & GRE_SEQUENCE, layer);
    layer->next = type == TYPE_PPP       ? NEXT_PPP
                  : type == TYPE_BRIDGED ? NEXT_ETHERNET
                                         : NEXT_TYPE;
    layer->type = type;
    return FAULT_NONE;
}

enum fault tunnel_enter_ip(uint8_t protocol, struct layer *layer)
{
    if (protocol == PROTOCOL_GRE)
        return enter_gre(layer);
    if (protocol != PROTOCOL_IPIP && protocol != PROTOCOL_IPV6)
        return FAULT_UNSUPPORTED;
    layer->encapsulation |= ENCAPSULATION_IPIP;
    layer->next = NEXT_IP;
    return FAULT_NONE;
}

/* RFC 7348 5: only the I flag may be set; all reserved bits are 0. */
static enum fault enter_vxlan(struct layer *layer)
{
    if (layer->left < 8)
        return FAULT_TRUNCATED;
    if (layer_be32(layer, 0) != 0x08000000 || layer->at[7] != 0)
        return FAULT_VALUE;
    layer->tunnel_identifier = layer_be32(layer, 4) >> 8;
    layer->encapsulation |= ENCAPSULATION_VXLAN;
    layer->next = NEXT_ETHERNET;
    return layer_skip(layer, 8) ? FAULT_NONE : FAULT_TRUNCATED;
}

/* RFC 8926 3.4. */
static enum fault enter_geneve(struct layer *layer)
{
    if (layer->left < 8)
        return FAULT_TRUNCATED;
    if (layer->at[0] >> 6 != 0 || (layer->at[1] & 0x3f) != 0 || layer->at[7] != 0)
        return FAULT_VALUE;
    uint32_t options = (layer->at[0] & 0x3fu) * 4;
    layer->type = layer_be16(layer, 2);
    layer->tunnel_identifier = layer_be32(layer, 4) >> 8;
    layer->encapsulation |= ENCAPSULATION_GENEVE;
    layer->next = layer->type == TYPE_BRIDGED ? NEXT_ETHERNET : NEXT_TYPE;
    return layer_skip(layer, 8 + options) ? FAULT_NONE : FAULT_TRUNCATED;
}

/* 3GPP TS 29.281 5.1, 5.2: version 1, protocol type GTP, message type 255 (G-PDU); extension
 * headers are chained by their last octet. */
static enum fault enter_gtpu(struct layer *layer)
{
    enum { G_PDU = 255, HAS_OPTIONS = 0x07, HAS_EXTENSION = 0x04, EXTENSIONS_MAX = 8 };
    if (layer->left < 12)
        return FAULT_TRUNCATED;
    uint8_t flags = layer->at[0];
    if (flags >> 4 != 3)
        return FAULT_VALUE;
    if (layer->at[1] != G_PDU)
        return FAULT_UNSUPPORTED; /* an echo, say: nothing is carried */
    layer->tunnel_identifier = layer_be32(layer, 4);
    layer->encapsulation |= ENCAPSULATION_GTPU;
    layer->next = NEXT_IP;
    uint8_t extension = flags & HAS_EXTENSION ? layer->at[11] : 0;
    if (!layer_skip(layer, flags & HAS_OPTIONS ? 12 : 8))
        return FAULT_TRUNCATED;
    for (int count = 0; extension != 0; count++) {
        if (count == EXTENSIONS_MAX)
            return FAULT_LIMIT;
        uint32_t len = layer->left > 0 ? layer->at[0] * 4u : 0;
        if (len == 0 || len > layer->left)
            return FAULT_LENGTH;
        extension = layer->at[len - 1];
        if (!layer_skip(layer, len))
            return FAULT_TRUNCATED;
    }
    return FAULT_NONE;
}

enum fault tunnel_enter_udp(uint16_t source_port, uint16_t destination_port,
                            struct layer *layer)
{
    switch (destination_port) {
    case PORT_VXLAN:
    case PORT_VXLAN_LINUX: return enter_vxlan(layer);
    case PORT_GENEVE: return enter_geneve(layer);
    case PORT_GTPU: return enter_gtpu(layer);
    default: break;
    }
    return source_port == PORT_GTPU ? enter_gtpu(layer) : FAULT_UNSUPPORTED;
}
