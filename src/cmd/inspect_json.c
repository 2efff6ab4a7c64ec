// SPDX-License-Identifier: Apache-2.0
#include <jansson.h>
#include <math.h>

#include "base/time.h"
#include "base/utf8.h"
#include "cmd/inspect.h"

/* What jansson refuses makes a NULL, which json_pack and json_object_set_new pass on as
 * failure: one test at the end is enough. */

struct inspect_json {
    json_t *exporters;
    bool is_good;
};

static json_t *of_count(uint64_t count)
{
    return json_integer(count > INT64_MAX ? INT64_MAX : (json_int_t)count);
}

static json_t *of_number(double number)
{
    return isfinite(number) ? json_real(number) : json_null();
}

static json_t *of_time(int64_t time_ns)
{
    if (time_ns == 0)
        return json_null();
    char room[TIME_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    time_write(time_ns, 9, &text);
    return json_string(text.at);
}

static json_t *of_address(const struct ip_address *address)
{
    if (ip_is_zero(address))
        return json_null();
    char room[IP_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    ip_write(address, &text);
    return json_string(text.at);
}

static json_t *of_field(const struct template_field_view *field)
{
    const char *enterprise = element_enterprise_name(field->key.enterprise);
    bool is_netflow9 = field->key.enterprise == ELEMENT_NETFLOW9;
    json_t *name = field->element ? json_string(field->element->name) : json_null();
    return json_pack("{s:o, s:o, s:s?, s:i, s:o, s:b, s:b}", "name", name, "enterprise",
                     is_netflow9 ? json_null() : json_integer(field->key.enterprise),
                     "enterprise_name", enterprise, "id", (int)field->key.id, "octets",
                     field->octets == UINT16_MAX ? json_null() : json_integer(field->octets),
                     "scope", (int)field->is_scope, "used", (int)field->is_used);
}

static json_t *of_template(const struct inspect_exporter *exporter, size_t i,
                           const struct template_view *view)
{
    json_t *fields = json_array();
    struct template_field_view field;
    for (size_t at = 0;
         collect_template_field(exporter->collect, exporter->index, i, at, &field); at++)
        (void)json_array_append_new(fields, of_field(&field));
    return json_pack("{s:i, s:b, s:i, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "id", (int)view->id,
                     "options", (int)view->is_options, "record_octets",
                     (int)view->record_octets, "variable", (int)view->is_variable, "records",
                     of_count(view->records), "refreshed", of_count(view->refreshed), "changed",
                     of_count(view->changed), "first_at", of_time(view->first_ns), "last_at",
                     of_time(view->received_ns), "fields", fields);
}

static json_t *of_templates(const struct inspect_exporter *exporter)
{
    json_t *list = json_array();
    struct template_view view;
    for (size_t i = 0; collect_template(exporter->collect, exporter->index, i, &view); i++)
        (void)json_array_append_new(list, of_template(exporter, i, &view));
    return list;
}

static json_t *of_sampling(const struct inspect_exporter *exporter)
{
    const struct exporter_view *view = &exporter->view;
    json_t *list = json_array();
    struct sampler_view sampler;
    for (size_t i = 0; collect_sampler(exporter->collect, exporter->index, i, &sampler); i++)
        (void)json_array_append_new(
            list, json_pack("{s:o, s:b, s:o, s:s}", "id", of_count(sampler.selector),
                            "interface", (int)sampler.is_interface, "rate",
                            of_count(sampler.rate), "method", sampler.method));
    return json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "rate_least",
                     view->rate_most > 0 ? of_count(view->rate_least) : json_null(),
                     "rate_most", view->rate_most > 0 ? of_count(view->rate_most) : json_null(),
                     "origin", sampling_origin_name((enum sampling_origin)view->rate_origin),
                     "flows_unknown", of_count(view->rate_unknown), "changes",
                     of_count(view->rate_changes), "changed_at", of_time(view->rate_changed_ns),
                     "samplers", list);
}

static json_t *of_sequence(const struct exporter_view *view)
{
    return json_pack("{s:s, s:b, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "counts",
                     view->lost_in_messages ? "messages" : "records", "learnt",
                     (int)view->counts_otherwise, "own", (int)view->counts_own, "options",
                     (int)view->counts_options, "gaps", of_count(view->gaps), "lost",
                     of_count(view->lost_units), "lost_flows", of_number(view->lost_flows),
                     "late", of_count(view->late), "repeated", of_count(view->repeated),
                     "resets", of_count(view->resets));
}

static json_t *of_clock(const struct exporter_view *view)
{
    json_t *error = view->has_clock
                        ? of_number((double)view->clock_error_ns / (double)TIME_SECOND_NS)
                        : json_null();
    return json_pack("{s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "error_s", error,
                     "drift_ppm", of_number(view->clock_drift_ppm), "corrected",
                     (int)view->is_clock_corrected, "steps", of_count(view->clock_steps),
                     "uptime_ms", of_count(view->uptime_ms), "boots", of_count(view->boots),
                     "wraps", of_count(view->wraps), "impossible_times",
                     of_count(view->impossible_times), "ends_before_start",
                     of_count(view->ends_before_start));
}

static json_t *of_faults(const struct exporter_view *view)
{
    json_t *faults = json_object();
    for (size_t fault = 1; fault < FAULT_KINDS; fault++) {
        if (view->faults[fault] > 0)
            (void)json_object_set_new(faults, fault_name((enum fault)fault),
                                      of_count(view->faults[fault]));
    }
    return faults;
}

static json_t *of_part(const struct inspect_problem *problem, enum inspect_part part,
                       enum report_language language)
{
    char room[2048], clean_room[2048];
    struct text text = text_over(room, sizeof room);
    struct text clean = text_over(clean_room, sizeof clean_room);
    phrase_fill_words(&text, inspect_words(problem->kind, part, language), problem->slots);
    utf8_put_clean(&clean, text_bytes(&text));
    return json_stringn(clean.at, clean.len);
}

static json_t *of_problems(const struct inspect_exporter *exporter,
                           enum report_language language)
{
    static const char *const weights[] = { "note", "limit", "wrong" };
    json_t *list = json_array();
    for (size_t i = 0; i < exporter->problem_count; i++) {
        const struct inspect_problem *problem = &exporter->problems[i];
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:o, s:o}", "name", inspect_name(problem->kind),
                            "weight", weights[inspect_weight(problem->kind)], "is",
                            of_part(problem, INSPECT_IS, language), "leads_to",
                            of_part(problem, INSPECT_LEADS_TO, language), "to_do",
                            of_part(problem, INSPECT_ASK, language)));
    }
    return list;
}

