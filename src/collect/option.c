// SPDX-License-Identifier: Apache-2.0
/* Options data, as far as it is of sampling: scope and other fields alike, as vendors put the
 * sampler's number in either.  All other options are counted only. */
#include "collect/reading_private.h"

static const uint64_t sampling = (UINT64_C(1) << SLOT_RATE) | (UINT64_C(1) << SLOT_INTERVAL) |
                                 (UINT64_C(1) << SLOT_SPACE) | (UINT64_C(1) << SLOT_SIZE) |
                                 (UINT64_C(1) << SLOT_POPULATION) |
                                 (UINT64_C(1) << SLOT_PROBABILITY);

static double float_of(enum slot_form form, uint64_t number)
{
    if (form == FORM_FLOAT32) {
        uint32_t word = (uint32_t)number;
        float single;
        memcpy(&single, &word, sizeof single);
        return (double)single;
    }
    double value;
    memcpy(&value, &number, sizeof value);
    return value;
}

static uint32_t word_of(const struct record *record, enum slot slot)
{
    uint64_t number = record->numbers[slot];
    return number <= UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

void option_take(struct reading *reading, const struct plan *plan, const struct record *record)
{
    reading->records++;
    reading->options++;
    if (plan_has(plan, SLOT_SYSTEM_INIT))
        *reading->system_init_ms = record->numbers[SLOT_SYSTEM_INIT];
    if ((plan->has & sampling) == 0)
        return;
    struct sampling_option option = {
        .selector = record->numbers[SLOT_SELECTOR],
        .interface = word_of(record, SLOT_INGRESS),
        .has_selector = plan_has(plan, SLOT_SELECTOR),
        .has_interface = plan_has(plan, SLOT_INGRESS),
        .interval = word_of(record, SLOT_RATE),
        .packet_interval = word_of(record, SLOT_INTERVAL),
        .packet_space = word_of(record, SLOT_SPACE),
        .size = word_of(record, SLOT_SIZE),
        .population = word_of(record, SLOT_POPULATION),
    };
    if (plan_has(plan, SLOT_PROBABILITY))
        option.probability = float_of((enum slot_form)plan->forms[SLOT_PROBABILITY],
                                      record->numbers[SLOT_PROBABILITY]);
    option.is_selector_algorithm = plan_has(plan, SLOT_SELECTOR_ALGORITHM);
    option.has_algorithm = option.is_selector_algorithm || plan_has(plan, SLOT_ALGORITHM);
    option.algorithm =
        (uint16_t)record
            ->numbers[option.is_selector_algorithm ? SLOT_SELECTOR_ALGORITHM : SLOT_ALGORITHM];
    exporter_take_sampling(reading->exporter, &option);
}
