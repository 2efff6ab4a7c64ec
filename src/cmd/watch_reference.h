// SPDX-License-Identifier: Apache-2.0
/* What a run looks things up in: places and indicators, from the files the options name. */
#pragma once

#include "cmd/watch_options.h"
#include "gate/places.h"
#include "generation/file.h"
#include "reference/pollers.h"
#include "reference/sampling.h"

enum { WATCH_GENERATIONS_MAX = 2 }; /* one, and its overlay */

struct watch_reference {
    const struct places *places;         /* NULL when no file was named */
    const struct indicators *indicators; /* likewise */
    struct sampling_rules sampling;
    struct pollers pollers;
    bool names_own;       /* a file names own networks */
    uint64_t lines_taken; /* of lists: indicators in the set */
    uint64_t lines_refused;
    struct generation generations[WATCH_GENERATIONS_MAX]; /* that the indicators are of */
    struct generation_file *files[WATCH_GENERATIONS_MAX]; /* of these; NULL for none */
    size_t generation_count;
};

/* Refused lines of lists are told on standard error: of a list that gives nothing always, of
 * others unless the run is to be quiet.  A file that cannot be read is an error. */
MUST_CHECK bool watch_reference_load(const struct watch_options *options,
                                     struct watch_reference *out, struct error *err);
/* What is asked is in the ledger before it is: an entry for each generation and overlay. */
MUST_CHECK bool watch_reference_enter(const struct watch_reference *reference, int64_t now_ns,
                                      struct error *err);

/* The options' generation and overlay, checked and signed.  Where it fails, what was opened
 * before stands in files, and is the caller's like the rest. */
MUST_CHECK bool watch_reference_open(const struct watch_options *options,
                                     enum generation_how how,
                                     struct generation_file *files[WATCH_GENERATIONS_MAX],
                                     struct error *err);
/* What is asked: the one with the other over it. */
const struct indicators *
watch_reference_view(struct generation_file *const files[WATCH_GENERATIONS_MAX],
                     struct error *err);
