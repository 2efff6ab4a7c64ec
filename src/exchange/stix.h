// SPDX-License-Identifier: Apache-2.0
/* Findings as a STIX 2.1 bundle (OASIS standard of 10 June 2021). */
#pragma once

#include <stdio.h>

#include "base/attr.h"
#include "model/finding.h"
#include "model/summary.h"

MUST_CHECK bool stix_write_bundle(const struct finding *findings, size_t count,
                                  const struct summary *summary, int64_t made_ns, FILE *out);
