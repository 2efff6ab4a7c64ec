// SPDX-License-Identifier: Apache-2.0
#include "decode/packet.h"

#include "check.h"
#include "wire.h"

static struct packet_decoder decoder;
static struct decoded out;

static bool decode(const struct wire *wire, uint32_t link)
{
    struct frame frame = wire_frame(wire, link);
    decoder = (struct packet_decoder){ .fragments = NULL };
    memset(&out, 0, sizeof out);
    return packet_decode(&decoder, &frame, &out);
}

static void check_is_udp(uint16_t encapsulation)
{
    check_equal(out.packet.protocol, PROTOCOL_UDP);
    check_equal(out.packet.source_port, 1111);
    check_equal(out.packet.destination_port, 2222);
    check_equal(out.packet.encapsulation, encapsulation);
    check_equal(out.packet.payload_octets, 4);
    check_text(out.sealed, "seal");
}

static struct wire udp_in_ipv4(void)
{
    struct wire wire = wire_with("seal");
    wire_udp(&wire, 1111, 2222);
    wire_ipv4(&wire, PROTOCOL_UDP, 1, 2, 0);
    return wire;
}

static struct wire udp_in_ipv6(void)
{
    struct wire wire = wire_with("seal");
    wire_udp(&wire, 1111, 2222);
    wire_ipv6(&wire, PROTOCOL_UDP);
    return wire;
}

static void every_link_type_leads_to_the_packet(void **state)
{
    (void)state;
    static const struct {
        uint32_t link;
        uint8_t header[20];
        size_t len;
    } links[] = {
        { LINK_RAW, { 0 }, 0 },
        { LINK_IPV4, { 0 }, 0 },
        { LINK_RAW_BSD, { 0 }, 0 },
        { LINK_NULL, { 2, 0, 0, 0 }, 4 },
        { LINK_LOOP, { 0, 0, 0, 2 }, 4 },
        { LINK_PPP, { 0xff, 3, 0, 0x21 }, 4 },
        { LINK_PPP, { 0x21 }, 1 },
        { LINK_C_HDLC, { 0x0f, 0, 8, 0 }, 4 },
        { LINK_LINUX_SLL, { [14] = 8 }, 16 },
        { LINK_LINUX_SLL2, { 8 }, 20 },
        { LINK_ETHERNET, { [12] = 8 }, 14 },
        { LINK_ETHERNET, { [13] = 42, 0xaa, 0xaa, 3, 0, 0, 0 }, 20 },
    };
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        struct wire wire = udp_in_ipv4();
        if (links[i].header[14] == 0xaa)
            wire_front(&wire, "\x08", 2);
        wire_front(&wire, links[i].header, links[i].len);
        check(decode(&wire, links[i].link));
        check_is_udp(0);
        check_equal(out.packet.octets, 32);
    }
}

static void tags_labels_and_sessions_are_unwrapped(void **state)
{
    (void)state;
    struct wire wire = udp_in_ipv4();
    wire_front(&wire, "\x00\x05\x08\x00", 4); /* VLAN 5 */
    wire_front(&wire, "\x00\x09\x81\x00", 4); /* QinQ, VLAN 9 */
    wire_ethernet(&wire, 0x88a8);
    check(decode(&wire, LINK_ETHERNET));
    check_is_udp(ENCAPSULATION_VLAN);
    check_equal(out.packet.vlan, 9);

    wire = udp_in_ipv4();
    wire_ethernet(&wire, 0x0800);
    wire_front(&wire, "\x00\x40", 2);
    wire_ethernet(&wire, 0x8903); /* FabricPath */
    check(decode(&wire, LINK_ETHERNET));
    check_is_udp(0);

    wire = udp_in_ipv6();
    wire_front(&wire, "\x00\x01\x00\x40\x00\x02\x01\x40", 8); /* two labels */
    wire_ethernet(&wire, 0x8847);
    check(decode(&wire, LINK_ETHERNET));
    check_is_udp(ENCAPSULATION_MPLS);

    wire = udp_in_ipv6();
    wire_front(&wire, "\x11\x00\x00\x01\x00\x30\x00\x57", 8);
    wire_ethernet(&wire, 0x8864);
    check(decode(&wire, LINK_ETHERNET));
    check_is_udp(ENCAPSULATION_PPPOE);
}

