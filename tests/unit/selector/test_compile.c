// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"
#include "example.h"

static struct rule_set set;

static bool compile(const char *condition)
{
    struct rule head = { .from_ns = INT64_MIN, .to_ns = INT64_MAX, .by_event_time = true };
    head.mandate.basis = BASIS_STATUTORY;
    const struct selector *selector = read_condition(condition);
    check(selector);
    return selector_compile(selector, &head, &set);
}

static int begin(void **state)
{
    (void)state;
    memset(&set, 0, sizeof set);
    return 0;
}

static void steps_are_in_postfix_order(void **state)
{
    (void)state;
    check(
        compile("server in list \"a\" and not (beacon(score >= 60) or server-port in (1, 2))"));
    check(rule_set_is_sound(&set));
    static const struct rule_step expected[] = {
        { RULE_LISTED, INDICATOR_ADDRESS, RULE_AT_SERVER, 0, 0, 0, 0 },
        { RULE_LISTED, INDICATOR_PREFIX, RULE_AT_SERVER, 0, 0, 0, 0 },
        { .operation = RULE_OR },
        { .operation = RULE_BEHAVIOUR, .what = BEHAVIOUR_BEACON, .low = 60 },
        { .operation = RULE_FIELD, .what = RULE_SERVER_PORT, .low = 1, .high = 1 },
        { .operation = RULE_FIELD, .what = RULE_SERVER_PORT, .low = 2, .high = 2 },
        { .operation = RULE_OR },
        { .operation = RULE_OR },
        { .operation = RULE_NOT },
        { .operation = RULE_AND },
        { .operation = RULE_FIELD,
          .what = RULE_DIRECTION,
          .low = DIRECTION_FD,
          .high = DIRECTION_FD },
        { .operation = RULE_AND },
    };
    check_equal(set.step_count, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < set.step_count; i++) {
        check_equal(set.steps[i].operation, expected[i].operation);
        check_equal(set.steps[i].what, expected[i].what);
        check_equal(set.steps[i].where, expected[i].where);
        check_equal(set.steps[i].low, expected[i].low);
        check_equal(set.steps[i].high, expected[i].high);
    }
}

static void the_rule_has_what_the_selector_says(void **state)
{
    (void)state;
    check(compile("server in list \"a\" and certificate in list \"b\""));
    const struct rule *rule = &set.rules[0];
    assert_string_equal(rule->mandate.selector, "x");
    check_equal(rule->mandate.basis, BASIS_STATUTORY);
    check(rule->by_event_time);
    check_equal(rule->items, 2);
    check_equal(rule->kinds, 1U << INFORMATION_EQUIPMENT | 1U << INFORMATION_OTHER);
    check_equal(rule->sampling_max, 1);
    check_equal(rule->servers_per_day_max, 50);
    check(rule->retention_span_ns == 30 * TIME_DAY_NS);
    check(rule->to_ns - rule->from_ns == 180 * TIME_DAY_NS);
    check_equal(set.list_count, 2);
    check(compile("domain in list \"b\""));
    check_equal(set.list_count, 2);
    check_equal(set.rule_count, 2);
    check(rule_set_is_sound(&set));
}

static void the_shorter_of_both_periods_counts(void **state)
{
    (void)state;
    const struct selector *selector = read_condition(GOOD);
    int64_t from_ns = 0, to_ns = 0;
    check(time_read(BYTES("2027-05-01"), &from_ns) && time_read(BYTES("2027-06-01"), &to_ns));
    struct rule head = { .from_ns = from_ns, .to_ns = to_ns };
    check(selector_compile(selector, &head, &set));
    check(set.rules[0].from_ns == from_ns && set.rules[0].to_ns == to_ns);
}

/* As deep as the language goes, the stacks of rules hold. */
static void the_deepest_condition_is_sound(void **state)
{
    (void)state;
    char room[2048];
    struct text text = text_over(room, sizeof room);
    for (size_t i = 0; i < 8; i++)
        text_format(&text, "%s %s (", i % 2 ? "beacon" : "server in list \"a\"",
                    i % 2 ? "and" : "or");
    text_put_string(&text, "scan or address in list \"b\"");
    for (size_t i = 0; i < 8; i++)
        text_put_char(&text, ')');
    check(compile(room));
    check(rule_set_is_sound(&set));
}

static void a_full_set_takes_nothing_and_stays_as_it_was(void **state)
{
    (void)state;
    size_t count = 0;
    while (compile("server in list \"a\" and server-port in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)"))
        count++;
    check(count > 0 && count < RULES_MAX);
    check_equal(set.rule_count, count);
    check(rule_set_is_sound(&set));
    while (compile("beacon"))
        count++;
    check_equal(set.rule_count, count);
    check(rule_set_is_sound(&set));
}

#define IN_SET(function)                                              \
    {                                                                 \
        .name = #function, .test_func = function, .setup_func = begin \
    }
TESTS(IN_SET(steps_are_in_postfix_order), IN_SET(the_rule_has_what_the_selector_says),
      IN_SET(the_shorter_of_both_periods_counts), IN_SET(the_deepest_condition_is_sound),
      IN_SET(a_full_set_takes_nothing_and_stays_as_it_was))
