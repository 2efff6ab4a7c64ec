// SPDX-License-Identifier: Apache-2.0
#include "assess/budget.h"

#include <math.h>

#include "check.h"

static bool is_near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

/* Benjamini and Hochberg 1995, section 4.1 (thrombolysis after infarction, 15 hypotheses): at
 * q = 0.05 the first four are rejected, the largest 0.0095 <= 4/15 of 0.05. */
static const double published[] = { 0.0001, 0.0004, 0.0019, 0.0095, 0.0201,
                                    0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
                                    0.4262, 0.5719, 0.6528, 0.7590, 1.0000 };
enum { PUBLISHED = sizeof published / sizeof *published };

static void fill_published(struct budget_item *items)
{
    for (size_t i = 0; i < PUBLISHED; i++)
        items[i] = (struct budget_item){
            .day = 3, .subject = i, .judged = PUBLISHED, .p_value = published[i]
        };
}

static void the_published_example_gives_the_published_shares(void **state)
{
    (void)state;
    struct budget_item items[PUBLISHED];
    fill_published(items);
    budget_fill(items, PUBLISHED, 50);
    check(is_near(items[0].false_discovery, 0.0015));
    check(is_near(items[1].false_discovery, 0.003));
    check(is_near(items[2].false_discovery, 0.0095));
    check(is_near(items[3].false_discovery, 0.035625));
    size_t at_twentieth = 0;
    size_t alerts = 0;
    for (size_t i = 0; i < PUBLISHED; i++) {
        at_twentieth += items[i].false_discovery <= 0.05;
        alerts += items[i].is_alert;
    }
    check_equal(at_twentieth, 4);
    check_equal(alerts, 9); /* at q = 0.1: 0.0459 <= 9/15 of 0.1, 0.324 is not */
}

/* 0.0298 alone asks 15/7: the larger 0.0344 asks less, and carries it. */
static void a_larger_value_that_passes_carries_the_smaller(void **state)
{
    (void)state;
    struct budget_item items[PUBLISHED];
    fill_published(items);
    budget_fill(items, PUBLISHED, 50);
    check(is_near(items[5].false_discovery, items[6].false_discovery));
    check(is_near(items[6].false_discovery, 15 * 0.0298 / 7));
    for (size_t i = 1; i < PUBLISHED; i++)
        check(items[i].false_discovery >= items[i - 1].false_discovery);
}

static void the_more_were_judged_the_fewer_alert(void **state)
{
    (void)state;
    struct budget_item item = { .judged = 1000, .p_value = 1e-4 };
    budget_fill(&item, 1, 50);
    check(item.is_alert && is_near(item.false_discovery, 0.1));
    item.judged = 1001;
    budget_fill(&item, 1, 50);
    check(!item.is_alert && item.rank == 1);
    item.judged = 0; /* not told: at least itself */
    budget_fill(&item, 1, 50);
    check(item.is_alert && is_near(item.false_discovery, 1e-4));
}

static void a_day_has_its_budget_and_a_server_takes_one_place(void **state)
{
    (void)state;
    struct budget_item items[] = {
        { .day = 1, .subject = 7, .p_value = 1e-6 },
        { .day = 1, .subject = 8, .p_value = 0.9 },
        { .day = 1, .subject = 7, .test = 2, .p_value = 1e-5 },
        { .day = 2, .subject = 9, .p_value = 1e-5 },
        { .day = 1, .subject = 5, .p_value = 1e-5 },
        { .day = 1, .subject = 6, .p_value = 1e-5 },
    };
    budget_fill(items, sizeof items / sizeof *items, 2);
    check(items[0].rank == 1 && items[0].is_alert);
    check(items[1].rank == 4 && !items[1].is_alert); /* chance: after all others */
    check(items[2].rank == 1 && items[2].is_alert);  /* the server of the first */
    check(items[3].rank == 1 && items[3].is_alert);  /* another day */
    check(items[4].rank == 2 && items[4].is_alert);
    check(items[5].rank == 3 && !items[5].is_alert); /* beyond the budget */
    budget_fill(items, sizeof items / sizeof *items, 0);
    for (size_t i = 0; i < sizeof items / sizeof *items; i++)
        check(!items[i].is_alert);
}

TESTS(TEST(the_published_example_gives_the_published_shares),
      TEST(a_larger_value_that_passes_carries_the_smaller),
      TEST(the_more_were_judged_the_fewer_alert),
      TEST(a_day_has_its_budget_and_a_server_takes_one_place))
