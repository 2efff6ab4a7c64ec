// SPDX-License-Identifier: Apache-2.0
/* The collector as its keeper sees it: begun from this program's own file, so that it has none
 * of the keeper's memory; heard through one channel; begun again when it ends. */
#pragma once

#include <sys/types.h>

#include "cmd/sensor_collector.h"

enum { CHILD_WORDS_MAX = 128 };

struct sensor_child {
    pid_t process;    /* 0: none */
    int channel;      /* -1: none */
    int64_t begun_ns; /* monotonic */
    int64_t again_ns; /* when to begin the next, and how long to wait then */
    int64_t pause_ns;
    bool is_ready;
    char ended[CHILD_WORDS_MAX]; /* how the last one did */
    bool was_killed;             /* by a signal, so that the next may do better */
};

/* config_path: as it was given to us. */
MUST_CHECK bool child_begin(struct sensor_child *child, const char *config_path,
                            const struct sensor_config *config, const struct sensor_keys *keys,
                            struct error *err);
/* Has it ended?  Then `ended` says how, and the next may begin at again_ns. */
bool child_has_ended(struct sensor_child *child, int64_t monotonic_ns);
/* At once. */
void child_kill(struct sensor_child *child);
