// SPDX-License-Identifier: Apache-2.0
#include "base/cursor.h"

#include "check.h"

static const uint8_t wire[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static struct cursor over_wire(void)
{
    return cursor_over((struct bytes){ wire, sizeof wire });
}

static void numbers_are_read_in_network_order(void **state)
{
    (void)state;
    struct cursor c = over_wire();
    check_equal(cursor_u8(&c), 1);
    check_equal(cursor_be16(&c), 0x0203);
    check_equal(cursor_be24(&c), 0x040506);
    check_equal(cursor_rest(&c).len, 3);
    check(!c.broken);
}

static void a_read_past_the_end_breaks_for_good(void **state)
{
    (void)state;
    struct cursor c = over_wire();
    check_equal(cursor_be64(&c), 0x0102030405060708);
    check_equal(cursor_be32(&c), 0);
    check(c.broken);
    check_equal(cursor_u8(&c), 0);
    cursor_skip(&c, 0);
    check(c.broken);
    check_equal(cursor_take(&c, 0).broken, true);
}

static void a_child_sees_only_its_part(void **state)
{
    (void)state;
    struct cursor c = over_wire();
    struct cursor child = cursor_take(&c, 4);
    check_equal(child.left, 4);
    check_equal(cursor_be32(&child), 0x01020304);
    check_equal(cursor_u8(&child), 0);
    check(child.broken);
    check(!c.broken);
    check_equal(cursor_u8(&c), 5);
}

static void a_child_longer_than_its_parent_is_broken(void **state)
{
    (void)state;
    struct cursor c = over_wire();
    struct cursor child = cursor_take(&c, 10);
    check(child.broken);
    check_equal(child.left, 0);
    check(c.broken);
}

static void a_length_prefix_makes_a_child(void **state)
{
    (void)state;
    struct cursor c = over_wire();
    struct cursor child = cursor_take8(&c);
    check_equal(child.left, 1);
    check_equal(cursor_u8(&child), 2);
    struct cursor second = cursor_take8(&c);
    check_equal(second.left, 3);
    struct cursor third = cursor_take16(&c);
    check(third.broken);
}

TESTS(TEST(numbers_are_read_in_network_order), TEST(a_read_past_the_end_breaks_for_good),
      TEST(a_child_sees_only_its_part), TEST(a_child_longer_than_its_parent_is_broken),
      TEST(a_length_prefix_makes_a_child))
