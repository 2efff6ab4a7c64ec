// SPDX-License-Identifier: Apache-2.0
/* The keeper of a sensor, and the supervisor of its collector: the only writer of ledger and
 * store, and the one who decides which rules are in force.  It never sees traffic. */
#pragma once

#include "cmd/sensor_config.h"

/* Until the input is over or somebody says stop; the exit code.  path: of the configuration. */
int sensor_keep(const char *path, const struct sensor_config *config);
