// SPDX-License-Identifier: Apache-2.0
/* Sets of captures with their truth: files of sets (docs/evaluation.md), captures named on the
 * command line, and the truth that sekisho simulate writes. */
#pragma once

#include "cmd/evaluate_options.h"

enum { EVALUATE_SETS_MAX = 512, EVALUATE_OWN_MAX = 8, EVALUATE_SPLIT_OCTETS = 32 };

struct evaluate_set {
    const char *name;
    const char *family; /* of the units that say none */
    const char *origin;
    const char *note;
    const char *ports_matter; /* why nothing is left without them; NULL: something should be */
    const char **captures;    /* paths that are there */
    size_t capture_count;
    const char *missing;  /* the first that is not there; NULL: all are */
    bool has_labels;      /* the logs carry them */
    bool is_sampled_only; /* rows picked out of a capture: their times mean nothing */
    struct truth truth;
    size_t own_count;
    struct ip_prefix own[EVALUATE_OWN_MAX];
    uint8_t split[EVALUATE_SPLIT_OCTETS]; /* SHA-256 of the truth and the names of captures */
};

struct evaluate_sets {
    size_t file_count;
    const void
        *files[EVALUATE_SETS_MAX]; /* what the sets' words lie in, to the end of the run */
    size_t count;
    struct evaluate_set list[EVALUATE_SETS_MAX];
};

MUST_CHECK bool evaluate_sets_load(const struct evaluate_options *options,
                                   struct evaluate_sets *out, struct error *err);
/* Units of a file of sekisho simulate --truth. */
MUST_CHECK bool evaluate_truth_read(const char *path, struct truth *out, struct error *err);
