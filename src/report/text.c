// SPDX-License-Identifier: Apache-2.0
/* The report for a terminal. */
#include "base/utf8.h"
#include "report/counters.h"
#include "report/describe.h"
#include "report/exporters.h"
#include "report/totals.h"
#include "report/wrap.h"

enum {
    WIDTH_MIN = 40,
    REASON_INDENT = 6,
    FINDINGS_SHOWN = 30,
    EXPORTERS_SHOWN = 8,
    SCORE_STRONG = 85,
    SCORE_MIDDLE = 70,
};

struct page {
    const struct report *report;
    enum report_language language;
    unsigned width;
    bool colour;
    FILE *out;
    unsigned kind_columns;
};

static void style(const struct page *page, const char *code)
{
    if (page->colour)
        fprintf(page->out, "\033[%sm", code);
}

static void put_heading(const struct page *page, enum phrase heading)
{
    fputc('\n', page->out);
    style(page, "1");
    fputs(phrase(heading, page->language), page->out);
    style(page, "0");
    fputc('\n', page->out);
}

/* A phrase filled with slots, wrapped, from column indent. */
static void put_filled(const struct page *page, enum phrase which, const struct slot *slots,
                       unsigned indent)
{
    char room[2048];
    struct text text = text_over(room, sizeof room);
    phrase_fill(&text, which, page->language, slots);
    wrap_write(page->out, text_bytes(&text), page->width, indent);
}

static void put_head(const struct page *page)
{
    const struct summary *summary = page->report->summary;
    struct slot title = slot_clean(bytes_of_string(page->report->title));
    style(page, "1");
    put_filled(page, PHRASE_TITLE, &title, 0);
    style(page, "0");
    struct slot period[] = {
        slot_time(summary->first_ns),
        slot_time(summary->last_ns),
        slot_span(summary->last_ns - summary->first_ns, page->language),
    };
    put_filled(page, summary->packets > 0 ? PHRASE_PERIOD : PHRASE_NO_TRAFFIC, period, 0);
    struct slot basis[] = { slot_words(basis_name(summary->basis)),
                            slot_words(summary->version ? summary->version : "-") };
    put_filled(page, PHRASE_BASIS, basis, 0);
    fputc('\n', page->out);
}

static size_t findings_shown(const struct page *page)
{
    size_t count = page->report->finding_count;
    return count < FINDINGS_SHOWN ? count : FINDINGS_SHOWN;
}

static void measure_kinds(struct page *page)
{
    for (size_t i = 0; i < findings_shown(page); i++) {
        struct slot kind = slot_kind(&page->report->findings[i], page->language);
        unsigned used = utf8_columns_of(bytes_of_string(kind.at));
        if (page->kind_columns < used)
            page->kind_columns = used;
    }
}

/* Red, yellow, plain. */
static const char *severity(double score)
{
    return score >= SCORE_STRONG ? "1;31" : score >= SCORE_MIDDLE ? "1;33" : "1";
}

/* "12 lines call it every 59 s ±10 %; called bad.example" */
static void put_reason(const struct page *page, const struct finding *finding)
{
    char room[1024];
    struct text text = text_over(room, sizeof room);
    describe_what(finding, page->language, &text);
    if (finding_measure(finding, MEASURE_VERDICT) && !finding_is_alert(finding))
        text_format(&text, " (%s)", slot_not_alerted(finding, page->language).at);
    if (finding->name_count > 0) {
        struct slot names = slot_first_name(finding, page->language);
        text_put_string(&text, "; ");
        phrase_fill(&text, finding_is_of_name(finding) ? PHRASE_ASKED_NAMES : PHRASE_NAMES,
                    page->language, &names);
    }
    fprintf(page->out, "%*s", REASON_INDENT, "");
    wrap_write(page->out, text_bytes(&text), page->width, REASON_INDENT);
}

static void put_finding(const struct page *page, const struct finding *finding)
{
    style(page, severity(finding->score));
    fprintf(page->out, "%4.0f  ", finding->score);
    wrap_column(page->out, slot_kind(finding, page->language).at, page->kind_columns, false);
    fprintf(page->out, "  %s", slot_subject(finding).at);
    style(page, "0");
    style(page, "2");
    fprintf(page->out, "  %s\n", finding->id);
    style(page, "0");
    put_reason(page, finding);
}

