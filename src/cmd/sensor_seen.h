// SPDX-License-Identifier: Apache-2.0
/* What a sensor saw last: the highest time, and whether it was still running, in a file beside
 * its store.  So the next one knows of a clock that was put back, and of an end without words.
 */
#pragma once

#include <stdint.h>

#include "base/error.h"

/* 0 and false where there is none. */
MUST_CHECK bool seen_read(int64_t *time_ns, bool *was_running, struct error *err);
MUST_CHECK bool seen_write(int64_t time_ns, bool is_running, struct error *err);
