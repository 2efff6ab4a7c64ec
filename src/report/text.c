// SPDX-License-Identifier: Apache-2.0
/* The report for a terminal. */
#include "base/utf8.h"
#include "report/describe.h"
#include "report/wrap.h"

enum {
    WIDTH_MIN = 40,
    WHAT_COLUMNS_MIN = 44, /* with fewer, what was seen stands on a line of its own */
    DETAIL_INDENT = 8,
    LINES_SHOWN = 4,
    STRONG_SCORE = 75,
};

enum column { COLUMN_RANK, COLUMN_SCORE, COLUMN_KIND, COLUMN_SUBJECT, COLUMN_LINES, COLUMNS };

struct page {
    const struct report *report;
    enum report_language language;
    unsigned width;
    bool colour;
    FILE *out;
    unsigned columns[COLUMNS];
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

static void cells_of(const struct page *page, size_t i, struct slot cells[COLUMNS])
{
    const struct finding *finding = &page->report->findings[i];
    cells[COLUMN_RANK] = slot_count(i + 1);
    struct text score = text_over(cells[COLUMN_SCORE].at, sizeof cells[COLUMN_SCORE].at);
    text_format(&score, "%.0f", finding->score);
    cells[COLUMN_KIND] = slot_kind(finding, page->language);
    cells[COLUMN_SUBJECT] = slot_subject(finding);
    cells[COLUMN_LINES] = slot_count(finding->line_total);
}

static const enum phrase headings[COLUMNS] = {
    PHRASE_RANK, PHRASE_SCORE, PHRASE_KIND, PHRASE_SUBJECT, PHRASE_LINES,
};

static bool is_number(enum column column)
{
    return column == COLUMN_RANK || column == COLUMN_SCORE || column == COLUMN_LINES;
}

static void widen(unsigned *columns, const char *text)
{
    unsigned used = utf8_columns_of(bytes_of_string(text));
    if (*columns < used)
        *columns = used;
}

static void measure_columns(struct page *page)
{
    for (enum column c = 0; c < COLUMNS; c++)
        widen(&page->columns[c], phrase(headings[c], page->language));
    for (size_t i = 0; i < page->report->finding_count; i++) {
        struct slot cells[COLUMNS];
        cells_of(page, i, cells);
        for (enum column c = 0; c < COLUMNS; c++)
            widen(&page->columns[c], cells[c].at);
    }
}

/* Where what was seen starts, or 0 when it stands below. */
static unsigned what_column(const struct page *page)
{
    unsigned used = 0;
    for (enum column c = 0; c < COLUMNS; c++)
        used += page->columns[c] + 2;
    return used + WHAT_COLUMNS_MIN <= page->width ? used : 0;
}

static void put_cells(const struct page *page, const struct slot cells[COLUMNS])
{
    for (enum column c = 0; c < COLUMNS; c++) {
        wrap_column(page->out, cells[c].at, page->columns[c], is_number(c));
        if (c + 1 < COLUMNS)
            fputs("  ", page->out);
    }
}

/* "called bad.example; 192.0.2.5, 192.0.2.6 and 3 more; c2-1f9a..." */
static void put_details(const struct page *page, const struct finding *finding)
{
    char room[1024];
    struct text text = text_over(room, sizeof room);
    text_put_string(&text, finding->id);
    struct slot names = slot_names(finding);
    if (finding->name_count > 0) {
        text_put_string(&text, "; ");
        phrase_fill(&text, finding_is_of_name(finding) ? PHRASE_ASKED_NAMES : PHRASE_NAMES,
                    page->language, &names);
    }
    size_t shown = finding->line_count < LINES_SHOWN ? finding->line_count : LINES_SHOWN;
    for (size_t i = 0; i < shown; i++) {
        text_put_string(&text, i == 0 ? "; " : ", ");
        party_write(&finding->lines[i].party, &text);
    }
    if (shown > 0 && finding->line_total > shown) {
        struct slot more = slot_count(finding->line_total - shown);
        text_put_char(&text, ' ');
        phrase_fill(&text, PHRASE_AND_MORE, page->language, &more);
    }
    fprintf(page->out, "%*s", DETAIL_INDENT, "");
    style(page, "2");
    wrap_write(page->out, text_bytes(&text), page->width, DETAIL_INDENT);
    style(page, "0");
}

static void put_finding(const struct page *page, size_t i)
{
    const struct finding *finding = &page->report->findings[i];
    struct slot cells[COLUMNS];
    cells_of(page, i, cells);
    style(page, finding->score >= STRONG_SCORE ? "1;31" : "1");
    put_cells(page, cells);
    style(page, "0");
    char room[512];
    struct text what = text_over(room, sizeof room);
    describe_what(finding, page->language, &what);
    unsigned start = what_column(page);
    if (start > 0)
        fputs("  ", page->out);
    else
        fprintf(page->out, "\n%*s", DETAIL_INDENT, "");
    wrap_write(page->out, text_bytes(&what), page->width, start > 0 ? start : DETAIL_INDENT);
    put_details(page, finding);
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
    measure_columns(page);
    struct slot cells[COLUMNS];
    for (enum column c = 0; c < COLUMNS; c++)
        cells[c] = slot_phrase(headings[c], page->language);
    style(page, "4");
    put_cells(page, cells);
    if (what_column(page) > 0)
        fprintf(page->out, "  %s", phrase(PHRASE_WHAT, page->language));
    style(page, "0");
    fputc('\n', page->out);
    for (size_t i = 0; i < report->finding_count; i++)
        put_finding(page, i);
    fputc('\n', page->out);
    struct slot first = slot_words(report->findings[0].id);
    put_filled(page, PHRASE_EXPLAIN_HINT, &first, 0);
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

static void put_refused(const struct page *page)
{
    const struct summary *summary = page->report->summary;
    put_heading(page, PHRASE_REFUSED);
    if (summary->counter_count == 0)
        fprintf(page->out, "  %s\n", phrase(PHRASE_NONE_REFUSED, page->language));
    for (size_t i = 0; i < summary->counter_count; i++) {
        const struct counter *counter = &summary->counters[i];
        fputs("  ", page->out);
        wrap_column(page->out, counter->stage, 11, false);
        wrap_column(page->out, slot_count(counter->count).at, 14, true);
        fprintf(page->out, " %s  %s\n", counter->unit, counter->reason);
    }
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
    const struct summary *s = page->report->summary;
    struct slot input[] = { slot_count(s->files), slot_octets(s->file_octets),
                            slot_count(s->frames) };
    struct slot packets[] = { slot_count(s->packets), slot_octets(s->octets),
                              slot_count(s->funnel.flows_seen) };
    struct slot speed[] = { slot_rate(s->packets, s->cpu_s), slot_rate(s->packets, s->wall_s) };
    struct slot cost[] = { slot_number(s->cpu_s), slot_number(s->wall_s),
                           slot_octets(s->memory_octets) };
    put_heading(page, PHRASE_TOTALS);
    put_total(page, PHRASE_INPUT, PHRASE_INPUT_VALUE, input);
    put_total(page, PHRASE_PACKETS, PHRASE_PACKETS_VALUE, packets);
    put_total(page, PHRASE_SPEED, PHRASE_SPEED_VALUE, speed);
    put_total(page, PHRASE_COST, PHRASE_COST_VALUE, cost);
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
    fprintf(out, "%s  %.0f  %s  %s  %.*s\n", finding->id, finding->score, kind.at, subject.at,
            (int)what.len, what.at);
    return !ferror(out) && fflush(out) == 0;
}
