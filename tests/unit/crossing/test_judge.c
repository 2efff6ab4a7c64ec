// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "crossing/crossing.h"

static struct rule_set set;
static struct crossing_terms terms;
static struct minimised_flow flow;
static struct minimised_sighting sighting;

static const struct mandate mandate = { BASIS_EXERCISE, "exercise", "EX-1", "lists" };

static int a_good_record(void **state)
{
    (void)state;
    set = (struct rule_set){ .rule_count = 1, .rules = { { .mandate = mandate } } };
    terms = (struct crossing_terms){ .rules = &set, .retention_latest_ns = 1000 };
    flow = (struct minimised_flow){
        .basis = BASIS_EXERCISE,
        .initiator = { .is_pseudonym = true, .place = PLACE_DOMESTIC },
        .responder = { .place = PLACE_FOREIGN, .address = ip_from_v4(0xc6336407) },
        .line_is_initiator = true,
        .why = { .hit_count = 1, .mandate = mandate },
        .retention_until_ns = 1000,
    };
    sighting = (struct minimised_sighting){
        .sighting = { .basis = BASIS_EXERCISE, .has_line = true },
        .server = { .place = PLACE_FOREIGN, .address = ip_from_v4(0xc6336407) },
        .line = { .is_pseudonym = true, .place = PLACE_DOMESTIC },
        .mandate = mandate,
        .retention_until_ns = 1,
    };
    return 0;
}

static void what_a_live_rule_selected_is_taken(void **state)
{
    (void)a_good_record(state);
    check(crossing_judge_flow(&terms, &flow) == CROSSING_TAKEN);
    check(crossing_judge_sighting(&terms, &sighting) == CROSSING_TAKEN);
    flow.why.hit_count = 0;
    flow.why.by_behaviour[BEHAVIOUR_SCAN] = true;
    check(crossing_judge_flow(&terms, &flow) == CROSSING_TAKEN);
}

static void what_nothing_selected_is_refused(void **state)
{
    (void)a_good_record(state);
    flow.why.hit_count = 0;
    check(crossing_judge_flow(&terms, &flow) == CROSSING_UNSELECTED);
}

static void what_no_rule_covers_is_refused(void **state)
{
    (void)a_good_record(state);
    set.rules[0].mandate.warrant[0] = 'X';
    check(crossing_judge_flow(&terms, &flow) == CROSSING_NO_RULE);
    check(crossing_judge_sighting(&terms, &sighting) == CROSSING_NO_RULE);
    set.rule_count = 0;
    check(crossing_judge_flow(&terms, &flow) == CROSSING_NO_RULE);
}

static void another_basis_than_the_mandate_is_refused(void **state)
{
    (void)a_good_record(state);
    flow.basis = BASIS_OWN;
    sighting.sighting.basis = BASIS_OWN;
    check(crossing_judge_flow(&terms, &flow) == CROSSING_OTHER_BASIS);
    check(crossing_judge_sighting(&terms, &sighting) == CROSSING_OTHER_BASIS);
}

static void a_line_in_clear_is_refused_where_the_basis_wants_pseudonyms(void **state)
{
    (void)a_good_record(state);
    flow.initiator.is_pseudonym = sighting.line.is_pseudonym = false;
    check(crossing_judge_flow(&terms, &flow) == CROSSING_IN_CLEAR);
    check(crossing_judge_sighting(&terms, &sighting) == CROSSING_IN_CLEAR);
    flow.line_is_initiator = false; /* whatever is said of it */
    check(crossing_judge_flow(&terms, &flow) == CROSSING_IN_CLEAR);
    terms.lines_in_clear = true;
    check(crossing_judge_flow(&terms, &flow) == CROSSING_TAKEN);
    check(crossing_judge_sighting(&terms, &sighting) == CROSSING_TAKEN);
}

static void a_record_without_an_end_of_its_keeping_is_refused(void **state)
{
    (void)a_good_record(state);
    flow.retention_until_ns = 1001;
    sighting.retention_until_ns = 0;
    check(crossing_judge_flow(&terms, &flow) == CROSSING_NO_RETENTION);
    check(crossing_judge_sighting(&terms, &sighting) == CROSSING_NO_RETENTION);
}

TESTS(TEST(what_a_live_rule_selected_is_taken), TEST(what_nothing_selected_is_refused),
      TEST(what_no_rule_covers_is_refused), TEST(another_basis_than_the_mandate_is_refused),
      TEST(a_line_in_clear_is_refused_where_the_basis_wants_pseudonyms),
      TEST(a_record_without_an_end_of_its_keeping_is_refused))
