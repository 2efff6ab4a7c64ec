// SPDX-License-Identifier: Apache-2.0
/* What is said of findings of each kind, as a table: a kind of finding that is only numbers
 * and words needs a row here and no code.  Command servers, scanners and indicators have their
 * own sentences (describe.c). */
#pragma once

#include "report/describe.h"

enum { LANGUAGES_SAID = 2, KIND_LIMITS_MAX = 3, KIND_NEXT_MAX = 4 };

struct saying {
    const char *words[LANGUAGES_SAID]; /* English, Japanese; both NULL past the last */
};

struct kind_words {
    struct saying word;
    /* One line; "{targets}" is the measure of that name with its unit, "{lines}",
     * "{connections}", "{octets_out}", "{octets_in}" and "{span}" are the finding's. */
    struct saying what;
    struct saying why;
    struct saying limits[KIND_LIMITS_MAX + 1];
    struct saying next[KIND_NEXT_MAX + 1];
};

/* NULL for the kinds that have their own sentences. */
const struct kind_words *kind_words(enum finding_kind kind);
void kind_describe(const struct finding *finding, enum report_language language,
                   struct text *out);
