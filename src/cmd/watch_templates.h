// SPDX-License-Identifier: Apache-2.0
/* What exporters told of templates and sampling rates, kept from one run to the next in
 * $XDG_STATE_HOME/sekisho/templates, so that a restart loses no data. */
#pragma once

#include "base/error.h"
#include "collect/collect.h"

/* Nothing was kept yet: good.  What is there and cannot be used is told on standard error and
 * passed over. */
MUST_CHECK bool watch_templates_load(struct collect *collect, int64_t now_ns,
                                     struct error *err);
MUST_CHECK bool watch_templates_save(const struct collect *collect, struct error *err);
