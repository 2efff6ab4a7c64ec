// SPDX-License-Identifier: Apache-2.0
/* The collector of a sensor: a process of its own that sees traffic, and can do nothing but
 * send what was minimised to its keeper (system/confine.h, crossing/crossing.h).  It is begun
 * by the keeper with two descriptors, and gets its rules from there. */
#pragma once

#include "base/hash.h"
#include "cmd/sensor_config.h"

enum {
    SENSOR_CHANNEL_FD = 3, /* messages, both ways */
    SENSOR_KEYS_FD = 4,    /* struct sensor_keys, once */
};

/* Of the tables, and of the pseudonyms of this basis: all the secrets it has. */
struct sensor_keys {
    struct hash_key tables;
    uint8_t pseudonyms[MINIMISE_KEY_BYTES];
};

enum { SENSOR_BATCH_MS = 1000 };

/* Until the input is over, the keeper says stop, or is gone; the exit code. */
int sensor_collect(const struct sensor_config *config);
