// SPDX-License-Identifier: Apache-2.0
#include "decode/assembly.h"

#include "check.h"

static void pieces_in_any_order_become_whole(void **state)
{
    (void)state;
    static const uint8_t whole[] = "0123456789";
    static const size_t orders[][5] = { { 0, 1, 2, 3, 4 },
                                        { 4, 3, 2, 1, 0 },
                                        { 2, 0, 4, 1, 3 } };
    for (size_t order = 0; order < 3; order++) {
        struct assembly assembly = { .count = 0 };
        uint8_t room[10] = { 0 };
        bool overlaps = false;
        for (size_t i = 0; i < 5; i++) {
            size_t at = orders[order][i] * 2;
            check(assembly_add(&assembly, (struct bytes){ whole + at, 2 }, at,
                               (struct room){ room, sizeof room }, &overlaps));
        }
        check(!overlaps);
        check_equal(assembly_front(&assembly), 10);
        check(memcmp(room, whole, 10) == 0);
    }
}

static void what_is_there_first_stays(void **state)
{
    (void)state;
    struct assembly assembly = { .count = 0 };
    uint8_t octets[8] = { 0 };
    struct room room = { octets, sizeof octets };
    bool overlaps = false;
    check(assembly_add(&assembly, BYTES("BB"), 2, room, &overlaps));
    check(assembly_add(&assembly, BYTES("DD"), 6, room, &overlaps));
    check(!overlaps);
    check(assembly_add(&assembly, BYTES("xxxxxxxx"), 0, room, &overlaps));
    check(overlaps);
    check_equal(assembly_front(&assembly), 8);
    check(memcmp(octets, "xxBBxxDD", 8) == 0);
}

static void nothing_is_written_past_the_room(void **state)
{
    (void)state;
    struct assembly assembly = { .count = 0 };
    uint8_t octets[4] = { 0 };
    bool overlaps = false;
    check(!assembly_add(&assembly, BYTES("abcde"), 0, (struct room){ octets, 4 }, &overlaps));
    check(!assembly_add(&assembly, BYTES("ab"), 3, (struct room){ octets, 4 }, &overlaps));
    check(
        !assembly_add(&assembly, BYTES("ab"), SIZE_MAX, (struct room){ octets, 4 }, &overlaps));
    check_equal(assembly_front(&assembly), 0);
    check_equal(octets[3], 0);
}

static void what_is_dropped_moves_the_rest_forward(void **state)
{
    (void)state;
    struct assembly assembly = { .count = 3, .ranges = { { 0, 4 }, { 6, 8 }, { 10, 12 } } };
    check_equal(assembly_drop(&assembly, 3), 9);
    check_equal(assembly_front(&assembly), 1);
    check_equal(assembly_drop(&assembly, 4), 5);
    check_equal(assembly.count, 2);
    check_equal(assembly_front(&assembly), 1);
    check_equal(assembly_drop(&assembly, 5), 0);
    check_equal(assembly.count, 0);
}

static void too_many_holes_are_refused(void **state)
{
    (void)state;
    struct assembly assembly = { .count = 0 };
    uint8_t octets[64] = { 0 };
    bool overlaps = false;
    for (size_t i = 0; i < ASSEMBLY_RANGES_MAX; i++)
        check(assembly_add(&assembly, BYTES("x"), 1 + i * 2, (struct room){ octets, 64 },
                           &overlaps));
    check(!assembly_add(&assembly, BYTES("x"), 50, (struct room){ octets, 64 }, &overlaps));
    check_equal(octets[50], 0);
    check(assembly_add(&assembly, BYTES("x"), 0, (struct room){ octets, 64 }, &overlaps));
    check_equal(assembly_front(&assembly), 2);
}

TESTS(TEST(what_is_dropped_moves_the_rest_forward), TEST(pieces_in_any_order_become_whole),
      TEST(what_is_there_first_stays), TEST(nothing_is_written_past_the_room),
      TEST(too_many_holes_are_refused))
