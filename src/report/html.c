// SPDX-License-Identifier: Apache-2.0
/* The page: tables first, then plots; no script, nothing fetched. */
#include "base/time.h"
#include "report/counters.h"
#include "report/exporters.h"
#include "report/html_private.h"
#include "report/totals.h"

void html_escape(FILE *out, const char *words)
{
    for (const char *at = words; *at; at++) {
        switch (*at) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        case '\'': fputs("&#39;", out); break;
        default: fputc(*at, out);
        }
    }
}

static const struct {
    enum report_language language;
    const char *tag;
} languages[] = { { REPORT_ENGLISH, "en" }, { REPORT_JAPANESE, "ja" } };

enum { LANGUAGES = sizeof languages / sizeof *languages, REASONS_MAX = 200 };

static void open_words(FILE *out, const char *tag, size_t i, const char *attributes)
{
    fprintf(out, "<%s class=\"w\" lang=\"%s\"%s>", tag, languages[i].tag, attributes);
}

void html_phrase_in(FILE *out, struct html_element element, enum phrase which,
                    const struct slot *english, const struct slot *japanese)
{
    for (size_t i = 0; i < LANGUAGES; i++) {
        enum report_language language = languages[i].language;
        char room[2048];
        struct text text = text_over(room, sizeof room);
        phrase_fill(&text, which, language, language == REPORT_JAPANESE ? japanese : english);
        open_words(out, element.tag, i, element.attributes);
        html_escape(out, text.at);
        fprintf(out, "</%s>", element.tag);
    }
}

static const struct html_element span = { "span", "" };

void html_phrase(FILE *out, enum phrase which)
{
    html_phrase_in(out, span, which, NULL, NULL);
}

void html_filled(FILE *out, enum phrase which, const struct slot *slots)
{
    html_phrase_in(out, span, which, slots, slots);
}

/* Words that are made anew for each language. */
static void put_spans(FILE *out, int64_t span_ns)
{
    for (size_t i = 0; i < LANGUAGES; i++) {
        open_words(out, "span", i, "");
        html_escape(out, slot_span(span_ns, languages[i].language).at);
        fputs("</span>", out);
    }
}

static void put_both(FILE *out, const struct counter *counter,
                     struct slot (*words)(const struct counter *counter,
                                          enum report_language language))
{
    for (size_t i = 0; i < LANGUAGES; i++) {
        open_words(out, "span", i, "");
        html_escape(out, words(counter, languages[i].language).at);
        fputs("</span>", out);
    }
}

static void put_heading(FILE *out, int level, const char *id, enum phrase heading)
{
    fprintf(out, "<h%d id=\"%s\">", level, id);
    html_phrase(out, heading);
    fprintf(out, "</h%d>\n", level);
}

/* A table in a box that scrolls, by keyboard too, named by its caption.  number tells the
 * tables of the page apart. */
static void open_table(FILE *out, const char *name, size_t number)
{
    fprintf(out,
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
            "aria-labelledby=\"%s-%zu\"><table><caption id=\"%s-%zu\">",
            name, number, name, number);
}

struct column {
    enum phrase word;
    bool is_number;
};

static void put_columns(FILE *out, const struct column *columns, size_t count)
{
    fputs("</caption>\n<thead><tr>", out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "<th scope=\"col\"%s>", columns[i].is_number ? " class=\"n\"" : "");
        html_phrase(out, columns[i].word);
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
}

static void close_table(FILE *out)
{
    fputs("</tbody></table></div>\n", out);
}

static void put_cell(FILE *out, const char *words)
{
    fputs("<td>", out);
    html_escape(out, words);
    fputs("</td>", out);
}

static void put_number(FILE *out, const char *words)
{
    fputs("<td class=\"n\">", out);
    html_escape(out, words);
    fputs("</td>", out);
}

