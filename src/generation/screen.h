// SPDX-License-Identifier: Apache-2.0
/* What no list gets into a generation alone: names that many use, prefixes wider than /8 (IPv4)
 * or /19 (IPv6), and the own networks and names.  Unless a second person signs for it
 * (../shared/science/selection.md section 3.3). */
#pragma once

#include "reference/lists.h"

struct screen;

struct screen_files {
    const char *popular; /* one name a line, or rank,name; NULL for none */
    const char *own;     /* one prefix, address or name a line; NULL for none */
};

/* allows: everything passes, and is counted. */
MUST_CHECK struct screen *screen_open(const struct screen_files *files, struct hash_key key,
                                      bool allows, struct error *err);
/* The screen of list_options (reference/lists.h); context is a struct screen. */
enum list_refusal screen_ask(void *context, const struct indicator *indicator);

struct screen_counts {
    uint64_t wide, popular, own;
};
struct screen_counts screen_count(const struct screen *screen);
