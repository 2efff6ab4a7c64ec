// SPDX-License-Identifier: Apache-2.0
/* The report for programs.  A change here is a change of docs/schema/watch.schema.json. */
#include <jansson.h>
#include <math.h>

#include "base/time.h"
#include "base/utf8.h"
#include "report/counters.h"

/* What jansson refuses (memory, a number that is none) makes a NULL, which json_pack and
 * json_object_set_new pass on as failure: one test at the end is enough. */

static json_t *json_of_bytes(struct bytes raw)
{
    char room[1024];
    struct text text = text_over(room, sizeof room);
    utf8_put_clean(&text, raw);
    return json_stringn(text.at, text.len);
}

static json_t *json_of_words(const char *words)
{
    return json_of_bytes(bytes_of_string(words ? words : ""));
}

static json_t *json_of_count(uint64_t count)
{
    return json_integer(count > INT64_MAX ? INT64_MAX : (json_int_t)count);
}

static json_t *json_of_number(double number)
{
    return isfinite(number) ? json_real(number) : json_null();
}

static json_t *json_of_time(int64_t time_ns)
{
    char room[TIME_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    time_write(time_ns, 9, &text);
    return json_string(text.at);
}

static json_t *json_of_party(const struct party *party)
{
    char room[PARTY_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    party_write(party, &text);
    return json_pack("{s:s, s:s}", party->is_pseudonym ? "pseudonym" : "address", text.at,
                     "place", place_name(party->place));
}

static json_t *json_of_subject(const struct finding *finding)
{
    if (!finding_is_of_name(finding))
        return json_of_party(&finding->subject);
    return json_pack("{s:o, s:s}", "name",
                     json_of_bytes(fact_name_bytes(&finding->subject_name)), "place",
                     place_name(finding->subject.place));
}

static json_t *json_of_line(const struct finding_line *line)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "party", json_of_party(&line->party),
        "first_at", json_of_time(line->first_ns), "last_at", json_of_time(line->last_ns),
        "connections", json_of_count(line->connections), "octets_out",
        json_of_count(line->octets_out), "octets_in", json_of_count(line->octets_in),
        "interval_median_s",
        line->interval_median_s > 0 ? json_of_number(line->interval_median_s) : json_null(),
        "interval_spread",
        line->interval_median_s > 0 ? json_of_number(line->interval_spread) : json_null(),
        "score", json_of_number(line->score));
}

static json_t *json_of_measure(const struct measure *measure)
{
    const struct measure_kind *kind = measure_kind(measure->id);
    return json_pack("{s:s, s:o, s:s, s:o, s:o}", "name", kind->name, "value",
                     json_of_number(measure->value), "unit", kind->unit, "threshold",
                     measure->has_threshold ? json_of_number(measure->threshold) : json_null(),
                     "weight", json_of_number(measure->weight));
}

static json_t *json_of_hit(const struct indicator_hit *hit)
{
    return json_pack("{s:s, s:b, s:o, s:o, s:o}", "kind", indicator_kind_name(hit->kind),
                     "in_dns", (int)hit->in_dns, "value", json_of_words(hit->value), "list",
                     json_of_words(hit->list), "expires_at",
                     hit->expires_ns == INT64_MAX ? json_null()
                                                  : json_of_time(hit->expires_ns));
}

