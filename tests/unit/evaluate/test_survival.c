// SPDX-License-Identifier: Apache-2.0
#include "evaluate/survival.h"

#include <math.h>

#include "check.h"

/* Remission under 6-MP (Freireich et al., Blood 21, 1963), the example of most text books: the
 * estimate ends at 0.448 with a median of 23 weeks. */
static void the_text_book_example_comes_out(void **state)
{
    (void)state;
    struct spell spells[] = {
        { 6, true },   { 6, true },   { 6, true },   { 6, false }, { 7, true },   { 9, false },
        { 10, true },  { 10, false }, { 11, false }, { 13, true }, { 16, true },  { 17, false },
        { 19, false }, { 20, false }, { 22, true },  { 23, true }, { 25, false }, { 32, false },
        { 32, false }, { 34, false }, { 35, false },
    };
    struct survival survival = survival_of(spells, sizeof spells / sizeof *spells);
    check_equal(survival.detected, 9);
    check(fabs(survival.never_share - 0.4482) < 0.0005);
    check(survival.has_median && fabs(survival.median_s - 23) < 1e-9);
    check(!survival.has_p90);
}

static void when_all_are_detected_nothing_is_left(void **state)
{
    (void)state;
    struct spell spells[] = { { 30, true }, { 10, true }, { 20, true }, { 40, true } };
    struct survival survival = survival_of(spells, 4);
    check(survival.never_share < 1e-9);
    check(survival.has_median && fabs(survival.median_s - 20) < 1e-9);
    check(survival.has_p90 && fabs(survival.p90_s - 40) < 1e-9);
}

static void those_never_detected_make_the_median_unknown(void **state)
{
    (void)state;
    struct spell spells[] = { { 10, true }, { 100, false }, { 100, false } };
    struct survival survival = survival_of(spells, 3);
    check(!survival.has_median);
    check(fabs(survival.never_share - 2.0 / 3) < 1e-9);
}

static void nothing_gives_nothing(void **state)
{
    (void)state;
    struct survival survival = survival_of(NULL, 0);
    check(!survival.has_median && survival.never_share <= 0);
}

TESTS(TEST(the_text_book_example_comes_out), TEST(when_all_are_detected_nothing_is_left),
      TEST(those_never_detected_make_the_median_unknown), TEST(nothing_gives_nothing))
