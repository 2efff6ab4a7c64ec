// SPDX-License-Identifier: Apache-2.0
/* What is said to whoever wrote what cannot be: in words a lawyer understands, in both
 * languages, with the place and, where the law refuses, the article. */
#pragma once

#include "selector/words_private.h"

enum refusal {
    REFUSED_HIDDEN,
    REFUSED_LONG,
    REFUSED_UNEXPECTED,
    REFUSED_CONTENT,
    REFUSED_PATTERN,
    REFUSED_WRITTEN_OUT,
    REFUSED_TWICE,
    REFUSED_MISSING,
    REFUSED_SCOPE_ALL,
    REFUSED_REVEALS_NONE,
    REFUSED_MIXED,
    REFUSED_DEEP,
    REFUSED_FULL,
    REFUSED_STRING,
    REFUSED_NAME,
    REFUSED_PERIOD,
    REFUSED_PERIOD_LONG,
    REFUSED_NUMBER,
    REFUSED_ALWAYS,
    REFUSED_BASIS,
    REFUSED_DIRECTION,
    REFUSED_LINE,
    REFUSED_PURPOSE,
    REFUSED_ALTERNATIVES,
    REFUSED_NO_PIECE,
    REFUSED_PIECES,
    REFUSED_KINDS,
    REFUSED_SAMPLED_BEHAVIOUR,
    REFUSED_SAMPLED_FIELD,
    REFUSALS
};

struct refusal_at {
    unsigned line, column;
    const char *found;          /* what stands there */
    const char *what, *what_ja; /* what was to stand there, or is spoken of */
    const char *article;        /* NULL: of the refusal itself, if any */
};

/* Always returns false. */
bool refuse(enum refusal refusal, struct refusal_at at, struct selector_error *err);
