// SPDX-License-Identifier: Apache-2.0
#include "simulate/pcapng.h"

#include "check.h"

static uint32_t le32(const uint8_t *at)
{
    return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

static void the_header_is_a_section_and_an_interface(void **state)
{
    (void)state;
    uint8_t room[PCAPNG_HEADER_MAX];
    size_t len = pcapng_write_header(65535, room);
    size_t section = le32(room + 4);
    check(le32(room) == 0x0a0d0d0a);
    check(le32(room + 8) == 0x1a2b3c4d);
    check_equal(le32(room + section - 4), section);
    check_equal(le32(room + section), 1);
    check_equal(section + le32(room + section + 4), len);
    check_equal(le32(room + section + 12), 65535);
}

static void every_length_of_packet_is_padded_and_framed(void **state)
{
    (void)state;
    uint8_t captured[64];
    memset(captured, 0xab, sizeof captured);
    for (size_t len = 0; len <= sizeof captured; len++) {
        uint8_t room[64 + PCAPNG_PACKET_OVERHEAD];
        struct frame frame = { .captured = { captured, len },
                               .wire_len = 1500,
                               .time_ns = INT64_C(1780272000123456789) };
        size_t block = pcapng_write_packet(&frame, room);
        check_equal(block % 4, 0);
        check_equal(le32(room), 6);
        check_equal(le32(room + 4), block);
        check_equal(le32(room + block - 4), block);
        check(((uint64_t)le32(room + 12) << 32 | le32(room + 16)) ==
              UINT64_C(1780272000123456789));
        check_equal(le32(room + 20), len);
        check_equal(le32(room + 24), 1500);
        check(memcmp(room + 28, captured, len) == 0);
    }
}

TESTS(TEST(the_header_is_a_section_and_an_interface),
      TEST(every_length_of_packet_is_padded_and_framed))
