// SPDX-License-Identifier: Apache-2.0
/* The command line of sekisho evaluate: what is evaluated, and under which conditions. */
#pragma once

#include <stdio.h>

#include "base/error.h"
#include "evaluate/truth.h"

enum {
    EVALUATE_INPUTS_MAX = 1024,
    EVALUATE_DATA_MAX = 4,
    EVALUATE_SWEEP_MAX = 8,
    EVALUATE_NAMES_MAX = 64
};

struct evaluate_sweep {
    size_t count;
    double values[EVALUATE_SWEEP_MAX];
};

struct evaluate_options {
    const char *const *inputs; /* files of sets (.yaml), or captures of one set */
    size_t input_count;
    const char *truth; /* of the captures: YAML, or the JSON of sekisho simulate */
    const char *data[EVALUATE_DATA_MAX]; /* where captures of sets lie */
    size_t data_count;
    const char *only[EVALUATE_NAMES_MAX]; /* names of sets; none: all */
    size_t only_count;
    const char *background[EVALUATE_NAMES_MAX]; /* captures to mix in */
    size_t background_count;
    const char *population; /* or a synthetic one */
    const char *json, *markdown, *log;
    struct evaluate_sweep sampling; /* rates */
    struct evaluate_sweep loss;     /* percent */
    struct evaluate_sweep active;   /* seconds */
    double clock_error_s;
    double shift_s;
    bool permutes, permutes_hosts, drops_ports, shuffles_files;
    bool tests_leaks;
    bool without_baselines;
    bool rest_is_benign;
    bool quiet, help;
    uint64_t seed;
    int64_t every_ns;
    size_t memory_octets;
    size_t flows_max;
};

MUST_CHECK bool evaluate_options_read(int argc, char **argv, struct evaluate_options *out,
                                      struct error *err);
void evaluate_options_help(FILE *out);
