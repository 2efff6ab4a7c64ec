// SPDX-License-Identifier: Apache-2.0
/* What came through the stages, for those who keep it. */
#pragma once

#include "gate/gate.h"
#include "model/record.h"
#include "pipeline/feed.h"
#include "scenario.h"
#include "select/select.h"
#include "warrant/warrant.h"

enum { TRAFFIC_KEPT_MAX = 64 };

/* The records that were kept so far. */
size_t traffic_kept(const struct run *run, const struct minimised_flow **out);
/* The sensor works under it from now on, beside what it has. */
MUST_CHECK bool traffic_grant(struct run *run, const struct granted_warrant *granted);
