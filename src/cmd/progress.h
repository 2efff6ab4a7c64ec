// SPDX-License-Identifier: Apache-2.0
/* One line on a terminal that tells how far long work has come. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool is_shown;
    int64_t start_ns; /* monotonic */
    int64_t last_ns;
};

void progress_start(struct progress *progress, bool is_shown);
/* Redraws at most five times a second.  octets_total 0: unknown. */
void progress_tell(struct progress *progress, uint64_t octets, uint64_t octets_total,
                   uint64_t packets);
/* Takes the line away. */
void progress_end(struct progress *progress);
