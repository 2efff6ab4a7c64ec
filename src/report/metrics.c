// SPDX-License-Identifier: Apache-2.0
/* The account of a run as OpenMetrics 1.0 text. */
#include "report/counters.h"
#include "report/describe.h"

/* Label values: backslash, quote and line feed are escaped. */
static void put_label(FILE *out, const char *name, const char *value)
{
    fprintf(out, "%s=\"", name);
    for (const char *c = value; *c; c++) {
        if (*c == '\\' || *c == '"')
            fputc('\\', out);
        if (*c == '\n')
            fputs("\\n", out);
        else
            fputc(*c, out);
    }
    fputc('"', out);
}

static void put_family(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# TYPE sekisho_%s %s\n# HELP sekisho_%s %s\n", name, type, name, help);
}

static void put_total(FILE *out, const char *name, const char *help, uint64_t count)
{
    put_family(out, name, "counter", help);
    fprintf(out, "sekisho_%s_total %llu\n", name, (unsigned long long)count);
}

static void put_input(FILE *out, const struct summary *s)
{
    put_total(out, "frames", "Frames read.", s->frames);
    put_total(out, "messages", "Messages of exporters read.", s->messages);
    put_total(out, "lines", "Lines of logs read.", s->lines);
    put_total(out, "flow_records", "Flows that came as flows.", s->records);
    put_total(out, "packets", "Packets seen, as they were counted.", s->packets);
    put_total(out, "octets", "Octets of those packets.", s->octets);
}

static void put_funnel(FILE *out, const struct funnel *funnel)
{
    put_total(out, "flows_seen", "Flows seen.", funnel->flows_seen);
    put_total(out, "flows_admitted", "Flows the gate let in.", funnel->flows_admitted);
    put_total(out, "flows_selected", "Flows a selector selected.", funnel->flows_selected);
    put_total(out, "records_kept", "Minimised records kept.", funnel->records_kept);
    put_family(out, "findings", "gauge", "Findings so far.");
    fprintf(out, "sekisho_findings %llu\n", (unsigned long long)funnel->findings);
}

static void put_counters(FILE *out, const struct summary *s)
{
    put_family(
        out, "events", "counter",
        "Everything counted, by stage and reason: what was refused, lost or limited, too.");
    for (size_t i = 0; i < s->counter_count; i++) {
        const struct counter *counter = &s->counters[i];
        fputs("sekisho_events_total{", out);
        put_label(out, "stage", counter->stage);
        fputc(',', out);
        put_label(out, "reason", counter->reason);
        fputc(',', out);
        put_label(out, "unit", counter->unit);
        fputc(',', out);
        put_label(out, "kind", counter_kind_name(counter_kind_of(counter)));
        fprintf(out, "} %llu\n", (unsigned long long)counter->count);
    }
}

static double messages_of(const struct summary_exporter *exporter)
{
    return (double)exporter->messages;
}

static double records_of(const struct summary_exporter *exporter)
{
    return (double)exporter->records;
}

static double lost_of(const struct summary_exporter *exporter)
{
    return exporter->lost_flows;
}

static double without_rate_of(const struct summary_exporter *exporter)
{
    return (double)exporter->records_without_rate;
}

static double clock_error_of(const struct summary_exporter *exporter)
{
    return (double)exporter->clock_error_ns / 1e9;
}

static const struct exporter_family {
    const char *name, *type, *help;
    double (*value)(const struct summary_exporter *exporter);
} families[] = {
    { "exporter_messages", "counter", "Messages of an exporter.", messages_of },
    { "exporter_records", "counter", "Flows of an exporter.", records_of },
    { "exporter_lost_flows", "gauge",
      "Flows an exporter sent that never came, by its sequence numbers.", lost_of },
    { "exporter_records_without_rate", "counter", "Flows whose sampling rate nobody told.",
      without_rate_of },
    { "exporter_clock_error_seconds", "gauge", "Its clock minus ours.", clock_error_of },
};

static void put_exporter(FILE *out, const struct exporter_family *family,
                         const struct summary_exporter *exporter)
{
    char room[IP_TEXT_MAX];
    struct text address = text_over(room, sizeof room);
    ip_write(&exporter->address, &address);
    bool is_counter = strcmp(family->type, "counter") == 0;
    fprintf(out, "sekisho_%s%s{", family->name, is_counter ? "_total" : "");
    put_label(out, "exporter", room);
    fprintf(out, ",domain=\"%u\",", exporter->domain);
    put_label(out, "protocol", exporter->protocol);
    fprintf(out, "} %.12g\n", family->value(exporter));
}

static void put_exporters(FILE *out, const struct summary *s)
{
    for (size_t f = 0; f < sizeof families / sizeof *families; f++) {
        bool is_clock = families[f].value == clock_error_of;
        put_family(out, families[f].name, families[f].type, families[f].help);
        for (size_t i = 0; i < s->exporter_count; i++) {
            if (!is_clock || s->exporters[i].has_clock)
                put_exporter(out, &families[f], &s->exporters[i]);
        }
    }
}

bool report_write_metrics(const struct report *report, FILE *out)
{
    const struct summary *s = report->summary;
    put_input(out, s);
    put_funnel(out, &s->funnel);
    put_counters(out, s);
    put_exporters(out, s);
    put_family(out, "cpu_seconds", "counter", "User and system time.");
    fprintf(out, "sekisho_cpu_seconds_total %.6f\n", s->cpu_s);
    put_family(out, "memory_peak_octets", "gauge", "Most resident memory so far.");
    fprintf(out, "sekisho_memory_peak_octets %llu\n", (unsigned long long)s->memory_octets);
    fputs("# EOF\n", out);
    return fflush(out) == 0 && !ferror(out);
}