static void put_head(const struct report *report, FILE *out)
{
    bool japanese = report->language == REPORT_JAPANESE;
    struct slot title = slot_clean(bytes_of_string(report->title));
    fprintf(out,
            "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
            "style-src 'sha256-%s'; base-uri 'none'; form-action 'none'\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<meta name=\"referrer\" content=\"no-referrer\">\n<title>",
            japanese ? "ja" : "en", html_style_sha256);
    char room[512];
    struct text words = text_over(room, sizeof room);
    phrase_fill(&words, PHRASE_TITLE, report->language, &title);
    html_escape(out, words.at);
    fprintf(out, "</title>\n<style>%s</style>\n</head>\n<body>\n", html_style);
    fputs("<a class=\"skip\" href=\"#findings\">", out);
    html_phrase(out, PHRASE_SKIP);
    fputs("</a>\n<header>\n<h1>", out);
    html_filled(out, PHRASE_TITLE, &title);
    fprintf(out,
            "</h1>\n<fieldset><legend><span lang=\"en\">Language</span> / <span "
            "lang=\"ja\">言語</span></legend><input type=\"radio\" name=\"language\" "
            "id=\"en\"%s><label for=\"en\" lang=\"en\">English</label><input type=\"radio\" "
            "name=\"language\" id=\"ja\"%s><label for=\"ja\" "
            "lang=\"ja\">日本語</label></fieldset>\n",
            japanese ? "" : " checked", japanese ? " checked" : "");
}

static void put_period(const struct report *report, FILE *out)
{
    const struct summary *s = report->summary;
    struct slot english[] = { slot_time(s->first_ns), slot_time(s->last_ns),
                              slot_span(s->last_ns - s->first_ns, REPORT_ENGLISH) };
    struct slot japanese[] = { english[0], english[1],
                               slot_span(s->last_ns - s->first_ns, REPORT_JAPANESE) };
    fputs("<p>", out);
    html_phrase_in(out, span, s->packets > 0 ? PHRASE_PERIOD : PHRASE_NO_TRAFFIC, english,
                   japanese);
    fputs("<br>", out);
    struct slot basis[] = { slot_words(basis_name(s->basis)),
                            slot_words(s->version ? s->version : "-") };
    html_filled(out, PHRASE_BASIS, basis);
    fputs("</p>\n</header>\n<main>\n", out);
}

static void put_subject(const struct finding *finding, FILE *out)
{
    fputs("<td class=\"who\">", out);
    html_escape(out, slot_subject(finding).at);
    if (finding->name_count > 0) {
        fputs("<br>", out);
        html_escape(out, slot_names(finding).at);
    }
    fputs("</td>", out);
}

static void put_what(const struct finding *finding, FILE *out)
{
    fputs("<td class=\"long\">", out);
    for (size_t i = 0; i < LANGUAGES; i++) {
        char room[512];
        struct text what = text_over(room, sizeof room);
        describe_what(finding, languages[i].language, &what);
        open_words(out, "span", i, "");
        if (!finding_is_alert(finding))
            text_format(&what, " (%s)", slot_not_alerted(finding, languages[i].language).at);
        html_escape(out, what.at);
        fputs("</span>", out);
    }
    fputs("</td>", out);
}

/* A scan has targets, which stand in what was seen. */
static void put_lines_count(const struct finding *finding, FILE *out)
{
    fputs("<td class=\"n\">", out);
    for (size_t i = 0; i < LANGUAGES && finding->kind != FINDING_SCANNER; i++) {
        open_words(out, "span", i, "");
        html_escape(out, slot_lines(finding, languages[i].language).at);
        fputs("</span>", out);
    }
    fputs(finding->kind == FINDING_SCANNER ? "-</td>" : "</td>", out);
}

static void put_kind(const struct finding *finding, FILE *out)
{
    fputs("<td class=\"kind\">", out);
    for (size_t i = 0; i < LANGUAGES; i++) {
        open_words(out, "span", i, "");
        html_escape(out, slot_kind(finding, languages[i].language).at);
        fputs("</span>", out);
    }
    fputs("</td>", out);
}

