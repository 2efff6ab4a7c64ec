// SPDX-License-Identifier: Apache-2.0
#include "source/join_private.h"

#include "base/time.h"

#include "check.h"

static struct join join;
static uint8_t payload[65536];

static int clear(void **state)
{
    (void)state;
    memset(&join, 0, sizeof join);
    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = (uint8_t)(i * 7 + i / 251);
    return 0;
}

static enum join_result add(uint32_t id, uint32_t from, uint32_t to, bool has_more)
{
    struct bytes packet = { 0 };
    struct carried piece = { .payload = { payload + from, to - from },
                             .source = ip_from_v4(1),
                             .destination = ip_from_v4(2),
                             .fragment_id = id,
                             .fragment_offset = from,
                             .protocol = 17,
                             .has_more = has_more };
    enum join_result result = join_add(&join, &piece, id * TIME_MILLISECOND_NS, &packet);
    if (result == JOIN_WHOLE)
        check(bytes_equal(packet, (struct bytes){ payload, packet.len }));
    return result;
}

static void pieces_are_joined_in_any_order(void **state)
{
    (void)state;
    check_equal(add(1, 1480, 2960, true), JOIN_TAKEN);
    check_equal(add(1, 2960, 3001, false), JOIN_TAKEN);
    check_equal(add(1, 0, 1480, true), JOIN_WHOLE);
    check_equal(add(2, 0, 1480, true), JOIN_TAKEN);
    check_equal(add(2, 1480, 65535, false), JOIN_WHOLE);
    check_equal(join.dropped, 0);
}

static void a_piece_that_comes_again_is_harmless(void **state)
{
    (void)state;
    check_equal(add(1, 0, 800, true), JOIN_TAKEN);
    check_equal(add(1, 0, 800, true), JOIN_TAKEN);
    check_equal(add(1, 800, 900, false), JOIN_WHOLE);
}

static void pieces_that_overlap_or_lie_are_dropped(void **state)
{
    (void)state;
    check_equal(add(1, 0, 800, true), JOIN_TAKEN);
    check_equal(add(1, 792, 900, false), JOIN_TAKEN); /* overlaps */
    check_equal(join.dropped, 1);
    check_equal(add(2, 0, 801, true), JOIN_TAKEN); /* not a multiple of 8 */
    check_equal(join.dropped, 2);
    check_equal(add(3, 1600, 2400, true), JOIN_TAKEN);
    check_equal(add(3, 800, 1600, false), JOIN_TAKEN); /* ends before what came */
    check_equal(join.dropped, 3);
    check_equal(add(4, 65528, 65536, false), JOIN_TAKEN); /* longer than a packet can be */
    check_equal(join.dropped, 4);
    check_equal(add(5, 8, 8, true), JOIN_TAKEN); /* empty */
    check_equal(join.dropped, 5);
}

static void the_oldest_gives_way(void **state)
{
    (void)state;
    for (uint32_t id = 0; id < JOIN_SLOTS + 10; id++)
        check_equal(add(id, 0, 800, true), JOIN_TAKEN);
    check_equal(join.dropped, 10);
    check_equal(add(JOIN_SLOTS, 800, 900, false), JOIN_WHOLE);
    check_equal(add(0, 800, 900, false), JOIN_TAKEN);
    join_finish(&join);
    check_equal(join.dropped, JOIN_SLOTS + 10);
}

static void what_waits_too_long_is_dropped(void **state)
{
    (void)state;
    check_equal(add(1, 0, 800, true), JOIN_TAKEN);
    check_equal(add(40000, 0, 800, true), JOIN_TAKEN); /* 40 s later */
    check_equal(join.dropped, 1);
}

static void what_was_handed_out_stays_until_it_is_released(void **state)
{
    (void)state;
    for (uint32_t id = 0; id < JOIN_SLOTS; id++) {
        check_equal(add(id, 0, 800, true), JOIN_TAKEN);
        check_equal(add(id, 800, 900, false), JOIN_WHOLE);
    }
    check_equal(add(1000, 0, 800, true), JOIN_FULL);
    join_release(&join);
    check_equal(add(1000, 0, 800, true), JOIN_TAKEN);
    check_equal(join.dropped, 0);
}

#define CLEAN(function) cmocka_unit_test_setup(function, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLEAN(pieces_are_joined_in_any_order),
        CLEAN(a_piece_that_comes_again_is_harmless),
        CLEAN(pieces_that_overlap_or_lie_are_dropped),
        CLEAN(the_oldest_gives_way),
        CLEAN(what_waits_too_long_is_dropped),
        CLEAN(what_was_handed_out_stays_until_it_is_released),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