static size_t count_quiet(const struct report *report)
{
    size_t count = 0;
    for (size_t i = 0; i < report->finding_count; i++)
        count += !finding_is_alert(&report->findings[i]);
    return count;
}

/* Alerts come first; before the first that is none a line says so. */
static void put_quiet_head(const struct page *page, size_t at)
{
    const struct finding *findings = page->report->findings;
    if (finding_is_alert(&findings[at]) || (at > 0 && !finding_is_alert(&findings[at - 1])))
        return;
    struct slot count = slot_count(count_quiet(page->report));
    fputc('\n', page->out);
    put_filled(page, PHRASE_NOT_ALERTED, &count, 0);
}

static void put_findings(struct page *page)
{
    const struct report *report = page->report;
    if (report->finding_count == 0) {
        put_filled(page, PHRASE_NONE_FOUND, NULL, 0);
        put_filled(page, PHRASE_NONE_FOUND_WHY, NULL, 0);
        return;
    }
    struct slot count = slot_count(report->finding_count);
    style(page, "1");
    put_filled(page, report->finding_count == 1 ? PHRASE_ONE_FOUND : PHRASE_MANY_FOUND, &count,
               0);
    style(page, "0");
    fputc('\n', page->out);
    measure_kinds(page);
    size_t shown = findings_shown(page);
    for (size_t i = 0; i < shown; i++) {
        put_quiet_head(page, i);
        put_finding(page, &report->findings[i]);
    }
    if (shown < report->finding_count) {
        struct slot more = slot_count(report->finding_count - shown);
        put_filled(page, PHRASE_MORE_FINDINGS, &more, 0);
    }
    fputc('\n', page->out);
    struct slot first = slot_words(report->findings[0].id);
    put_filled(page, PHRASE_EXPLAIN_HINT, &first, 0);
    put_filled(page, PHRASE_MORE_HINT, NULL, 0);
}

static void put_funnel(const struct page *page)
{
    const struct funnel *funnel = &page->report->summary->funnel;
    const struct {
        enum phrase word;
        uint64_t count;
    } rows[] = {
        { PHRASE_SEEN, funnel->flows_seen },
        { PHRASE_ADMITTED, funnel->flows_admitted },
        { PHRASE_SELECTED, funnel->flows_selected },
        { PHRASE_KEPT, funnel->records_kept },
    };
    put_heading(page, PHRASE_FUNNEL);
    double seen = funnel->flows_seen > 0 ? (double)funnel->flows_seen : 1;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fputs("  ", page->out);
        wrap_column(page->out, phrase(rows[i].word, page->language), 16, false);
        wrap_column(page->out, slot_count(rows[i].count).at, 16, true);
        wrap_column(page->out, slot_percent((double)rows[i].count / seen).at, 8, true);
        fputs(" %\n", page->out);
    }
    fputs("  ", page->out);
    put_filled(page, PHRASE_FUNNEL_NOTE, NULL, 2);
}

/* "8,412 DNS questions and answers"; Japanese has the number last. */
static void put_reading(const struct page *page, const struct counter *counter,
                        struct text *text)
{
    bool is_fact = strcmp(counter->unit, "facts") == 0;
    struct slot count = slot_count(counter->count);
    struct slot unit = is_fact ? slot_words("") : slot_unit(counter, page->language);
    struct slot words = slot_counter(counter, page->language);
    const char *gap = is_fact ? "" : " ";
    if (page->language == REPORT_JAPANESE)
        text_format(text, "%s%s %s%s%s", text->len > 0 ? "、" : "", words.at, count.at, gap,
                    unit.at);
    else
        text_format(text, "%s%s %s%s%s", text->len > 0 ? ", " : "", count.at, unit.at, gap,
                    words.at);
}

/* In one paragraph. */
static void put_read(const struct page *page)
{
    const struct summary *summary = page->report->summary;
    char room[2048];
    struct text text = text_over(room, sizeof room);
    for (size_t i = 0; i < summary->counter_count; i++) {
        if (counter_kind_of(&summary->counters[i]) == COUNTER_READ)
            put_reading(page, &summary->counters[i], &text);
    }
    if (text.len == 0)
        return;
    put_heading(page, PHRASE_READ);
    fputs("  ", page->out);
    wrap_write(page->out, text_bytes(&text), page->width, 2);
}

