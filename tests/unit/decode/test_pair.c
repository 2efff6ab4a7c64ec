// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "decode/packet.h"

static const struct hash_key key = { { 1, 2, 3, 4 } };

static uint64_t hash_of(const uint8_t *at, size_t len, uint32_t link)
{
    struct frame frame = { .captured = { at, len }, .wire_len = (uint32_t)len, .link = link };
    return packet_pair_hash(&frame, &key);
}

static void both_directions_of_a_pair_are_for_one_worker(void **state)
{
    (void)state;
    uint8_t there[20] = { 0x45, [12] = 192, 0, 2, 1, 198, 51, 100, 7 };
    uint8_t back[20] = { 0x45, [12] = 198, 51, 100, 7, 192, 0, 2, 1 };
    uint8_t other[20] = { 0x45, [12] = 198, 51, 100, 8, 192, 0, 2, 1 };
    check(hash_of(there, sizeof there, LINK_RAW) == hash_of(back, sizeof back, LINK_RAW));
    check(hash_of(there, sizeof there, LINK_RAW) != hash_of(other, sizeof other, LINK_RAW));
}

static void a_tag_on_one_way_does_not_part_them(void **state)
{
    (void)state;
    uint8_t tagged[38] = { [12] = 0x81, 0, 0, 5,   0x08, 0,   0x45, [30] = 192,
                           0,           2, 1, 198, 51,   100, 7 };
    uint8_t plain[34] = { [12] = 0x08, 0, 0x45, [26] = 198, 51, 100, 7, 192, 0, 2, 1 };
    check(hash_of(tagged, sizeof tagged, LINK_ETHERNET) ==
          hash_of(plain, sizeof plain, LINK_ETHERNET));
}

static void what_is_not_ip_or_cut_short_is_for_the_first(void **state)
{
    (void)state;
    uint8_t six[40] = { 0x60, [8] = 0x20, 1, [24] = 0x20, 2 };
    uint8_t arp[60] = { [12] = 0x08, 0x06 };
    check(hash_of(six, sizeof six, LINK_RAW) != 0);
    check_equal(hash_of(arp, sizeof arp, LINK_ETHERNET), 0);
    for (size_t len = 0; len < sizeof six; len++)
        check_equal(hash_of(six, len, LINK_RAW), 0);
    check_equal(hash_of(NULL, 0, LINK_ETHERNET), 0);
}

TESTS(TEST(both_directions_of_a_pair_are_for_one_worker),
      TEST(a_tag_on_one_way_does_not_part_them),
      TEST(what_is_not_ip_or_cut_short_is_for_the_first))