static const struct {
    uint8_t protocol; /* of the outer IPv4 packet; UDP has a port too */
    uint16_t port;
    uint8_t header[20];
    size_t len;
    bool is_bridged;
    uint16_t encapsulation;
    uint32_t identifier;
} tunnels[] = {
    { PROTOCOL_IPIP, 0, { 0 }, 0, false, ENCAPSULATION_IPIP, 0 },
    { PROTOCOL_GRE, 0, { 0x20, 0, 8, 0, 0, 0, 0, 7 }, 8, false, ENCAPSULATION_GRE, 7 },
    { PROTOCOL_GRE, 0, { 0, 0, 0x65, 0x58 }, 4, true, ENCAPSULATION_GRE, 0 },
    { PROTOCOL_GRE,
      0,
      { 0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10 },
      16,
      true,
      ENCAPSULATION_GRE | ENCAPSULATION_ERSPAN,
      0 },
    { PROTOCOL_GRE,
      0,
      { 0, 0, 0x22, 0xeb, 0x20 },
      16,
      true,
      ENCAPSULATION_GRE | ENCAPSULATION_ERSPAN,
      0 },
    { PROTOCOL_UDP, 4789, { 8, 0, 0, 0, 0, 1, 2 }, 8, true, ENCAPSULATION_VXLAN, 0x102 },
    { PROTOCOL_UDP, 6081, { 1, 0, 0x65, 0x58, 0, 0, 9 }, 12, true, ENCAPSULATION_GENEVE, 9 },
    { PROTOCOL_UDP, 2152, { 0x30, 255, 0, 32, 0, 0, 0, 5 }, 8, false, ENCAPSULATION_GTPU, 5 },
    { PROTOCOL_UDP,
      2152,
      { 0x34, 255, 0, 40, 0, 0, 0, 5, 0, 0, 0, 0x85, 1 },
      16,
      false,
      ENCAPSULATION_GTPU,
      5 },
};

static void tunnels_lead_to_the_innermost_packet(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tunnels / sizeof *tunnels; i++) {
        struct wire wire = udp_in_ipv4();
        if (tunnels[i].is_bridged)
            wire_ethernet(&wire, 0x0800);
        wire_front(&wire, tunnels[i].header, tunnels[i].len);
        if (tunnels[i].protocol == PROTOCOL_UDP)
            wire_udp(&wire, 5555, tunnels[i].port);
        wire_ipv4(&wire, tunnels[i].protocol, 8, 9, 0);
        check(decode(&wire, LINK_RAW));
        check_is_udp(tunnels[i].encapsulation);
        check_equal(out.packet.octets, 32);
        check_equal(out.outer.identifier, tunnels[i].identifier);
        check_equal(ip_to_v4(&out.outer.source), 0xc0000208);
        check_equal(decoder.packets, 1);
    }
}

static void a_port_that_only_looks_like_a_tunnel_stays_itself(void **state)
{
    (void)state;
    struct wire wire = wire_with("not a VXLAN header at all, nor one of Geneve");
    wire_udp(&wire, 5555, 4789);
    wire_ipv4(&wire, PROTOCOL_UDP, 8, 9, 0);
    check(decode(&wire, LINK_RAW));
    check_equal(out.packet.destination_port, 4789);
    check_equal(out.outer.encapsulation, 0);
    check_equal(decoder.tunnel_faults[FAULT_VALUE], 1);
}

