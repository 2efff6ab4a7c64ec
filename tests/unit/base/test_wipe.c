// SPDX-License-Identifier: Apache-2.0
#include "base/wipe.h"

#include "base/attr.h"
#include "check.h"

static void what_is_wiped_is_zeros_and_nothing_beside_it(void **state)
{
    (void)state;
    uint8_t room[64];
    memset(room, 0xa5, sizeof room);
    wipe(room + 8, 40);
    for (size_t i = 0; i < sizeof room; i++)
        check_equal(room[i], i < 8 || i >= 48 ? 0xa5 : 0);
    uint8_t *nothing = NULL;
    __asm__("" : "+r"(nothing));
    wipe(nothing, 0);
}

#if defined __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1 /* which gcc defines itself */
#endif
#endif
#if defined __SANITIZE_ADDRESS__
static const bool is_watched = true;
#else
static const bool is_watched = false;
#endif

enum { LEFT_OCTETS = 4096 };

static uintptr_t left_at; /* a number: nobody may know that it points to what is gone */

static NOT_INLINE void leave_something(void)
{
    volatile uint8_t left[LEFT_OCTETS];
    for (size_t i = 0; i < sizeof left; i++)
        left[i] = 0xa5;
    left_at = (uintptr_t)left;
}

static NOT_INLINE size_t count_left(void)
{
    size_t count = 0;
    const volatile uint8_t *at = (const volatile uint8_t *)left_at;
    for (size_t i = 0; i < LEFT_OCTETS; i++)
        count += at[i] == 0xa5;
    return count;
}

/* Not where a sanitizer watches the stack: it is read on purpose where nothing lives. */
static void what_functions_left_on_the_stack_is_gone(void **state)
{
    (void)state;
    if (is_watched)
        return;
    leave_something();
    check(count_left() > LEFT_OCTETS / 2); /* or this test could not fail */
    wipe_stack();
    check(count_left() <= WIPE_STACK_GAP);
}

TESTS(TEST(what_is_wiped_is_zeros_and_nothing_beside_it),
      TEST(what_functions_left_on_the_stack_is_gone))
