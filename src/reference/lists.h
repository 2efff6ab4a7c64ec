// SPDX-License-Identifier: Apache-2.0
/* Indicator lists from files, plain or compressed with gzip or zstd.
 *
 * Text: one value a line; what follows a blank, comma or semicolon is ignored, as are empty
 * lines and those that start with '#'.
 * CSV (by the file's name: .csv, .csv.gz, .csv.zst): a header row, which may stand behind a
 * '#', names the columns: value, indicator, ioc, ip, domain, url, ja3, sha1 ...; type;
 * valid_from, not_before; expires, valid_until, not_after ...; port; protocol; the others are
 * ignored.  Without a header the
 * first column of a row that is an indicator is taken.
 * JSON (.json, .stix, likewise compressed): STIX 2.1 bundles and events of MISP, read object by
 * object.  A folder is a feed of MISP with its manifest.json.
 * A list is called by its file's name without these endings. */
#pragma once

#include "base/error.h"
#include "select/indicators.h"

enum list_refusal {
    LIST_NO_INDICATOR,  /* no form we know */
    LIST_NOT_SUPPORTED, /* an address of mail, loopback, a name not in ASCII ... */
    LIST_OTHER_KIND,    /* by its type column: a file's hash, a path ... */
    LIST_TOO_LONG,      /* line or value */
    LIST_TOO_WIDE,      /* would select half a country */
    LIST_BAD_QUOTES,    /* CSV: a quote without its other */
    LIST_BAD_DATE,      /* an expiry that is no date: it must not live for ever by mistake */
    LIST_BAD_PORT,
    LIST_BAD_PROTOCOL,
    LIST_SET_FULL,
    LIST_CROWDED,
    LIST_BAD_JSON,
    LIST_REVOKED,       /* by its own author */
    LIST_NOT_TO_DETECT, /* MISP: to_ids is not set */
    LIST_OTHER_PATTERN, /* STIX: a pattern in another language */
    LIST_NOT_SIMPLE,    /* STIX: a pattern that asks for more than one thing at once */
    LIST_POPULAR,       /* screened out: see generation/screen.h */
    LIST_OWN,
    LIST_REFUSALS
};

enum { LIST_EXAMPLES_MAX = 5, LIST_EXAMPLE_TEXT_MAX = 64 };

struct list_example {
    uint64_t line;
    enum list_refusal why;
    char value[LIST_EXAMPLE_TEXT_MAX]; /* printable ASCII, cut */
};

/* What became of a file's lines. */
struct list_report {
    char name[LIST_NAME_MAX];
    uint64_t taken;
    uint64_t duplicates;
    uint64_t refused[LIST_REFUSALS];
    size_t example_count; /* the first lines that were refused */
    struct list_example examples[LIST_EXAMPLES_MAX];
};

const char *list_refusal_words(enum list_refusal why);
/* The same in one word, for machines. */
const char *list_refusal_name(enum list_refusal why);

struct list_options {
    int64_t default_expires_ns; /* of values without a date of their own; INT64_MAX: never */
    bool is_revoked;            /* all of them take away (select/indicators.h) */
    /* Asked of every indicator before it is taken: LIST_REFUSALS when nothing is wrong.  NULL
     * for none. */
    enum list_refusal (*screen)(void *context, const struct indicator *indicator);
    void *screen_context;
};

/* Upper bounds of what a file needs in a set, by its lines. */
MUST_CHECK bool list_measure(const char *path, size_t *count_max, size_t *text_max,
                             struct error *err);
/* A line that is refused is counted; only a file that cannot be read fails. */
MUST_CHECK bool list_load(const char *path, const struct list_options *options,
                          struct indicators *set, struct list_report *out, struct error *err);

/* An empty set with room for all of these files. */
MUST_CHECK bool lists_reserve(const char *const *paths, size_t count, struct hash_key key,
                              struct indicators **out, struct error *err);

/* All of them in one set, in memory reserved for it.  reports has room for one of each path. */
struct list_files {
    const char *const *paths;
    size_t count;
    int64_t default_expires_ns;
};
MUST_CHECK bool lists_load(const struct list_files *files, struct hash_key key,
                           const struct indicators **out, struct list_report *reports,
                           struct error *err);