/* RFC 2637 4.1: without a sequence number there is an acknowledgment and no payload. */
static void pptp_is_named_by_its_call_and_may_be_empty(void **state)
{
    (void)state;
    struct wire wire = wire_with("payload");
    wire_udp(&wire, 1234, 53);
    wire_ipv4(&wire, PROTOCOL_UDP, 1, 2, 0);
    wire_front(&wire, (uint8_t[]){ 0xff, 0x03, 0, 0x21 }, 4);
    wire_front(&wire, (uint8_t[]){ 0x30, 1, 0x88, 0x0b, 0, 39, 0, 9, 0, 0, 0, 1 }, 12);
    wire_ipv4(&wire, PROTOCOL_GRE, 8, 9, 0);
    check(decode(&wire, LINK_RAW));
    check_equal(out.packet.destination_port, 53);
    check_equal(out.outer.identifier, 9);

    wire = wire_with("");
    wire_front(&wire, (uint8_t[]){ 0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 9, 0, 0, 0, 1 }, 12);
    wire_ipv4(&wire, PROTOCOL_GRE, 8, 9, 0);
    check(decode(&wire, LINK_RAW));
    check_equal(out.packet.protocol, PROTOCOL_GRE);
    check_equal(decoder.tunnel_faults[FAULT_TRUNCATED], 0);
}

static void the_tunnels_own_messages_are_no_fault(void **state)
{
    (void)state;
    struct wire wire = wire_with("");
    wire_front(&wire, (uint8_t[]){ 0x32, 1, 0, 4, 0, 0, 0, 0, 0, 7, 0, 0 }, 12); /* echo */
    wire_udp(&wire, 2152, 2152);
    wire_ipv4(&wire, PROTOCOL_UDP, 8, 9, 0);
    check(decode(&wire, LINK_RAW));
    check_equal(out.packet.destination_port, 2152);
    check_equal(decoder.tunnel_faults[FAULT_VALUE], 0);
}

/* RFC 768: the length is that of header and data; what IP carries behind it (RFC 9868) is no
 * data.  RFC 2675 4: in a jumbogram it is 0. */
