// SPDX-License-Identifier: Apache-2.0
/* Files a command writes: under another name first, renamed when whole, so that a full disk or
 * a killed process leaves the old file or none, never half of one. */
#pragma once

#include <stdio.h>

#include "base/error.h"

struct output {
    FILE *file;
    const char *path; /* "-" is standard output */
    char temporary[4096];
};

MUST_CHECK bool output_open(struct output *output, const char *path, struct error *err);
/* One that others read while it grows: under its own name from the start. */
MUST_CHECK bool output_open_growing(struct output *output, const char *path, struct error *err);
/* is_good false: what was written is not wanted.  Fails when it could not be written whole. */
MUST_CHECK bool output_close(struct output *output, bool is_good, struct error *err);

/* From here on a signal that interrupts a write to standard output cuts nothing out of what is
 * written: stdio would drop it.  A second interrupt still ends the process. */
MUST_CHECK bool output_keep_whole(struct error *err);