static void put_findings(const struct report *report, FILE *out)
{
    static const struct column columns[] = {
        { PHRASE_RANK, true },     { PHRASE_SCORE, true }, { PHRASE_KIND, false },
        { PHRASE_SUBJECT, false }, { PHRASE_LINES, true }, { PHRASE_WHAT, false },
        { PHRASE_ID, false },
    };
    put_heading(out, 2, "findings", PHRASE_FINDINGS);
    if (report->finding_count == 0) {
        fputs("<p><strong>", out);
        html_phrase(out, PHRASE_NONE_FOUND);
        fputs("</strong><br>", out);
        html_phrase(out, PHRASE_NONE_FOUND_WHY);
        fputs("</p>\n", out);
        return;
    }
    struct slot count = slot_count(report->finding_count);
    open_table(out, "found", 0);
    html_filled(out, report->finding_count == 1 ? PHRASE_ONE_FOUND : PHRASE_MANY_FOUND, &count);
    put_columns(out, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < report->finding_count; i++) {
        const struct finding *finding = &report->findings[i];
        fputs("<tr>", out);
        put_number(out, slot_count(i + 1).at);
        put_number(out, slot_score(finding).at);
        put_kind(finding, out);
        put_subject(finding, out);
        put_lines_count(finding, out);
        put_what(finding, out);
        fputs("<td><code>", out);
        html_escape(out, finding->id);
        fputs("</code></td></tr>\n", out);
    }
    close_table(out);
}

/* Spans are named differently in each language. */
static void put_measured(enum measure_id id, double value, const char *sign, FILE *out)
{
    fputs("<td class=\"n\">", out);
    for (size_t i = 0; i < LANGUAGES; i++) {
        open_words(out, "span", i, "");
        fputs(sign, out);
        html_escape(out, slot_measure(id, value, languages[i].language).at);
        fputs("</span>", out);
    }
    fputs("</td>", out);
}

static void put_measure(const struct measure *measure, FILE *out)
{
    const struct measure_kind *kind = measure_kind(measure->id);
    fputs("<tr><th scope=\"row\" class=\"long\">", out);
    for (size_t i = 0; i < LANGUAGES; i++) {
        bool japanese = languages[i].language == REPORT_JAPANESE;
        open_words(out, "span", i, "");
        html_escape(out, japanese ? kind->meaning_ja : kind->meaning_en);
        fputs("</span>", out);
    }
    fputs("</th>", out);
    put_measured(measure->id, measure->value, "", out);
    if (measure->has_threshold)
        put_measured(measure->id, measure->threshold,
                     kind->sense == MEASURE_AT_MOST ? "≤ " : "≥ ", out);
    else
        put_number(out, "-");
    put_number(out, measure->weight > 0 ? slot_number(measure->weight).at : "-");
    fputs("</tr>\n", out);
}

/* Thousands of tables are nothing a browser or a person wants. */
static size_t reasons_shown(const struct report *report)
{
    return report->finding_count < REASONS_MAX ? report->finding_count : REASONS_MAX;
}

static void put_mandate(const struct finding *finding, FILE *out)
{
    const struct mandate *mandate = &finding->mandate;
    struct slot slots[] = { slot_words(mandate->warrant), slot_words(mandate->selector),
                            slot_words(mandate->basis_name) };
    if (mandate->warrant[0] == '\0')
        return;
    fputc(' ', out);
    html_filled(out, PHRASE_EXPLAIN_MANDATE, slots);
}

static void put_reasons(const struct report *report, FILE *out)
{
    static const struct column columns[] = {
        { PHRASE_NUMBER, false },
        { PHRASE_VALUE, true },
        { PHRASE_THRESHOLD, true },
        { PHRASE_WEIGHT_OF_4, true },
    };
    if (report->finding_count == 0)
        return;
    put_heading(out, 2, "reasons", PHRASE_WHY);
    fputs("<p>", out);
    html_phrase(out, PHRASE_WHY_NOTE);
    fputs("</p>\n", out);
    size_t shown = reasons_shown(report);
    if (shown < report->finding_count) {
        struct slot count = slot_count(shown);
        fputs("<p>", out);
        html_filled(out, PHRASE_REASONS_CAPPED, &count);
        fputs("</p>\n", out);
    }
    for (size_t i = 0; i < shown; i++) {
        const struct finding *finding = &report->findings[i];
        struct slot head[] = { slot_subject(finding), slot_score(finding),
                               slot_words(finding->rule) };
        open_table(out, "why", i);
        html_filled(out, PHRASE_WHY_FINDING, head);
        put_mandate(finding, out);
        put_columns(out, columns, sizeof columns / sizeof *columns);
        for (size_t j = 0; j < finding->measure_count; j++)
            put_measure(&finding->measures[j], out);
        close_table(out);
    }
}