#define ARRAY_OF(noun, member, count)                                                      \
    static json_t *json_of_##member(const struct finding *finding)                         \
    {                                                                                      \
        json_t *array = json_array();                                                      \
        bool good = array != NULL;                                                         \
        for (size_t i = 0; good && i < finding->count; i++)                                \
            good = json_array_append_new(array, json_of_##noun(&finding->member[i])) == 0; \
        if (good)                                                                          \
            return array;                                                                  \
        json_decref(array);                                                                \
        return NULL;                                                                       \
    }

static json_t *json_of_name(const struct fact_name *name)
{
    return json_of_bytes(fact_name_bytes(name));
}

static json_t *json_of_address(const struct ip_address *address)
{
    char room[IP_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    ip_write(address, &text);
    return json_string(text.at);
}

ARRAY_OF(line, lines, line_count)
ARRAY_OF(measure, measures, measure_count)
ARRAY_OF(hit, hits, hit_count)
ARRAY_OF(name, names, name_count)
ARRAY_OF(address, addresses, address_count)

static json_t *json_of_word(const char *word)
{
    return word[0] != '\0' ? json_string(word) : json_null();
}

/* Null where no warrant was needed then (records of older stores). */
static json_t *json_of_mandate(const struct finding *finding)
{
    const struct mandate *mandate = &finding->mandate;
    return json_pack("{s:s, s:o, s:o}", "basis",
                     mandate->basis_name[0] ? mandate->basis_name : basis_name(finding->basis),
                     "warrant", json_of_word(mandate->warrant), "selector",
                     json_of_word(mandate->selector));
}

static json_t *json_of_number_measured(const struct finding *finding, enum measure_id id)
{
    const struct measure *measure = measure_find(finding->measures, finding->measure_count, id);
    return measure ? json_of_number(measure->value) : json_null();
}

static json_t *json_of_finding(const struct finding *finding)
{
    return json_pack(
        "{s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:s, s:s, s:s, "
        "s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
        "id", finding->id, "kind", finding_kind_name(finding->kind), "rule", finding->rule,
        "alert", (int)finding_is_alert(finding), "rank_of_day",
        json_of_number_measured(finding, MEASURE_RANK), "p_value",
        json_of_number_measured(finding, MEASURE_P_VALUE), "false_discovery",
        json_of_number_measured(finding, MEASURE_FALSE_DISCOVERY), "verdict",
        json_of_number_measured(finding, MEASURE_VERDICT), "score",
        json_of_number(finding->score), "subject", json_of_subject(finding), "port",
        (int)finding->port, "protocol", (int)finding->protocol, "shape",
        shape_name((enum sighting_shape)finding->shape), "direction",
        direction_name(finding->direction), "basis", basis_name(finding->basis), "mandate",
        json_of_mandate(finding), "first_at", json_of_time(finding->first_ns), "last_at",
        json_of_time(finding->last_ns), "connections", json_of_count(finding->connections),
        "octets_out", json_of_count(finding->octets_out), "octets_in",
        json_of_count(finding->octets_in), "line_total", json_of_count(finding->line_total),
        "lines", json_of_lines(finding), "measures", json_of_measures(finding), "indicators",
        json_of_hits(finding), "names", json_of_names(finding), "addresses",
        json_of_addresses(finding), "retention_until",
        json_of_time(finding->retention_until_ns));
}

static json_t *json_of_findings(const struct report *report)
{
    json_t *array = json_array();
    bool good = array != NULL;
    for (size_t i = 0; good && i < report->finding_count; i++)
        good = json_array_append_new(array, json_of_finding(&report->findings[i])) == 0;
    if (good)
        return array;
    json_decref(array);
    return NULL;
}

static json_t *json_of_counters(const struct summary *summary)
{
    json_t *array = json_array();
    bool good = array != NULL;
    for (size_t i = 0; good && i < summary->counter_count; i++) {
        const struct counter *counter = &summary->counters[i];
        json_t *row =
            json_pack("{s:s, s:s, s:s, s:s, s:o}", "stage", counter->stage, "kind",
                      counter_kind_name(counter_kind_of(counter)), "reason", counter->reason,
                      "unit", counter->unit, "count", json_of_count(counter->count));
        good = json_array_append_new(array, row) == 0;
    }
    if (good)
        return array;
    json_decref(array);
    return NULL;
}

static json_t *json_of_input(const struct summary *s)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "files",
                     json_of_count(s->files), "file_octets", json_of_count(s->file_octets),
                     "frames", json_of_count(s->frames), "messages", json_of_count(s->messages),
                     "lines", json_of_count(s->lines), "records", json_of_count(s->records),
                     "packets", json_of_count(s->packets), "octets", json_of_count(s->octets),
                     "first_at", s->packets > 0 ? json_of_time(s->first_ns) : json_null(),
                     "last_at", s->packets > 0 ? json_of_time(s->last_ns) : json_null());
}

static json_t *json_of_exporter(const struct summary_exporter *exporter)
{
    return json_pack(
        "{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o}", "address",
        ip_is_zero(&exporter->address) ? json_null() : json_of_address(&exporter->address),
        "domain", json_of_count(exporter->domain), "protocol", exporter->protocol, "messages",
        json_of_count(exporter->messages), "records", json_of_count(exporter->records),
        "lost_flows", json_of_number(exporter->lost_flows), "octets_without_template",
        json_of_count(exporter->octets_without_template), "records_without_rate",
        json_of_count(exporter->records_without_rate), "rate_least",
        json_of_count(exporter->rate_least), "rate_most", json_of_count(exporter->rate_most),
        "rate_origin", sampling_origin_name(exporter->rate_origin), "clock_error_s",
        exporter->has_clock ? json_of_number((double)exporter->clock_error_ns / 1e9)
                            : json_null());
}

static json_t *json_of_exporters(const struct summary *summary)
{
    json_t *array = json_array();
    bool good = array != NULL;
    for (size_t i = 0; good && i < summary->exporter_count; i++)
        good = json_array_append_new(array, json_of_exporter(&summary->exporters[i])) == 0;
    if (good)
        return array;
    json_decref(array);
    return NULL;
}

static json_t *json_of_funnel(const struct funnel *funnel)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o}", "flows_seen", json_of_count(funnel->flows_seen),
        "flows_admitted", json_of_count(funnel->flows_admitted), "flows_selected",
        json_of_count(funnel->flows_selected), "records_kept",
        json_of_count(funnel->records_kept), "findings", json_of_count(funnel->findings));
}

static bool dump(json_t *document, bool on_one_line, FILE *out)
{
    if (!document)
        return false;
    size_t form = on_one_line ? JSON_COMPACT : JSON_INDENT(2);
    bool good = json_dumpf(document, out, form | JSON_REAL_PRECISION(12)) == 0;
    json_decref(document);
    return good && fputc('\n', out) != EOF && fflush(out) == 0;
}

bool report_write_json(const struct report *report, FILE *out)
{
    const struct summary *s = report->summary;
    json_t *document = json_pack(
        "{s:s, s:o, s:o, s:o, s:s, s:o, s:{s:o, s:o, s:o}, s:o, s:o, s:o, s:o, s:o}", "schema",
        "sekisho-watch/2", "title", json_of_words(report->title), "made_at",
        json_of_time(report->made_ns), "version", json_of_words(s->version), "basis",
        basis_name(s->basis), "input", json_of_input(s), "cost", "cpu_s",
        json_of_number(s->cpu_s), "wall_s", json_of_number(s->wall_s), "memory_octets",
        json_of_count(s->memory_octets), "funnel", json_of_funnel(&s->funnel), "exporter_total",
        json_of_count(s->exporter_total), "exporters", json_of_exporters(s), "counters",
        json_of_counters(s), "findings", json_of_findings(report));
    return dump(document, report->on_one_line, out);
}

bool report_write_finding_json(const struct finding *finding, FILE *out)
{
    return dump(json_of_finding(finding), false, out);
}

bool report_write_finding_json_line(const struct finding *finding, FILE *out)
{
    return dump(json_of_finding(finding), true, out);
}
