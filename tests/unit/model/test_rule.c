// SPDX-License-Identifier: Apache-2.0
#include "model/rule.h"

#include "check.h"

static struct rule_set set;

/* One rule over the first so many steps, from 10 to 20. */
static struct rule *one_rule(uint16_t steps)
{
    memset(&set, 0, sizeof set);
    set.rule_count = 1;
    set.step_count = steps;
    set.list_count = 1;
    set.rules[0] = (struct rule){ .from_ns = 10, .to_ns = 20, .step_count = steps };
    for (size_t i = 0; i < steps; i++)
        set.steps[i] = (struct rule_step){ .operation = RULE_LISTED };
    return &set.rules[0];
}

static void a_condition_that_leaves_one_result_is_sound(void **state)
{
    (void)state;
    (void)one_rule(1);
    check(rule_set_is_sound(&set));
    (void)one_rule(3);
    set.steps[2].operation = RULE_AND;
    check(rule_set_is_sound(&set));
    set.steps[2].operation = RULE_NOT;
    check(!rule_set_is_sound(&set)); /* two results */
    set.steps[0].operation = RULE_OR;
    check(!rule_set_is_sound(&set)); /* of nothing */
}

static void what_points_outside_is_not_sound(void **state)
{
    (void)state;
    one_rule(1)->step_first = 1;
    check(!rule_set_is_sound(&set));
    one_rule(1)->step_count = 2;
    check(!rule_set_is_sound(&set));
    (void)one_rule(1);
    set.steps[0].list = 1;
    check(!rule_set_is_sound(&set));
    set.steps[0].list = RULE_ANY_LIST;
    check(rule_set_is_sound(&set));
    set.steps[0].what = INDICATOR_KINDS;
    check(!rule_set_is_sound(&set));
    (void)one_rule(1);
    set.steps[0].operation = RULE_OPERATORS;
    check(!rule_set_is_sound(&set));
    (void)one_rule(1);
    set.rule_count = RULES_MAX + 1;
    check(!rule_set_is_sound(&set));
}

static void names_that_do_not_end_are_not_sound(void **state)
{
    (void)state;
    memset(one_rule(1)->mandate.warrant, 'x', WARRANT_SERIAL_MAX);
    check(!rule_set_is_sound(&set));
    (void)one_rule(1);
    memset(set.lists[0], 'x', LIST_NAME_MAX);
    check(!rule_set_is_sound(&set));
}

static void more_results_than_the_stack_has_are_not_sound(void **state)
{
    (void)state;
    enum { WAITING = RULE_DEPTH_MAX + 1 };
    (void)one_rule(2 * WAITING - 1);
    for (size_t i = WAITING; i < 2 * WAITING - 1; i++)
        set.steps[i].operation = RULE_AND;
    check(!rule_set_is_sound(&set));
}

static void a_period_holds_its_beginning_and_not_its_end(void **state)
{
    (void)state;
    (void)one_rule(1);
    check(!rule_set_is_live(&set, 9));
    check(rule_set_is_live(&set, 10));
    check(rule_set_is_live(&set, 19));
    check(!rule_set_is_live(&set, 20));
    check_equal(rule_set_boundary_after(&set, 0), 10);
    check_equal(rule_set_boundary_after(&set, 10), 20);
    check(rule_set_boundary_after(&set, 20) == INT64_MAX);
}

static void rules_that_ended_are_dropped(void **state)
{
    (void)state;
    (void)one_rule(1);
    set.rules[set.rule_count++] = (struct rule){ .from_ns = 20, .to_ns = 30, .step_count = 1 };
    check(!rule_set_drop_ended(&set, 19));
    check(rule_set_drop_ended(&set, 20));
    check_equal(set.rule_count, 1);
    check_equal(set.rules[0].from_ns, 20);
}

TESTS(TEST(a_condition_that_leaves_one_result_is_sound), TEST(what_points_outside_is_not_sound),
      TEST(names_that_do_not_end_are_not_sound),
      TEST(more_results_than_the_stack_has_are_not_sound),
      TEST(a_period_holds_its_beginning_and_not_its_end), TEST(rules_that_ended_are_dropped))
