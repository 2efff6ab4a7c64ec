// SPDX-License-Identifier: Apache-2.0
/* What the law lets a collector see and keep under its basis, whatever a warrant says. */
#pragma once

#include "cmd/sensor_config.h"

struct sensor_scope {
    uint32_t directions;     /* bits 1 << enum direction; 0 where the basis is not statutory */
    uint32_t kinds_withheld; /* bits 1 << enum information_kind */
};

/* To be called before anything is given up: it reads files. */
MUST_CHECK bool sensor_scope_read(const struct sensor_config *config, struct sensor_scope *out,
                                  struct error *err);
