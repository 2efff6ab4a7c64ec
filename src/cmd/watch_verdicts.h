// SPDX-License-Identifier: Apache-2.0
/* The verdicts of a store that are in force, for a run that is about to begin. */
#pragma once

#include "base/error.h"
#include "model/verdict.h"
#include "store/store.h"

struct watch_verdicts {
    struct verdict list[VERDICTS_MAX]; /* newest first */
    size_t count;
    uint64_t left; /* older ones, for which there was no room */
};

MUST_CHECK bool watch_verdicts_load(struct store *store, const char *basis, int64_t now_ns,
                                    struct watch_verdicts *out, struct error *err);
