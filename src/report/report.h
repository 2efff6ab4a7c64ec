// SPDX-License-Identifier: Apache-2.0
/* What people and programs read of a run.  All writers take the same account and write to a
 * stdio stream; they return false when the stream failed. */
#pragma once

#include <stdio.h>

#include "base/attr.h"
#include "model/finding.h"
#include "model/summary.h"

enum report_language { REPORT_ENGLISH, REPORT_JAPANESE };

struct report {
    const struct summary *summary;
    const struct finding *findings; /* strongest first */
    size_t finding_count;
    const char *title; /* what was watched, such as the files' names */
    int64_t made_ns;
    enum report_language language;
    bool on_one_line; /* JSON: as one of many documents, a line each */
};

/* For a terminal: table, reasons in one line each, the funnel, what was refused.  Width in
 * columns; colour only when told to. */
MUST_CHECK bool report_write_text(const struct report *report, unsigned width, bool colour,
                                  FILE *out);
/* One JSON document; its schema is docs/schema/watch.schema.json. */
MUST_CHECK bool report_write_json(const struct report *report, FILE *out);
/* One finding alone, as it stands in that document. */
MUST_CHECK bool report_write_finding_json(const struct finding *finding, FILE *out);
/* One finding on one line, for a person or a program, as it is told while input goes on. */
MUST_CHECK bool report_write_finding_line(const struct finding *finding,
                                          enum report_language language, FILE *out);
MUST_CHECK bool report_write_finding_json_line(const struct finding *finding, FILE *out);
/* One self-contained page, both languages, works offline, prints well. */
MUST_CHECK bool report_write_html(const struct report *report, FILE *out);
/* The account as OpenMetrics 1.0 text, for a collector of text files. */
MUST_CHECK bool report_write_metrics(const struct report *report, FILE *out);
/* Why one finding was made, in sentences. */
MUST_CHECK bool report_explain(const struct finding *finding, enum report_language language,
                               unsigned width, FILE *out);
