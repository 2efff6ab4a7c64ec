// SPDX-License-Identifier: Apache-2.0
#include "model/weight.h"

#include <math.h>

#include "check.h"

static bool is_near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

static void every_family_has_a_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FAMILIES; i++)
        check(family_name((enum family)i)[0] != '\0');
}

static void of_a_family_only_the_heaviest_counts(void **state)
{
    (void)state;
    const struct measure measures[] = {
        { MEASURE_INTERVAL_SPREAD, 0.1, 0.4, 3, 1 },
        { MEASURE_POOLED_SUM, 5, 2, 2.5, 1 },
        { MEASURE_SIZE_SPREAD, 0.1, 0.5, 1.5, 1 },
    };
    check(is_near(weight_total(measures, 2), 3));
    check(is_near(weight_total(measures, 3), 4.5));
    check(is_near(weight_score(4), 50) && is_near(weight_score(0), 0));
    check(is_near(weight_score(-1), 0));
}

static void no_family_weighs_more_than_four(void **state)
{
    (void)state;
    const struct measure measures[] = {
        { MEASURE_FAILED_NET, 90, 8, 40, 1 },
        { MEASURE_TARGETS, 9000, 50, 9, 1 },
    };
    check(is_near(weight_total(measures, 2), 8));
}

/* A popular server takes timing back, whatever else is said of rarity. */
static void what_speaks_against_is_not_outweighed_by_nothing(void **state)
{
    (void)state;
    const struct measure measures[] = {
        { MEASURE_INTERVAL_SPREAD, 0.1, 0.4, 4, 1 },
        { MEASURE_PREVALENCE, 0.9, 0.1, -4, 1 },
        { MEASURE_CLIENTS, 900, 0, 0, 0 },
    };
    check(is_near(weight_total(measures, 3), 0));
    check(is_near(weight_p_value(measures, 3), 1));
}

static void context_never_weighs(void **state)
{
    (void)state;
    const struct measure measures[] = { { MEASURE_NULL_SAMPLES, 900, 0, 3, 0 },
                                        { MEASURE_RANK, 1, 50, 3, 1 } };
    check(is_near(weight_total(measures, 2), 0));
    check(is_near(weight_p_value(measures, 2), 1));
}

static void one_family_gives_its_own_p_value_and_more_give_fishers(void **state)
{
    (void)state;
    struct measure measures[] = {
        { MEASURE_INTERVAL_SPREAD, 0.1, 0.4, 3, 1 },
        { MEASURE_SIZE_SPREAD, 0.9, 0.5, 0, 1 }, /* looked at, and says nothing */
        { MEASURE_CONNECTIONS, 40, 6, 0, 1 },    /* a condition, met */
    };
    check(is_near(weight_p_value(measures, 1), 1e-3));
    /* 0.001 (1 - ln 0.001) = 0.0079078 */
    check(fabs(weight_p_value(measures, 2) - 0.00790775) < 1e-7);
    check(is_near(weight_p_value(measures, 3), weight_p_value(measures, 2)));
    measures[1].weight = 3;
    /* two of 0.001: 1e-6 (1 + 6 ln 10) */
    check(is_near(weight_p_value(measures, 2), 1e-6 * (1 + 6 * log(10))));
    check(is_near(weight_p_value(measures, 0), 1));
}

TESTS(TEST(every_family_has_a_name), TEST(of_a_family_only_the_heaviest_counts),
      TEST(no_family_weighs_more_than_four),
      TEST(what_speaks_against_is_not_outweighed_by_nothing), TEST(context_never_weighs),
      TEST(one_family_gives_its_own_p_value_and_more_give_fishers))
