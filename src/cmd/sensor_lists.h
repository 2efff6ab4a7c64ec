// SPDX-License-Identifier: Apache-2.0
/* Other indicators for a collector that runs: the keeper checks the generation and its overlay,
 * enters them in the ledger, and shares them in memory that nobody can change; the collector
 * maps them and asks them from its next batch on. */
#pragma once

#include "cmd/watch_reference.h"
#include "crossing/crossing.h"
#include "workers/workers.h"

/* Keeper: of the options' files, over the channel, after they are in the ledger.  first: the
 * number of the next entry's generation, which grows.  False: nothing was sent, and what ran
 * before goes on. */
struct sensor_sharing {
    const struct watch_options *options;
    const char *basis;
    int channel;
    int64_t now_ns;
    uint64_t *generations;
};
MUST_CHECK bool sensor_lists_share(const struct sensor_sharing *sharing, struct error *err);

/* Collector: takes one of those that come; the file is closed.  When all are there the workers
 * are given them, and those before go when no worker asks them any more. */
MUST_CHECK bool sensor_lists_take(const struct crossing_indicators *message, int file,
                                  struct workers *workers, struct watch_reference *reference,
                                  struct error *err);
