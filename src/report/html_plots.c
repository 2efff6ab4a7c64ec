// SPDX-License-Identifier: Apache-2.0
/* Inline SVG.  Each plot has a table with the same numbers beside it, so it is hidden from
 * screen readers. */
#include <math.h>

#include "base/time.h"
#include "report/html_private.h"

enum {
    PLOT_WIDTH = 820,
    ROW_HEIGHT = 26,
    TOP = 30,
    STRIP_LEFT = 210,
    STRIP_WIDTH = 270,
    AXIS_LEFT = 510,
    AXIS_WIDTH = 280,
};

static void open_plot(FILE *out, size_t rows)
{
    fprintf(out, "<svg viewBox=\"0 0 %d %zu\" aria-hidden=\"true\" focusable=\"false\">\n",
            PLOT_WIDTH, TOP + rows * ROW_HEIGHT + 10);
}

static void put_label(FILE *out, double x, double y, const char *anchor, const char *words)
{
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
    html_escape(out, words);
    fputs("</text>\n", out);
}

/* From 1 s to a day, by the logarithm. */
static double axis_x(double seconds)
{
    double share = log(fmax(seconds, 1)) / log(86400);
    return AXIS_LEFT + fmin(share, 1) * AXIS_WIDTH;
}

static void put_axis(FILE *out, size_t rows)
{
    static const struct {
        double seconds;
        const char *label;
    } marks[] = { { 1, "1 s" },    { 10, "10 s" },   { 60, "1 min" }, { 600, "10 min" },
                  { 3600, "1 h" }, { 21600, "6 h" }, { 86400, "1 d" } };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        double x = axis_x(marks[i].seconds);
        put_label(out, x, TOP - 12, "middle", marks[i].label);
        fprintf(out, "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%zu\"/>\n", x,
                TOP - 6, x, TOP + rows * ROW_HEIGHT);
    }
}

static double strip_x(const struct finding *finding, int64_t time_ns)
{
    double span = (double)(finding->last_ns - finding->first_ns);
    double share = span > 0 ? (double)(time_ns - finding->first_ns) / span : 0;
    return STRIP_LEFT + fmin(fmax(share, 0), 1) * STRIP_WIDTH;
}

static void put_clock(FILE *out, double x, const char *anchor, int64_t time_ns)
{
    struct slot stamp = slot_time(time_ns); /* 2026-11-21T08:33:00Z */
    char room[16];
    struct text clock = text_over(room, sizeof room);
    struct bytes words = bytes_of_string(stamp.at);
    text_put(&clock, bytes_slice(words, words.len - 9, 5));
    put_label(out, x, TOP - 12, anchor, clock.at);
}

void html_plot_lines(FILE *out, const struct finding *finding)
{
    open_plot(out, finding->line_count);
    put_clock(out, STRIP_LEFT, "start", finding->first_ns);
    put_clock(out, STRIP_LEFT + STRIP_WIDTH, "end", finding->last_ns);
    put_axis(out, finding->line_count);
    for (size_t i = 0; i < finding->line_count; i++) {
        const struct finding_line *line = &finding->lines[i];
        double y = TOP + (double)(i * ROW_HEIGHT);
        double from = strip_x(finding, line->first_ns), to = strip_x(finding, line->last_ns);
        put_label(out, STRIP_LEFT - 12, y + 18, "end", slot_party(&line->party).at);
        fprintf(out,
                "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"12\"/>\n",
                from, y + 8, fmax(to - from, 2));
        if (line->interval_median_s > 0)
            fprintf(out, "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"6\"/>\n",
                    axis_x(line->interval_median_s), y + 14);
    }
    fputs("</svg>\n", out);
}

void html_plot_funnel(FILE *out, const struct funnel *funnel)
{
    const struct {
        enum phrase word;
        uint64_t count;
    } rows[] = {
        { PHRASE_SEEN, funnel->flows_seen },
        { PHRASE_ADMITTED, funnel->flows_admitted },
        { PHRASE_SELECTED, funnel->flows_selected },
        { PHRASE_KEPT, funnel->records_kept },
    };
    double widest = log2(1 + fmax((double)funnel->flows_seen, 1));
    open_plot(out, sizeof rows / sizeof *rows);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double y = TOP + (double)i * ROW_HEIGHT;
        double share = log2(1 + (double)rows[i].count) / widest;
        double width = fmin(share, 1) * (PLOT_WIDTH - STRIP_LEFT - 130);
        char place[96];
        struct text at = text_over(place, sizeof place);
        text_format(&at, " x=\"%d\" y=\"%.1f\" text-anchor=\"end\"", STRIP_LEFT - 12, y + 18);
        html_phrase_in(out, (struct html_element){ "text", place }, rows[i].word, NULL, NULL);
        fprintf(out, "<rect class=\"bar\" x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"16\"/>\n",
                STRIP_LEFT, y + 6, width);
        put_label(out, STRIP_LEFT + width + 8, y + 18, "start", slot_count(rows[i].count).at);
    }
    fputs("</svg>\n", out);
}
