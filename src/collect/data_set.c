// SPDX-License-Identifier: Apache-2.0
#include "collect/lists_private.h"
#include "collect/sets_private.h"

enum { PADDING_MAX = 3 }; /* RFC 3954 5.3 fills sets up to 4 octets */

/* Captures may tell any time of receipt: what is before 1970 or after 2116 is not believed, so
 * that these can be subtracted. */
int64_t reading_now_ns(const struct reading *reading)
{
    int64_t received_ns = reading->message->received_ns;
    return received_ns > 0 && received_ns <= INT64_MAX / 2 ? received_ns
                                                           : reading->head->export_ns;
}

static void take(struct reading *reading, const struct template *template,
                 const struct record *record)
{
    if (template->is_options)
        option_take(reading, &template->plan, record);
    else
        record_take(reading, &template->plan, record);
}

static COLD void take_listed(struct reading *reading, const struct template *template,
                             struct bytes octets, const struct record *record)
{
    struct listed listed;
    lists_read(reading, template, octets, record, &listed);
    record_take(reading, &listed.plan, &listed.record);
}

static uint64_t read_fixed(struct reading *reading, const struct template *template,
                           struct cursor set, struct record *record)
{
    const struct plan *plan = &template->plan;
    const struct step *steps = template_steps(reading->collect->templates, template);
    uint64_t records = 0;
    for (; set.left >= plan->octets; records++) {
        plan_move(plan, steps, set.at, record);
        take(reading, template, record);
        cursor_skip(&set, plan->octets);
    }
    return records;
}

/* Where the least record is no longer than padding, zeros at the end are padding. */
static bool is_padding(struct bytes rest)
{
    static const uint8_t zeros[PADDING_MAX];
    return rest.len <= PADDING_MAX && memcmp(rest.at, zeros, rest.len) == 0;
}

static uint64_t read_variable(struct reading *reading, const struct template *template,
                              struct cursor *set, struct record *record)
{
    const struct plan *plan = &template->plan;
    const struct step *steps = template_steps(reading->collect->templates, template);
    bool has_lists = plan->has_lists && !template->is_options;
    uint64_t records = 0;
    for (; set->left >= plan->octets && !is_padding(cursor_rest(set)); records++) {
        struct bytes rest = cursor_rest(set);
        plan_move_variable(plan, steps, set, record);
        if (set->broken)
            break;
        if (has_lists)
            take_listed(reading, template, (struct bytes){ rest.at, rest.len - set->left },
                        record);
        else
            take(reading, template, record);
    }
    return records;
}

static enum fault read_records(struct reading *reading, struct template *template,
                               struct cursor set)
{
    struct record record;
    memset(&record, 0, sizeof record);
    templates_use(reading->collect->templates, template);
    if (!template->plan.is_variable) {
        template->records += read_fixed(reading, template, set, &record);
        return FAULT_NONE;
    }
    template->records += read_variable(reading, template, &set, &record);
    return set.broken ? FAULT_TRUNCATED : FAULT_NONE;
}

static void wait(struct reading *reading, uint16_t id, struct cursor set)
{
    struct templates *templates = reading->collect->templates;
    struct waiting waiting = {
        .exporter = exporter_number(reading->exporter),
        .id = id,
        .now_ns = reading_now_ns(reading),
        .message = *reading->message,
        .head = *reading->head,
    };
    waiting.message.octets = (struct bytes){ NULL, 0 };
    owner_of(templates, waiting.exporter)->without_template++;
    reading->is_unsure = true;
    (void)pending_put(templates, &waiting, cursor_rest(&set));
}

enum fault data_set_read(struct reading *reading, uint16_t id, struct cursor set)
{
    struct template *template =
        templates_find(reading->collect->templates, exporter_number(reading->exporter), id,
                       reading_now_ns(reading));
    if (template)
        return read_records(reading, template, set);
    wait(reading, id, set);
    return FAULT_NONE;
}

void data_sets_replay(struct reading *reading, uint16_t id)
{
    struct templates *templates = reading->collect->templates;
    uint32_t exporter = exporter_number(reading->exporter);
    int64_t now_ns = reading_now_ns(reading);
    struct template *template = templates_find(templates, exporter, id, now_ns);
    const struct waiting *waiting;
    bool is_any = false;
    while (template && (waiting = pending_take(templates, exporter, id, now_ns))) {
        struct reading late = { .collect = reading->collect,
                                .exporter = reading->exporter,
                                .message = &waiting->message,
                                .head = &waiting->head,
                                .system_init_ms = reading->system_init_ms };
        exporter_replay(reading->exporter, &waiting->message, &waiting->head);
        /* By the time it came in the template may be too old or not have come: it is read with
         * the one at hand, and never waits again. */
        enum fault fault = read_records(&late, template, cursor_over(pending_octets(waiting)));
        if (fault)
            exporter_fault(reading->exporter, fault);
        exporter_count(reading->exporter, late.records - late.options - late.samples,
                       late.options, late.samples);
        pending_release(templates, waiting);
        owner_of(templates, exporter)->replayed++;
        is_any = true;
    }
    if (is_any)
        exporter_replay(reading->exporter, reading->message, reading->head);
}
