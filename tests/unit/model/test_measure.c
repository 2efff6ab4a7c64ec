// SPDX-License-Identifier: Apache-2.0
#include "model/measure.h"

#include "check.h"

static void every_measure_has_a_name_a_unit_and_words(void **state)
{
    (void)state;
    for (unsigned id = 0; id < MEASURES; id++) {
        const struct measure_kind *kind = measure_kind((enum measure_id)id);
        check(kind->name[0] != '\0' && kind->unit != NULL);
        check(kind->meaning_en[0] != '\0' && kind->meaning_ja[0] != '\0');
    }
}

static void small_spreads_and_large_counts_speak_for_a_finding(void **state)
{
    (void)state;
    struct measure spread = { .id = MEASURE_INTERVAL_SPREAD, .value = 0.2, .threshold = 0.5 };
    struct measure targets = { .id = MEASURE_TARGETS, .value = 20, .threshold = 50 };
    check(measure_is_met(&spread) && !measure_is_met(&targets));
    spread.value = 0.6;
    targets.value = 50;
    check(!measure_is_met(&spread) && measure_is_met(&targets));
}

TESTS(TEST(every_measure_has_a_name_a_unit_and_words),
      TEST(small_spreads_and_large_counts_speak_for_a_finding))
