// SPDX-License-Identifier: Apache-2.0
/* Where a run's input comes from, whatever it is: captures, interfaces, exporters or logs.  One
 * row of a table for each; the run itself knows none of them. */
#pragma once

#include "cmd/watch_options.h"
#include "source/source.h"
#include "workers/workers.h"

struct input_kind;

struct watch_input {
    const struct input_kind *kind;
    void *source;
    enum pipeline_input feeds;
    bool is_live;     /* has no end of its own */
    bool has_sockets; /* what is not taken in time is lost */
    uint64_t units;   /* frames, messages or lines read so far */
};

/* What the options name; listeners and interfaces are opened here, before a sandbox that
 * forbids it. */
MUST_CHECK bool watch_input_open(const struct watch_options *options,
                                 const volatile int *stopping, struct watch_input *out,
                                 struct error *err);
void watch_input_close(struct watch_input *input);

/* Reads the next batch and gives it to the workers. */
MUST_CHECK enum source_state watch_input_run(struct watch_input *input, struct workers *workers,
                                             struct error *err);
struct source_progress watch_input_progress(const struct watch_input *input);
void watch_input_count(const struct watch_input *input, struct summary *summary);
/* The path of a log by its number. */
const char *watch_input_log(const struct watch_input *input, uint16_t file);
/* What was wrong with the input, for a person: entry i, or NULL past the last. */
const char *watch_input_trouble(const struct watch_input *input, size_t i);