static void put_refused(const struct page *page)
{
    const struct summary *summary = page->report->summary;
    bool any = false;
    put_heading(page, PHRASE_REFUSED);
    for (size_t i = 0; i < summary->counter_count; i++) {
        const struct counter *counter = &summary->counters[i];
        if (!counter_is_loss(counter))
            continue;
        wrap_column(page->out, slot_count(counter->count).at, 14, true);
        fprintf(page->out, " %s ", slot_unit(counter, page->language).at);
        struct slot words = slot_counter(counter, page->language);
        wrap_write(page->out, bytes_of_string(words.at), page->width, 15);
        any = true;
    }
    if (!any)
        fprintf(page->out, "  %s\n", phrase(PHRASE_NONE_REFUSED, page->language));
}

static void put_total(const struct page *page, enum phrase label, enum phrase value,
                      const struct slot *slots)
{
    fputs("  ", page->out);
    wrap_column(page->out, phrase(label, page->language), 9, false);
    put_filled(page, value, slots, 11);
}

static void put_totals(const struct page *page)
{
    struct total_row rows[TOTAL_ROWS];
    totals_of(page->report->summary, rows);
    put_heading(page, PHRASE_TOTALS);
    for (size_t i = 0; i < TOTAL_ROWS; i++)
        put_total(page, rows[i].label, rows[i].value, rows[i].slots);
}

/* "192.0.2.1 IPFIX #7: 12,345 records, none lost, 1 in 1,000, clock right" */
static void put_exporter(const struct page *page, const struct summary_exporter *exporter)
{
    char room[1024];
    struct text text = text_over(room, sizeof room);
    const char *comma = page->language == REPORT_JAPANESE ? "、" : ", ";
    text_format(&text, "%s: %s %s%s%s%s%s%s%s", exporter_name(exporter).at,
                slot_count(exporter->records).at, phrase(PHRASE_RECORDS, page->language), comma,
                exporter_lost(exporter, page->language).at, comma,
                exporter_rate(exporter, page->language).at, comma,
                exporter_clock(exporter, page->language).at);
    fputs("  ", page->out);
    wrap_write(page->out, text_bytes(&text), page->width, REASON_INDENT);
}

static void put_advice(const struct page *page)
{
    struct exporters_advice advice;
    for (size_t i = 0; exporters_advice(page->report->summary, i, &advice); i++) {
        fputs("  ", page->out);
        style(page, "33");
        put_filled(page, advice.phrase, advice.slots, 2);
        style(page, "0");
    }
}

static void put_exporters(const struct page *page)
{
    const struct summary *summary = page->report->summary;
    size_t shown =
        summary->exporter_count < EXPORTERS_SHOWN ? summary->exporter_count : EXPORTERS_SHOWN;
    if (shown == 0)
        return;
    put_heading(page, PHRASE_EXPORTERS);
    for (size_t i = 0; i < shown; i++)
        put_exporter(page, &summary->exporters[i]);
    if (shown < summary->exporter_total) {
        struct slot more[] = { slot_count(summary->exporter_total - shown),
                               slot_count(summary->exporter_count) };
        fputs("  ", page->out);
        put_filled(page, PHRASE_EXPORTERS_MORE, more, 2);
    }
    put_advice(page);
}

bool report_write_text(const struct report *report, unsigned width, bool colour, FILE *out)
{
    struct page page = { .report = report,
                         .language = report->language,
                         .colour = colour,
                         .width = width < WIDTH_MIN ? WIDTH_MIN : width,
                         .out = out };
    put_head(&page);
    put_findings(&page);
    put_funnel(&page);
    put_exporters(&page);
    put_read(&page);
    put_refused(&page);
    put_totals(&page);
    return fflush(out) == 0 && !ferror(out);
}

bool report_write_finding_line(const struct finding *finding, enum report_language language,
                               FILE *out)
{
    char room[512];
    struct text what = text_over(room, sizeof room);
    describe_what(finding, language, &what);
    struct slot kind = slot_kind(finding, language), subject = slot_subject(finding);
    if (!finding_is_alert(finding))
        text_format(&what, " (%s)", slot_not_alerted(finding, language).at);
    fprintf(out, "%s  %.0f  %s  %s  %.*s\n", finding->id, finding->score, kind.at, subject.at,
            (int)what.len, what.at);
    return !ferror(out) && fflush(out) == 0;
}
