// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <stdlib.h>

#include "base/time.h"
#include "cmd/inspect.h"

/* What is worth telling.  docs/flow-exports.md gives the reasons. */
#define TEMPLATE_RARE_NS (600 * TIME_SECOND_NS)
#define CLOCK_OFF_NS (2 * TIME_SECOND_NS)
#define LONG_FLOW_NS (330 * TIME_SECOND_NS)
#define DRIFT_PPM 200.0
#define REPEATED_SHARE 0.01

static void note_field(struct inspect_fields *fields, const struct template_field_view *field)
{
    fields->unknown += field->element == NULL;
    uint16_t id = field->key.id;
    enum { CERT = 6871, CERT_REVERSE = 0x4000, INITIAL_FLAGS = 14, UNION_FLAGS = 15 };
    uint16_t forward = (uint16_t)(id & ~CERT_REVERSE);
    fields->has_flags |=
        field->key.enterprise == CERT && (forward == INITIAL_FLAGS || forward == UNION_FLAGS);
    if (field->key.enterprise != 0)
        return;
    fields->has_addresses |=
        id == 8 || id == 12 || id == 27 || id == 28 || id == 313 || id == 314 || id == 315;
    fields->has_interfaces |= id == 10 || id == 14 || id == 252 || id == 253;
    fields->has_direction |= id == 61 || id == 239;
    fields->has_flags |= id == 6;
    fields->has_sampler |= id == 48 || id == 302 || id == 34 || id == 305;
    fields->has_times |=
        id == 21 || id == 22 || (id >= 150 && id <= 161) || (id >= 322 && id <= 325);
    bool is_octets = id == 1 || id == 23 || id == 85 || id == 231 || id == 232;
    fields->has_short_octets |= is_octets && field->octets <= 4;
}

/* How often a template comes; datagrams only, for the others need not repeat it. */
static void note_refresh(struct inspect_exporter *exporter, const struct template_view *view)
{
    struct inspect_fields *fields = &exporter->fields;
    int64_t span_ns = exporter->view.last_ns - view->first_ns;
    if (view->first_ns == 0 || exporter->view.session != 0)
        return;
    uint32_t times = view->refreshed;
    int64_t every_ns = times > 0 ? (view->received_ns - view->first_ns) / times : 0;
    if (times == 0 && span_ns > TEMPLATE_RARE_NS)
        every_ns = span_ns;
    if (every_ns <= fields->rarest_ns)
        return;
    fields->rarest_ns = every_ns;
    fields->rarest_id = view->id;
    fields->came_once = times == 0;
}

static void note_template(struct inspect_exporter *exporter, size_t i,
                          const struct template_view *view)
{
    struct inspect_fields *fields = &exporter->fields;
    note_refresh(exporter, view);
    if (view->changed > 0) {
        fields->changed += view->changed;
        fields->changed_id = view->id;
    }
    if (view->is_options) {
        fields->options_templates++;
        return;
    }
    fields->data_templates++;
    struct template_field_view field;
    for (size_t at = 0;
         collect_template_field(exporter->collect, exporter->index, i, at, &field); at++)
        note_field(fields, &field);
}

static bool speaks_in_templates(const struct inspect_exporter *exporter)
{
    return exporter->view.protocol == EXPORT_NETFLOW9 ||
           exporter->view.protocol == EXPORT_IPFIX;
}

static void tell(struct inspect_exporter *exporter, enum inspect_kind kind, struct slot a,
                 struct slot b, struct slot c)
{
    exporter->problems[exporter->problem_count++] =
        (struct inspect_problem){ kind, { a, b, c } };
}

static struct slot none(void)
{
    return slot_words("");
}

static void judge_sampling(struct inspect_exporter *exporter)
{
    const struct exporter_view *view = &exporter->view;
    uint64_t flows = exporter->seen.flows + exporter->seen.samples;
    bool rates_differ = view->samplers_held > 1 && !exporter->fields.has_sampler;
    if (view->rate_unknown > 0)
        tell(exporter, rates_differ ? INSPECT_SAMPLERS_UNNAMED : INSPECT_RATE_UNKNOWN,
             slot_count(view->rate_unknown), slot_count(flows),
             slot_count(view->samplers_held));
    if (view->rate_changes > 0)
        tell(exporter, INSPECT_RATE_CHANGED, slot_count(view->rate_changes),
             slot_time(view->rate_changed_ns), none());
}

static struct slot faults_of(const struct exporter_view *view)
{
    struct slot slot = { 0 };
    struct text text = text_over(slot.at, sizeof slot.at);
    for (size_t fault = 1; fault < FAULT_KINDS; fault++) {
        if (view->faults[fault] > 0)
            text_format(&text, "%s%s %s", text.len > 0 ? ", " : "",
                        fault_name((enum fault)fault), slot_count(view->faults[fault]).at);
    }
    return slot;
}

static void judge_messages(struct inspect_exporter *exporter)
{
    const struct exporter_view *view = &exporter->view;
    double arrived = (double)(view->records + view->samples);
    if (view->lost_flows >= 0.5) /* messages of templates alone are no loss of flows */
        tell(exporter, INSPECT_LOST, slot_number(round(view->lost_flows)),
             slot_percent(view->lost_flows / (view->lost_flows + arrived + 1e-9)),
             slot_count(view->gaps));
    if ((double)view->repeated > REPEATED_SHARE * (double)view->messages)
        tell(exporter, INSPECT_REPEATED, slot_count(view->repeated), slot_count(view->messages),
             none());
    if (view->resets > view->boots)
        tell(exporter, INSPECT_RESETS, slot_count(view->resets), slot_count(view->boots),
             none());
    uint64_t faults = 0;
    for (size_t fault = 1; fault < FAULT_KINDS; fault++)
        faults += view->faults[fault];
    if (faults > 0)
        tell(exporter, INSPECT_UNREADABLE, slot_count(faults), faults_of(view), none());
    if (view->counts_otherwise)
        tell(exporter, INSPECT_COUNTS_OTHERWISE, none(), none(), none());
    if (view->boots > 0)
        tell(exporter, INSPECT_BOOTED, slot_count(view->boots), none(), none());
    if (view->port_changes > 0)
        tell(exporter, INSPECT_PORT_CHANGED, slot_count(view->port_changes), none(), none());
}

