// SPDX-License-Identifier: Apache-2.0
#include "model/finding.h"

#include <string.h>

#include "check.h"

static void the_shares_of_all_behaviours_are_the_whole(void **state)
{
    (void)state;
    unsigned whole = 0;
    for (size_t i = 0; i < BEHAVIOURS; i++)
        whole += behaviour_trait((enum behaviour)i)->share;
    check_equal(whole, 64);
}

static void a_finding_carries_the_rule_of_its_behaviour(void **state)
{
    (void)state;
    for (size_t i = 0; i < BEHAVIOURS; i++)
        for (size_t shape = 0; shape < SHAPES; shape++) {
            struct sighting sighting = { .behaviour = (enum behaviour)i,
                                         .shape = (uint8_t)shape };
            bool is_of_another = (shape == SHAPE_REFLECTOR && i != BEHAVIOUR_FLOOD) ||
                                 (shape == SHAPE_BACKSCATTER && i != BEHAVIOUR_DARK);
            if (is_of_another)
                continue;
            const struct finding_trait *finding = finding_trait(finding_kind_of(&sighting));
            const struct behaviour_trait *behaviour = behaviour_trait((enum behaviour)i);
            check(strcmp(finding->rule, behaviour->rule) == 0);
            check(strncmp(behaviour->rule, behaviour->name, strlen(behaviour->name)) == 0);
        }
}

static void no_two_kinds_of_findings_share_a_name_or_prefix(void **state)
{
    (void)state;
    for (size_t i = 0; i < FINDING_KINDS; i++)
        for (size_t j = 0; j < i; j++) {
            const struct finding_trait *a = finding_trait((enum finding_kind)i);
            const struct finding_trait *b = finding_trait((enum finding_kind)j);
            check(strcmp(a->name, b->name) != 0 && strcmp(a->id, b->id) != 0);
        }
}

TESTS(TEST(the_shares_of_all_behaviours_are_the_whole),
      TEST(a_finding_carries_the_rule_of_its_behaviour),
      TEST(no_two_kinds_of_findings_share_a_name_or_prefix))
