// SPDX-License-Identifier: Apache-2.0
/* What behaviours counted, kept over restarts and joined of several sensors (`--state`,
 * `--join`; docs/state.md).  A folder holds one sealed file for each worker; the key comes of
 * the installation's secret, so sensors that are to be joined share one. */
#pragma once

#include "workers/workers.h"

struct watch_state {
    const char *folder; /* NULL: nothing is kept */
    const char *const *joins;
    size_t join_count;
    size_t behaviours_octets; /* of each worker's pipeline, and its key */
    struct hash_key hash_key;
    size_t worker_count;
    uint8_t key[32];
    int64_t kept_ns; /* monotonic, when it was last kept */
};

/* Takes what the folder holds, if anything, and adds what the joined ones hold. */
MUST_CHECK bool watch_state_load(struct watch_state *state, struct workers *workers,
                                 struct error *err);
/* For workers_settings.keep: writes one worker's file.  A failure is told; the run goes on. */
void watch_state_keep(void *context, size_t worker, struct ensemble *ensemble);
/* After workers_finish: everything, and it must work. */
MUST_CHECK bool watch_state_save(struct watch_state *state, struct workers *workers,
                                 struct error *err);