static void judge_templates(struct inspect_exporter *exporter, enum report_language language)
{
    const struct inspect_fields *fields = &exporter->fields;
    const struct exporter_view *view = &exporter->view;
    struct slot id = slot_count(fields->rarest_id);
    if (view->without_template > view->replayed)
        tell(exporter, INSPECT_NO_TEMPLATE, slot_count(view->without_template),
             slot_count(view->replayed), slot_octets(view->pending_lost_octets));
    if (fields->rarest_ns > TEMPLATE_RARE_NS)
        tell(exporter, fields->came_once ? INSPECT_TEMPLATE_ONCE : INSPECT_TEMPLATE_RARE, id,
             slot_span(fields->rarest_ns, language), none());
    if (fields->changed > 0)
        tell(exporter, INSPECT_TEMPLATE_CHANGED, slot_count(fields->changed_id),
             slot_count(fields->changed), none());
    if (fields->unknown > 0)
        tell(exporter, INSPECT_UNKNOWN_ELEMENTS, slot_count(fields->unknown), none(), none());
}

static void judge_fields(struct inspect_exporter *exporter)
{
    const struct inspect_fields *fields = &exporter->fields;
    if (!speaks_in_templates(exporter) || fields->data_templates == 0)
        return;
    const struct {
        bool is_wrong;
        enum inspect_kind kind;
    } tests[] = {
        { !fields->has_addresses, INSPECT_NO_ADDRESSES },
        { !fields->has_times, INSPECT_NO_TIMES },
        { !fields->has_interfaces, INSPECT_NO_INTERFACES },
        { !fields->has_flags, INSPECT_NO_FLAGS },
        { fields->has_short_octets && exporter->view.rate_most <= 1, INSPECT_SHORT_COUNTERS },
        { !fields->has_direction, INSPECT_NO_DIRECTION },
    };
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        if (tests[i].is_wrong)
            tell(exporter, tests[i].kind, none(), none(), none());
    }
}

static void judge_clock(struct inspect_exporter *exporter, enum report_language language)
{
    const struct exporter_view *view = &exporter->view;
    int64_t off_ns = view->has_clock ? llabs(view->clock_error_ns) : 0;
    if (off_ns > CLOCK_OFF_NS)
        tell(exporter, view->clock_error_ns > 0 ? INSPECT_CLOCK_AHEAD : INSPECT_CLOCK_BEHIND,
             slot_span(off_ns, language), none(), none());
    if (fabs(view->clock_drift_ppm) > DRIFT_PPM)
        tell(exporter, INSPECT_CLOCK_DRIFT, slot_number(round(view->clock_drift_ppm)),
             slot_number(view->clock_drift_ppm * 0.0864), none());
    if (view->clock_steps > 0)
        tell(exporter, INSPECT_CLOCK_SET, slot_count(view->clock_steps), none(), none());
    if (view->wraps > 0)
        tell(exporter, INSPECT_UPTIME_WRAPPED, slot_count(view->wraps), none(), none());
    uint64_t other = view->impossible_times - view->ends_before_start;
    if (other > 0)
        tell(exporter, INSPECT_IMPOSSIBLE_TIMES, slot_count(other), none(), none());
    if (view->ends_before_start > 0)
        tell(exporter, INSPECT_END_BEFORE_START, slot_count(view->ends_before_start), none(),
             none());
    if (exporter->seen.implausible > 0)
        tell(exporter, INSPECT_IMPLAUSIBLE, slot_count(exporter->seen.implausible),
             slot_count(exporter->seen.flows), none());
    if (exporter->seen.longest_ns > LONG_FLOW_NS)
        tell(exporter, INSPECT_LONG_FLOWS, slot_span(exporter->seen.longest_ns, language),
             none(), none());
}

static int worst_first(const void *a, const void *b)
{
    enum inspect_kind one = ((const struct inspect_problem *)a)->kind;
    enum inspect_kind other = ((const struct inspect_problem *)b)->kind;
    int weight = (int)inspect_weight(other) - (int)inspect_weight(one);
    return weight != 0 ? weight : (int)one - (int)other;
}

bool inspect_judge(struct inspect_exporter *exporter, enum report_language language)
{
    if (!collect_exporter(exporter->collect, exporter->index, &exporter->view))
        return false;
    exporter->fields = (struct inspect_fields){ 0 };
    exporter->problem_count = 0;
    struct template_view view;
    for (size_t i = 0; collect_template(exporter->collect, exporter->index, i, &view); i++)
        note_template(exporter, i, &view);
    judge_sampling(exporter);
    judge_messages(exporter);
    judge_templates(exporter, language);
    judge_fields(exporter);
    judge_clock(exporter, language);
    if (exporter->view.protocol == EXPORT_NETFLOW5)
        tell(exporter, INSPECT_NETFLOW5, none(), none(), none());
    qsort(exporter->problems, exporter->problem_count, sizeof *exporter->problems, worst_first);
    return true;
}