struct inspect_json *inspect_json_begin(void)
{
    static struct inspect_json json;
    json = (struct inspect_json){ json_array(), true };
    return &json;
}

void inspect_json_add(struct inspect_json *json, const struct inspect_exporter *exporter,
                      const struct inspect_style *style)
{
    const struct exporter_view *view = &exporter->view;
    json_t *identity =
        json_pack("{s:o, s:i, s:o, s:s, s:o, s:o}", "address", of_address(&view->address),
                  "port", (int)view->port, "session", of_count(view->session), "protocol",
                  export_protocol_name(view->protocol), "domain", of_count(view->domain),
                  "port_changes", of_count(view->port_changes));
    json_t *counts = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "messages", of_count(view->messages),
        "octets", of_count(view->octets), "records", of_count(view->records), "options_records",
        of_count(view->options_records), "samples", of_count(view->samples),
        "sets_without_template", of_count(view->without_template), "sets_replayed",
        of_count(view->replayed), "octets_given_up", of_count(view->pending_lost_octets),
        "faults", of_faults(view));
    json_t *whole = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "exporter", identity, "first_at",
        of_time(view->first_ns), "last_at", of_time(view->last_ns), "read", counts, "sampling",
        of_sampling(exporter), "sequence", of_sequence(view), "clock", of_clock(view),
        "longest_flow_s", of_number((double)exporter->seen.longest_ns / (double)TIME_SECOND_NS),
        "templates", of_templates(exporter), "problems",
        of_problems(exporter, style->language));
    json->is_good = json_array_append_new(json->exporters, whole) == 0 && json->is_good;
}

static json_t *of_counters(const struct summary *summary)
{
    json_t *list = json_array();
    for (size_t i = 0; i < summary->counter_count; i++) {
        const struct counter *counter = &summary->counters[i];
        (void)json_array_append_new(list,
                                    json_pack("{s:s, s:s, s:s, s:o}", "stage", counter->stage,
                                              "reason", counter->reason, "unit", counter->unit,
                                              "count", of_count(counter->count)));
    }
    return list;
}

bool inspect_json_end(struct inspect_json *json, const struct summary *summary, FILE *out)
{
    json_t *document = json_pack("{s:s, s:s, s:o, s:o}", "format", "sekisho inspect 1",
                                 "version", SEKISHO_VERSION, "exporters", json->exporters,
                                 "counters", of_counters(summary));
    bool is_good = document && json->is_good &&
                   json_dumpf(document, out, JSON_INDENT(2)) == 0 && fputc('\n', out) != EOF;
    json_decref(document);
    return is_good;
}
