// SPDX-License-Identifier: Apache-2.0
#include "simulate/wire.h"

#include "check.h"
#include "simulate/random.h"

static struct ip_address address(const char *text)
{
    struct ip_address out;
    check(ip_read(bytes_of_string(text), &out));
    return out;
}

static struct wire_packet packet_of(uint8_t protocol, const char *source, const char *to)
{
    return (struct wire_packet){ .source = address(source),
                                 .destination = address(to),
                                 .protocol = protocol,
                                 .ttl = 64,
                                 .tcp_flags = TCP_ACK,
                                 .source_port = 0x0800,
                                 .destination_port = 443 };
}

/* A right checksum makes the sum over everything all ones (RFC 1071). */
static uint16_t verify(const struct wire_packet *packet, const uint8_t *frame, size_t len)
{
    bool is_v4 = ip_is_v4(&packet->source);
    size_t ip = is_v4 ? 34 : 54;
    uint8_t pseudo[36] = { 0 };
    size_t half = is_v4 ? 4 : 16;
    memcpy(pseudo, packet->source.octets + 16 - half, half);
    memcpy(pseudo + half, packet->destination.octets + 16 - half, half);
    pseudo[33] = frame[is_v4 ? 23 : 20];
    pseudo[34] = (uint8_t)((len - ip) >> 8);
    pseudo[35] = (uint8_t)(len - ip);
    uint16_t sum = 0;
    if (!is_v4 || packet->protocol != PROTOCOL_ICMP)
        sum = wire_sum(0, pseudo, sizeof pseudo);
    return wire_sum(sum, frame + ip, len - ip);
}

/* The example of RFC 1071 section 3, in either byte order. */
static void the_published_sum_comes_out(void **state)
{
    (void)state;
    const uint8_t words[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };
    uint16_t sum = wire_sum(0, words, sizeof words);
    uint8_t stored[2];
    memcpy(stored, &sum, 2);
    check_equal(stored[0], 0xdd);
    check_equal(stored[1], 0xf2);
}

static void checksums_hold_for_every_protocol_and_length(void **state)
{
    (void)state;
    static const uint8_t protocols[] = { PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_ICMP };
    struct random random = random_from(1);
    for (size_t i = 0; i < sizeof protocols; i++) {
        struct wire_packet v4 = packet_of(protocols[i], "192.0.2.1", "198.51.100.7");
        struct wire_packet v6 = packet_of(protocols[i], "2001:db8::1", "2001:db8::7");
        for (size_t len = 0; len <= WIRE_MSS_V6; len += 7) {
            uint8_t frame[WIRE_FRAME_MAX];
            random_fill(&random, frame, sizeof frame);
            size_t whole = wire_finish(&v4, frame, len);
            check_equal(whole, wire_header_octets(&v4) + len);
            check_equal(verify(&v4, frame, whole), 0xffff);
            check_equal(wire_sum(0, frame + 14, 20), 0xffff);
            whole = wire_finish(&v6, frame, len);
            check_equal(verify(&v6, frame, whole), 0xffff);
        }
    }
}

static void the_payload_is_left_as_it_was(void **state)
{
    (void)state;
    struct wire_packet packet = packet_of(PROTOCOL_TCP, "192.0.2.1", "198.51.100.7");
    uint8_t frame[WIRE_FRAME_MAX];
    size_t header = wire_header_octets(&packet);
    check_equal(header, 14 + 20 + 20);
    memset(frame + header, 0x5a, 100);
    check_equal(wire_finish(&packet, frame, 100), header + 100);
    for (size_t i = 0; i < 100; i++)
        check_equal(frame[header + i], 0x5a);
}

static void a_syn_says_its_segment_size(void **state)
{
    (void)state;
    struct wire_packet packet = packet_of(PROTOCOL_TCP, "2001:db8::1", "2001:db8::7");
    packet.tcp_flags = TCP_SYN;
    uint8_t frame[WIRE_FRAME_MAX];
    check_equal(wire_finish(&packet, frame, 0), 14 + 40 + 32);
    check_equal(frame[54 + 20], 2);
    check_equal(frame[54 + 22] << 8 | frame[54 + 23], WIRE_MSS_V6);
}

TESTS(TEST(the_published_sum_comes_out), TEST(checksums_hold_for_every_protocol_and_length),
      TEST(the_payload_is_left_as_it_was), TEST(a_syn_says_its_segment_size))
