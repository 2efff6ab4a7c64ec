// SPDX-License-Identifier: Apache-2.0
#include "simulate/wire.h"

#include "simulate/octets.h"

enum {
    ETHERNET_OCTETS = 14,
    IPV4_OCTETS = 20,
    IPV6_OCTETS = 40,
    TCP_OCTETS = 20,
    TCP_SYN_OCTETS = 32,
    UDP_OCTETS = 8, /* as many as an echo message of ICMP has */
};

static size_t transport_octets(const struct wire_packet *packet)
{
    if (packet->protocol == PROTOCOL_TCP)
        return packet->tcp_flags & TCP_SYN ? TCP_SYN_OCTETS : TCP_OCTETS;
    return UDP_OCTETS;
}

size_t wire_header_octets(const struct wire_packet *packet)
{
    size_t ip = ip_is_v4(&packet->source) ? IPV4_OCTETS : IPV6_OCTETS;
    return ETHERNET_OCTETS + ip + transport_octets(packet);
}

/* The sum is the same in either byte order (RFC 1071 section 2B): words are loaded as the
 * machine has them and the result is stored the same way. */
uint16_t wire_sum(uint64_t sum, const uint8_t *at, size_t len)
{
    for (; len >= 4; at += 4, len -= 4) {
        uint32_t word;
        memcpy(&word, at, 4);
        sum += word;
    }
    if (len > 0) {
        uint8_t last[4] = { 0 };
        memcpy(last, at, len);
        uint32_t word;
        memcpy(&word, last, 4);
        sum += word;
    }
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

static void store_checksum(uint8_t *to, uint16_t sum)
{
    uint16_t checksum = (uint16_t)~sum;
    memcpy(to, &checksum, 2);
}

static void write_ethernet(struct octets *out, const struct wire_packet *packet)
{
    /* Locally administered addresses of the two routers at the border. */
    octets_string(out, "\x02");
    octets_zero(out, 4);
    octets_u8(out, packet->from_inside ? 2 : 1);
    octets_string(out, "\x02");
    octets_zero(out, 4);
    octets_u8(out, packet->from_inside ? 1 : 2);
    octets_be16(out, ip_is_v4(&packet->source) ? 0x0800 : 0x86dd);
}

static void write_ipv4(struct octets *out, const struct wire_packet *packet, size_t len)
{
    uint8_t *header = out->at + out->len;
    octets_be16(out, 0x4500);
    octets_be16(out, IPV4_OCTETS + len);
    octets_be16(out, packet->identification);
    octets_be16(out, 0x4000); /* do not fragment */
    octets_u8(out, packet->ttl);
    octets_u8(out, packet->protocol);
    octets_be16(out, 0);
    octets_be32(out, ip_to_v4(&packet->source));
    octets_be32(out, ip_to_v4(&packet->destination));
    store_checksum(header + 10, wire_sum(0, header, IPV4_OCTETS));
}

static uint8_t ipv6_protocol(const struct wire_packet *packet)
{
    return packet->protocol == PROTOCOL_ICMP ? PROTOCOL_ICMPV6 : packet->protocol;
}

static void write_ipv6(struct octets *out, const struct wire_packet *packet, size_t len)
{
    octets_be32(out, UINT32_C(6) << 28);
    octets_be16(out, len);
    octets_u8(out, ipv6_protocol(packet));
    octets_u8(out, packet->ttl);
    octets_put(out, (struct bytes){ packet->source.octets, 16 });
    octets_put(out, (struct bytes){ packet->destination.octets, 16 });
}

static void write_tcp(struct octets *out, const struct wire_packet *packet)
{
    bool is_syn = packet->tcp_flags & TCP_SYN;
    octets_be16(out, packet->source_port);
    octets_be16(out, packet->destination_port);
    octets_be32(out, packet->sequence);
    octets_be32(out, packet->acknowledgment);
    octets_u8(out, is_syn ? TCP_SYN_OCTETS / 4 << 4 : TCP_OCTETS / 4 << 4);
    octets_u8(out, packet->tcp_flags);
    octets_be16(out, packet->window);
    octets_be32(out, 0); /* checksum, urgent pointer */
    if (!is_syn)
        return;
    octets_be16(out, 0x0204); /* maximum segment size */
    octets_be16(out, ip_is_v4(&packet->source) ? WIRE_MSS_V4 : WIRE_MSS_V6);
    octets_be32(out, 0x01010402); /* selective acknowledgements */
    octets_be32(out, 0x01030307); /* window scale 7 */
}

static void write_udp(struct octets *out, const struct wire_packet *packet, size_t len)
{
    octets_be16(out, packet->source_port);
    octets_be16(out, packet->destination_port);
    octets_be16(out, len);
    octets_be16(out, 0);
}

static void write_icmp(struct octets *out, const struct wire_packet *packet)
{
    unsigned type = packet->source_port >> 8;
    if (!ip_is_v4(&packet->source)) /* echo request and reply are 128 and 129 there */
        type = type == 8 ? 128 : 129;
    octets_u8(out, type);
    octets_u8(out, packet->source_port & 0xff);
    octets_be16(out, 0);
    octets_be16(out, packet->destination_port);
    octets_be16(out, packet->sequence & 0xffff);
}

/* Of the pseudo header (RFC 9293 3.1, RFC 8200 8.1), where the transport has one. */
static uint16_t pseudo_sum(const struct wire_packet *packet, size_t len)
{
    bool is_v4 = ip_is_v4(&packet->source);
    if (is_v4 && packet->protocol == PROTOCOL_ICMP)
        return 0;
    uint8_t rest[4] = { 0, is_v4 ? packet->protocol : ipv6_protocol(packet), 0, 0 };
    octets_set_be16(rest + 2, len);
    size_t skip = is_v4 ? 12 : 0;
    uint16_t sum = wire_sum(0, rest, 4);
    sum = wire_sum(sum, packet->source.octets + skip, 16 - skip);
    return wire_sum(sum, packet->destination.octets + skip, 16 - skip);
}

size_t wire_finish(const struct wire_packet *packet, uint8_t *frame, size_t payload_len)
{
    size_t len = transport_octets(packet) + payload_len;
    struct octets out = octets_over(frame, wire_header_octets(packet));
    write_ethernet(&out, packet);
    if (ip_is_v4(&packet->source))
        write_ipv4(&out, packet, len);
    else
        write_ipv6(&out, packet, len);

    uint8_t *transport = frame + out.len;
    size_t checksum_at = 2;
    if (packet->protocol == PROTOCOL_TCP) {
        write_tcp(&out, packet);
        checksum_at = 16;
    } else if (packet->protocol == PROTOCOL_UDP) {
        write_udp(&out, packet, len);
        checksum_at = 6;
    } else {
        write_icmp(&out, packet);
    }
    uint16_t sum = wire_sum(pseudo_sum(packet, len), transport, len);
    if (packet->protocol == PROTOCOL_UDP && sum == 0xffff)
        sum = 0; /* RFC 768: a checksum of 0 is sent as all ones */
    store_checksum(transport + checksum_at, sum);
    return out.len + payload_len;
}