static void put_lines_table(const struct finding *finding, size_t number, FILE *out)
{
    static const struct column columns[] = {
        { PHRASE_LINE_NAME, false },  { PHRASE_FIRST, false },   { PHRASE_LAST, false },
        { PHRASE_CONNECTIONS, true }, { PHRASE_INTERVAL, true },
    };
    struct slot subject = slot_subject(finding);
    open_table(out, "lines", number);
    html_filled(out, PHRASE_TIMELINE, &subject);
    put_columns(out, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < finding->line_count; i++) {
        const struct finding_line *line = &finding->lines[i];
        bool is_regular = line->interval_median_s > 0 && line->interval_median_s < 1e9;
        fputs("<tr><th scope=\"row\">", out);
        html_escape(out, slot_party(&line->party).at);
        fputs("</th>", out);
        put_cell(out, slot_time(line->first_ns).at);
        put_cell(out, slot_time(line->last_ns).at);
        put_number(out, slot_count(line->connections).at);
        fputs("<td class=\"n\">", out);
        if (is_regular)
            put_spans(out, (int64_t)(line->interval_median_s * 1e9));
        else
            fputc('-', out);
        fputs("</td></tr>\n", out);
    }
    close_table(out);
}

static void put_intervals(const struct report *report, FILE *out)
{
    bool first = true;
    for (size_t i = 0; i < reasons_shown(report); i++) {
        const struct finding *finding = &report->findings[i];
        if (finding->kind != FINDING_COMMAND_SERVER || finding->line_count == 0)
            continue;
        if (first) {
            put_heading(out, 2, "intervals", PHRASE_INTERVALS);
            fputs("<p>", out);
            html_phrase(out, PHRASE_TIMELINE_NOTE);
            fputs("</p>\n", out);
            first = false;
        }
        put_lines_table(finding, i, out);
        fprintf(out,
                "<figure class=\"scroll\" role=\"group\" tabindex=\"0\" "
                "aria-labelledby=\"lines-%zu\">\n",
                i);
        html_plot_lines(out, finding);
        fputs("</figure>\n", out);
    }
}

static void put_funnel(const struct report *report, FILE *out)
{
    static const struct column columns[] = {
        { PHRASE_STAGE, false },
        { PHRASE_COUNT, true },
        { PHRASE_SHARE, true },
    };
    const struct funnel *funnel = &report->summary->funnel;
    const struct {
        enum phrase word;
        uint64_t count;
    } rows[] = {
        { PHRASE_SEEN, funnel->flows_seen },
        { PHRASE_ADMITTED, funnel->flows_admitted },
        { PHRASE_SELECTED, funnel->flows_selected },
        { PHRASE_KEPT, funnel->records_kept },
    };
    double seen = funnel->flows_seen > 0 ? (double)funnel->flows_seen : 1;
    put_heading(out, 2, "funnel", PHRASE_FUNNEL);
    open_table(out, "stages", 0);
    html_phrase(out, PHRASE_FUNNEL_NOTE);
    put_columns(out, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fputs("<tr><th scope=\"row\">", out);
        html_phrase(out, rows[i].word);
        fputs("</th>", out);
        put_number(out, slot_count(rows[i].count).at);
        put_number(out, slot_percent((double)rows[i].count / seen).at);
        fputs("</tr>\n", out);
    }
    close_table(out);
    fputs("<figure class=\"scroll\" role=\"group\" tabindex=\"0\" "
          "aria-labelledby=\"funnel\">\n",
          out);
    html_plot_funnel(out, funnel);
    fputs("<figcaption>", out);
    html_phrase(out, PHRASE_FUNNEL_BARS);
    fputs("</figcaption></figure>\n", out);
}

static void put_counter(const struct counter *counter, FILE *out)
{
    fputs("<tr><td>", out);
    put_both(out, counter, slot_counter);
    fputs("</td>", out);
    put_number(out, slot_count(counter->count).at);
    fputs("<td>", out);
    put_both(out, counter, slot_unit);
    fputs("</td>", out);
    put_cell(out, counter->stage);
    fputs("</tr>\n", out);
}

