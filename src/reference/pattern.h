// SPDX-License-Identifier: Apache-2.0
/* STIX 2.1 patterns as far as one flow can answer them: comparisons that each suffice, joined
 * by OR (STIX 2.1 section 9).  What needs more than one thing at once is not simple. */
#pragma once

#include "base/fault.h"
#include "base/text.h"

enum { PATTERN_PATH_MAX = 128, PATTERN_VALUE_MAX = 2048, PATTERN_DEPTH_MAX = 16 };

/* What the path of a comparison is of. */
enum pattern_object {
    PATTERN_ADDRESS,
    PATTERN_DOMAIN,
    PATTERN_URL,
    PATTERN_CERTIFICATE,
    PATTERN_OTHER, /* nothing a flow shows: a file, a mail ... */
};

struct pattern_term {
    enum pattern_object object;
    struct bytes value; /* without quotes and escapes; stands until the next term */
};

struct pattern {
    struct bytes rest;
    size_t depth; /* of parentheses */
    bool is_open; /* within [ ] */
    bool is_begun;
    char room[PATTERN_VALUE_MAX];
    struct pattern_term set; /* of IN: object of the values still to come */
    bool is_set;
};

struct pattern pattern_over(struct bytes text);
/* FAULT_NONE: *is_end, or a term.  FAULT_UNSUPPORTED: well formed as far as we see, but not
 * simple; FAULT_VALUE: no pattern. */
enum fault pattern_next(struct pattern *pattern, struct pattern_term *out, bool *is_end);
