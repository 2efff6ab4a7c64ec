// SPDX-License-Identifier: Apache-2.0
#include "example.h"

#define ALL_KINDS (UINT32_C(7) << INFORMATION_EQUIPMENT)

static const struct selector_demand one = { .items = 1,
                                            .item_kinds = ALL_KINDS,
                                            .directions = UINT32_MAX };
static const struct selector_demand two = { .basis = "a12",
                                            .article = "22(2)",
                                            .items = 2,
                                            .item_kinds = ALL_KINDS,
                                            .directions = 1U << DIRECTION_FD };

static bool holds(const char *condition, const struct selector_demand *demand)
{
    const struct selector *selector = read_condition(condition);
    check(selector);
    return selector_check(selector, demand, &fault);
}

static void two_pieces_are_asked_in_every_alternative(void **state)
{
    (void)state;
    check(holds(GOOD, &one));
    check(!holds(GOOD, &two));
    assert_string_equal(fault.article, "22(2)");
    check(strstr(fault.words, "address of equipment alone, where it asks for 2"));
    check(holds(GOOD " and certificate in list \"b\"", &two));
    check(!holds("(" GOOD " and certificate in list \"b\") or domain in list \"c\"", &two));
    check(holds(GOOD " and (certificate in list \"b\" or beacon)", &two));
    check(!holds(GOOD " and (certificate in list \"b\" or server-port is 80)", &two));
}

static void the_same_piece_twice_is_one(void **state)
{
    (void)state;
    check(!holds(GOOD " and server in list \"b\"", &two));
    check(!holds(GOOD " and endpoint in list \"b\"", &two));
    check(!holds("ja3 in list \"a\" and ja4 in list \"b\"", &two));
}

static void not_and_fields_select_nothing(void **state)
{
    (void)state;
    static const char *const conditions[] = {
        "not " GOOD,
        "server-port is 443",
        GOOD " or not domain in list \"b\"",
        GOOD " or server-port is 443",
        "not (not server-port is 1 and beacon)",
    };
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
        check(!holds(conditions[i], &one));
        check(strstr(fault.words, "they do not select"));
    }
    check(holds(GOOD " and not domain in list \"b\"", &one));
    check(!holds(GOOD " and not domain in list \"b\"", &two));
    check(holds("not (not " GOOD " or not beacon)", &two)); /* both, said otherwise */
}

static void different_kinds_may_be_asked(void **state)
{
    (void)state;
    struct selector_demand kinds = two;
    kinds.kinds = 2;
    check(holds(GOOD " and domain in list \"b\"", &two));
    check(!holds(GOOD " and domain in list \"b\"", &kinds));
    check(strstr(fault.words, "different kinds"));
    check(holds(GOOD " and alert in list \"b\"", &kinds));
    kinds.item_kinds = 1U << INFORMATION_EQUIPMENT;
    check(!holds(GOOD " and alert in list \"b\"", &kinds));
}

static void scope_and_basis_are_the_demand_s(void **state)
{
    (void)state;
    struct selector_demand other = one;
    other.basis = "a17";
    other.directions = 1U << DIRECTION_FF;
    check(!holds(GOOD, &other));
    check(strstr(fault.words, "foreign-to-domestic, which basis a17 does not cover"));
    const struct selector *selector =
        read_text(HEAD "basis \"a33\" " SCOPE "when " GOOD " " TAIL);
    check(selector && !selector_check(selector, &two, &fault));
    check(strstr(fault.words, "for basis \"a33\", not for a12"));
    selector = read_text(HEAD "scope own-network reveals line when " GOOD " " TAIL);
    check(selector && selector_check(selector, &one, &fault));
    check(!selector_check(selector, &two, &fault));
}

static void lines_and_purposes_are_the_basis_s(void **state)
{
    (void)state;
    static const char *const purposes[] = { "exercise", "own-defence" };
    struct selector_demand demand = one;
    const struct selector *selector =
        read_text(HEAD "scope own-network reveals line when " GOOD " " TAIL);
    check(selector && selector_check(selector, &demand, &fault));
    demand.lines_hidden = true;
    check(!selector_check(selector, &demand, &fault));
    check(strstr(fault.words, "no line be told in clear"));
    demand.lines_hidden = false;
    demand.purposes = purposes;
    demand.purpose_count = 2;
    check(selector_check(selector, &demand, &fault));
    demand.purpose_count = 1;
    check(!selector_check(selector, &demand, &fault));
    check(strstr(fault.words, "\"own-defence\" is no purpose"));
}

static bool holds_sampled(const char *rate, const char *condition)
{
    char room[1024];
    struct text text = text_over(room, sizeof room);
    text_format(&text, "%s%ssampling %s when %s %s", HEAD, SCOPE, rate, condition, TAIL);
    const struct selector *selector = read_text(room);
    check(selector);
    return selector_check(selector, &one, &fault);
}

static void what_sampling_hides_is_not_asked(void **state)
{
    (void)state;
    check(holds_sampled("up to 1:1000", "beacon"));
    check(!holds_sampled("up to 1:1001", "beacon"));
    check(strstr(fault.words, "beacon cannot be measured where fewer packets than 1 in 1000"));
    check(holds_sampled("up to 1:1000", "scan"));
    check(!holds_sampled("up to 1:1001", "scan"));
    check(!holds_sampled("up to 1:2", "guess"));
    check(holds_sampled("up to 1:1", GOOD " and packets <= 3"));
    check(!holds_sampled("up to 1:2", GOOD " and packets <= 3"));
    check(holds_sampled("up to 1:1000", GOOD " and packets >= 3"));
    check(holds_sampled("up to 1:1000", GOOD " and not packets <= 3"));
    check(!holds_sampled("up to 1:1000", GOOD " and not packets >= 3"));
    check(!holds_sampled("up to 1:1000", "not (not " GOOD " or packets >= 3)"));
    check(!holds_sampled("up to 1:2", GOOD " and octets in (3, 4)"));
    check(holds_sampled("up to 1:1000", GOOD " and server-port <= 1023"));
    check(holds_sampled("any-rate", GOOD " and server-port <= 1023"));
    check(!holds_sampled("any-rate", GOOD " and packets <= 3"));
    check(!holds_sampled("any-rate", "beacon"));
}

static void ways_and_cost_are_counted(void **state)
{
    (void)state;
    struct selector_cost cost;
    const struct selector *selector =
        read_condition("(server in list \"a\" or beacon or scan) and (domain in list \"b\" or "
                       "ja4 in list \"c\")");
    check(selector);
    selector_measure(selector, &cost);
    check_equal(cost.alternatives, 6);
    check_equal(cost.items_min, 2);
    check_equal(cost.tests_max, 5);
    check_equal(cost.servers_per_day_max, 50);
    check(!cost.can_reveal_line);
    check_equal(cost.kinds, 1U << INFORMATION_EQUIPMENT | 1U << INFORMATION_OTHER);
}

TESTS(TEST(two_pieces_are_asked_in_every_alternative), TEST(the_same_piece_twice_is_one),
      TEST(not_and_fields_select_nothing), TEST(different_kinds_may_be_asked),
      TEST(scope_and_basis_are_the_demand_s), TEST(lines_and_purposes_are_the_basis_s),
      TEST(what_sampling_hides_is_not_asked), TEST(ways_and_cost_are_counted))
