// SPDX-License-Identifier: Apache-2.0
/* From lists to a generation: read, screened, signed, written.  The same lists, keys, number
 * and time give the same octets. */
#pragma once

#include "generation/file.h"
#include "generation/screen.h"

struct generation_plan {
    const char *output;
    const char *const *paths; /* of lists */
    size_t path_count;
    const char *const *revoked; /* lists of what is taken away: of an overlay */
    size_t revoked_count;
    const char *previous; /* the generation or overlay before; NULL for none */
    const char *over;     /* the generation an overlay is for; NULL: no overlay is built */
    uint64_t number;      /* 0: one more than the one before */
    int64_t built_ns;
    int64_t default_expires_ns;
    bool leaves_out; /* what is screened out is left out; else nothing is built */
    struct screen_files screen;
    struct generation_signers signers; /* two: a second person answers for exceptions */
    void (*tell)(void *context, const char *path); /* a list is read now; NULL */
    void *tell_context;
};

struct generation_outcome {
    struct generation header;
    struct list_report *reports; /* of path_count + revoked_count lists */
    uint64_t count;
    uint64_t previous_count; /* 0 when there is none before */
    struct screen_counts screened;
    uint32_t refused; /* enum generation_exception: nobody answered for these */
};

/* True with outcome->refused == 0: it is written.  True otherwise: it was refused. */
MUST_CHECK bool generation_build(const struct generation_plan *plan,
                                 struct generation_outcome *outcome, struct error *err);
