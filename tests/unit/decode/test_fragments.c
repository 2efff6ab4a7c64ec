// SPDX-License-Identifier: Apache-2.0
#include "decode/packet.h"

#include <stdlib.h>

#include "check.h"
#include "wire.h"

static const struct hash_key key = { { 1, 2, 3, 4 } };
static void *memory;
static struct packet_decoder decoder;

static int set_up(void **state)
{
    (void)state;
    size_t size = fragments_size(8);
    memory = malloc(size);
    struct arena arena = arena_over(memory, size);
    decoder = (struct packet_decoder){ .fragments = fragments_init(8, key, &arena) };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

/* One piece of the UDP datagram 1111 -> 2222 "payload of sixteen octets"... */
static struct decoded piece(size_t from, size_t len, bool is_last, int64_t time_ns)
{
    struct wire whole = wire_with("abcdefghijklmnopqrstuvwx"); /* 24 and 8: 32 octets */
    wire_udp(&whole, 1111, 2222);
    struct wire wire = wire_with("");
    wire_front(&wire, whole.room + whole.start + from, len);
    wire_ipv4(&wire, PROTOCOL_UDP, 1, 2, (uint16_t)((is_last ? 0 : 0x2000) | from / 8));
    struct frame frame = wire_frame(&wire, LINK_RAW);
    frame.time_ns = time_ns;
    struct decoded out;
    check(packet_decode(&decoder, &frame, &out));
    return out;
}

static void the_last_missing_piece_gives_the_datagram(void **state)
{
    (void)state;
    struct decoded out = piece(0, 16, false, 1);
    check(out.packet.has_transport && !out.packet.is_fragment);
    check_equal(out.sealed.len, 0);
    out = piece(24, 8, true, 2);
    check(out.packet.is_fragment && out.packet.has_transport);
    check_equal(out.packet.destination_port, 2222);
    check_equal(out.sealed.len, 0);
    out = piece(16, 8, false, 3);
    check_text(out.sealed, "abcdefghijklmnopqrstuvwx");
    check_equal(out.packet.source_port, 1111);
}

static bool memory_holds(const char *words)
{
    size_t len = strlen(words), size = fragments_size(8);
    for (size_t i = 0; i + len <= size; i++) {
        if (memcmp((uint8_t *)memory + i, words, len) == 0)
            return true;
    }
    return false;
}

static void octets_held_are_overwritten_by_the_next_call(void **state)
{
    (void)state;
    (void)piece(0, 16, false, 1);
    struct decoded out = piece(16, 16, true, 2);
    check(out.is_joined);
    check_text(out.sealed, "abcdefghijklmnopqrstuvwx");
    (void)piece(24, 8, true, 3);
    check(!memory_holds("abcdefgh"));
}

static void what_waited_too_long_is_overwritten(void **state)
{
    (void)state;
    const int64_t second_ns = 1000000000;
    (void)piece(0, 32, false, second_ns);
    fragments_expire(decoder.fragments, 31 * second_ns);
    check(memory_holds("abcdefgh"));
    fragments_expire(decoder.fragments, 32 * second_ns);
    check(!memory_holds("abcdefgh"));
    check_equal(fragments_counts(decoder.fragments).expired, 1);
    (void)piece(0, 32, false, 40 * second_ns);
    fragments_finish(decoder.fragments);
    check(!memory_holds("abcdefgh"));
    check_equal(fragments_counts(decoder.fragments).expired, 1);
}

static void what_is_whole_is_overwritten_when_it_was_used(void **state)
{
    (void)state;
    (void)piece(0, 16, false, 1);
    (void)piece(16, 16, true, 2);
    check(memory_holds("abcdefgh"));
    fragments_release(decoder.fragments);
    check(!memory_holds("abcdefgh"));
}

static void a_piece_before_the_first_has_no_ports_yet(void **state)
{
    (void)state;
    struct decoded out = piece(16, 16, true, 1);
    check(!out.packet.has_transport);
    out = piece(0, 16, false, 2);
    check_text(out.sealed, "abcdefghijklmnopqrstuvwx");
    check_equal(out.packet.destination_port, 2222);
}

static void pieces_too_far_apart_in_time_do_not_meet(void **state)
{
    (void)state;
    (void)piece(0, 16, false, 1);
    struct decoded out = piece(16, 16, true, INT64_C(31000000000));
    check_equal(out.sealed.len, 0);
    check(!out.packet.has_transport);
    check_equal(fragments_counts(decoder.fragments).expired, 1);
}

static void a_full_table_drops_the_oldest_and_counts(void **state)
{
    (void)state;
    for (uint8_t host = 10; host < 60; host++) {
        struct wire wire = wire_with("12345678");
        wire_ipv4(&wire, PROTOCOL_UDP, host, 2, 0x2000);
        struct frame frame = wire_frame(&wire, LINK_RAW);
        struct decoded out;
        check(packet_decode(&decoder, &frame, &out));
    }
    check(fragments_counts(decoder.fragments).evicted >= 42);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
TESTS(EACH(the_last_missing_piece_gives_the_datagram),
      EACH(octets_held_are_overwritten_by_the_next_call),
      EACH(what_waited_too_long_is_overwritten),
      EACH(what_is_whole_is_overwritten_when_it_was_used),
      EACH(a_piece_before_the_first_has_no_ports_yet),
      EACH(pieces_too_far_apart_in_time_do_not_meet),
      EACH(a_full_table_drops_the_oldest_and_counts))
