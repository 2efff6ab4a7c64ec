// SPDX-License-Identifier: Apache-2.0
/* Words of a text, as they are kept and as they are looked for. */
#pragma once

#include "hub/core_private.h"

enum { SEARCH_TERM_MAX = 128, SEARCH_TERMS_MAX = 2000 /* of one subject */ };

struct search_terms {
    bool (*take)(void *context, const char *term); /* false: enough */
    void *context;
    bool is_query; /* one Japanese character alone asks for nothing */
    char room[SEARCH_TERM_MAX + 8];
};
/* False where take said so, or memory was short. */
MUST_CHECK bool search_cut(struct search_terms *terms, const char *text);
