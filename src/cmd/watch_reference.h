// SPDX-License-Identifier: Apache-2.0
/* What a run looks things up in: places and indicators, from the files the options name. */
#pragma once

#include "cmd/watch_options.h"
#include "gate/places.h"
#include "reference/sampling.h"
#include "select/indicators.h"

struct watch_reference {
    const struct places *places;         /* NULL when no file was named */
    const struct indicators *indicators; /* likewise */
    struct sampling_rules sampling;
    bool names_own;       /* a file names own networks */
    uint64_t lines_taken; /* of lists: indicators in the set */
    uint64_t lines_refused;
};

/* Refused lines of lists are told on standard error: of a list that gives nothing always, of
 * others unless the run is to be quiet.  A file that cannot be read is an error. */
MUST_CHECK bool watch_reference_load(const struct watch_options *options,
                                     struct watch_reference *out, struct error *err);