static void data_of_udp_ends_where_its_length_says(void **state)
{
    (void)state;
    static const struct {
        uint8_t len, payload, faults;
    } rows[] = { { 16, 8, 0 }, { 12, 4, 0 },  { 8, 0, 0 },
                 { 0, 8, 0 },  { 200, 8, 0 }, { 7, 0, 1 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct wire wire = wire_with("12345678");
        wire_udp(&wire, 1111, 2222);
        wire.room[wire.start + 5] = rows[i].len;
        wire_ipv4(&wire, PROTOCOL_UDP, 1, 2, 0);
        check(decode(&wire, LINK_RAW));
        check_equal(out.packet.payload_octets, rows[i].payload);
        check_equal(out.sealed.len, rows[i].payload);
        check_equal(out.packet.destination_port, 2222);
        check_equal(decoder.transport_faults[FAULT_LENGTH], rows[i].faults);
    }
}

static void extension_headers_are_walked(void **state)
{
    (void)state;
    struct wire wire = wire_with("seal");
    wire_udp(&wire, 1111, 2222);
    wire_front(&wire, "\x11\x00\x00\x00\x00\x00\x00\x00", 8); /* destination options */
    wire_front(&wire,
               "\x3c\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
               "\x00\x00\x00\x00\x00\x00",
               24);                                           /* authentication, 24 octets */
    wire_front(&wire, "\x33\x00\x00\x00\x00\x00\x00\x00", 8); /* hop by hop */
    wire_ipv6(&wire, 0);
    check(decode(&wire, LINK_RAW));
    check_is_udp(0);
}

static void a_cut_capture_gives_the_same_numbers(void **state)
{
    (void)state;
    struct wire wire = udp_in_ipv4();
    wire_ethernet(&wire, 0x0800);
    struct frame frame = wire_frame(&wire, LINK_ETHERNET);
    for (size_t len = 0; len <= frame.captured.len; len++) {
        struct frame cut = frame;
        cut.captured.len = len;
        decoder = (struct packet_decoder){ .fragments = NULL };
        bool is_packet = packet_decode(&decoder, &cut, &out);
        check_equal(is_packet, len >= 34);
        check_equal(decoder.packets + decoder.link_faults[FAULT_TRUNCATED] +
                        decoder.ip_faults[FAULT_TRUNCATED],
                    1);
        if (!is_packet)
            continue;
        check_equal(out.packet.octets, 32);
        check_equal(out.packet.has_transport, len >= 38);
        if (len >= 42)
            check_equal(out.packet.payload_octets, 4);
    }
}

static void padding_of_the_link_is_not_payload(void **state)
{
    (void)state;
    struct wire wire = wire_with("");
    memset(wire.room + 4090, 0xee, 6);
    wire.start = 4090;
    struct wire inner = udp_in_ipv4();
    wire_front(&wire, inner.room + inner.start, wire_len(&inner));
    check(decode(&wire, LINK_RAW));
    check_is_udp(0);
}

static void faults_are_counted_by_layer_and_reason(void **state)
{
    (void)state;
    struct wire wire = udp_in_ipv4();
    check(!decode(&wire, 9999));
    check_equal(decoder.link_faults[FAULT_UNSUPPORTED], 1);
    wire.room[wire.start] = 0x75;
    check(!decode(&wire, LINK_RAW));
    check_equal(decoder.ip_faults[FAULT_VERSION], 1);
    wire.room[wire.start] = 0x44;
    check(!decode(&wire, LINK_RAW));
    check_equal(decoder.ip_faults[FAULT_LENGTH], 1);
    wire.room[wire.start] = 0x45;
    wire.room[wire.start + 2] = 9; /* total length past the frame */
    check(decode(&wire, LINK_RAW));
    check_equal(decoder.length_lies, 1);
    check_equal(out.packet.octets, 32);
    wire_ethernet(&wire, 0x0806);
    check(!decode(&wire, LINK_ETHERNET));
    check_equal(decoder.not_ip, 1);
}

static void labels_and_tags_without_end_are_refused(void **state)
{
    (void)state;
    struct wire wire = wire_with("");
    for (int i = 0; i < 100; i++)
        wire_front(&wire, "\x00\x05\x81\x00", 4);
    wire_ethernet(&wire, 0x8100);
    check(!decode(&wire, LINK_ETHERNET));
    check_equal(decoder.link_faults[FAULT_LIMIT], 1);
}

static void tunnels_without_end_stop_at_the_limit(void **state)
{
    (void)state;
    struct wire wire = udp_in_ipv4();
    for (uint8_t i = 0; i < 20; i++)
        wire_ipv4(&wire, PROTOCOL_IPIP, 8, 9, 0);
    check(decode(&wire, LINK_RAW));
    check_equal(out.packet.protocol, PROTOCOL_IPIP);
    check_equal(decoder.tunnel_faults[FAULT_LIMIT], 1);
    check_equal(decoder.packets, 1);
}

TESTS(TEST(every_link_type_leads_to_the_packet), TEST(tags_labels_and_sessions_are_unwrapped),
      TEST(tunnels_lead_to_the_innermost_packet),
      TEST(a_port_that_only_looks_like_a_tunnel_stays_itself),
      TEST(pptp_is_named_by_its_call_and_may_be_empty),
      TEST(the_tunnels_own_messages_are_no_fault), TEST(data_of_udp_ends_where_its_length_says),
      TEST(extension_headers_are_walked), TEST(a_cut_capture_gives_the_same_numbers),
      TEST(padding_of_the_link_is_not_payload), TEST(faults_are_counted_by_layer_and_reason),
      TEST(labels_and_tags_without_end_are_refused),
      TEST(tunnels_without_end_stop_at_the_limit))