/* Either what was refused and lost, or all the rest. */
static void put_counters(const struct report *report, bool losses, FILE *out)
{
    const struct column columns[] = {
        { losses ? PHRASE_REASON : PHRASE_WHAT, false },
        { PHRASE_COUNT, true },
        { PHRASE_UNIT, false },
        { PHRASE_STAGE, false },
    };
    const struct summary *summary = report->summary;
    bool any = false;
    put_heading(out, 2, losses ? "refused" : "read", losses ? PHRASE_REFUSED : PHRASE_READ);
    for (size_t i = 0; i < summary->counter_count; i++) {
        if (counter_is_loss(&summary->counters[i]) != losses)
            continue;
        if (!any) {
            open_table(out, losses ? "refusals" : "readings", 0);
            html_phrase(out, losses ? PHRASE_REFUSED_NOTE : PHRASE_READ_NOTE);
            put_columns(out, columns, sizeof columns / sizeof *columns);
        }
        put_counter(&summary->counters[i], out);
        any = true;
    }
    if (any) {
        close_table(out);
        return;
    }
    fputs("<p>", out);
    html_phrase(out, PHRASE_NONE_REFUSED);
    fputs("</p>\n", out);
}

static void put_total(FILE *out, enum phrase label, enum phrase value, const struct slot *slots)
{
    fputs("<tr><th scope=\"row\">", out);
    html_phrase(out, label);
    fputs("</th><td>", out);
    html_filled(out, value, slots);
    fputs("</td></tr>\n", out);
}

static void put_totals(const struct report *report, FILE *out)
{
    struct total_row rows[TOTAL_ROWS];
    totals_of(report->summary, rows);
    put_heading(out, 2, "totals", PHRASE_TOTALS);
    open_table(out, "sums", 0);
    html_phrase(out, PHRASE_TOTALS);
    fputs("</caption><tbody>\n", out);
    for (size_t i = 0; i < TOTAL_ROWS; i++)
        put_total(out, rows[i].label, rows[i].value, rows[i].slots);
    close_table(out);
}

static void put_exporter(const struct summary_exporter *exporter, FILE *out)
{
    static struct slot (*const cells[])(const struct summary_exporter *,
                                        enum report_language) = { exporter_lost, exporter_rate,
                                                                  exporter_clock };
    fputs("<tr><th scope=\"row\">", out);
    html_escape(out, exporter_name(exporter).at);
    fputs("</th>", out);
    put_number(out, slot_count(exporter->records).at);
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        fputs("<td class=\"long\">", out);
        for (size_t l = 0; l < LANGUAGES; l++) {
            open_words(out, "span", l, "");
            html_escape(out, cells[i](exporter, languages[l].language).at);
            fputs("</span>", out);
        }
        fputs("</td>", out);
    }
    fputs("</tr>\n", out);
}

static void put_exporters(const struct report *report, FILE *out)
{
    static const struct column columns[] = {
        { PHRASE_EXPORTER, false }, { PHRASE_RECORDS, true }, { PHRASE_LOST, false },
        { PHRASE_RATE, false },     { PHRASE_CLOCK, false },
    };
    const struct summary *summary = report->summary;
    if (summary->exporter_count == 0)
        return;
    put_heading(out, 2, "exporters", PHRASE_EXPORTERS);
    open_table(out, "senders", 0);
    html_phrase(out, PHRASE_EXPORTERS_NOTE);
    put_columns(out, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < summary->exporter_count; i++)
        put_exporter(&summary->exporters[i], out);
    close_table(out);
    struct exporters_advice advice;
    for (size_t i = 0; exporters_advice(summary, i, &advice); i++) {
        fputs("<p>", out);
        html_filled(out, advice.phrase, advice.slots);
        fputs("</p>\n", out);
    }
}

bool report_write_html(const struct report *report, FILE *out)
{
    put_head(report, out);
    put_period(report, out);
    put_findings(report, out);
    put_reasons(report, out);
    put_intervals(report, out);
    put_funnel(report, out);
    put_exporters(report, out);
    put_counters(report, false, out);
    put_counters(report, true, out);
    put_totals(report, out);
    struct slot made = slot_time(report->made_ns);
    fputs("</main>\n<footer><p>", out);
    html_filled(out, PHRASE_MADE, &made);
    fputs("</p></footer>\n</body>\n</html>\n", out);
    return fflush(out) == 0 && !ferror(out);
}
