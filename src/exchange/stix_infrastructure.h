// SPDX-License-Identifier: Apache-2.0
/* Infrastructure as a STIX 2.1 bundle: an infrastructure object for each group (4.9), which
 * consists of its members' addresses and names, and is indicated by their indicators. */
#pragma once

#include <stdio.h>

#include "base/attr.h"
#include "infrastructure/infrastructure.h"

MUST_CHECK bool stix_write_infrastructure(const struct infrastructure *infra, int64_t made_ns,
                                          FILE *out);
