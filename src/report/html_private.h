// SPDX-License-Identifier: Apache-2.0
/* Pieces of the page.  Every phrase is written in both languages, of which the style shows the
 * one chosen; nothing from input reaches the page but through html_escape. */
#pragma once

#include "report/describe.h"

/* The page's style sheet and its SHA-256 in base64, by which the page's policy allows it. */
extern const char html_style[];
extern const char html_style_sha256[];

void html_escape(FILE *out, const char *words);
struct html_element {
    const char *tag;
    const char *attributes; /* as they stand in the tag, with a space before */
};
/* The element with class="w" lang="...", once for each language. */
void html_phrase_in(FILE *out, struct html_element element, enum phrase which,
                    const struct slot *english, const struct slot *japanese);
/* In a span, with nothing to fill in, or the same in both languages. */
void html_phrase(FILE *out, enum phrase which);
void html_filled(FILE *out, enum phrase which, const struct slot *slots);

/* When the lines of a command server called, and how often. */
void html_plot_lines(FILE *out, const struct finding *finding);
void html_plot_funnel(FILE *out, const struct funnel *funnel);
